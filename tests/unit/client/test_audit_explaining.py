"""Which event explains which use of the sealing key, and what is left."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnbag.audit import explaining
from burnbag.audit.events import read_event
from burnbag.audit.explaining import Asked, Explanation, explain, pair
from burnbag.audit.key_uses import KeyUse, NotARecord, parse_use
from tests.support.logs import event
from tests.support.services import load
from tests.support.trail import KEY, MALLORY, OTHER_KEY, REVEAL, START, by, denied, record

ID = "A" * 22
DAY = timedelta(days=1)
ASKED = Asked(START, START + DAY, "test", KEY)


def use(number: float = 0, **changed: Any) -> KeyUse:
    found = parse_use(json.dumps(record(number, ID) | changed), KEY)
    assert found is not None
    return found


def view(number: int = 0, name: str = "revealed", **changed: Any) -> dict[str, Any]:
    return event(number, name, secret_id=ID, event_id=f"event-{number}", **changed)


def compare(
    uses: list[KeyUse], events: list[dict[str, Any]], now: timedelta = DAY, asked: Asked = ASKED
) -> Explanation:
    return explain(uses, map(read_event, events), asked, START + now)


def told(explanation: Explanation) -> list[tuple[str, str]]:
    return [(finding.finding, finding.event_id) for finding in explanation.findings]


@pytest.mark.parametrize("name", ["revealed", "passphrase_failed"])
@pytest.mark.parametrize("later", [-30, 0, 30])
def test_a_view_or_a_wrong_passphrase_explains_the_decrypt_of_its_call(
    name: str, later: int
) -> None:
    found = compare([use(60)], [view(60 + later, name)])
    assert (told(found), found.decrypts, found.pending) == ([], 1, 0)


@pytest.mark.parametrize("name", ["created", "locked", "revoked", "expired", "erased"])
def test_no_other_event_explains_a_decrypt(name: str) -> None:
    assert told(compare([use(60)], [view(60, name)])) == [("unexplained", "trail-60")]


def test_another_secrets_view_explains_nothing() -> None:
    found = compare([use(60)], [event(60, "revealed", secret_id="B" * 22, event_id="other")])
    assert sorted(told(found)) == [("unexplained", "trail-60"), ("without decrypt", "other")]


def test_a_wrong_passphrase_explains_one_decrypt_and_not_two() -> None:
    found = compare([use(60), use(61)], [view(60, "passphrase_failed")])
    assert told(found) == [("unexplained", "trail-61")]


@pytest.mark.parametrize(("kind", "window"), [("text", 120), ("file", 120), ("upload", 900)])
def test_a_claim_is_fetched_again_within_its_window_and_no_longer(kind: str, window: int) -> None:
    views = [view(0, kind=kind)]
    again = [use(0), use(window), use(window + 30)]
    assert told(compare(again, views)) == []
    late = window + 31
    assert told(compare([*again, use(late)], views)) == [("unexplained", f"trail-{late}")]


def test_the_windows_are_those_of_the_reveal_service() -> None:
    kinds = load("reveal", "chalicelib.kinds")
    assert timedelta(seconds=kinds.ANSWER_WINDOW) == explaining.CLAIM
    assert timedelta(seconds=kinds.DOWNLOAD_WINDOW) == explaining.UPLOAD_CLAIM


FOREIGN: dict[str, dict[str, Any]] = {
    "another principal": by(MALLORY),
    "root": {"userIdentity": {"type": "Root", "arn": "arn:aws:iam::123456789012:root"}},
    "another account's role of that name": by(REVEAL.replace("123456789012", "210987654321")),
    "another environment's reveal": by(REVEAL.replace("test-reveal", "prod-reveal")),
    "a role whose name begins so": by(REVEAL.replace("us-east-1/", "us-east-1-2/")),
    "another region's reveal": by(REVEAL.replace("us-east-1/", "us-west-2/")),
    "a service": {"userIdentity": {"type": "AWSService", "invokedBy": "x.amazonaws.com"}},
    "nobody known": {"userIdentity": None},
    "no context": {"requestParameters": {"keyId": KEY}},
    "no parameters": {"requestParameters": None},
    "no id": {"requestParameters": {"encryptionContext": {"burnbag:environment": "test"}}},
    "another environment": {
        "requestParameters": {
            "encryptionContext": {"burnbag:environment": "prod", "burnbag:id": ID}
        }
    },
    "another call": {
        "eventName": "ReEncrypt",
        "requestParameters": {
            "sourceEncryptionContext": {"burnbag:environment": "test", "burnbag:id": ID}
        },
    },
}


@pytest.mark.parametrize("changed", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_reveals_own_is_foreign_though_a_view_was_at_that_time(
    changed: dict[str, Any],
) -> None:
    found = compare([use(60, **changed), use(61)], [view(61)], now=timedelta(seconds=62))
    assert told(found) == [("foreign", "trail-60")]


def test_who_was_denied_is_told_with_the_error() -> None:
    refused = parse_use(json.dumps(denied(60)), KEY)
    assert refused is not None
    (finding,) = compare([refused], []).findings
    assert (finding.finding, finding.principal) == ("foreign", MALLORY)
    assert (finding.secret_id, finding.error) == (None, "AccessDenied")


def test_reveals_own_failed_calls_decrypt_nothing_and_are_counted() -> None:
    failed = use(60, errorCode="InvalidCiphertextException")
    found = compare([failed], [])
    assert (told(found), found.decrypts, found.failed) == ([], 0, 1)


def test_a_reveal_without_a_decrypt_is_told_and_a_wrong_passphrase_is_not() -> None:
    found = compare([], [view(60), view(70, "passphrase_failed")])
    assert (told(found), found.reveals) == ([("without decrypt", "event-60")], 1)


@pytest.mark.parametrize(("minutes", "expected"), [(15, 0), (16, 1)])
def test_what_cloudtrail_may_still_deliver_is_left_open(minutes: int, expected: int) -> None:
    found = compare([use(0)], [view(40)], now=timedelta(minutes=minutes, seconds=10))
    assert len(found.findings) == expected + 1 and found.pending == 1 - expected


def test_what_explains_something_may_lie_outside_of_the_time() -> None:
    asked = Asked(START + timedelta(seconds=60), START + timedelta(seconds=90), "test", KEY)
    found = compare([use(50), use(61), use(89)], [view(50), view(62), view(91)], asked=asked)
    assert (told(found), found.decrypts, found.reveals) == ([], 2, 1)
    outside = compare([use(59), use(91), use(40, **by(MALLORY))], [view(200)], asked=asked)
    assert (told(outside), outside.decrypts, outside.reveals) == ([], 0, 0)


def test_nothing_is_explained_by_nothing() -> None:
    assert compare([], []) == Explanation([], 0, 0, 0, 0)


@given(st.lists(st.integers(0, 200), max_size=8), st.lists(st.integers(0, 200), max_size=8))
def test_a_pair_is_within_its_window_and_as_many_are_paired_as_can_be(
    uses: list[int], views: list[int]
) -> None:
    left_uses, left_views = pair(
        [use(number) for number in uses], [read_event(view(number)) for number in views]
    )
    paired = len(uses) - len(left_uses)
    assert paired == len(views) - len(left_views) == most_pairs(sorted(uses), sorted(views))
    times = Counter(each.time for each in left_uses)
    assert times <= Counter(use(number).time for number in uses)


def most_pairs(uses: list[int], views: list[int]) -> int:
    """By trying everything: leave the first use out, or pair it with any view it may have."""
    if not uses:
        return 0
    first, *rest = uses
    best = most_pairs(rest, views)
    for place, number in enumerate(views):
        if abs(number - first) <= 30:
            best = max(best, 1 + most_pairs(rest, views[:place] + views[place + 1 :]))
            break
    return best


@pytest.mark.parametrize(
    "changed",
    [
        {"eventName": "GenerateDataKey"},
        {"eventSource": "s3.amazonaws.com"},
        {"resources": [{"ARN": OTHER_KEY}]},
        {"resources": [], "errorMessage": f"not authorized on {KEY}0"},
        {"resources": [{"ARN": OTHER_KEY}], "errorMessage": KEY},
    ],
)
def test_what_does_not_decrypt_with_this_key_is_none_of_it(changed: dict[str, Any]) -> None:
    assert parse_use(json.dumps(record() | changed), KEY) is None


@pytest.mark.parametrize("message", ["", "None", "[" * 100_000, "{}", "[]"])
def test_what_is_no_record_is_said(message: str) -> None:
    with pytest.raises(NotARecord):
        parse_use(message, KEY)


@pytest.mark.parametrize("changed", [{"eventTime": "now"}, {"eventID": 1}, {"resources": [1]}])
def test_a_record_that_can_not_be_read_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(NotARecord):
        parse_use(json.dumps(record() | changed), KEY)
