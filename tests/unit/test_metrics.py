"""The metrics in an audit event, as the embedded metric format wants them."""

from typing import Any

import pytest

from tests.support.services import load

events, metrics = load("reaper", "events"), load("reaper", "metrics")


def event(name: str, erase_lag: int | None = None) -> Any:
    return events.Event(
        id="i:1",
        name=name,
        secret_id="i",
        kind="text",
        at=1000,
        actor=None,
        views_left=0,
        erase_lag=erase_lag,
    )


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("secret.created", "SecretsCreated"),
        ("secret.revealed", "SecretsRevealed"),
        ("secret.passphrase_failed", "PassphrasesFailed"),
        ("secret.revoked", "SecretsRevoked"),
        ("secret.locked", "SecretsLocked"),
        ("secret.frozen", "SecretsFrozen"),
        ("secret.unfrozen", "SecretsUnfrozen"),
        ("secret.expired", "SecretsExpired"),
        ("secret.erased", "SecretsErased"),
    ],
)
def test_an_event_counts_as(name: str, metric: str) -> None:
    document = metrics.measure(event(name), "prod")
    assert document[metric] == 1
    assert document["_aws"] == {
        # In milliseconds.
        "Timestamp": 1_000_000,
        "CloudWatchMetrics": [
            {
                "Namespace": "burnbag",
                "Dimensions": [["environment"]],
                "Metrics": [{"Name": metric, "Unit": "Count"}],
            }
        ],
    }


def test_an_erasure_also_measures_how_late_it_was() -> None:
    document = metrics.measure(event("secret.erased", erase_lag=25), "prod")
    assert document["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "SecretsErased", "Unit": "Count"},
        {"Name": "erase_lag_seconds", "Unit": "Seconds"},
    ]
    assert document["erase_lag_seconds"] == 25


def test_every_metric_and_dimension_stands_in_the_event_itself() -> None:
    document = metrics.measure(event("secret.erased", erase_lag=0), "prod")
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    names = {metric["Name"] for metric in directive["Metrics"]}
    assert names | set(directive["Dimensions"][0]) <= document.keys()
    assert document.items() >= event("secret.erased", erase_lag=0).document("prod").items()
