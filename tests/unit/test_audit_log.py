"""The audit log: which messages go together, through which stream, and with which times."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from burnbag_core.items import serialize

from tests.support.services import ENVIRON, load

audit = load("reaper", "audit")

SEALED: dict[str, Any] = {
    "id": "i" * 22,
    "state": "sealed",
    "kind": "upload",
    "created_at": 1_800_000_000,
    "expires_at": 1_899_999_999,
    "max_views": 100,
    "views": [],
    "size": 1,
    "passphrase": True,
    "purge_at": 1_999_999_999,
    "token_hash": "",
    "receipt_token_hash": "",
}
GUESSER = f"arn:aws:sts::123456789012:assumed-role/{'r' * 64}/{'s' * 64}"
ENDED = SEALED | {
    "state": "locked",
    "ended_at": 1_850_000_000,
    "failed_attempts": 1,
    "last_failure": {"at": 1_850_000_000, "by": GUESSER},
    "erased_at": 1_850_000_001,
}
# A change that yields three events, more than any other.
LARGEST = {"dynamodb": {"OldImage": serialize(SEALED), "NewImage": serialize(ENDED)}}


class AlreadyExists(Exception):
    pass


@dataclass
class FakeLogs:
    """CloudWatch Logs, which keeps what it is asked."""

    streams: list[str] = field(default_factory=list)
    puts: list[dict[str, Any]] = field(default_factory=list)
    failing: bool = False
    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(ResourceAlreadyExistsException=AlreadyExists)
    )

    def create_log_stream(self, logGroupName: str, logStreamName: str) -> None:
        assert logGroupName == "group"
        if self.failing:
            raise ConnectionError
        if logStreamName in self.streams:
            raise AlreadyExists
        self.streams.append(logStreamName)

    def put_log_events(self, **request: Any) -> None:
        assert request["logGroupName"] == "group"
        self.puts.append(request)

    def written(self) -> list[tuple[int, str]]:
        events = [event for put in self.puts for event in put["logEvents"]]
        return [(event["timestamp"], event["message"]) for event in events]


def test_messages_are_a_millisecond_apart_in_the_order_in_which_they_came() -> None:
    logs = FakeLogs()
    audit.AuditLog(logs, "group", lambda: 0).write(["a", "b", "c"])
    assert logs.written() == [(0, "a"), (1, "b"), (2, "c")]


def test_no_message_is_timed_before_one_that_was_written_earlier() -> None:
    times = iter([10, 11, 99])
    logs = FakeLogs()
    log = audit.AuditLog(logs, "group", lambda: next(times))
    for messages in (["a", "b", "c"], ["d"], ["e"]):
        log.write(messages)
    assert logs.written() == [(10, "a"), (11, "b"), (12, "c"), (13, "d"), (99, "e")]


def test_all_instances_of_the_function_write_to_the_stream_of_the_day() -> None:
    logs = FakeLogs()
    for _ in range(2):
        log = audit.AuditLog(logs, "group", lambda: 1_799_999_999_999)
        log.write(["a"])
        log.write(["b"])
    assert logs.streams == ["audit/2027-01-15"]
    assert [put["logStreamName"] for put in logs.puts] == logs.streams * 4


def test_a_new_day_begins_at_midnight_utc_with_a_new_stream() -> None:
    midnight = 1_800_057_600_000
    times = iter([midnight - 1, midnight])
    logs = FakeLogs()
    log = audit.AuditLog(logs, "group", lambda: next(times))
    log.write(["a"])
    log.write(["b"])
    assert logs.streams == ["audit/2027-01-15", "audit/2027-01-16"]
    assert [put["logStreamName"] for put in logs.puts] == logs.streams


def test_a_stream_that_could_not_be_opened_is_opened_by_the_next_write() -> None:
    logs = FakeLogs(failing=True)
    log = audit.AuditLog(logs, "group", lambda: 0)
    with pytest.raises(ConnectionError):
        log.write(["a"])
    logs.failing = False
    log.write(["a"])
    assert [put["logStreamName"] for put in logs.puts] == logs.streams


def test_nothing_is_sent_where_there_is_nothing_to_write() -> None:
    logs = FakeLogs()
    audit.AuditLog(logs, "group", lambda: 0).write([])
    assert (logs.streams, logs.puts) == ([], [])


def test_as_many_changes_are_written_together_as_one_call_can_take() -> None:
    """PutLogEvents takes 1 MiB, in which each event counts for 26 bytes more than it has."""
    logs = FakeLogs()
    environ = ENVIRON | {"AUDIT_LOG_GROUP": "group"}
    function = audit.build(environ, {"logs": logs, "sqs": None}.get, lambda: 0)
    assert function({"Records": [LARGEST] * 301}, None) == {"batchItemFailures": []}
    assert [len(put["logEvents"]) for put in logs.puts] == [300, 300, 300, 3]
    for put in logs.puts:
        messages = [event["message"].encode() for event in put["logEvents"]]
        assert sum(len(message) + 26 for message in messages) <= 2**20


@pytest.mark.parametrize(("now", "behind"), [(1_800_000_061_999, 61), (1_799_999_999_000, 0)])
def test_a_heartbeat_is_measured_in_whole_seconds(
    now: int, behind: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not below zero: the sweep's clock may be ahead of this one."""
    beat = serialize(
        {
            "id": "heartbeat",
            "beat_at": 1_800_000_000,
            "removed_at": 1_800_000_001,
            "erased_at": 1_800_000_001,
        }
    )
    function = audit.build(ENVIRON, {"logs": FakeLogs(), "sqs": None}.get, lambda: now)
    function({"Records": [{"dynamodb": {"NewImage": beat}}]}, None)
    gauge = json.loads(capsys.readouterr().out)
    assert gauge["AuditBehindSeconds"] == behind
    (directive,) = gauge["_aws"]["CloudWatchMetrics"]
    assert directive["Metrics"] == [{"Name": "AuditBehindSeconds", "Unit": "Seconds"}]
