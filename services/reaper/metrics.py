"""CloudWatch metrics inside the audit events, in the embedded metric format (EMF).

The specification is in the CloudWatch user guide. Because the metric lives in the event, both
are written or neither, and a count can always be traced to what was counted.
"""

from typing import Any, Final

from events import Event

NAMESPACE: Final = "burnbag"
METRICS: Final = {
    "secret.created": "SecretsCreated",
    "secret.revealed": "SecretsRevealed",
    "secret.passphrase_failed": "PassphrasesFailed",
    "secret.revoked": "SecretsRevoked",
    "secret.locked": "SecretsLocked",
    "secret.frozen": "SecretsFrozen",
    "secret.unfrozen": "SecretsUnfrozen",
    "secret.expired": "SecretsExpired",
    "secret.erased": "SecretsErased",
}


def measure(event: Event, environment: str) -> dict[str, Any]:
    """The event's document with its metrics: a count, and the erase lag where there is one."""
    count = METRICS[event.name]
    metrics = [{"Name": count, "Unit": "Count"}]
    if event.erase_lag is not None:
        metrics.append({"Name": "erase_lag_seconds", "Unit": "Seconds"})
    directive = {"Namespace": NAMESPACE, "Dimensions": [["environment"]], "Metrics": metrics}
    return event.document(environment) | {
        count: 1,
        "_aws": {"Timestamp": event.at * 1000, "CloudWatchMetrics": [directive]},
    }
