"""Reading CloudTrail: its history, page by page and at its pace, and a trail's log group."""

import json
from datetime import timedelta

import pytest

from burnbag import ConfigurationError, Refused, Unavailable
from burnbag.audit import key_uses
from burnbag.audit.log import AuditLog
from burnbag.audit.trail import History, TrailLog
from tests.support.logs import GROUP, FakeLogs
from tests.support.trail import KEY, OTHER_KEY, START, FakeHistory, denied, record
from tools.emulator_differences.filter_patterns import compile_pattern

END = START + timedelta(days=1)


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def read(history: FakeHistory, pauses: Pauses | None = None) -> list[str]:
    found = History(history, pauses if pauses is not None else Pauses()).read(KEY, START, END)
    return sorted(use.event_id for use in found)


def ids(count: int) -> list[str]:
    return sorted(f"trail-{number}" for number in range(count))


def test_an_empty_history_has_no_uses() -> None:
    assert read(FakeHistory()) == []


def test_every_page_is_read_at_no_more_than_two_calls_a_second() -> None:
    history, pauses = FakeHistory([record(number) for number in range(120)]), Pauses()
    assert read(history, pauses) == ids(120)
    assert (len(history.asked), pauses) == (3, [0.5, 0.5])
    (attribute,) = history.asked[0]["LookupAttributes"]
    assert attribute == {"AttributeKey": "ResourceName", "AttributeValue": KEY}


def test_only_uses_of_this_key_are_found_and_each_once() -> None:
    other = record(1, resources=[{"ARN": OTHER_KEY}])
    sealed = record(2, eventName="GenerateDataKey")
    assert read(FakeHistory([record(0), other, sealed, record(0)])) == ["trail-0"]


@pytest.mark.parametrize("code", ["ThrottlingException", "Throttling"])
def test_throttling_is_waited_out_longer_each_time(code: str) -> None:
    history, pauses = FakeHistory([record(0)], failures=[code] * 7), Pauses()
    assert read(history, pauses) == ["trail-0"]
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_throttling_in_the_middle_loses_and_repeats_nothing() -> None:
    history = FakeHistory([record(number) for number in range(60)])
    history.failures = [None, "ThrottlingException"]
    assert read(history) == ids(60)


def test_throttling_without_an_end_is_said() -> None:
    with pytest.raises(Unavailable, match="busy"):
        read(FakeHistory(failures=["ThrottlingException"] * 8))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", ConfigurationError),
        ("UnrecognizedClientException", ConfigurationError),
        ("InvalidTimeRangeException", Refused),
    ],
)
def test_an_error_is_none_of_botocores(code: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(FakeHistory(failures=[code]))


def test_what_is_no_record_is_counted() -> None:
    history = FakeHistory([record(0, eventID=7), record(1)])
    found = History(history, Pauses())
    assert [use.event_id for use in found.read(KEY, START, END)] == ["trail-1"]
    assert found.unreadable == 1


def log_of(*messages: str) -> TrailLog:
    at = int(START.timestamp() * 1000)
    logs = FakeLogs([(at + number, message) for number, message in enumerate(messages)])
    return TrailLog(AuditLog(logs, GROUP, Pauses()))


def test_a_trails_log_group_has_who_was_denied_too() -> None:
    other, late = record(4, resources=[{"ARN": OTHER_KEY}]), record(90_000)
    documents = [record(0), other, denied(5), record(0), late]
    trail = log_of(*map(json.dumps, documents))
    found = [use.event_id for use in trail.read(KEY, START, END)]
    assert found == ["trail-0", "trail-5"]
    assert trail.unreadable == 0


@pytest.mark.parametrize(
    ("document", "is_found"),
    [
        (record(), True),
        (denied(), True),
        (record(eventName="ReEncrypt"), True),
        (record(resources=[{"ARN": OTHER_KEY}, {"ARN": KEY}]), True),
        (record(eventName="GenerateDataKey"), False),
        (record(resources=[{"ARN": OTHER_KEY}]), False),
        (record(eventSource="s3.amazonaws.com"), False),
    ],
)
def test_aws_looks_for_uses_of_this_key_alone(document: object, is_found: bool) -> None:
    pattern = key_uses.pattern(KEY)
    assert len(pattern) <= 1024
    assert compile_pattern(pattern)(json.dumps(document)) == is_found
