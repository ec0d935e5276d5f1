"""The asynchronous client, used like the synchronous one: so the same tests hold for both."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Self

from anyio import CancelScope
from anyio.from_thread import BlockingPortal, start_blocking_portal

from burnbag import AsyncBurnbag, Receipt


class Blocking:
    """Each call is made in an event loop, which has a thread of its own, and waited for."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.running: AbstractContextManager[BlockingPortal] = start_blocking_portal()
        self.portal = self.running.__enter__()
        self.client = self.portal.call(partial(AsyncBurnbag, *arguments, **options))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self.call, getattr(self.client, name))

    def call(self, method: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Any:
        """Make a call; a progress that is interrupted cancels it, as Ctrl-C does in asyncio."""

        async def run() -> Any:
            with CancelScope() as scope:
                if progress := options.get("progress"):
                    options["progress"] = partial(tell, progress, scope)
                return await method(*arguments, **options)
            return KeyboardInterrupt

        result = self.portal.call(run)
        if result is KeyboardInterrupt:
            raise KeyboardInterrupt
        return result

    def receipts(self, **filters: Any) -> Iterator[Receipt]:
        receipts = self.client.receipts(**filters)

        async def get() -> Receipt | None:
            return await anext(receipts, None)

        while receipt := self.portal.call(get):
            yield receipt

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self.portal.call(self.client.close)
        self.running.__exit__(*error)


def tell(progress: Callable[..., object], scope: CancelScope, *done: Any) -> None:
    try:
        progress(*done)
    except KeyboardInterrupt:
        scope.cancel()
