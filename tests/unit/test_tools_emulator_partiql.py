"""PartiQL on the embedded AWS writes stream records and needs the rights that AWS asks for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import iam_actions
from ministack.services import dynamodb

from tools.emulator_differences import attributes, partiql

KEYS = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/partiql"
DELETE = 'DELETE FROM "partiql" WHERE "id" = ? AND "erase_at" <= ?'
Events = list[tuple[str, str]]


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[Events]:
    """What the stream of a table with the items a (erase_at 1) and b (erase_at 9) was told."""
    told: Events = []

    def tell(_table: str, kind: str, old: Any, new: Any) -> None:
        told.append((kind, (old or new)["id"]["S"]))

    monkeypatch.setattr(dynamodb, "_execute_statement", dynamodb._execute_statement)
    checks = iam_actions.dynamodb_transaction_checks
    monkeypatch.setattr(iam_actions, "dynamodb_transaction_checks", checks)
    attribute = {"AttributeName": "id", "AttributeType": "S"}
    definition = {"AttributeDefinitions": [attribute], "BillingMode": "PAY_PER_REQUEST"}
    dynamodb._create_table({"TableName": "partiql", **KEYS, **definition})
    for name, number in (("a", "1"), ("b", "9")):
        item = {"id": {"S": name}, "erase_at": {"N": number}}
        dynamodb._put_item({"TableName": "partiql", "Item": item})
    monkeypatch.setattr(dynamodb, "_emit_stream_event", tell)
    partiql.correct()
    yield told
    dynamodb._delete_table({"TableName": "partiql"})


def delete(name: str, text: str = DELETE) -> dict[str, Any]:
    parameters = [{"S": name}, {"N": "5"}]
    refused = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return {"Statement": text, "Parameters": parameters, **refused}


def test_what_a_batch_deletes_goes_into_the_stream_and_what_refuses_does_not(
    events: Events,
) -> None:
    statements = [delete("a"), delete("b"), delete("missing")]
    _, _, body = dynamodb._batch_execute_statement({"Statements": statements})
    deleted, refused, missing = json.loads(body)["Responses"]
    assert refused["Error"]["Code"] == "ConditionalCheckFailed"
    assert refused["Error"]["Item"]["erase_at"] == {"N": "9"}
    assert "Error" not in deleted | missing
    assert events == [("REMOVE", "a")]


def test_an_insert_and_an_update_go_into_the_stream(events: Events) -> None:
    for text in (
        "INSERT INTO partiql VALUE {'id': 'c'}",
        "UPDATE partiql SET erase_at = 2 WHERE id = 'b'",
        "SELECT * FROM partiql WHERE id = 'b'",
        "nonsense",
    ):
        dynamodb._execute_statement({"Statement": text})
    assert events == [("INSERT", "c"), ("MODIFY", "b")]


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        ("ExecuteStatement", delete("a")),
        ("BatchExecuteStatement", {"Statements": [delete("a")]}),
        ("ExecuteTransaction", {"TransactStatements": [delete("a")]}),
    ],
)
def test_a_statement_needs_the_right_to_its_table(
    events: Events, action: str, request_: dict[str, Any]
) -> None:
    body = json.dumps(request_).encode()
    find = iam_actions.dynamodb_transaction_checks
    checks = find(f"dynamodb:{action}", body, "us-east-1", "000000000000")
    assert checks == [("dynamodb:PartiQLDelete", TABLE)]


def test_a_read_of_an_index_needs_the_right_to_the_index(events: Events) -> None:
    body = b'{"Statement": "SELECT * FROM \\"t\\".\\"overdue\\" WHERE expiry_shard = \'0\'"}'
    find = iam_actions.dynamodb_transaction_checks
    ((right, arn),) = find("dynamodb:ExecuteStatement", body, "r", "1")
    assert (right, arn) == ("dynamodb:PartiQLSelect", "arn:aws:dynamodb:r:1:table/t/index/overdue")


def test_transactions_are_checked_as_before(events: Events) -> None:
    items = [{"Delete": {"TableName": "t", "Key": {"id": {"S": "a"}}}}]
    body = json.dumps({"TransactItems": items}).encode()
    found = iam_actions.dynamodb_transaction_checks("dynamodb:TransactWriteItems", body, "r", "1")
    assert [str(action) for action, _ in found] == ["dynamodb:DeleteItem"]
    assert attributes.find_attributes(items[0]["Delete"]) == ["id"]
