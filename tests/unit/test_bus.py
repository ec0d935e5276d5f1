"""Events on the bus: what is put, in which calls, and what becomes of what EventBridge refuses."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from tests.support.services import ENVIRON, load
from tests.unit.conftest import Reaper, no_pause
from tests.unit.test_audit import SEALED, changed
from tests.unit.test_events import BURNED, compare

bus, audit = load("reaper", "bus"), load("reaper", "audit")
LARGEST = 256 * 1024
HOSTILE = 'x"},"channel":"#all","text":"<!channel> <https://evil.example|here> & \\" \\u0041'


class Events:
    """An EventBridge that fails as it is told: `codes` by secret and how often."""

    def __init__(self, codes: Mapping[str, list[str]] | None = None) -> None:
        self.codes = {secret: iter(found) for secret, found in (codes or {}).items()}
        self.taken: list[Any] = []
        self.calls: list[list[str]] = []
        self.errors: Iterator[Exception | None] = iter(())

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:
        details = [json.loads(entry["Detail"]) for entry in Entries]
        self.calls.append([detail["event_id"] for detail in details])
        assert 1 <= len(Entries) <= 10
        if error := next(self.errors, None):
            raise error
        if sum(len(entry["Detail"]) for entry in Entries) > LARGEST:
            raise refusal("ValidationException")
        return {"Entries": [self.answer(detail) for detail in details]}

    def answer(self, detail: dict[str, Any]) -> dict[str, str]:
        if code := next(self.codes.get(detail["secret_id"], iter(())), None):
            return {"ErrorCode": code, "ErrorMessage": "made to fail"}
        self.taken.append(detail)
        return {"EventId": "1"}

    @property
    def ids(self) -> list[str]:
        return [detail["event_id"] for detail in self.taken]


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "made to fail"}}, "PutEvents")


def made(events: Events) -> Any:
    return bus.EventBus(events, "burnbag-test", no_pause)


def entry(secret_id: str, number: int = 1, **more: Any) -> Any:
    detail = {"secret_id": secret_id, "event_id": f"{secret_id}:{number}", **more}
    return bus.Entry(secret_id, "secret.created", json.dumps(detail))


def told(reaper: Reaper, events: Events) -> Any:
    """The function with a bus."""
    return replace(reaper.audit, bus=made(events))


def test_an_event_is_put_as_its_document_and_a_summary() -> None:
    class Kept:
        def put_events(self, Entries: list[Any]) -> Any:
            self.entries = Entries
            return {"Entries": [{"EventId": "1"}]}

    (event,) = compare(None, BURNED)[:1]
    kept = Kept()
    assert made(kept).put([bus.announce(event, "prod")]) == {}  # type: ignore[arg-type]
    (put,) = kept.entries
    detail = json.loads(put.pop("Detail"))
    assert put == {
        "EventBusName": "burnbag-test",
        "Source": "burnbag",
        "DetailType": "secret.created",
    }
    assert detail.pop("summary") == (
        "burnbag prod: secret.created (i), created by arn:sender, at 1970-01-01T00:16:40Z"
    )
    assert detail == event.document("prod")
    assert not [name for name in detail if name[0] in "_S"], "no metric, nothing about metrics"


def test_what_nobody_knows_is_not_in_a_summary() -> None:
    document = {"label": None, "created_by": None, "environment": "e", "event": "secret.erased"}
    document |= {"secret_id": "i", "time": "t"}
    assert bus.summarize(document) == "burnbag e: secret.erased (i), at t"


def test_a_label_in_a_summary_is_still_readable() -> None:
    (event,) = compare(None, BURNED | {"label": "X: Köln &\nDüsseldorf"})[:1]
    assert "“X: Köln \uff06 Düsseldorf”" in bus.summarize(event.document("prod"))


@given(st.text())
def test_no_label_leaves_a_template_or_becomes_a_mention(label: str) -> None:
    """However EventBridge fills a template: with values escaped, or as they are."""
    (event,) = compare(None, BURNED | {"label": label.encode("utf-8", "replace").decode()})[:1]
    summary = json.loads(bus.announce(event, "prod").detail)["summary"]
    message = json.loads('{"text": "' + summary + '"}')
    assert message == {"text": summary}
    assert not set(summary) & set('"\\<>&\n')


def test_ten_events_go_into_a_call_and_no_two_of_one_secret() -> None:
    events = Events()
    put = [entry(f"s{number % 12}", number // 12) for number in range(24)]
    assert made(events).put(put) == {}
    assert [len(call) for call in events.calls] == [10, 2, 10, 2]
    for call in events.calls:
        assert max(Counter(each.split(":")[0] for each in call).values()) == 1


def test_a_throttled_event_is_tried_again_by_itself() -> None:
    events = Events({"b": ["ThrottlingException", "InternalFailure"]})
    assert made(events).put([entry("a"), entry("b"), entry("c")]) == {}
    assert events.calls == [["a:1", "b:1", "c:1"], ["b:1"], ["b:1"]]


def test_after_a_failure_that_lasts_nothing_more_is_put(caplog: pytest.LogCaptureFixture) -> None:
    events = Events({"s3": ["InternalFailure"] * 99})
    put = [entry(f"s{number}") for number in range(25)] + [entry("s3", 2)]
    assert made(events).put(put) == dict.fromkeys([3, *range(10, 26)], "InternalFailure")
    assert len(events.calls) == bus.TRIES
    assert "s3:2" not in events.ids
    assert caplog.messages == ["audit: the event bus failed: InternalFailure"]


def test_four_tries_are_made_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "jitter", lambda attempt: attempt)
    pauses: list[float] = []
    events = Events({"a": ["InternalFailure"] * 9})
    failed = bus.EventBus(events, "burnbag-test", pauses.append).put([entry("a"), entry("b")])
    assert (failed, pauses) == ({0: "InternalFailure"}, [0, 1, 2])
    assert events.calls == [["a:1", "b:1"], ["a:1"], ["a:1"], ["a:1"]]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refusal("AccessDeniedException"), "AccessDeniedException"),
        (ConnectTimeoutError(endpoint_url="x"), "ConnectTimeoutError"),
    ],
)
def test_a_call_that_fails_is_tried_again_as_a_whole(error: Exception, code: str) -> None:
    events = Events()
    events.errors = iter([error] * bus.TRIES)
    assert made(events).put([entry("a"), entry("b")]) == {0: code, 1: code}
    events.errors = iter([error])
    assert made(events).put([entry("a"), entry("b")]) == {}
    assert events.ids == ["a:1", "b:1"]


def test_an_event_that_is_too_large_costs_no_other_one() -> None:
    events = Events()
    put = [entry("a"), entry("huge", pad="x" * LARGEST), entry("b"), entry("huge", 2)]
    assert made(events).put(put) == {1: "ValidationException"}
    assert events.ids == ["a:1", "b:1", "huge:2"]


def test_events_that_are_too_large_together_are_put_apart() -> None:
    events = Events()
    put = [entry(f"s{number}", pad="x" * (LARGEST // 5)) for number in range(10)]
    assert made(events).put(put) == {}
    assert len(events.taken) == 10


def test_an_event_that_is_refused_for_good_holds_nothing_up() -> None:
    events = Events({"b": ["MalformedDetail"]})
    assert made(events).put([entry("a"), entry("b"), entry("b", 2)]) == {1: "MalformedDetail"}
    assert events.ids == ["a:1", "b:2"]
    assert len(events.calls) == 2


@given(
    st.lists(st.sampled_from("abcd"), max_size=40),
    st.dictionaries(
        st.sampled_from("abcd"),
        st.lists(st.sampled_from(["InternalFailure", "ThrottlingException"]), max_size=9),
    ),
)
def test_nothing_is_lost_or_overtaken_however_it_fails(
    secrets: list[str], codes: dict[str, list[str]]
) -> None:
    """A batch is delivered again from its first failure, until nothing fails any more."""
    numbers = {secret: count(1) for secret in "abcd"}
    rest = [entry(secret, next(numbers[secret])) for secret in secrets]
    events = Events(codes)
    while rest:
        failed = made(events).put(rest)
        if not failed:
            break
        rest = rest[min(failed) :]
    for secret in "abcd":
        of_secret = [each for each in events.ids if each.startswith(secret)]
        once = list(dict.fromkeys(of_secret))
        assert once == [f"{secret}:{n}" for n in range(1, secrets.count(secret) + 1)]


def test_without_a_bus_there_is_no_client_for_one() -> None:
    asked: list[str] = []
    audit.build(ENVIRON, asked.append, lambda: 0)
    assert asked == ["logs", "sqs"]
    built = audit.build(ENVIRON | {"EVENT_BUS": "burnbag-test"}, asked.append, lambda: 0)
    assert asked[2:].count("events") == 1
    assert built.bus.name == "burnbag-test"


def test_without_a_bus_nothing_is_made_for_one(reaper: Reaper) -> None:
    record = changed(None, SEALED)
    assert reaper.audit.read_change(record).entries == []
    assert len(told(reaper, Events()).read_change(record).entries) == 1


def test_an_answer_that_does_not_say_what_became_of_each_is_no_success() -> None:
    class Short:
        def put_events(self, Entries: list[Any]) -> Any:
            return {"Entries": [{"EventId": "1"}] * (len(Entries) - 1)}

    with pytest.raises(ValueError, match="shorter"):
        made(Short()).put([entry("a"), entry("b")])  # type: ignore[arg-type]


def test_audit_puts_on_the_bus_what_it_has_written(reaper: Reaper) -> None:
    events = Events()
    batch = {"Records": [changed(None, SEALED | {"label": HOSTILE})]}
    assert told(reaper, events)(batch, None) == {"batchItemFailures": []}
    (written,), (put,) = reaper.events(), events.taken
    assert (put["event_id"], put["label"]) == (written["event_id"], HOSTILE)


def test_audit_writes_first_and_puts_nothing_that_is_not_written(reaper: Reaper) -> None:
    events = Events()
    reaper.calls().failing.add("PutLogEvents")
    failed = told(reaper, events)({"Records": [changed(None, SEALED, "7")]}, None)
    assert failed == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert events.calls == []


def test_audit_reports_what_the_bus_does_not_take_and_goes_on_from_there(reaper: Reaper) -> None:
    """The log has it already, and does not get it again from the same instance."""
    events = Events({"j": ["InternalFailure"] * bus.TRIES})
    function = told(reaper, events)
    records = [changed(None, SEALED | {"id": each}, n) for n, each in enumerate_as_text("ijk")]
    failed = function({"Records": records}, None)
    assert failed["batchItemFailures"][0] == {"itemIdentifier": "1"}
    assert function({"Records": records[1:]}, None) == {"batchItemFailures": []}
    assert list(dict.fromkeys(events.ids)) == ["i:created:1", "k:created:1", "j:created:1"]
    assert [event["secret_id"] for event in reaper.events()] == ["i", "j", "k"]
    assert function({"Records": records}, None) == {"batchItemFailures": []}
    assert len(reaper.events()) == 6, "what comes again without a failure is written again"


def enumerate_as_text(names: str) -> list[tuple[str, str]]:
    return [(str(number), name) for number, name in enumerate(names)]


def test_what_the_bus_never_takes_becomes_a_dead_letter(reaper: Reaper) -> None:
    events = Events({"i": ["InvalidArgument"]})
    record = changed(None, SEALED)
    assert told(reaper, events)({"Records": [record]}, None) == {"batchItemFailures": []}
    (letter,) = reaper.dead_letters()
    assert (letter["function"], letter["error"], letter["record"]) == (
        "audit",
        "InvalidArgument",
        record,
    )
    assert len(reaper.events()) == 1


def test_a_record_is_delivered_again_if_any_of_its_events_may_yet_be_taken(
    reaper: Reaper,
) -> None:
    """It has three events: the first is refused for good, the second not for now."""
    events = Events({"i": ["MalformedDetail"] + ["InternalFailure"] * bus.TRIES})
    gone = {"state": "revoked", "ended_at": 1_900_000_000, "erased_at": 1_900_000_001}
    record = changed(None, SEALED | gone, "5")
    failed = told(reaper, events)({"Records": [record]}, None)
    assert failed == {"batchItemFailures": [{"itemIdentifier": "5"}]}
    assert reaper.dead_letters() == []
