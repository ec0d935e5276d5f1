"""What a request takes from the partitions of a table and its indexes."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ministack.services import dynamodb

from tools import capacity
from tools.emulator_differences import consumed, partiql
from tools.emulator_differences.internals import Internals, Record
from tools.emulator_differences.partitions import Use, make_use

WRAPPED: Final[Internals] = {
    dynamodb: "_tables _normalize_table_name _index_write_units _extract_transact_op",
}


@dataclass
class Write:
    """An item that a request writes or checks, as it was before."""

    table: str
    item_key: tuple[Any, Any]
    before: Record | None
    foreseen: Record | None
    transactional: bool = False

    def expected(self) -> list[Use]:
        return self.uses(self.foreseen)

    def used(self) -> list[Use]:
        return self.uses(find_item(self.table, self.item_key))

    def uses(self, after: Record | None) -> list[Use]:
        """What the write takes from the table and from each index that it changes."""
        table, key = dynamodb._tables[self.table], str(self.item_key[0])
        units = capacity.write_units(self.before, after, transactional=self.transactional)
        found = [make_use(self.table, "", key, "Write", units)]
        for index in table.get("GlobalSecondaryIndexes") or []:
            if units := dynamodb._index_write_units(table, index, self.before, after):
                entry, name = after or self.before or {}, index["IndexName"]
                found.append(make_use(self.table, name, hash_of(index, entry), "Write", units))
        return found


def find_item(table: str, key: tuple[Any, Any]) -> Record | None:
    found: Record | None = dynamodb._tables[table]["items"].get(key[0], {}).get(key[1])
    return found


def hash_of(keys: Record, item: Record) -> str:
    """The value of an index's or a table's partition key."""
    name = keys["KeySchema"][0]["AttributeName"]
    return json.dumps(item.get(name))


def write_of(kind: str, request: Record, transactional: bool = False) -> Write | None:
    """None for a request that DynamoDB refuses for other reasons."""
    name = dynamodb._normalize_table_name(request.get("TableName"))
    table = dynamodb._tables.get(name)
    given = request.get("Item" if kind == "Put" else "Key")
    if not table or not isinstance(given, dict):
        return None
    key = partiql.key_of(table, given)
    before = find_item(name, key)
    foreseen = {"Put": given, "Delete": None}.get(kind, before)
    return Write(name, key, before, foreseen, transactional)


def write_of_statement(request: Record) -> list[Write]:
    target = partiql.find_target(request)
    if target is None:
        return []
    before = target.find()
    foreseen = None if target.operation == "DELETE" else before
    return [Write(target.table, (target.partition, target.sort), before, foreseen)]


def writes_of_transaction(request: Record) -> list[Write]:
    members = [dynamodb._extract_transact_op(each) for each in request.get("TransactItems", [])]
    found = [write_of(kind, member, transactional=True) for kind, member in members if member]
    return [each for each in found if each]


def single(kind: str) -> Any:
    def find(request: Record) -> list[Write]:
        return [each for each in [write_of(kind, request)] if each]

    return find


WRITES: Final = {
    "_put_item": single("Put"),
    "_update_item": single("Update"),
    "_delete_item": single("Delete"),
    "_execute_statement": write_of_statement,
    "_transact_write_items": writes_of_transaction,
}


def expected_of(table: str, member: Record) -> list[Use]:
    ((kind, content),) = member.items()
    write = write_of(kind.removesuffix("Request"), {"TableName": table, **content})
    return write.expected() if write else []


def read_of_key(request: Record) -> list[Use]:
    name = dynamodb._normalize_table_name(request["TableName"])
    return reads_of_keys([(name, request["Key"], {"consistent": consumed.is_consistent(request)})])


def reads_of_keys(keys: Iterable[tuple[str, Record, dict[str, bool]]]) -> list[Use]:
    found = []
    for name, key, how in keys:
        place = partiql.key_of(dynamodb._tables[name], key)
        units = capacity.read_units(capacity.item_size(find_item(name, place)), **how)
        found.append(make_use(name, "", str(place[0]), "Read", units))
    return found


def read_of_page(request: Record) -> list[Use]:
    """A query reads one partition. A scan goes through all, and is counted where it begins."""
    page, name = consumed.latest, dynamodb._normalize_table_name(request["TableName"])
    units = capacity.read_units(page.size(), consistent=consumed.is_consistent(request))
    first = page.items[0] if page.items else {}
    indexes = page.table.get("GlobalSecondaryIndexes") or []
    for index in indexes:
        if index["IndexName"] == page.index:
            return [make_use(name, page.index or "", hash_of(index, first), "Read", units)]
    key = partiql.key_of(page.table, first)[0] if first else ""
    return [make_use(name, "", str(key), "Read", units)]


READS: Final = {
    "_get_item": read_of_key,
    "_query": read_of_page,
    "_scan": read_of_page,
    "_batch_get_item": lambda request: reads_of_keys(consumed.keys_of_batch(request)),
    "_transact_get_items": lambda request: reads_of_keys(consumed.keys_of_gets(request)),
}
