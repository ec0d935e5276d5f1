"""DynamoDB in memory: conditional writes and transactions, atomic, with AWS's answers."""

import copy
from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.simulation.expressions import compile_condition, compile_update
from tests.support.partiql import execute_batch

Item = dict[str, Any]
# Each index's keys: they are all that it shows.
INDEXES: Final = {"overdue": ("expiry_shard", "erase_at"), "by_creator": ("creator", "created_at")}
MANY: Final = 10**6


def serialize(item: Item) -> Item:
    """As the SDK's, which takes ten times as long."""
    return {name: typed(value) for name, value in item.items()}


def typed(value: Any) -> Item:
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case list():
            return {"L": [typed(entry) for entry in value]}
        case dict():
            return {"M": serialize(value)}
    raise TypeError(type(value).__name__)


def deserialize(item: Item) -> Item:
    """Plain values: whole numbers are all that burnbag stores."""
    return {name: plain(value) for name, value in item.items()}


def plain(value: Item) -> Any:
    kind, found = next(iter(value.items()))
    match kind:
        case "N":
            return int(found)
        case "L":
            return [plain(entry) for entry in found]
        case "M":
            return deserialize(found)
    return found


class Tables:
    """Plain items by table and id, and the ids that were removed from each table, in order."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Item]] = {"secrets": {}, "receipts": {}, "people": {}}
        self.removed: list[str] = []
        self.applied: set[str] = set()

    def get_item(self, TableName: str, Key: Item, ConsistentRead: bool = False) -> Item:
        assert ConsistentRead
        found = self.items[TableName].get(Key["id"]["S"])
        return {"Item": serialize(found)} if found is not None else {}

    def update_item(self, **write: Any) -> Item:
        if not self.holds(write):
            raise ClientError(refusal(self.before(write)), "UpdateItem")  # type: ignore[arg-type]
        self.apply("Update", write)
        if write.get("ReturnValues") == "ALL_NEW":
            return {"Attributes": serialize(self.find(write) or {})}
        return {}

    def put_item(self, **write: Any) -> Item:
        assert self.holds(write)
        self.apply("Put", write)
        return {}

    def transact_write_items(self, TransactItems: list[Item], ClientRequestToken: str) -> Item:
        """AWS applies a transaction once however often it is sent with one token."""
        if ClientRequestToken in self.applied:
            return {}
        writes = [next(iter(each.items())) for each in TransactItems]
        keys = [(write["TableName"], self.key(write)) for _, write in writes]
        assert len(set(keys)) == len(keys), "a transaction names each item once"
        holds = [self.holds(write) for _, write in writes]
        if not all(holds):
            raise cancelled(
                [None if ok else self.before(w) for ok, (_, w) in zip(holds, writes, strict=True)]
            )
        for kind, write in writes:
            self.apply(kind, write)
        self.applied.add(ClientRequestToken)
        return {}

    def delete_item(self, **write: Any) -> Item:
        if not self.holds(write):
            raise ClientError(refusal(self.before(write)), "DeleteItem")  # type: ignore[arg-type]
        self.apply("Delete", write)
        return {}

    def batch_execute_statement(self, Statements: list[Item]) -> Item:
        return execute_batch(self, Statements)

    def get_paginator(self, operation: str) -> "Tables":
        assert operation == "query"
        return self

    def paginate(self, **query: Any) -> Iterator[Item]:
        yield self.query(**query)

    def query(
        self,
        TableName: str,
        IndexName: str,
        KeyConditionExpression: str,
        ExpressionAttributeValues: Item,
        Select: str = "",
        ScanIndexForward: bool = True,
        Limit: int = MANY,
        ExclusiveStartKey: Item | None = None,
    ) -> Item:
        """What an index has of one key, in the order of the other, and then by id."""
        group, rank = INDEXES[IndexName]
        meets = compile_condition(KeyConditionExpression, ())
        values = deserialize(ExpressionAttributeValues)
        found = [each for each in self.items[TableName].values() if meets(each, values)]
        if Select == "COUNT":
            return {"Count": len(found)}

        def place(item: Item) -> tuple[int, str]:
            return item[rank], item["id"]

        found.sort(key=place, reverse=not ScanIndexForward)
        if ExclusiveStartKey:
            places = [place(each) for each in found]
            found = found[places.index(place(deserialize(ExclusiveStartKey))) + 1 :]
        keys = [{name: item[name] for name in ("id", group, rank)} for item in found[:Limit]]
        return {"Items": [serialize(each) for each in keys]}

    def batch_get_item(self, RequestItems: dict[str, Item]) -> Item:
        """Without anything left to ask for again."""
        found = {}
        for table, asked in RequestItems.items():
            assert asked["ConsistentRead"]
            items = [self.items[table].get(each["id"]["S"]) for each in asked["Keys"]]
            found[table] = [serialize(item) for item in items if item is not None]
        return {"Responses": found}

    def key(self, write: Item) -> str:
        key: str = (write.get("Key") or write["Item"])["id"]["S"]
        return key

    def find(self, write: Item) -> Item | None:
        return self.items[write["TableName"]].get(self.key(write))

    def before(self, write: Item) -> Item:
        """What a refusal tells of the record: all, or nothing, as the write asked."""
        tells = write.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        found = self.find(write)
        return {"Item": serialize(found)} if tells and found is not None else {}

    def holds(self, write: Item) -> bool:
        names = tuple(sorted(write.get("ExpressionAttributeNames", {}).items()))
        condition = compile_condition(write.get("ConditionExpression", ""), names)
        values = deserialize(write.get("ExpressionAttributeValues", {}))
        return condition(self.find(write) or {}, values)

    def apply(self, kind: str, write: Item) -> None:
        table, key = self.items[write["TableName"]], self.key(write)
        if kind == "Put":
            table[key] = deserialize(write["Item"])
        elif kind == "Delete":
            if table.pop(key, None) is not None and write["TableName"] == "secrets":
                self.removed.append(key)
        elif kind == "Update":
            names = tuple(sorted(write.get("ExpressionAttributeNames", {}).items()))
            item = copy.deepcopy(table.get(key, {"id": key}))
            change = compile_update(write["UpdateExpression"], names)
            change(item, deserialize(write.get("ExpressionAttributeValues", {})))
            table[key] = item
        else:
            assert kind == "ConditionCheck"


def refusal(found: Item) -> Item:
    return {"Error": {"Code": "ConditionalCheckFailedException"}, **found}


def cancelled(refused: list[Item | None], code: str = "ConditionalCheckFailed") -> ClientError:
    """The answer to a transaction: of each write None, or what its refusal tells."""
    reasons = [{"Code": "None"} if f is None else {"Code": code, **f} for f in refused]
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": reasons,
    }
    return ClientError(response, "TransactWriteItems")
