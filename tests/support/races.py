"""Races, made to happen: something else comes first, right before one call."""

from collections.abc import Callable
from typing import Any

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
