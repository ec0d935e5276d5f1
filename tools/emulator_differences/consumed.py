"""DynamoDB says how many units a request has consumed, if it is asked, as AWS counts them.

The emulator counts ordinary writes and transactions rightly, by measurements against AWS. It counts
each read as the smallest, and each PartiQL statement and batch of reads as nothing or as one.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from ministack.services import dynamodb

from tools import capacity
from tools.emulator_differences import partiql
from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    dynamodb: "_tables _add_consumed_capacity _paginate_evaluated_items _apply_index_projection"
    " _get_item_by_key _index_write_units _execute_statement _batch_execute_statement"
    " _batch_get_item _transact_get_items _normalize_table_name",
}
ASKED: Final = "ReturnConsumedCapacity"


@dataclass
class Page:
    """What the latest query or scan has read, before filters: requests are executed in turn."""

    items: list[Record] = field(default_factory=list)
    table: Record = field(default_factory=dict)
    index: str | None = None

    def size(self) -> int:
        """The bytes of all items together, or of their entries in the index."""
        shown: Any = self.items
        if self.index:
            project = dynamodb._apply_index_projection
            shown = (project(item, self.table, self.index) for item in self.items)
        return sum(map(capacity.item_size, shown))


latest = Page()


def correct() -> None:
    remember_what_is_evaluated()
    count_reads()
    count_batch_reads()
    count_statements()


def remember_what_is_evaluated() -> None:
    paginate = dynamodb._paginate_evaluated_items

    def paginate_and_remember(items: Any, limit: Any, table: Record, index: Any = None) -> Any:
        page, stopped = paginate(items, limit, table, index)
        latest.items, latest.table, latest.index = page, table, index
        return page, stopped

    dynamodb._paginate_evaluated_items = paginate_and_remember


def count_reads() -> None:
    """Correct GetItem, Query and Scan."""
    add = dynamodb._add_consumed_capacity

    def add_honestly(
        result: Record, request: Record, table: str, write: bool = False, **rest: Any
    ) -> None:
        add(result, request, table, write=write, **rest)
        if not write and "ConsumedCapacity" in result:
            scale(result["ConsumedCapacity"], units_of_read(request, dynamodb._tables[table]))

    dynamodb._add_consumed_capacity = add_honestly


def units_of_read(request: Record, table: Record) -> float:
    """The units of a GetItem that is to come, or of the Query or Scan that was just made."""
    if "Key" in request:
        size = capacity.item_size(dynamodb._get_item_by_key(table, request["Key"]))
    else:
        size = latest.size()
    return capacity.read_units(size, consistent=is_consistent(request))


def scale(consumed: Record, units: float) -> None:
    """Put `units` in all places where the emulator has put its own."""
    consumed["CapacityUnits"] = units
    parts = [consumed.get("Table"), *consumed.get("GlobalSecondaryIndexes", {}).values()]
    for part in filter(None, [*parts, *consumed.get("LocalSecondaryIndexes", {}).values()]):
        if part["CapacityUnits"]:
            part["CapacityUnits"] = units


def count_batch_reads() -> None:
    """Correct BatchGetItem and TransactGetItems, which round each item up by itself."""
    for name, find in (("_batch_get_item", keys_of_batch), ("_transact_get_items", keys_of_gets)):
        setattr(dynamodb, name, count_keys(getattr(dynamodb, name), find))


def count_keys(execute: Any, find: Any) -> Any:
    def execute_and_count(request: Record) -> Any:
        status, headers, body = execute(request)
        if status != 200 or request.get(ASKED, "NONE") == "NONE":
            return status, headers, body
        used: dict[str, float] = defaultdict(float)
        for table, key, how in find(request):
            item = dynamodb._get_item_by_key(dynamodb._tables[table], key)
            used[table] += capacity.read_units(capacity.item_size(item), **how)
        return status, headers, with_capacity(body, used)

    return execute_and_count


def keys_of_batch(request: Record) -> list[tuple[str, Record, dict[str, bool]]]:
    return [
        (dynamodb._normalize_table_name(table), key, {"consistent": is_consistent(keys)})
        for table, keys in request["RequestItems"].items()
        for key in keys["Keys"]
    ]


def keys_of_gets(request: Record) -> list[tuple[str, Record, dict[str, bool]]]:
    gets = [each["Get"] for each in request["TransactItems"]]
    name = dynamodb._normalize_table_name
    return [(name(get["TableName"]), get["Key"], {"transactional": True}) for get in gets]


def is_consistent(request: Record) -> bool:
    return bool(request.get("ConsistentRead"))


def with_capacity(body: bytes, used: dict[str, float]) -> bytes:
    consumed = [{"TableName": table, "CapacityUnits": units} for table, units in used.items()]
    return json.dumps(json.loads(body) | {"ConsumedCapacity": consumed}).encode()


def count_statements() -> None:
    """Correct ExecuteStatement and BatchExecuteStatement for statements that write."""
    execute, execute_batch = dynamodb._execute_statement, dynamodb._batch_execute_statement

    def execute_and_count(request: Record) -> Any:
        written = Written.of(request) if request.get(ASKED, "NONE") != "NONE" else None
        status, headers, body = execute(request)
        if written is None or status != 200:
            return status, headers, body
        used = {"TableName": written.table, "CapacityUnits": written.units()}
        return status, headers, json.dumps(json.loads(body) | {"ConsumedCapacity": used}).encode()

    def execute_batch_and_count(request: Record) -> Any:
        asked = request.get(ASKED, "NONE") != "NONE"
        written = [Written.of(each) for each in request.get("Statements", [])] if asked else []
        status, headers, body = execute_batch(request)
        if status != 200 or None in written or not written:
            return status, headers, body
        used: dict[str, float] = defaultdict(float)
        for each, answer in zip(written, json.loads(body)["Responses"], strict=True):
            if each and answer.get("TableName"):  # a statement that was not carried out has none
                used[each.table] += each.units()
        return status, headers, with_capacity(body, used)

    dynamodb._execute_statement = execute_and_count
    dynamodb._batch_execute_statement = execute_batch_and_count


class Written:
    """An item as it was before a statement, to compare with what is there after it."""

    def __init__(self, target: partiql.Target) -> None:
        self.target, self.table, self.before = target, target.table, target.find()

    @classmethod
    def of(cls, statement: Record) -> "Written | None":
        target = partiql.find_target(statement)
        return cls(target) if target else None

    def units(self) -> float:
        """Those of table and indexes together, also if the condition has refused."""
        table, after = dynamodb._tables[self.table], self.target.find()
        indexes = table.get("GlobalSecondaryIndexes") or []
        moved = (dynamodb._index_write_units(table, each, self.before, after) for each in indexes)
        return capacity.write_units(self.before, after) + float(sum(moved))
