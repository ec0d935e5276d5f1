"""Several pieces of work at a time, as tasks: the asynchronous side of `burnbag.parallel`."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from anyio import Semaphore, create_task_group


class Crew:
    """Up to `size` pieces of work at a time; the first failure counts.

    Whoever leaves it cancels what is not done.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.free = Semaphore(size)
        self.failure: Exception | None = None
        self.is_stopped = False
        self.group = create_task_group()

    async def add(self, work: Callable[[], Awaitable[object]]) -> None:
        """Begin a piece of work as soon as somebody is free. Raises what another one has raised."""
        await self.free.acquire()
        if self.failure is not None:
            self.free.release()
            raise self.failure
        self.group.start_soon(self.do, work)

    async def do(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except Exception as failure:
            self.failure = self.failure or failure
        finally:
            self.free.release()

    async def finish(self) -> None:
        """Wait until all work is done. Raises what it has raised."""
        for _ in range(self.size):
            await self.free.acquire()
        if self.failure is not None:
            raise self.failure

    async def __aenter__(self) -> Self:
        await self.group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The group is not told of `error`, which it would make a group of errors of."""
        self.is_stopped = True
        self.group.cancel_scope.cancel()
        await self.group.__aexit__(None, None, None)
