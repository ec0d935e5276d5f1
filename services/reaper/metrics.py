"""CloudWatch metrics in the embedded metric format (EMF), in audit events and as gauges.

The specification is in the CloudWatch user guide. Because a metric lives in its event, both are
written or neither, and a count can always be traced to what was counted. CloudWatch extracts a
metric at least once: metrics alarm, events prove.

Names are few on purpose: every name is billed by itself. See docs/operations.md.
"""

import json
import time
from datetime import UTC, datetime
from typing import Any, Final

from burnbag_core.records import REQUEST

from events import Event

NAMESPACE: Final = "burnbag"
# A frozen secret counts as locked: both say that somebody has guessed five times. An answer to a
# request is a secret that was created. An event that nobody needs to count has no metric.
COUNTS: Final = {
    "secret.created": ["SecretsCreated"],
    "secret.requested": ["SecretsRequested"],
    "secret.submitted": ["SecretsSubmitted", "SecretsCreated"],
    "secret.revealed": ["SecretsRevealed"],
    "secret.passphrase_failed": ["PassphrasesFailed"],
    "secret.revoked": ["SecretsRevoked"],
    "secret.locked": ["SecretsLocked"],
    "secret.frozen": ["SecretsLocked"],
    "secret.expired": ["SecretsExpired", "SecretsExpiredUnread"],
    "secret.erased": ["SecretsErased"],
    "secret.refused": ["RecipientsRefused"],
}
# What events measure, by their names in them.
DURATIONS: Final = {
    "secret.revealed": "reveal_delay_seconds",
    "secret.erased": "erase_lag_seconds",
}


def measure(event: Event, environment: str) -> dict[str, Any]:
    """The event's document, with its metrics where it has any."""
    document, metrics = event.document(environment), []
    for count in count_of(event):
        document[count] = int(count != "SecretsExpiredUnread" or not event.receipt.views)
        metrics.append({"Name": count, "Unit": "Count"})
    if duration := DURATIONS.get(event.name):
        metrics.append({"Name": duration, "Unit": "Seconds"})
    return document | describe(metrics, event.at * 1000) if metrics else document


def count_of(event: Event) -> list[str]:
    """What an event counts as. The end of a request that nobody has answered is no secret's."""
    unanswered = event.receipt.kind == REQUEST and event.name != "secret.requested"
    return [] if unanswered else COUNTS.get(event.name, [])


def print_gauge(environment: str, name: str, value: int, unit: str) -> None:
    """Print a measurement into the function's own log.

    Lambda passes a line that is JSON on as it is. It would take one without a level for INFO, and
    these functions log from WARN on.
    """
    at = time.time()
    line = {
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z"),
        "level": "WARN",
        "environment": environment,
        name: value,
    }
    print(json.dumps(line | describe([{"Name": name, "Unit": unit}], int(at * 1000))), flush=True)


def describe(metrics: list[dict[str, str]], milliseconds: int) -> dict[str, Any]:
    """What makes metrics of the fields that have their names."""
    directive = {"Namespace": NAMESPACE, "Dimensions": [["environment"]], "Metrics": metrics}
    return {"_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}}
