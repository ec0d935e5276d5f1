"""Sending: encrypt, then seal by whatever way the size needs.

A text and a small file go through the API, anything larger straight to S3.
"""

import base64
import contextlib
import io
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import Any, Final

from burnbag_format.content import BYTES, TEXT, Description

from burnbag import answers, transfers
from burnbag.aes128gcm import encrypt
from burnbag.content import NAMELESS, check_text, describe
from burnbag.errors import ConfigurationError, Gone, TooLarge
from burnbag.links import KEY_BYTES
from burnbag.results import Sent
from burnbag.sources import Content, encrypt_source, open_content, read_start
from burnbag.transfers import ENCRYPTED_NAME, Progress
from burnbag.transport import Answer, Api

# The server's default limits. If it was configured with smaller ones it answers 413, and the next
# way is tried.
LARGEST_TEXT: Final = 256 * 1024
LARGEST_FILE: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class Order:
    """What a sender may ask for besides the secret itself; None leaves it to the server."""

    ttl: int | str | timedelta | None = None
    views: int | None = None
    passphrase: str | None = field(default=None, repr=False)
    label: str | None = None

    def fields(self) -> dict[str, int | str]:
        """The fields of a request: those that were asked for. Raises Refused."""
        ttl = int(self.ttl.total_seconds()) if isinstance(self.ttl, timedelta) else self.ttl
        asked = {
            "ttl": ttl,
            "views": self.views,
            "passphrase": self.passphrase,
            "label": self.label,
        }
        return {
            name: check_text(name, value) if isinstance(value, str) else value
            for name, value in asked.items()
            if value is not None
        }


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
    default = TEXT if isinstance(content, str) else BYTES
    description = describe(filename or "", media_type, default)
    with open_content(content) as file:
        start = read_start(file, LARGEST_FILE + 1)
        if server_side:
            return send_plain(api, start, description, order)
        key = secrets.token_bytes(KEY_BYTES)
        if len(start) <= LARGEST_FILE and (sent := send_small(api, start, description, order, key)):
            return sent
        with encrypt_source(file, start, description.pack(), key) as source:
            return transfers.upload(api, source, order.fields(), key, progress)


def send_small(
    api: Api, data: bytes, description: Description, order: Order, key: bytes
) -> Sent | None:
    """Send encrypted through the API; None if it is too large for that."""
    encrypted = b"".join(encrypt(io.BytesIO(description.pack() + data), key))
    if not description.filename and len(encrypted) <= LARGEST_TEXT:
        with contextlib.suppress(TooLarge):
            return answers.parse_sent(seal_text(api, as_base64(encrypted), order), key)
    if len(encrypted) <= LARGEST_FILE:
        with contextlib.suppress(TooLarge):
            answer = seal_file(api, encrypted, ENCRYPTED_NAME, BYTES, order)
            return answers.parse_sent(answer, key)
    return None


def send_plain(api: Api, data: bytes, description: Description, order: Order) -> Sent:
    """Send without encryption, so that any HTTP client can open it. Raises TooLarge."""
    if not description.filename and len(data) <= LARGEST_TEXT:
        return answers.parse_sent(seal_text(api, as_text(data), order), None)
    if len(data) > LARGEST_FILE:
        limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
        raise TooLarge(f"without encryption on this machine a secret has at most {limit}", 413)
    name = description.filename or NAMELESS
    return answers.parse_sent(seal_file(api, data, name, description.media_type, order), None)


def seal_text(api: Api, body: dict[str, Any], order: Order) -> Answer:
    """Not repeated after a lost answer, because that could seal a second secret."""
    return api.call_signed("POST", "/v1/secrets", json=body | order.fields(), repeatable=False)


def seal_file(api: Api, data: bytes, name: str, media_type: str, order: Order) -> Answer:
    """Not repeated either."""
    form = {name: str(value) for name, value in order.fields().items()}
    files = {"file": (name, data, media_type)}
    return api.call_signed("POST", "/v1/secrets", data=form, files=files, repeatable=False)


def as_base64(data: bytes) -> dict[str, str]:
    return {"secret_base64": base64.b64encode(data).decode()}


def as_text(data: bytes) -> dict[str, str]:
    """As text if it is one, to spare the recipient the decoding."""
    try:
        return {"secret": data.decode()}
    except UnicodeDecodeError:
        return as_base64(data)


def revoke(api: Api, secret_id: str, receipt_token: str) -> None:
    """End a secret. It is no error if it was revoked before, perhaps by a call without an answer.

    Raises Gone if it ended in another way.
    """
    try:
        api.call_signed("DELETE", f"/v1/secrets/{secret_id}", token=receipt_token)
    except Gone as gone:
        if gone.state != "revoked":
            raise
