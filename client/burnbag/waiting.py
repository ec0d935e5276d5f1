"""Where `Burnbag` and `AsyncBurnbag` differ in more than an `await`: here is `Burnbag`'s side.

All other modules that wait are written once, for `Burnbag`, and `burnbag._async` is made of them
(ADR 35). `burnbag._async.waiting` has the same names as this module.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


def consume(pieces: Generator[bytes, None, None], take: Callable[[Iterator[bytes]], T]) -> T:
    """Let `take` go through `pieces`, which come from the network."""
    with closing(pieces):
        return take(pieces)


def hand_over(callback: Callable[[T], object], what: T) -> None:
    """Call a caller's function."""
    callback(what)


def unblock(request: httpx.Request) -> httpx.Request:
    """The same request; its body may come from a file."""
    return request


def call_back(progress: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """What tells `progress`, from where the body of a request is read."""
    return progress


@contextmanager
def tidying(api: Any, error: BaseException) -> Iterator[None]:
    """Make calls that tidy up after `error`, which may be an interruption."""
    if not isinstance(error, Exception):
        api.use_new_connections()
    yield
