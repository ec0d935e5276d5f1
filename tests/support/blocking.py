"""The asynchronous client, used like the synchronous one: so the same tests hold for both."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Self

from anyio.from_thread import BlockingPortal, start_blocking_portal

from burnbag import AsyncBurnbag, Receipt


class Blocking:
    """Each call is made in an event loop, which has a thread of its own, and waited for."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.running: AbstractContextManager[BlockingPortal] = start_blocking_portal()
        self.portal = self.running.__enter__()
        self.client = self.portal.call(partial(AsyncBurnbag, *arguments, **options))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.client, name)
        return lambda *arguments, **options: self.portal.call(partial(call, *arguments, **options))

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
