"""Where `Burnbag` and `AsyncBurnbag` differ in more than an `await`: here is `AsyncBurnbag`'s side.

The network is waited for in the event loop. Files, keys and encryption have their turn in threads,
so that nothing else in the loop has to wait for them. Whoever is cancelled waits for their thread:
what it has begun is then either done or undone, and no file or lock is left to anybody.
"""

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, aclosing, asynccontextmanager
from functools import partial
from inspect import isawaitable
from itertools import islice
from typing import Any, Final, ParamSpec, TypeVar

import httpx
from anyio import (
    CapacityLimiter,
    create_task_group,
    from_thread,
    move_on_after,
    to_thread,
)
from anyio.lowlevel import RunVar

P = ParamSpec("P")
T = TypeVar("T")
# As many downloads as httpx makes connections. Each has a thread while it lasts, so they must not
# use up the threads that everybody shares.
DOWNLOADS: Final = 100
DOWNLOADING: Final[RunVar[CapacityLimiter]] = RunVar("burnbag_downloading")
# How long somebody who was cancelled is kept, so that a secret without a reader is revoked.
TIDYING: Final = 10.0
# Read from a file at once: to change threads takes as long as to encrypt some of it.
AHEAD: Final = 512 * 1024


async def in_thread(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call `function` in a thread."""
    return await run(partial(function, *arguments, **options), None)


async def run(function: Callable[[], T], limiter: CapacityLimiter | None) -> T:
    """Call `function` in a thread, of which `limiter` has only so many.

    In a group of its own: that is how a task that is cancelled waits for what it has started.
    """
    results: list[T] = []
    errors: list[Exception] = []

    async def work() -> None:
        try:
            results.append(await to_thread.run_sync(function, limiter=limiter))
        except Exception as error:
            errors.append(error)

    async with create_task_group() as group:
        group.start_soon(work)
    if errors:
        raise errors[0]
    return results[0]


@asynccontextmanager
async def in_thread_context(manager: AbstractContextManager[T]) -> AsyncIterator[T]:
    """A context that is entered in a thread, and left also if a cancellation was first."""
    stack = ExitStack()
    try:
        yield await in_thread(stack.enter_context, manager)
    finally:
        # Without a wait: a cancellation here would lose what was sent. To close files is quick.
        stack.__exit__(*sys.exc_info())


async def in_thread_stream(items: Iterable[T]) -> AsyncIterator[T]:
    """Go through `items`, each of which is made in a thread."""
    iterator = iter(items)

    def make() -> list[T]:
        return list(islice(iterator, 1))

    while made := await in_thread(make):
        yield made.pop()


async def consume(pieces: AsyncGenerator[bytes, None], take: Callable[[Iterator[bytes]], T]) -> T:
    """Let `take` go through `pieces` in a thread, while they come from the network."""
    async with aclosing(pieces):
        return await run(partial(take, pull(pieces)), downloading())


def downloading() -> CapacityLimiter:
    """What limits the downloads in this event loop."""
    try:
        return DOWNLOADING.get()
    except LookupError:
        DOWNLOADING.set(CapacityLimiter(DOWNLOADS))
        return DOWNLOADING.get()


def pull(pieces: AsyncIterator[bytes]) -> Iterator[bytes]:
    """In a thread, get each piece from the event loop. Raises if its task was cancelled."""

    async def get() -> bytes | None:
        return await anext(pieces, None)

    while True:
        from_thread.check_cancelled()
        piece = from_thread.run(get)
        if piece is None:
            return
        yield piece


async def hand_over(callback: Callable[[T], object], what: T) -> None:
    """Call a caller's function in the event loop, and wait for it if it is asynchronous."""
    result = callback(what)
    if isawaitable(result):
        await result


def unblock(request: httpx.Request) -> httpx.Request:
    """Let the body of a request be read, and encrypted, in a thread, unless it is in memory."""
    is_read = isinstance(request.stream, httpx.SyncByteStream)
    if is_read and not isinstance(request.stream, httpx.ByteStream):
        assert isinstance(request.stream, Iterable)
        request.stream = FromThread(request.stream)
    return request


class FromThread(httpx.AsyncByteStream):
    """Pieces of bytes that take long to make."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self.pieces)
        while ahead := await in_thread(read_ahead, pieces):
            for piece in ahead:
                yield piece


def read_ahead(pieces: Iterator[bytes]) -> list[bytes]:
    """The next pieces; none at the end."""
    ahead, size = [], 0
    while size < AHEAD and (piece := next(pieces, None)) is not None:
        ahead.append(piece)
        size += len(piece)
    return ahead


def call_back(progress: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """What tells `progress`, in the event loop, from a thread that reads the body of a request."""

    def tell_loop(done: int, total: int) -> None:
        from_thread.run_sync(progress, done, total)

    return tell_loop


@asynccontextmanager
async def tidying(api: Any, error: BaseException) -> AsyncIterator[None]:
    """Make calls that tidy up after `error`, for some seconds also if that is a cancellation."""
    if isinstance(error, Exception):
        yield
        return
    with move_on_after(TIDYING, shield=True):
        yield
