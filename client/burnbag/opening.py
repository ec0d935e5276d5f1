"""Opening: reveal, fetch, decrypt, write, and only then confirm.

Whatever fails before the confirmation leaves the claim, so the same idempotency key gets the same
view again: for two minutes, an upload for fifteen.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import httpx
from burnbag_format.content import Description

from burnbag import answers
from burnbag.aes128gcm import RECORD_SIZE, Stream, decrypt, header
from burnbag.answers import Revealed
from burnbag.content import check_text, clean, read_description
from burnbag.destinations import Destination, Pieces, Written
from burnbag.doors import call_recipient
from burnbag.errors import AlreadyOpened, BurnbagError, Damaged, Frozen, Gone, LinkError, Refused
from burnbag.keys import Keys, find_keys
from burnbag.links import Link
from burnbag.results import Opened, OpenedInMemory, Peek
from burnbag.retries import TRIES
from burnbag.storage import check_url
from burnbag.transfers import Progress, download
from burnbag.transport import Answer, Api
from burnbag.waiting import consume, hand_over

IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{16,128}")
# A wrong passphrase is counted each time it arrives, even if the answer gets lost.
TRIES_WITH_PASSPHRASE: Final = 2
TRIES_TO_CONFIRM: Final = 2
# No server allows more, and one that says so for ever must not be asked for ever.
MOST_VIEWS: Final = 1000
INCOMPLETE: Final = (
    "the link is incomplete: its last part, the key, is missing or was cut; ask its sender for all "
    "of it"
)


@dataclass(frozen=True)
class Opening:
    """The opening of one link."""

    api: Api
    link: Link
    passphrase: str | None = field(repr=False)
    idempotency_key: str | Callable[[int], str] = field(repr=False)
    progress: Progress

    def open(self, destination: Destination, received: Callable[[Any], object]) -> Opened:
        """Consume a view, or fetch a claimed one again. Raises as `Burnbag.open` says."""
        passphrase = self.passphrase if self.look() else None
        keys = find_keys(self.link, passphrase)
        reveal, revealed = self.reveal(keys.passphrase if keys else passphrase)
        destination.refuse_too_large(revealed.size)
        if keys and not revealed.passphrase:
            keys = find_keys(self.link, None)
        take = partial(write_stored, destination, revealed, keys)
        opened = consume(self.fetch(reveal, revealed), take)
        hand_over(received, opened)
        reveal.confirm()
        return opened

    def look(self) -> bool:
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
            found = call_recipient(self.api, self.link, "GET")
        except Gone:
            return True  # We may still hold a claim.
        peeked = answers.parse_peek(found)
        refuse_incomplete(self.link, peeked)
        if peeked.frozen:
            raise Frozen
        return peeked.passphrase

    def reveal(self, passphrase: str | None) -> tuple["Reveal", Revealed]:
        """Consume a view under the first idempotency key that is not used up."""
        for number in range(MOST_VIEWS):
            reveal = Reveal(self.api, self.link, self.make_key(number), passphrase)
            try:
                return reveal, reveal.ask()
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

    def fetch(self, reveal: "Reveal", revealed: Revealed) -> Generator[bytes, None, None]:
        """The stored bytes: they came with the answer, or are in S3."""
        if revealed.kind == "upload":
            presigned = get_urls(reveal, revealed)
            yield from download(self.api, presigned, revealed.size, self.progress)
        else:
            yield revealed.stored


@dataclass(frozen=True)
class Reveal:
    """One view: all of its calls have the same idempotency key, so it is consumed once."""

    api: Api
    link: Link
    idempotency_key: str = field(repr=False)
    passphrase: str | None = field(repr=False)

    def ask(self) -> Revealed:
        """Consume the view, or get the claimed one again."""
        if self.passphrase is None:
            return answers.parse_revealed(self.call("/reveal", tries=TRIES, json={}))
        body = {"passphrase": check_text("passphrase", self.passphrase)}
        return answers.parse_revealed(self.call("/reveal", tries=TRIES_WITH_PASSPHRASE, json=body))

    def confirm(self) -> None:
        """Give the claim up. If that fails it ends by itself, so the error does not matter."""
        with suppress(BurnbagError):
            self.call("/confirm", tries=TRIES_TO_CONFIRM)

    def call(self, action: str, **options: Any) -> Answer:
        headers = {"Idempotency-Key": self.idempotency_key}
        return call_recipient(self.api, self.link, "POST", action, headers=headers, **options)


def get_urls(reveal: Reveal, revealed: Revealed) -> Iterator[httpx.URL]:
    """The URL that came with the answer, then a new one whenever the last has expired."""
    while True:
        yield check_url(revealed.url, reveal.link.base)
        revealed = reveal.ask()


def is_complete(link: Link) -> bool:
    """Whether a link has a key with its checksum; one that needs no key has none either."""
    return link.key is not None and link.version > 0


def refuse_incomplete(link: Link, peeked: Peek) -> None:
    """Raise LinkError for a link that lacks its key or a part of it, before a view is used."""
    if not is_complete(link) and (peeked.encrypted or lacks_key(link, peeked)):
        raise LinkError(f"{INCOMPLETE}; no view was used")


def lacks_key(link: Link, peeked: Peek) -> bool:
    """Whether an upload's link has no key: an older client encrypted it without saying so."""
    return link.key is None and peeked.kind == "upload"


def write_stored(
    destination: Destination, revealed: Revealed, keys: Keys | None, stored: Iterator[bytes]
) -> Opened:
    """Decrypt what is stored, and write it."""
    description, pieces = decrypt_stored(revealed, keys, Stream(stored))
    written = destination.write(description, pieces)
    return make_opened(revealed, description, written)


def make_opened(revealed: Revealed, description: Description, written: Written) -> Opened:
    size, data, path = written
    common: dict[str, Any] = {
        "kind": revealed.kind,
        "size": size,
        "views_left": revealed.views_left,
        "filename": description.filename,
        "media_type": description.media_type,
        "identified_as": revealed.identified_as,
    }
    if data is not None:
        return OpenedInMemory(**common, data=data)
    return Opened(**common, path=path)


def decrypt_stored(
    revealed: Revealed, keys: Keys | None, stored: Stream
) -> tuple[Description, Pieces]:
    """The description and the bytes, decrypted if there are keys. Raises Damaged."""
    if keys is not None:
        content = Stream(decrypt(stored, keys.content_key(revealed.kind)))
        return clean(read_description(content)), content.remaining()
    if looks_encrypted(revealed.stored):
        raise Damaged(INCOMPLETE)
    return clean(Description(revealed.media_type, revealed.filename)), stored.remaining()


def looks_encrypted(data: bytes) -> bool:
    """Whether an older client of burnbag's, which did not say so, encrypted this.

    By chance, one of 2^40 other secrets begins like it.
    """
    if len(data) <= header.size:
        return False
    _, record_size, key_id_length = header.unpack_from(data)
    return (record_size, key_id_length) == (RECORD_SIZE, 0)
