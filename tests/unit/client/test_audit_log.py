"""Reading the audit log group: pages, duplicates, tokens that end, a log that goes on."""

import json
from collections.abc import Callable
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnbag import ConfigurationError, Refused, Unavailable
from burnbag.audit.events import Event
from burnbag.audit.log import AuditLog, Seen, open_log
from tests.support.logs import GROUP, FakeLogs, event

START = 1_795_219_200_000


def open_fake(logs: FakeLogs, sleep: Callable[[float], None] = lambda seconds: None) -> AuditLog:
    return AuditLog(logs, GROUP, sleep, lambda: START + 60_000)


def read(logs: FakeLogs, pattern: str = "") -> list[Event]:
    return [event for page in open_fake(logs).read(pattern, None, None) for event in page]


def ids(events: list[Event]) -> list[str]:
    return [event.event_id for event in events]


def test_every_page_is_read_in_the_log_s_order() -> None:
    logs = FakeLogs()
    logs.put(*(event(number) for number in range(10)))
    assert ids(read(logs)) == [event(number)["event_id"] for number in range(10)]
    assert len(logs.asked) == 4
    assert logs.asked[0] == {"logGroupName": GROUP}


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 7))
def test_an_event_that_comes_again_is_dropped_and_the_order_stays(
    numbers: list[int], page_size: int
) -> None:
    logs = FakeLogs(page_size=page_size)
    logs.put(*(event(number) for number in numbers))
    expected = list(dict.fromkeys(event(number)["event_id"] for number in numbers))
    assert ids(read(logs)) == expected


@given(st.lists(st.integers(0, 30)), st.integers(1, 10))
def test_at_least_the_last_ids_are_known_and_never_more_than_twice_as_many(
    numbers: list[int], limit: int
) -> None:
    seen, recent = Seen(limit), list[int]()
    for number in numbers:
        is_new = seen.add(str(number))
        assert not (is_new and number in recent[-limit:])
        assert is_new or number in numbers
        assert len(seen.newest) + len(seen.older) <= 2 * limit
        if is_new:
            recent.append(number)


def test_a_line_that_is_no_event_is_counted_and_passed_over() -> None:
    logs = FakeLogs()
    logs.lines = [(1, "START RequestId"), (2, json.dumps(event(1))), (3, "[" * 100_000)]
    logs.put(event(2, schema_version=3), {"schema_version": 2})
    log = open_fake(logs)
    assert [len(page) for page in log.read("", None, None)] == [1, 0]
    assert log.unreadable == 4


def test_what_is_asked_for_goes_to_aws() -> None:
    logs = FakeLogs()
    list(open_fake(logs).read('{ $.kind = "text" }', 5, 9))
    assert logs.asked == [
        {
            "logGroupName": GROUP,
            "filterPattern": '{ $.kind = "text" }',
            "startTime": 5,
            "endTime": 9,
        }
    ]


def test_a_token_that_has_ended_loses_and_repeats_nothing() -> None:
    logs = FakeLogs(failures=[None, "InvalidParameterException", None, "InvalidParameterException"])
    logs.put(*(event(number) for number in range(8)))
    assert ids(read(logs)) == [event(number)["event_id"] for number in range(8)]
    assert "nextToken" not in logs.asked[2]
    assert logs.asked[2]["startTime"] == START + 3


def test_a_token_that_is_never_good_ends_the_reading() -> None:
    logs = FakeLogs(failures=[None, "InvalidParameterException", None, "InvalidParameterException"])
    logs.put(*(event(number) for number in range(8)), at=START)
    with pytest.raises(Unavailable):
        read(logs)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("ResourceNotFoundException", ConfigurationError, f"there is no log group {GROUP}"),
        ("AccessDeniedException", ConfigurationError, "they need logs:FilterLogEvents"),
        ("ExpiredTokenException", ConfigurationError, "AWS does not accept your credentials"),
        ("UnrecognizedClientException", ConfigurationError, "AWS does not accept"),
        ("ThrottlingException", Unavailable, "busy"),
        ("ServiceUnavailableException", Unavailable, "busy"),
        ("InvalidParameterException", Refused, "refuses this with InvalidParameterException"),
    ],
)
def test_an_error_says_what_to_do(code: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        read(FakeLogs(failures=[code]))


def test_following_tells_each_event_once_and_outlasts_bad_minutes() -> None:
    logs = FakeLogs(failures=[None, "ThrottlingException", "ThrottlingException"])
    logs.put(event(0))
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        logs.put(event(len(pauses)))

    log = open_fake(logs, sleep)
    pages = (event for page in log.follow("", START) for event in page)
    assert ids(list(islice(pages, 6))) == [event(number)["event_id"] for number in range(6)]
    assert 4 <= pauses[0] <= 6 and 16 <= pauses[2] <= 24 and 4 <= pauses[3] <= 6
    assert logs.asked[-1]["startTime"] >= START


def test_following_finds_what_the_log_shows_late() -> None:
    logs = FakeLogs()
    logs.put(event(0), at=START + 100_000)
    late = [START + 60_000]

    def sleep(seconds: float) -> None:
        if late:
            logs.put(event(1), at=late.pop())

    pages = (event for page in open_fake(logs, sleep).follow("", START) for event in page)
    assert ids(list(islice(pages, 2))) == [event(number)["event_id"] for number in range(2)]


def test_following_reads_the_past_once() -> None:
    logs = FakeLogs(page_size=100)
    logs.put(*(event(number) for number in range(50)), at=START - 60 * 60_000)
    rounds = 0

    def sleep(seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(open_fake(logs, sleep).follow("", 0))
    assert logs.returned == 50


def test_following_does_not_begin_where_the_first_answer_is_an_error() -> None:
    with pytest.raises(Unavailable):
        next(open_fake(FakeLogs(failures=["ThrottlingException"])).follow("", None))


def test_a_region_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    with pytest.raises(ConfigurationError, match="no AWS region is set"):
        open_log(None, None, GROUP)
