"""Sending: encrypt, choose the way that the size asks for, seal."""

import base64
import contextlib
import io
import mimetypes
import re
import secrets
import sys
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Final

from burnbag import parsing, uploads
from burnbag.aes128gcm import encrypt
from burnbag.content import BYTES, LONGEST, NAMELESS, TEXT, Description
from burnbag.errors import ConfigurationError, Gone, Refused, TooLarge
from burnbag.links import KEY_BYTES
from burnbag.order import Order, encoded
from burnbag.progress import Progress
from burnbag.results import Sent
from burnbag.source import beginning, sourced
from burnbag.transport import Api

# The server's own limits unless it was configured otherwise; where it was, it says so with a 413
# and the next way is taken.
LARGEST_TEXT: Final = 256 * 1024
LARGEST_FILE: Final = 4 * 1024 * 1024
# RFC 9110, section 8.3.1: a type, a subtype, and parameters; nothing that ends a header.
MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+( *; *[\w.+-]+=[\w.+-]+)*", re.ASCII)
PACKED: Final = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
}

Content = str | bytes | bytearray | memoryview | PathLike[str] | BinaryIO


def send(
    api: Api,
    content: Content,
    order: Order,
    filename: str | None,
    media_type: str | None,
    server_side: bool,
    progress: Progress,
) -> Sent:
    """Seal `content`. Raises as `Burnbag.send` says."""
    if api.url is None:
        raise ConfigurationError("no URL is set")
    if filename is None and isinstance(content, PathLike):
        filename = Path(content).name
    described = describe(content, filename, media_type)
    with opened(content) as file:
        start = beginning(file, LARGEST_FILE + 1)
        if server_side:
            return send_plain(api, start, described, order)
        key = secrets.token_bytes(KEY_BYTES)
        if len(start) <= LARGEST_FILE and (sent := send_small(api, start, described, order, key)):
            return sent
        with sourced(file, start, described.pack(), key) as source:
            return uploads.send(api, source, order, key, progress)


def describe(content: Content, filename: str | None, media_type: str | None) -> Description:
    """What the recipient is told of it, all of it encrypted with it."""
    default = TEXT if isinstance(content, str) else BYTES
    kind, packed = mimetypes.guess_type(filename) if filename else (None, None)
    guessed = PACKED.get(packed, BYTES) if packed else kind or default
    if media_type is not None and not MEDIA_TYPE.fullmatch(media_type):
        raise Refused("media_type: not well-formed", field="media_type")
    return Description(media_type or guessed, filename or "")


@contextlib.contextmanager
def opened(content: Content) -> Iterator[BinaryIO]:
    """`content` as a file; one that was passed in stays open."""
    if isinstance(content, str):
        yield io.BytesIO(encoded("content", content, sys.maxsize).encode())
    elif isinstance(content, bytes | bytearray | memoryview):
        yield io.BytesIO(content)
    elif isinstance(content, PathLike):
        with open(content, "rb") as file:
            yield file
    else:
        yield content


def send_small(
    api: Api, data: bytes, described: Description, order: Order, key: bytes
) -> Sent | None:
    """Encrypted, through the API; None where it is too large for that."""
    plain = io.BytesIO(described.pack() + data)
    sealed = b"".join(encrypt(plain, key))
    if not described.filename and len(sealed) <= LARGEST_TEXT:
        with contextlib.suppress(TooLarge):
            return parsing.sent(seal_text(api, as_bytes(sealed), order), key)
    if len(sealed) <= LARGEST_FILE:
        with contextlib.suppress(TooLarge):
            return parsing.sent(seal_file(api, sealed, uploads.NAME, BYTES, order), key)
    return None


def send_plain(api: Api, data: bytes, described: Description, order: Order) -> Sent:
    """Not encrypted here, so that any HTTP client can open it. Raises TooLarge."""
    if not described.filename and len(data) <= LARGEST_TEXT:
        return parsing.sent(seal_text(api, as_text(data), order), None)
    if len(data) > LARGEST_FILE:
        limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
        raise TooLarge(f"without encryption on this machine a secret has at most {limit}", 413)
    name = encoded("filename", described.filename, LONGEST) or NAMELESS
    return parsing.sent(seal_file(api, data, name, described.media_type, order), None)


def seal_text(api: Api, body: dict[str, Any], order: Order) -> dict[str, Any]:
    """A create is not repeated after a lost answer: it could seal a second secret."""
    return api.sender_call("POST", "/v1/secrets", json=body | order.fields(), repeatable=False)


def as_bytes(data: bytes) -> dict[str, str]:
    return {"secret_base64": base64.b64encode(data).decode()}


def as_text(data: bytes) -> dict[str, str]:
    """So that who has only an HTTP client need not decode it."""
    try:
        return {"secret": data.decode()}
    except UnicodeDecodeError:
        return as_bytes(data)


def seal_file(api: Api, data: bytes, name: str, media_type: str, order: Order) -> dict[str, Any]:
    form = {name: str(value) for name, value in order.fields().items()}
    files = {"file": (name, data, media_type)}
    return api.sender_call("POST", "/v1/secrets", data=form, files=files, repeatable=False)


def revoke(api: Api, secret_id: str, receipt_token: str) -> None:
    """End a secret. One that was revoked before, perhaps by a lost answer, is no error."""
    try:
        api.sender_call("DELETE", f"/v1/secrets/{secret_id}", token=receipt_token)
    except Gone as gone:
        if gone.state != "revoked":
            raise
