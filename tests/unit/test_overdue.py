"""The index of what is overdue: what is asked of it, and how a record is deleted by its time."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from burnbag_core.items import deserialize_value, serialize

from tests.support.services import load

overdue = load("reaper", "overdue")
DELETE = 'DELETE FROM "secrets" WHERE "id" = ? AND "erase_at"'


class Table:
    """DynamoDB with an index of two pages, and codes for what it does not delete."""

    def __init__(self, error: Exception | None = None, **codes: str) -> None:
        self.error = error
        self.codes = codes
        self.asked: list[dict[str, Any]] = []
        self.executed: list[tuple[str, list[Any], str]] = []

    def get_paginator(self, operation: str) -> "Table":
        assert operation == "query"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(request)
        for number in (1, 2):
            item = serialize({"id": f"i{number}", "erase_at": number})
            yield {"Items": [item], "Count": 10 * number}

    def batch_execute_statement(self, Statements: list[Any]) -> dict[str, Any]:
        if self.error:
            raise self.error
        answers = []
        for each in Statements:
            values = [deserialize_value(value) for value in each["Parameters"]]
            how = each["ReturnValuesOnConditionCheckFailure"]
            self.executed.append((each["Statement"], values, how))
            code = self.codes.get(values[0])
            answers.append({"Error": {"Code": code}} if code else {})
        return {"Responses": answers}


def make(table: Table) -> Any:
    return overdue.Overdue(table, "secrets")


def test_what_is_overdue_is_found_page_by_page_with_its_time() -> None:
    table = Table()
    assert list(make(table).find(3, 7)) == [("i1", 1), ("i2", 2)]
    assert table.asked == [
        {
            "TableName": "secrets",
            "IndexName": "overdue",
            "KeyConditionExpression": "expiry_shard = :shard AND erase_at <= :now",
            "ExpressionAttributeValues": {":shard": {"S": "3"}, ":now": {"N": "7"}},
        }
    ]


def test_what_lives_is_counted_and_not_read() -> None:
    table = Table()
    assert make(table).count_living(3, 7) == 30
    (request,) = table.asked
    assert request["Select"] == "COUNT"
    assert request["KeyConditionExpression"] == "expiry_shard = :shard AND erase_at > :now"


def test_a_record_is_deleted_if_it_is_overdue_and_shown_in_no_case() -> None:
    table = Table(b="ConditionalCheckFailed", c="AccessDenied")
    assert make(table).delete(["a", "b", "c"], 7) == {"c": "AccessDenied"}
    assert table.executed == [(f"{DELETE} <= ?", [each, 7], "NONE") for each in "abc"]


def test_a_record_is_deleted_if_its_time_is_still_the_one_that_was_read() -> None:
    table = Table(b="ConditionalCheckFailed", c="AccessDenied")
    assert make(table).delete_unchanged({"a": 1, "b": 2, "c": 3}) == {"c": "AccessDenied"}
    assert table.executed == [
        (f"{DELETE} = ?", [each, at], "NONE") for each, at in (("a", 1), ("b", 2), ("c", 3))
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "Call"), "ThrottlingException"),
        (ConnectTimeoutError(endpoint_url="x"), "ConnectTimeoutError"),
    ],
)
def test_a_call_that_fails_has_deleted_nothing(error: Exception, code: str) -> None:
    assert make(Table(error)).delete(["a", "b"], 7) == {"a": code, "b": code}
    assert make(Table(error)).delete_unchanged({"a": 1}) == {"a": code}
