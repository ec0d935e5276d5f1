"""Opening: reveal, fetch, decrypt, write, and only then confirm.

Whatever fails before the confirmation leaves the claim, so the same idempotency key gets the same
view again: for two minutes, an upload for fifteen.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from burnbag_format.content import Description

from burnbag import answers
from burnbag.aes128gcm import RECORD_SIZE, Stream, decrypt, header
from burnbag.answers import Revealed
from burnbag.content import check_text, clean, read_description
from burnbag.destinations import Destination, Pieces
from burnbag.errors import BurnbagError, Gone, LinkError, Refused
from burnbag.links import Link
from burnbag.results import Opened
from burnbag.retries import TRIES
from burnbag.transfers import Progress, download
from burnbag.transport import Answer, Api

IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{16,128}")
# A wrong passphrase is counted each time it arrives, even if the answer gets lost.
TRIES_WITH_PASSPHRASE: Final = 2
TRIES_TO_CONFIRM: Final = 2
INCOMPLETE: Final = "the link is incomplete: its last part, the key, is missing"


@dataclass(frozen=True)
class Opening:
    """The opening of one link. All of its calls have the same idempotency key."""

    api: Api
    link: Link
    passphrase: str | None = field(repr=False)
    idempotency_key: str = field(repr=False)
    progress: Progress

    def open(self, destination: Destination, received: Callable[[Opened], object]) -> Opened:
        """Consume a view, or fetch a claimed one again. Raises as `Burnbag.open` says."""
        if not IDEMPOTENCY_KEY.fullmatch(self.idempotency_key):
            raise Refused("an idempotency key has 16 to 128 visible ASCII characters")
        if self.link.key is None:
            self.refuse_upload()
        revealed = self.reveal()
        with closing(self.fetch(revealed)) as stored:
            description, pieces = decrypt_stored(revealed, self.link, Stream(stored))
            size, data, path = destination.write(description, pieces)
        opened = Opened(
            kind=revealed.kind,
            size=size,
            views_left=revealed.views_left,
            filename=description.filename,
            media_type=description.media_type,
            data=data,
            path=path,
        )
        received(opened)
        self.confirm()
        return opened

    def refuse_upload(self) -> None:
        """Raise LinkError for an upload, before a view is consumed for bytes nobody can decrypt."""
        path = f"/v1/secrets/{self.link.id}"
        with suppress(Gone):  # We may still hold a claim.
            answer = self.api.call("GET", self.link.base, path, token=self.link.token)
            if answers.parse_peek(answer).kind == "upload":
                raise LinkError(INCOMPLETE)

    def reveal(self) -> Revealed:
        """Consume a view, or get the claimed one again."""
        if self.passphrase is None:
            return answers.parse_revealed(self.call("reveal", tries=TRIES, json={}))
        body = {"passphrase": check_text("passphrase", self.passphrase)}
        return answers.parse_revealed(self.call("reveal", tries=TRIES_WITH_PASSPHRASE, json=body))

    def fetch(self, revealed: Revealed) -> Generator[bytes, None, None]:
        """The stored bytes: they came with the answer, or are in S3."""
        if revealed.kind == "upload":
            urls = self.get_urls(revealed)
            yield from download(self.api, lambda: next(urls), revealed.size, self.progress)
        else:
            yield revealed.stored

    def get_urls(self, revealed: Revealed) -> Iterator[str]:
        """The URL that came with the answer, then a new one whenever the last has expired."""
        while True:
            yield revealed.url
            revealed = self.reveal()

    def confirm(self) -> None:
        """Give the claim up. If that fails it ends by itself, so the error does not matter."""
        with suppress(BurnbagError):
            self.call("confirm", tries=TRIES_TO_CONFIRM)

    def call(self, action: str, **options: Any) -> Answer:
        path = f"/v1/secrets/{self.link.id}/{action}"
        headers = {"Idempotency-Key": self.idempotency_key}
        return self.api.call(
            "POST", self.link.base, path, token=self.link.token, headers=headers, **options
        )


def decrypt_stored(revealed: Revealed, link: Link, stored: Stream) -> tuple[Description, Pieces]:
    """The description and the bytes, decrypted if the link has a key. Raises Damaged, LinkError."""
    if link.key is not None:
        content = Stream(decrypt(stored, link.key))
        return clean(read_description(content)), content.remaining()
    if looks_encrypted(revealed.stored):
        raise LinkError(INCOMPLETE)
    return clean(Description(revealed.media_type, revealed.filename)), stored.remaining()


def looks_encrypted(data: bytes) -> bool:
    """Whether burnbag's clients made this. By chance, one of 2^40 other secrets begins like it."""
    if len(data) <= header.size:
        return False
    _, record_size, key_id_length = header.unpack_from(data)
    return (record_size, key_id_length) == (RECORD_SIZE, 0)
