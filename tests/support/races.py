"""Races, made to happen: something else comes first, right before one call."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.support.world import World

KEY, OTHER, THIRD = "key-of-one-caller", "key-of-another-one", "key-of-a-third-one"
WRITE = "transact_write_items"


def meet_halfway(world: World, first: Callable[[], object]) -> None:
    """Let the next transaction meet another's halfway, on the first of its records.

    `first` is that other; on the other records the conditions fail already.
    """

    def conflict(real: object, **request: Any) -> None:
        first()
        others = len(request["TransactItems"]) - 1
        raise cancelled("TransactionConflict", *["ConditionalCheckFailed"] * others)

    world.hooks.instead(WRITE, conflict)


def cancelled(*codes: str, item: Any = None) -> ClientError:
    """DynamoDB's answer to a transaction; a failed condition has found `item`."""
    found = {"Item": item} if item else {}
    reasons = [{"Code": code} | (found if "Failed" in code else {}) for code in codes]
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": reasons,
    }
    return ClientError(response, "TransactWriteItems")


def erased_by(world: World, sealed: dict[str, Any], until: int) -> bool:
    """Whether the record lives until `until` and is swept then."""
    world.wait(until - 1 - world.clock())
    world.sweep()
    there = world.secret(sealed["id"]) is not None
    world.wait(1)
    world.sweep()
    return there and world.secret(sealed["id"]) is None
