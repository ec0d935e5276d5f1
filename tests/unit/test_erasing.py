"""Erasing what is left of secrets: the objects first, then the receipts, each once."""

from dataclasses import dataclass, field
from typing import Any

from burnbag_core.items import deserialize_value, serialize

from tests.support.services import load

erasing = load("reaper", "erasing")
Removal = erasing.Removal
NOW = 100
ERASE = (
    'UPDATE "receipts" SET "removed_at" = ? SET "erased_at" = ?'
    ' WHERE "id" = ? AND "state" <> ? AND "state" <> ? AND "upload_id" IS MISSING'
    ' AND "erased_at" IS MISSING'
)
ERASE_ABORTED = ERASE.replace(' AND "upload_id" IS MISSING', "")
EXPIRE = (
    'UPDATE "receipts" SET "state" = ? SET "ended_at" = ? SET "removed_at" = ? SET "erased_at" = ?'
    ' WHERE "id" = ? AND "state" = ? AND "erased_at" IS MISSING'
)


@dataclass
class Receipts:
    """DynamoDB, which refuses what it has an answer for, an answer at a time; it keeps the rest."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[list[tuple[str, list[Any]]]] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    aborted: list[tuple[str, str]] = field(default_factory=list)

    def batch_execute_statement(self, Statements: list[Any]) -> dict[str, Any]:
        self.calls.append([])
        return {"Responses": [self.answer(each) for each in Statements]}

    def answer(self, statement: Any) -> dict[str, Any]:
        assert statement["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
        values = [deserialize_value(each) for each in statement["Parameters"]]
        self.calls[-1].append((statement["Statement"], values))
        answers = [self.answers[each] for each in values if each in self.answers]
        if not answers or not answers[0]:
            return {}
        found = answers[0].pop(0)
        if isinstance(found, str):
            return {"Error": {"Code": found}}
        refused = {"Code": "ConditionalCheckFailed"}
        return {"Error": refused | ({"Item": serialize(found)} if found else {})}

    def abort(self, secret_id: str, upload_id: str) -> str | None:
        """S3, as far as it leaves some uploads."""
        self.aborted.append((secret_id, upload_id))
        return self.left.get(secret_id)

    def settle(self, *removals: Any) -> dict[str, str]:
        failed: dict[str, str] = erasing.Receipts(self, "receipts").settle(
            list(removals), NOW, self.abort
        )
        return failed


def test_a_secret_that_has_ended_takes_one_write() -> None:
    receipts = Receipts()
    assert receipts.settle(Removal("a", 90)) == {}
    assert receipts.calls == [[(ERASE, [90, NOW, "a", "requested", "sealed"])]]


def test_one_that_nothing_had_ended_expires() -> None:
    """At its time, or before it where a file was never finished."""
    receipts = Receipts(
        {
            "a": [{"state": "sealed", "expires_at": 80}],
            "b": [{"state": "sealed", "expires_at": 200}],
        }
    )
    assert receipts.settle(Removal("a", 90), Removal("b", 120)) == {}
    assert receipts.calls[1:] == [
        [
            (EXPIRE, ["expired", 80, 90, NOW, "a", "sealed"]),
            (EXPIRE, ["expired", NOW, NOW, NOW, "b", "sealed"]),
        ]
    ]


def test_one_that_ended_between_two_writes_keeps_its_end() -> None:
    receipts = Receipts(
        {"a": [{"state": "sealed", "expires_at": 80}, {"state": "revoked", "expires_at": 80}]}
    )
    assert receipts.settle(Removal("a", 90)) == {}
    assert [text for call in receipts.calls for text, _ in call] == [
        ERASE,
        EXPIRE,
        ERASE_ABORTED,
    ]


def test_a_receipt_that_was_settled_or_is_gone_is_left_alone() -> None:
    receipts = Receipts({"a": [{"state": "sealed", "erased_at": 7, "expires_at": 1}], "b": [None]})
    assert receipts.settle(Removal("a", 90), Removal("b", 90)) == {}
    assert len(receipts.calls) == 1


def test_each_failure_is_told_whatever_batch_it_is_in() -> None:
    receipts = Receipts({"3": ["AccessDenied"], "40": ["ValidationError"]})
    removals = [Removal(str(number), 90) for number in range(60)]
    assert receipts.settle(*removals) == {"3": "AccessDenied", "40": "ValidationError"}
    assert [len(call) for call in receipts.calls] == [25, 25, 10]


def test_a_failure_is_not_forgotten_over_a_second_write() -> None:
    receipts = Receipts({"a": ["AccessDenied"], "b": [{"state": "sealed", "expires_at": 80}]})
    assert receipts.settle(Removal("a", 90), Removal("b", 90)) == {"a": "AccessDenied"}
    assert len(receipts.calls) == 2


def test_an_upload_that_has_not_arrived_is_aborted_before_its_receipt_says_erased() -> None:
    begun = {"state": "sealed", "expires_at": 80, "upload_id": "u"}
    ended = begun | {"state": "revoked"}
    receipts = Receipts({"a": [begun], "b": [ended], "c": [ended]}, left={"c": "SlowDown"})
    assert receipts.settle(*(Removal(each, 90) for each in "abcd")) == {"c": "SlowDown"}
    assert receipts.aborted == [("a", "u"), ("b", "u"), ("c", "u")]
    settled = [
        (text, values[2 if text == ERASE_ABORTED else 4]) for text, values in receipts.calls[1]
    ]
    assert settled == [(EXPIRE, "a"), (ERASE_ABORTED, "b")]


class Objects:
    """S3, which deletes all objects but one."""

    def __init__(self, left: str = "") -> None:
        self.left = left
        self.asked: list[str] = []

    def delete(self, ids: list[str]) -> dict[str, str]:
        self.asked += ids
        return {self.left: "InternalError"} if self.left else {}

    def abort(self, secret_id: str, upload_id: str) -> str | None:
        raise AssertionError("nothing is to be aborted")


def test_a_receipt_is_settled_once_its_object_is_gone() -> None:
    objects, receipts = Objects("b"), Receipts({"c": ["AccessDenied"]})
    removals = [Removal(each, 90) for each in "abc"]
    failed = erasing.erase(removals, objects, erasing.Receipts(receipts, "receipts"), NOW)
    assert failed == {"b": "InternalError", "c": "AccessDenied"}
    assert objects.asked == ["a", "b", "c"]
    assert {values[2] for call in receipts.calls for _, values in call} == {"a", "c"}


def test_of_two_removals_of_a_record_the_first_counts() -> None:
    receipts = Receipts()
    removals = [Removal("a", 80), Removal("b", 85), Removal("a", 90)]
    assert erasing.erase(removals, Objects(), erasing.Receipts(receipts, "receipts"), NOW) == {}
    written = {values[2]: values[0] for call in receipts.calls for _, values in call}
    assert written == {"a": 80, "b": 85}
