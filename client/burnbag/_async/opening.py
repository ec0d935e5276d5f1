"""Opening: reveal, fetch, decrypt, write, and only then confirm.

Made of `burnbag.opening` by tools/asynchronous: change that, and run `make fmt`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from burnbag import answers
from burnbag._async.doors import call_recipient
from burnbag._async.transfers import download
from burnbag._async.transport import Api
from burnbag._async.waiting import consume, hand_over, in_thread
from burnbag.answers import Revealed
from burnbag.content import check_text
from burnbag.destinations import Destination
from burnbag.errors import AlreadyOpened, BurnbagError, Frozen, Gone, Refused
from burnbag.keys import find_keys
from burnbag.links import Link
from burnbag.opening import (
    IDEMPOTENCY_KEY,
    MOST_VIEWS,
    TRIES_TO_CONFIRM,
    TRIES_WITH_PASSPHRASE,
    is_complete,
    refuse_incomplete,
    write_stored,
)
from burnbag.results import Opened
from burnbag.retries import TRIES
from burnbag.storage import check_url
from burnbag.transfers import Progress
from burnbag.transport import Answer


@dataclass(frozen=True)
class Opening:
    """The opening of one link."""

    api: Api
    link: Link
    passphrase: str | None = field(repr=False)
    idempotency_key: str | Callable[[int], str] = field(repr=False)
    progress: Progress

    async def open(self, destination: Destination, received: Callable[[Any], object]) -> Opened:
        """Consume a view, or fetch a claimed one again. Raises as `Burnbag.open` says."""
        passphrase = self.passphrase if await self.look() else None
        keys = await in_thread(find_keys, self.link, passphrase)
        reveal, revealed = await self.reveal(keys.passphrase if keys else passphrase)
        destination.refuse_too_large(revealed.size)
        if keys and not revealed.passphrase:
            keys = await in_thread(find_keys, self.link, None)
        take = partial(write_stored, destination, revealed, keys)
        opened = await consume(self.fetch(reveal, revealed), take)
        await hand_over(received, opened)
        await reveal.confirm()
        return opened

    async def look(self) -> bool:
        """Whether to send the passphrase. Asks the server only where something hangs on it.

        Raises LinkError for a link that lacks its key or a part of it, before a view is used.
        """
        if self.passphrase == "":
            raise Refused("passphrase: it is empty", field="passphrase")
        check_text("passphrase", self.passphrase or "")
        complete = is_complete(self.link)
        if complete and self.passphrase is None:
            return False
        try:
            found = await call_recipient(self.api, self.link, "GET")
        except Gone:
            return True  # We may still hold a claim.
        peeked = answers.parse_peek(found)
        refuse_incomplete(self.link, peeked)
        if peeked.frozen:
            raise Frozen
        return peeked.passphrase

    async def reveal(self, passphrase: str | None) -> tuple["Reveal", Revealed]:
        """Consume a view under the first idempotency key that is not used up."""
        for number in range(MOST_VIEWS):
            reveal = Reveal(self.api, self.link, self.make_key(number), passphrase)
            try:
                return reveal, await reveal.ask()
            except AlreadyOpened:
                if isinstance(self.idempotency_key, str):
                    raise
        raise AlreadyOpened

    def make_key(self, number: int) -> str:
        """The idempotency key for a view. Raises Refused."""
        given = self.idempotency_key
        key = given if isinstance(given, str) else given(number)
        if not IDEMPOTENCY_KEY.fullmatch(key):
            raise Refused("an idempotency key has 16 to 128 visible ASCII characters")
        return key

    async def fetch(self, reveal: "Reveal", revealed: Revealed) -> AsyncGenerator[bytes, None]:
        """The stored bytes: they came with the answer, or are in S3."""
        if revealed.kind == "upload":
            presigned = get_urls(reveal, revealed)
            async with aclosing(
                download(self.api, presigned, revealed.size, self.progress)
            ) as source:
                async for each in source:
                    yield each
        else:
            yield revealed.stored


@dataclass(frozen=True)
class Reveal:
    """One view: all of its calls have the same idempotency key, so it is consumed once."""

    api: Api
    link: Link
    idempotency_key: str = field(repr=False)
    passphrase: str | None = field(repr=False)

    async def ask(self) -> Revealed:
        """Consume the view, or get the claimed one again."""
        if self.passphrase is None:
            return answers.parse_revealed(await self.call("/reveal", tries=TRIES, json={}))
        body = {"passphrase": check_text("passphrase", self.passphrase)}
        return answers.parse_revealed(
            await self.call("/reveal", tries=TRIES_WITH_PASSPHRASE, json=body)
        )

    async def confirm(self) -> None:
        """Give the claim up. If that fails it ends by itself, so the error does not matter."""
        with suppress(BurnbagError):
            await self.call("/confirm", tries=TRIES_TO_CONFIRM)

    async def call(self, action: str, **options: Any) -> Answer:
        headers = {"Idempotency-Key": self.idempotency_key}
        return await call_recipient(self.api, self.link, "POST", action, headers=headers, **options)


async def get_urls(reveal: Reveal, revealed: Revealed) -> AsyncIterator[httpx.URL]:
    """The URL that came with the answer, then a new one whenever the last has expired."""
    while True:
        yield check_url(revealed.url, reveal.link.base)
        revealed = await reveal.ask()
