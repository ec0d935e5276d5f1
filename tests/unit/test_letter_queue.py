"""Working through a queue of letters: which are hidden, deleted and given back, and how many."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.services import ROOT, load

letters = load("reaper", "letters")


@dataclass
class Sqs:
    """A queue of so many letters, sent one a second, the last one first; ten in an answer."""

    count: int
    asked: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left = [self.message(number) for number in reversed(range(self.count))]

    def message(self, number: int, record: int | None = None, why: str = "KeyError") -> Any:
        change = {"dynamodb": {"SequenceNumber": number if record is None else record}}
        return {
            "MessageId": f"m{number}",
            "ReceiptHandle": f"h{number}",
            "Attributes": {"SentTimestamp": str(1000 * number)},
            "Body": json.dumps({"function": "reap", "error": why, "record": change}),
        }

    def receive_message(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        some, self.left = self.left[:10], self.left[10:]
        return {"Messages": some} if some else {}

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:
        assert QueueUrl == "url"
        self.deleted.append(ReceiptHandle)

    def change_message_visibility(
        self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int
    ) -> None:
        assert (QueueUrl, VisibilityTimeout) == ("url", 0)
        self.given_back.append(ReceiptHandle)


class Redelivery:
    """Takes every letter."""

    def __init__(self) -> None:
        self.processed: list[str] = []

    def process(self, letter: Any) -> None:
        self.processed.append(letter.id)


def work(
    sqs: Sqs,
    action: str,
    ids: list[str] | None = None,
    has_time: Callable[[], bool] = lambda: True,
    redelivery: Any = None,
) -> tuple[list[Any], bool]:
    desk = letters.Desk(letters.Queue(sqs, "url"), redelivery or Redelivery(), has_time)
    told, came_to_all = desk.work(action, ids)
    return told, came_to_all


def test_letters_are_asked_for_with_all_that_tells_of_them_and_hidden_meanwhile() -> None:
    sqs = Sqs(0)
    assert work(sqs, "list") == ([], True)
    assert sqs.asked == [
        {
            "QueueUrl": "url",
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": 600,
            "WaitTimeSeconds": 1,
            "AttributeNames": ["SentTimestamp"],
            "MessageAttributeNames": ["All"],
        }
    ]


def test_letters_stay_hidden_as_long_as_the_function_may_run() -> None:
    """SQS takes no letter back that others can see already: all of the run would fail at its end.

    And what is processed for minutes would be processed by a second operator meanwhile.
    """
    declared = (ROOT / "terraform/modules/burnbag/functions.tf").read_text()
    (timeout,) = re.findall(r'"letters\.handler", timeout = (\d+)', declared)
    assert int(timeout) == letters.HIDDEN


def test_the_oldest_letter_comes_first() -> None:
    told, _ = work(Sqs(25), "list")
    assert [letter["id"] for letter in told] == [f"m{number}" for number in range(25)]


@pytest.mark.parametrize(("count", "is_all"), [(499, True), (500, False), (501, False)])
def test_five_hundred_letters_are_held_at_once(count: int, is_all: bool) -> None:
    """Whether there are more is not known then, so it is not said that there are none."""
    told, came_to_all = work(Sqs(count), "list")
    assert (len(told), came_to_all) == (min(count, 500), is_all)


def test_what_is_dropped_is_deleted_and_what_is_not_meant_is_given_back() -> None:
    sqs = Sqs(3)
    told, came_to_all = work(sqs, "drop", ["m1"])
    assert ([letter["outcome"] for letter in told], came_to_all) == (["dropped"], True)
    assert (sqs.deleted, sqs.given_back) == (["h1"], ["h0", "h2"])


def test_what_is_only_looked_at_is_given_back() -> None:
    sqs = Sqs(3)
    work(sqs, "list")
    assert (sqs.deleted, sqs.given_back) == ([], ["h0", "h1", "h2"])


@pytest.mark.parametrize(("action", "outcome"), [("drop", "dropped"), ("replay", "replayed")])
def test_what_time_runs_out_for_is_given_back(action: str, outcome: str) -> None:
    times = iter([True, True])
    sqs = Sqs(4)
    told, came_to_all = work(sqs, action, has_time=lambda: next(times, False))
    assert [(letter["id"], letter["outcome"]) for letter in told] == [
        ("m0", outcome),
        ("m1", outcome),
    ]
    assert not came_to_all
    assert (sqs.deleted, sqs.given_back) == (["h0", "h1"], ["h2", "h3"])


def test_a_record_that_was_set_aside_again_is_told_with_its_new_reason() -> None:
    """The old letter is gone then, and the new one is there for everybody."""
    sqs = Sqs(3)

    class Returning(Redelivery):
        def process(self, letter: Any) -> None:
            if letter.id == "m1":
                sqs.left.append(sqs.message(7, record=1, why="TypeError"))

    told, _ = work(sqs, "replay", redelivery=Returning())
    assert [(letter["outcome"], letter.get("because")) for letter in told] == [
        ("replayed", None),
        ("again", "TypeError"),
        ("replayed", None),
    ]
    assert (sqs.deleted, sqs.given_back) == (["h0", "h1", "h2"], ["h7"])


def test_a_position_that_can_not_be_looked_into_is_told_with_the_reason() -> None:
    class Failing(Redelivery):
        def ids_behind(self, letter: Any) -> set[str]:
            raise ClientError({"Error": {"Code": "LimitExceededException"}}, "GetRecords")

    sqs = Sqs(1)
    context = {"functionArn": "a:b:c:d:e:f:burnbag-reap", "condition": "RetryAttemptsExhausted"}
    batch = {"approximateArrivalOfFirstRecord": "2026-11-29T17:00:00Z"}
    body = json.dumps({"requestContext": context, "DDBStreamBatchInfo": batch})
    sqs.left[0] |= {"Body": body}
    ((letter,), _) = work(sqs, "list", redelivery=Failing())
    assert letter["because"] == "GetRecords LimitExceededException"
    assert sqs.given_back == ["h0"]
