"""Large secrets: straight to S3, by the form that burnbag presigns."""

import contextlib
import os
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx

from burnbag import parsing
from burnbag.content import BYTES
from burnbag.errors import BurnbagError, Gone, Refused
from burnbag.links import secure
from burnbag.order import Order
from burnbag.parsing import Declared
from burnbag.progress import Progress
from burnbag.results import Sent
from burnbag.retries import again
from burnbag.source import Source
from burnbag.transport import Api

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
    started, body = time.monotonic(), {"size": source.size} | order.fields()
    answer = api.sender_call("POST", "/v1/uploads", json=body, repeatable=False)
    declared = parsing.declared(answer)
    try:
        sent = parsing.sent(answer, key)
        post(api, declared, Attachment(source, progress))
        if time.monotonic() - started >= (sent.expires_at - sent.created_at).total_seconds():
            raise Gone("expired", sent.expires_at)
        return sent
    except BaseException:
        revoke(api, declared)
        raise


def post(api: Api, declared: Declared, attachment: Attachment) -> None:
    """The same form can be sent again after a broken connection: S3 keeps whole objects only."""
    url, file = secure(declared.url), (NAME, attachment, BYTES)

    def form() -> httpx.Response:
        files: Any = {"file": file}
        return api.http.post(url, data=declared.fields, files=files)

    response = again(form, passing=lambda found: found.status_code == 500 or timed_out(found))
    if not response.is_success:
        raise Refused(f"S3 refuses the upload with {response.status_code}", response.status_code)


def timed_out(response: httpx.Response) -> bool:
    """S3 waited too long for the next bytes."""
    return response.status_code == 400 and b"<Code>RequestTimeout</Code>" in response.content


def revoke(api: Api, declared: Declared) -> None:
    """As far as that can be done now; otherwise it expires."""
    path = f"/v1/secrets/{declared.id}"
    with contextlib.suppress(BurnbagError):
        api.sender_call("DELETE", path, token=declared.receipt_token, tries=1)
