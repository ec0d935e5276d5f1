"""Writes in bulk: each fails by itself, and what AWS was too busy for is tried again."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.items import serialize

from tests.support.services import load

bulk = load("reaper", "bulk")

BUSY = "ThrottlingError"
REFUSED = "ConditionalCheckFailed"


class FakeDynamoDB:
    """Fails the named statements, each with its next code; executes the others, and all later."""

    def __init__(self, **codes: list[str]) -> None:
        self.codes = codes
        self.calls: list[list[Any]] = []

    def batch_execute_statement(self, Statements: list[Any]) -> dict[str, Any]:
        self.calls.append(Statements)
        return {"Responses": [self.answer(statement["Statement"]) for statement in Statements]}

    def answer(self, name: str) -> dict[str, Any]:
        codes = self.codes.get(name)
        return {"Error": {"Code": codes.pop(0)}} if codes else {}

    @property
    def sent(self) -> list[str]:
        """The statements of each call, in one word."""
        return ["".join(statement["Statement"] for statement in call) for call in self.calls]


def statements(names: str) -> dict[str, Any]:
    return {name: bulk.Statement(name, ()) for name in names}


def no_pause(seconds: float) -> None:
    """What a test does instead of waiting."""


def test_a_statement_is_sent_with_its_values_and_asks_for_the_record_only_if_told_to() -> None:
    dynamodb = FakeDynamoDB()
    asking = bulk.Statement("a", ("x", 7), tells_found=True)
    assert bulk.execute(dynamodb, {"1": asking, "2": bulk.Statement("b", ())}) == {}
    asked = "ReturnValuesOnConditionCheckFailure"
    assert dynamodb.calls == [
        [
            {"Statement": "a", "Parameters": [{"S": "x"}, {"N": "7"}], asked: "ALL_OLD"},
            {"Statement": "b", "Parameters": [], asked: "NONE"},
        ]
    ]


def test_each_failure_comes_under_its_name_with_the_record_that_was_found() -> None:
    class Refusing:
        def batch_execute_statement(self, Statements: list[Any]) -> dict[str, Any]:
            found = {"Code": REFUSED, "Item": serialize({"id": "i", "erased_at": 7})}
            return {"Responses": [{"Error": found}, {}, {"Error": {"Code": BUSY}}]}

    failures = bulk.execute(Refusing(), statements("abc"))
    assert failures == {
        "a": bulk.Failure(REFUSED, {"id": "i", "erased_at": 7}),
        "c": bulk.Failure(BUSY),
    }
    told = [(each.is_refusal, each.is_transient) for each in failures.values()]
    assert told == [(True, False), (False, True)]


def test_an_answer_that_leaves_out_a_statement_is_none() -> None:
    """What is missing in it may not have been written."""

    class Short:
        def batch_execute_statement(self, Statements: list[Any]) -> dict[str, Any]:
            return {"Responses": [{}]}

    with pytest.raises(ValueError):
        bulk.execute(Short(), statements("ab"))


def test_only_what_aws_was_too_busy_for_is_tried_again() -> None:
    dynamodb = FakeDynamoDB(a=[BUSY, BUSY], b=[REFUSED], c=["AccessDenied"], d=[BUSY, REFUSED])
    failures = bulk.execute_patiently(dynamodb, statements("abcde"), no_pause)
    assert dynamodb.sent == ["abcde", "ad", "a"]
    assert {name: each.code for name, each in failures.items()} == {
        "b": REFUSED,
        "c": "AccessDenied",
        "d": REFUSED,
    }


def test_nobody_waits_where_nothing_was_busy() -> None:
    pauses: list[float] = []
    bulk.execute_patiently(FakeDynamoDB(a=[REFUSED]), statements("ab"), pauses.append)
    assert pauses == []


def test_six_tries_with_growing_pauses_are_made_of_what_stays_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("burnbag_core.aws.RANDOM.uniform", lambda lower, upper: upper)
    dynamodb, pauses = FakeDynamoDB(a=[BUSY] * 10), list[float]()
    failures = bulk.execute_patiently(dynamodb, statements("ab"), pauses.append)
    assert failures == {"a": bulk.Failure(BUSY)}
    assert dynamodb.sent == ["ab", "a", "a", "a", "a", "a"]
    assert pauses == [0.02, 0.04, 0.08, 0.16, 0.32]


def test_an_error_of_the_whole_call_is_passed_on() -> None:
    class Failing:
        def batch_execute_statement(self, Statements: list[Any]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "BatchExecuteStatement")

    with pytest.raises(ClientError):
        bulk.execute_patiently(Failing(), statements("a"), no_pause)


def test_batches_have_as_many_values_as_one_call_takes() -> None:
    assert [len(batch) for batch in bulk.in_batches(range(51))] == [25, 25, 1]
    assert list(bulk.in_batches([])) == []
