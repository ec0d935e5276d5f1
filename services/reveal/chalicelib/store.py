"""DynamoDB, as far as a recipient may touch it: reads, and the pieces of conditional writes."""

import re
from typing import Any, Final

from burnbag_core.aws import ConditionFailed, as_unavailable
from burnbag_core.header import FREEZE
from burnbag_core.items import Item, is_request, key, read_receipt, read_secret, serialize
from burnbag_core.records import Receipt, Secret

from chalicelib.settings import Settings

# A receipt's states, as conditions and as the values in them.
LIVING: Final = "#state = :sealed"
VIEWED: Final = "#state = :revealed"
STATES: Final = {":sealed": "sealed", ":revealed": "revealed"}
NAME: Final = re.compile(r"#(\w+)", re.ASCII)


class Records:
    """Consistent reads of secrets and receipts."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self.dynamodb = dynamodb
        self.settings = settings

    def secret(self, secret_id: str) -> Secret | None:
        """The secret; none where the record is only a request, which nobody has answered."""
        item = self.read(self.settings.secrets_table, secret_id)
        return read_secret(item) if item and not is_request(item) else None

    def receipt(self, secret_id: str) -> Receipt | None:
        item = self.read(self.settings.receipts_table, secret_id)
        return read_receipt(item) if item else None

    @as_unavailable()
    def read(self, table: str, secret_id: str) -> Item | None:
        answer = self.dynamodb.get_item(TableName=table, Key=key(secret_id), ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item


def secret_write(table: str, secret_id: str, condition: str, values: dict[str, Any]) -> Item:
    """A write on a living secret that, when refused, tells what it found.

    `:now` is among the values: time ends a secret in every condition, not only in the reads.
    """
    return {
        "TableName": table,
        "Key": key(secret_id),
        "ConditionExpression": f"expires_at > :now AND {condition}",
        "ExpressionAttributeValues": serialize(values),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def opening_write(table: str, secret: Secret, condition: str, values: dict[str, Any]) -> Item:
    """The same for a write that belongs to a guess.

    A frozen secret refuses it. So does one that was frozen and unfrozen since the guess was
    reserved: the guess was counted among the earlier five.
    """
    if secret.on_lock == FREEZE:
        condition += " AND attribute_not_exists(frozen_at) AND unfrozen = :unfrozen"
        values = values | {":unfrozen": secret.unfrozen}
    return secret_write(table, secret.id, condition, values)


def receipt_update(
    table: str, secret_id: str, changes: dict[str, str], values: Item, condition: str = LIVING
) -> Item:
    """An update of a receipt, by default of one that knows of no end.

    `changes` are attribute → expression. An attribute in an expression is written with a #.
    """
    sets = ", ".join(f"#{name} = {expression}" for name, expression in changes.items())
    names = sorted({*NAME.findall(condition), *NAME.findall(sets)})
    states = {name: state for name, state in STATES.items() if name in condition}
    return {
        "TableName": table,
        "Key": key(secret_id),
        "UpdateExpression": f"SET {sets}",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": serialize(values | states),
    }


def receipt_end(state: str, now: int, retention: int) -> tuple[dict[str, str], dict[str, Any]]:
    """The changes and values that end a receipt."""
    changes = {"state": ":state", "ended_at": ":now", "purge_at": ":purge_at"}
    return changes, {":state": state, ":now": now, ":purge_at": now + retention}


def living_secret(refused: ConditionFailed, now: int) -> Secret | None:
    """The secret that refused a write, or None where there is none left to reveal."""
    item = refused.items[0]
    secret = read_secret(item) if item else None
    return None if secret is None or secret.has_expired(now) else secret
