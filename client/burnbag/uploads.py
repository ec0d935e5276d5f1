"""Large secrets: straight to S3, by the form that burnbag presigns."""

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Final

import httpx

from burnbag import parsing
from burnbag.content import BYTES
from burnbag.errors import BurnbagError, Refused
from burnbag.order import Order
from burnbag.progress import Progress
from burnbag.results import Sent
from burnbag.source import Source
from burnbag.transport import Api, again

NAME: Final = "encrypted"


class Attachment:
    """A source as httpx reads a form's file: its length, then its bytes, again from the start."""

    def __init__(self, source: Source, progress: Progress) -> None:
        self.source = source
        self.progress = progress
        self.pieces: Iterator[bytes] = iter(())
        self.done = 0

    def tell(self) -> int:
        return 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            return self.source.size
        self.pieces, self.done = self.source.pieces(), 0
        return 0

    def read(self, size: int = -1) -> bytes:
        """The next piece, of whatever size it is: httpx sends what it gets."""
        self.progress(self.done, self.source.size)
        piece = next(self.pieces, b"")
        self.done += len(piece)
        return piece


def send(api: Api, source: Source, order: Order, key: bytes, progress: Progress) -> Sent:
    """Declare an upload and carry it out; one that fails is revoked, so that nothing stays."""
    body = {"size": source.size} | order.fields()
    declared = api.sender_call("POST", "/v1/uploads", json=body, repeatable=False)
    sent = parsing.sent(declared, key)
    try:
        post(api, declared["upload"], Attachment(source, progress))
    except BaseException:
        with contextlib.suppress(BurnbagError):
            api.sender_call("DELETE", f"/v1/secrets/{sent.id}", token=sent.receipt_token)
        raise
    return sent


def post(api: Api, upload: dict[str, Any], attachment: Attachment) -> None:
    """The same form can be sent again after a broken connection: S3 keeps whole objects only."""

    def form() -> httpx.Response:
        file: Any = (NAME, attachment, BYTES)
        return api.http.post(upload["url"], data=upload["fields"], files={"file": file})

    response = again(form, repeatable=True)
    if not response.is_success:
        raise Refused(f"S3 refuses the upload with {response.status_code}", response.status_code)
