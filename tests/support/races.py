"""Races, made to happen: something else comes first, right before one call."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.support.world import World

KEY, OTHER, THIRD = "key-of-one-caller", "key-of-another-one", "key-of-a-third-one"


class Overtaken:
    """A client or store, where `first` happens just before the next `call`."""

    def __init__(self, part: Any, call: str, first: Callable[[], object]) -> None:
        self.part = part
        self.call = call
        self.first = [first]

    def __getattr__(self, name: str) -> Any:
        if name == self.call and self.first:
            self.first.pop()()
        return getattr(self.part, name)


def overtake(
    holder: Any,
    first: Callable[[], object],
    part: str = "dynamodb",
    call: str = "transact_write_items",
) -> None:
    """Let `first` happen right before `call` is called on the `part` of `holder`."""
    object.__setattr__(holder, part, Overtaken(getattr(holder, part), call, first))


class Conflicting:
    """DynamoDB, where the next transaction meets another's halfway, on the first of its records.

    `first` is that other; on the other records the conditions fail already.
    """

    def __init__(self, dynamodb: Any, first: Callable[[], object]) -> None:
        self.dynamodb = dynamodb
        self.first = [first]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.dynamodb, name)

    def transact_write_items(self, **request: Any) -> Any:
        if not self.first:
            return self.dynamodb.transact_write_items(**request)
        self.first.pop()()
        others = len(request["TransactItems"]) - 1
        raise cancelled("TransactionConflict", *["ConditionalCheckFailed"] * others)


def cancelled(*codes: str, item: Any = None) -> ClientError:
    """DynamoDB's answer to a transaction; a failed condition has found `item`."""
    found = {"Item": item} if item else {}
    reasons = [{"Code": code} | (found if "Failed" in code else {}) for code in codes]
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": reasons,
    }
    return ClientError(response, "TransactWriteItems")


def confirm(world: World, sealed: dict[str, Any], key: str) -> None:
    world.recipient.confirm(sealed["id"], sealed["token"], key)


def erased_by(world: World, sealed: dict[str, Any], until: int) -> bool:
    """Whether the record lives until `until` and is swept then."""
    world.clock.now = until - 1
    world.sweep()
    there = world.secret(sealed["id"]) is not None
    world.clock.now = until
    world.sweep()
    return there and world.secret(sealed["id"]) is None
