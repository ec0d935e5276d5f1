"""Sending: encrypt, then seal by whatever way the size needs.

A text and a small file go through the API, anything larger straight to S3. Each way has a draft of
its own: the idempotency key decides the secret's id, and what is encrypted is encrypted for that
id. So an order whose answer got lost is simply sent again.
"""

import base64
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import Any, Final

from burnbag_format.content import BYTES, TEXT, Description
from burnbag_format.identity import Identity

from burnbag import answers, uploads
from burnbag.aes128gcm import encrypted_size
from burnbag.content import NAMELESS, check_text, describe
from burnbag.errors import Gone, Refused, TooLarge, Unavailable
from burnbag.keys import Keys, make_keys
from burnbag.links import KEY_BYTES
from burnbag.padding import padded_size
from burnbag.recipients import normalize_recipients
from burnbag.results import Sent
from burnbag.resuming import Origin
from burnbag.sources import Content, encrypt_source, is_regular, open_content, read_start
from burnbag.transfers import ENCRYPTED_NAME, Progress, revoke_on_failure
from burnbag.transport import Api
from burnbag.uploads import Resumable

OLDER: Final = "this burnbag is older than the client; upgrade the server first"
# What a server says that does not know a field.
UNKNOWN_FIELD: Final = ": Known fields: "
NOT_NAMED: Final = (
    "the server does not keep the secret for its recipients alone, so it was revoked; is it older?"
)
IDEMPOTENCY_BYTES: Final = 32
# The server's default limits. If it was configured with smaller ones it answers 413, and the next
# way is tried.
LARGEST_TEXT: Final = 256 * 1024
LARGEST_FILE: Final = 4 * 1024 * 1024


# Of a field in a request.
Value = int | str | Sequence[str]


@dataclass(frozen=True)
class Order:
    """What a sender may ask for besides the secret itself; None leaves it to the server."""

    ttl: int | str | timedelta | None = None
    views: int | None = None
    passphrase: str | None = field(default=None, repr=False)
    label: str | None = None
    on_lock: str | None = None
    recipients: Sequence[str] | None = None

    def fields(self) -> dict[str, Value]:
        """The fields of a request: those that were asked for. Raises Refused."""
        if self.passphrase == "":
            raise Refused("passphrase: it is empty", field="passphrase")
        ttl = int(self.ttl.total_seconds()) if isinstance(self.ttl, timedelta) else self.ttl
        asked = {
            "ttl": ttl,
            "views": self.views,
            "passphrase": self.passphrase,
            "label": self.label,
            "on_lock": self.on_lock,
            "recipients": self.recipients,
        }
        return {
            name: check_text(name, value) if isinstance(value, str) else value
            for name, value in asked.items()
            if value is not None
        }


@dataclass(frozen=True)
class Draft:
    """One way to seal a secret: the fields of its request, and its keys if it is encrypted."""

    fields: dict[str, Value] = field(repr=False)
    idempotency_key: str = field(repr=False)
    identity: Identity
    link_key: bytes | None = field(default=None, repr=False)
    keys: Keys | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.idempotency_key}

    def content_key(self, kind: str) -> bytes:
        """The key to encrypt with, for a secret of that kind."""
        assert self.keys is not None
        return self.keys.content_key(kind)

    def encrypt(self, data: bytes, kind: str) -> bytes:
        """`data`, padded and encrypted."""
        assert self.keys is not None
        return self.keys.encrypt(data, kind)

    def parse(self, answer: Mapping[str, Any]) -> Sent:
        """What was sealed. Raises Unavailable, also if it is for others than was asked for."""
        sent = answers.parse_sent(answer, self.identity, self.link_key)
        if list(sent.recipients) != self.fields.get("recipients", []):
            raise Unavailable(NOT_NAMED)
        return sent


def check_recipients(recipients: Sequence[str] | None) -> Sequence[str] | None:
    """The recipients in the form that burnbag keeps; None for whoever has the link. Raises Refused.

    An empty list is refused: who makes one by mistake must not send to everybody.
    """
    if recipients is None:
        return None
    try:
        return normalize_recipients(recipients)
    except ValueError as error:
        why = str(error)
    raise Refused(f"recipients: {why}", field="recipients")


def draft_plain(order: Order) -> Draft:
    """A draft that leaves the encryption to the server. Raises Refused."""
    key = secrets.token_urlsafe(IDEMPOTENCY_BYTES)
    return Draft(order.fields(), key, Identity.of_key(key))


def draft_encrypted(order: Order) -> Draft:
    """A draft for what is encrypted here: the server gets its half of the passphrase.

    Raises Refused.
    """
    plain, link_key = draft_plain(order), secrets.token_bytes(KEY_BYTES)
    keys = make_keys(plain.identity.id, link_key, order.passphrase)
    fields = replace(order, passphrase=keys.passphrase).fields() | {"encrypted": True}
    return replace(plain, fields=fields, link_key=link_key, keys=keys)


def send(
    api: Api,
    content: Content,
    order: Order,
    filename: str | None,
    media_type: str | None,
    server_side: bool,
    resume_file: PathLike[str] | None,
    progress: Progress,
) -> Sent:
    """Seal `content`. Raises as `Burnbag.send` says."""
    api.own_url()
    if filename is None and isinstance(content, PathLike):
        filename = Path(content).name
    default = TEXT if isinstance(content, str) else BYTES
    description = describe(filename or "", media_type, default)
    with open_content(content) as file:
        start = read_start(file, LARGEST_FILE + 1)
        if server_side:
            return send_plain(api, start, description, order)
        if len(start) <= LARGEST_FILE and (sent := send_small(api, start, description, order)):
            return sent
        draft, prefix = draft_encrypted(order), description.pack()
        key, resumable = draft.content_key("upload"), None
        if resume_file is not None and isinstance(content, PathLike) and is_regular(file):
            origin = Origin.of(content, file)
            resumable = Resumable(Path(resume_file), origin, prefix, key)
        opening = encrypt_source(file, start, prefix, key)
        del start  # a file is read again, and this is memory
        with opening as source:
            return uploads.upload(api, source, draft, resumable, progress)


def send_small(api: Api, data: bytes, description: Description, order: Order) -> Sent | None:
    """Send encrypted through the API; None if it is too large for that."""
    content = description.pack() + data
    size = encrypted_size(padded_size(len(content)))
    if not description.filename and size <= LARGEST_TEXT:
        with contextlib.suppress(TooLarge):
            draft = draft_encrypted(order)
            return seal_text(api, as_base64(draft.encrypt(content, "text")), draft)
    if size <= LARGEST_FILE:
        with contextlib.suppress(TooLarge):
            draft = draft_encrypted(order)
            return seal_file(api, draft.encrypt(content, "file"), ENCRYPTED_NAME, BYTES, draft)
    return None


def send_plain(api: Api, data: bytes, description: Description, order: Order) -> Sent:
    """Send without encryption, so that any HTTP client can open it. Raises TooLarge."""
    draft = draft_plain(order)
    if not description.filename and len(data) <= LARGEST_TEXT:
        return seal_text(api, as_text(data), draft)
    if len(data) > LARGEST_FILE:
        limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
        raise TooLarge(f"without encryption on this machine a secret has at most {limit}", 413)
    return seal_file(api, data, description.filename or NAMELESS, description.media_type, draft)


def seal_text(api: Api, body: dict[str, Any], draft: Draft) -> Sent:
    """Sent again after a lost answer, because the same key makes the same secret."""
    json = body | draft.fields
    return seal(api, draft, json=json)


def seal_file(api: Api, data: bytes, name: str, media_type: str, draft: Draft) -> Sent:
    """Sent again after a lost answer as well."""
    form = {name: as_field(value) for name, value in draft.fields.items()}
    files = {"file": (name, data, media_type)}
    return seal(api, draft, data=form, files=files)


def seal(api: Api, draft: Draft, **body: Any) -> Sent:
    """Seal; if it is never known whether that was done, revoke. Raises Refused, Unavailable."""
    try:
        with revoke_on_failure(api, draft.identity, unless=Refused):
            answer = api.call_signed("POST", "/v1/secrets", headers=draft.headers, **body)
            return draft.parse(answer)
    except Refused as refused:
        if refused.field == "encrypted" or UNKNOWN_FIELD in str(refused):
            raise Refused(OLDER, refused.status, refused.field, refused.kind) from None
        raise


def as_field(value: Value) -> str | list[str]:
    """A value in a form; one of several values is repeated there."""
    if not isinstance(value, int | str):
        return list(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


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


def unfreeze(api: Api, secret_id: str, receipt_token: str) -> bool:
    """Allow five more guesses; False if it is not frozen.

    The call names the freezing that it lifts, so it can be repeated after a lost answer.
    """
    path = f"/v1/receipts/{secret_id}"
    receipt = answers.parse_receipt(api.call_signed("GET", path, token=receipt_token))
    if receipt.state != "sealed":
        raise Gone(receipt.state, receipt.ended_at)
    if receipt.frozen_at is None:
        return False
    body = {"frozen_at": int(receipt.frozen_at.timestamp())}
    try:
        api.call_signed("POST", f"{path}/unfreeze", token=receipt_token, json=body)
    except Refused as refused:
        # Perhaps by this very call, whose first answer got lost.
        if refused.kind != "not-frozen":
            raise
    return True
