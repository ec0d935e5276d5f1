"""The conditional writes a reveal is made of, and what a refused one found."""

from typing import Any

from burnbag_core.aws import ConditionFailed
from burnbag_core.items import Item, key, serialize
from burnbag_core.records import Secret


def secret_write(table: str, secret_id: str, condition: str, values: dict[str, Any]) -> Item:
    """A write on a living secret that, when refused, tells what it found.

    `:now` is among the values: time ends a secret in every condition, not only in the reads.
    """
    return {
        "TableName": table,
        "Key": key(secret_id),
        "ConditionExpression": f"attribute_exists(id) AND expires_at > :now AND {condition}",
        "ExpressionAttributeValues": serialize(values),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def receipt_write(
    table: str, secret_id: str, changes: dict[str, str], values: Item, state: str = "sealed"
) -> Item:
    """An update of a receipt that is still in `state`; `changes` are attribute → expression."""
    sets = ", ".join(f"#{name} = {expression}" for name, expression in changes.items())
    return {
        "TableName": table,
        "Key": key(secret_id),
        "UpdateExpression": f"SET {sets}",
        "ConditionExpression": "#state = :found",
        "ExpressionAttributeNames": {f"#{name}": name for name in changes} | {"#state": "state"},
        "ExpressionAttributeValues": serialize(values | {":found": state}),
    }


def ending(state: str, now: int, retention: int) -> tuple[dict[str, str], dict[str, Any]]:
    """The changes and values that end a receipt."""
    changes = {"state": ":state", "ended_at": ":now", "purge_at": ":purge_at"}
    return changes, {":state": state, ":now": now, ":purge_at": now + retention}


def living(refused: ConditionFailed, now: int) -> Secret | None:
    """The secret that refused a write, or None where there is none left to reveal."""
    item = refused.items[0]
    secret = Secret.from_item(item) if item else None
    return None if secret is None or secret.expired(now) else secret
