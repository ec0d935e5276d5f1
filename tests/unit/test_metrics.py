"""The metrics in an audit event and as gauges, as the embedded metric format wants them."""

import json
import time
from contextlib import redirect_stdout
from datetime import datetime
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from burnbag_core.records import Caller, Receipt, View

from tests.support.services import load

events, metrics = load("reaper", "events"), load("reaper", "metrics")
RECEIPT: dict[str, Any] = {
    "id": "i",
    "state": "sealed",
    "kind": "text",
    "size": 7,
    "passphrase": False,
    "created_at": 900,
    "expires_at": 2000,
    "purge_at": 3000,
    "max_views": 1,
    "token_hash": b"t",
    "receipt_token_hash": b"r",
}


def event(name: str, views: int = 0, **durations: int) -> Any:
    receipt = Receipt(**RECEIPT, views=(View(950),) * views)
    return events.Event("i:1", name, receipt, 1000, Caller(), 0, durations)


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("secret.created", "SecretsCreated"),
        ("secret.passphrase_failed", "PassphrasesFailed"),
        ("secret.revoked", "SecretsRevoked"),
        ("secret.locked", "SecretsLocked"),
        ("secret.frozen", "SecretsLocked"),
        ("secret.refused", "RecipientsRefused"),
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


@pytest.mark.parametrize(
    ("name", "count", "duration"),
    [
        ("secret.erased", "SecretsErased", "erase_lag_seconds"),
        ("secret.revealed", "SecretsRevealed", "reveal_delay_seconds"),
    ],
)
def test_an_event_also_measures_a_duration(name: str, count: str, duration: str) -> None:
    document = metrics.measure(event(name, **{duration: 25}), "prod")
    assert document["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": count, "Unit": "Count"},
        {"Name": duration, "Unit": "Seconds"},
    ]
    assert (document[count], document[duration]) == (1, 25)


@pytest.mark.parametrize(("views", "unread"), [(0, 1), (1, 0)])
def test_an_expiry_counts_whether_anybody_has_read_it(views: int, unread: int) -> None:
    document = metrics.measure(event("secret.expired", views), "prod")
    assert (document["SecretsExpired"], document["SecretsExpiredUnread"]) == (1, unread)
    assert document["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "SecretsExpired", "Unit": "Count"},
        {"Name": "SecretsExpiredUnread", "Unit": "Count"},
    ]


def test_what_nobody_counts_is_an_event_without_metrics() -> None:
    assert metrics.measure(event("secret.unfrozen"), "prod") == event("secret.unfrozen").document(
        "prod"
    )


@pytest.mark.parametrize(
    "measured",
    [
        event("secret.erased", erase_lag_seconds=0),
        event("secret.expired"),
        event("secret.revealed", 1, reveal_delay_seconds=0),
    ],
)
def test_every_metric_and_dimension_stands_in_the_event_itself(measured: Any) -> None:
    document = metrics.measure(measured, "prod")
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    names = {metric["Name"] for metric in directive["Metrics"]}
    assert names | set(directive["Dimensions"][0]) <= document.keys()
    assert document.items() >= measured.document("prod").items()


def test_every_event_that_there_is_is_known() -> None:
    names = {f"secret.{name}" for name in ("revoked", "locked", "expired", "created", "revealed")}
    names |= {f"secret.{name}" for name in ("erased", "frozen", "passphrase_failed", "refused")}
    names |= {"secret.requested", "secret.submitted"}
    assert metrics.COUNTS.keys() == names  # and `secret.unfrozen`, which nobody counts


def test_a_gauge_is_one_line_that_lambda_passes_on(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.print_gauge("prod", "OldestOverdueSeconds", 7, "Seconds")
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    gauge = json.loads(line)
    (directive,) = gauge["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "burnbag",
        "Dimensions": [["environment"]],
        "Metrics": [{"Name": "OldestOverdueSeconds", "Unit": "Seconds"}],
    }
    assert (gauge["environment"], gauge["OldestOverdueSeconds"]) == ("prod", 7)
    assert gauge["level"] == "WARN", "the functions log from WARN on"


def test_a_gauge_says_when_it_was_printed(capsys: pytest.CaptureFixture[str]) -> None:
    now = time.time()
    metrics.print_gauge("prod", "LivingSecrets", 7, "Count")
    gauge = json.loads(capsys.readouterr().out)
    assert gauge["timestamp"].endswith("Z")
    assert datetime.fromisoformat(gauge["timestamp"]).timestamp() == pytest.approx(now, abs=60)
    milliseconds = gauge["_aws"]["Timestamp"]
    assert isinstance(milliseconds, int)
    assert milliseconds / 1000 == pytest.approx(now, abs=60)


def test_a_gauge_waits_in_no_buffer() -> None:
    """Lambda freezes a function as soon as it has answered."""
    written = BytesIO()
    with redirect_stdout(TextIOWrapper(written)):
        metrics.print_gauge("prod", "LivingSecrets", 7, "Count")
        assert json.loads(written.getvalue())["LivingSecrets"] == 7
