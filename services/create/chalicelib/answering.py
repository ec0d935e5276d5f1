"""What somebody can do who was asked for a secret: look at the request, and answer it once.

Nobody knows who that is: the capability in the request's link is all that they have. What comes is
encrypted for the requester, and sealed here as any secret is; this service can't open it.

    requested  the secrets table has a record of the request, in which nothing is sealed
    answered   one transaction has put the secret over that record, and its facts into the receipt

An object is stored before that, while nothing names it, so an answer is either whole or not there,
and whatever breaks off leaves the request open. Only who holds the request's lease stores one, or
has one stored: two at once would leave the object of one under the record of the other. A lease is
longer than a call can take, so one that nobody gave back is over when its holder is.
"""

import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from burnbag_core.capability import TOKEN_BYTES, Capability
from burnbag_core.errors import (
    BadRequest,
    BeingAnswered,
    NotFound,
    NotInParts,
    OutOfRange,
    RequestOver,
    Unanswered,
    Unavailable,
)
from burnbag_core.fields import read_flag
from burnbag_core.records import SEALED, Caller, Receipt, Secret
from burnbag_core.sealing import KeyMaterial, seal_file
from burnbag_format import base64url

from chalicelib.order import (
    PART_SIZE,
    FileOrder,
    Order,
    Terms,
    TextOrder,
    UploadOrder,
    digest_order,
    read_content,
    read_file,
    read_size,
)
from chalicelib.requesting import describe, limit_of, state_of
from chalicelib.sender import UNFINISHED_FOR, Sender, first_end
from chalicelib.settings import Settings

KEY_FIELDS: Final = frozenset({"token", "sealed_key"})
JSON_FIELDS: Final = KEY_FIELDS | {"secret_base64", "size", "parts"}
FORM_FIELDS: Final = KEY_FIELDS | {"file"}
# HPKE with DHKEM(P-256) and AES-128-GCM (RFC 9180): an encapsulated key of 65 bytes, then a token
# and a key of 16 bytes, encrypted, with their tag.
SEALED_KEY_BYTES: Final = 65 + TOKEN_BYTES + 16 + 16
USE: Final = b"burnbag/1/submit"
LEASE_BYTES: Final = 16


class Store(Protocol):
    def receipt(self, secret_id: str) -> Receipt | None: ...
    def lease(self, receipt: Receipt, lease: str, until: int, now: int) -> bool: ...
    def give_back(self, receipt: Receipt, lease: str) -> None: ...
    def answer(
        self, secret: Secret, receipt: Receipt, erase_at: int, lease: str | None, now: int
    ) -> bool: ...


@dataclass(frozen=True)
class Answer:
    """What is submitted: a secret, its own link's token, and the key to it for the requester."""

    order: Order
    token: bytes = field(repr=False)
    sealed_key: bytes = field(repr=False)

    def digest(self) -> bytes:
        """What tells two answers apart, and tells nothing of them without the token."""
        key = hmac.digest(self.token, USE + self.sealed_key, "sha256")
        return digest_order(self.order, key)


@dataclass(frozen=True)
class Submitter:
    """The submitter's side of one environment."""

    sender: Sender
    store: Store

    @property
    def clock(self) -> Callable[[], int]:
        return self.sender.clock

    def show(self, capability: Capability) -> dict[str, Any]:
        """What is asked for, and by whom. Raises NotFound or RequestOver."""
        receipt, now = self.find_request(capability), self.clock()
        state, since = state_of(receipt, now)
        if since is not None:
            raise RequestOver(state, since)
        return describe(receipt, now)

    def submit(
        self, capability: Capability, read_answer: Callable[[Receipt], Answer], by: Caller
    ) -> dict[str, Any]:
        """Answer a request. The same answer again is answered the same, and any other refused.

        Nothing is parsed for who has no token. Raises NotFound, RequestOver, BadRequest,
        BeingAnswered or Unavailable.
        """
        receipt = self.find_request(capability)
        if receipt.submitted_at is None:
            self.refuse_over(receipt)
        answer = read_answer(receipt)
        if answer.token == capability.token:
            raise BadRequest("token", "The answer needs a token of its own.")
        if receipt.submitted_at is None:
            receipt = self.seal(receipt, answer, by) or self.find_request(capability)
        return self.describe(receipt, answer)

    def seal(self, receipt: Receipt, answer: Answer, by: Caller) -> Receipt | None:
        """The receipt of the sealed answer; None where the request takes none any more, or not now.

        Two AWS calls, four with an object. Raises Unavailable.
        """
        order, sender = answer.order, self.sender
        header = sender.make_header(order, receipt.id)
        data_key, wrapped_key = sender.data_keys.generate(receipt.id)
        keys = KeyMaterial(data_key, answer.token)
        secret = sender.make_secret(order, header, keys, wrapped_key)
        answered = self.make_receipt(receipt, secret, answer, by)
        if order.object_data is None:
            is_taken = self.store.answer(
                secret, answered, first_end(order, secret), None, self.clock()
            )
            return answered if is_taken else None
        lease, now = secrets.token_urlsafe(LEASE_BYTES), self.clock()
        if not self.store.lease(receipt, lease, now + UNFINISHED_FOR, now):
            return None
        with self.giving_back(receipt, lease):
            sender.files.put(secret.id, seal_file(header, order.object_data, keys, sender.random))
            end = secret.expires_at
            is_taken = self.store.answer(secret, answered, end, lease, self.clock())
        return answered if is_taken else None

    @contextmanager
    def giving_back(self, receipt: Receipt, lease: str) -> Iterator[None]:
        """Give a lease back where AWS refuses what is done under it.

        Where AWS gave no answer the object may yet be stored, so nobody else may store one before
        the lease is over.
        """
        try:
            yield
        except Unanswered:
            raise
        except Unavailable:
            with suppress(Unavailable):
                self.store.give_back(receipt, lease)
            raise

    def make_receipt(self, receipt: Receipt, secret: Secret, answer: Answer, by: Caller) -> Receipt:
        """The receipt of a request, as it is with this answer."""
        order = answer.order
        return replace(
            receipt,
            state=SEALED,
            kind=secret.kind,
            size=secret.size,
            expires_at=secret.expires_at,
            purge_at=secret.expires_at + self.sender.settings.receipt_retention,
            token_hash=secret.token_hash,
            encrypted=secret.encrypted,
            part_size=order.part_size if isinstance(order, UploadOrder) else None,
            submitted_at=secret.created_at,
            submitted_ip=by.ip,
            submitted_agent=by.agent,
            submit_digest=answer.digest(),
            sealed_key=answer.sealed_key,
        )

    def describe(self, receipt: Receipt, answer: Answer) -> dict[str, Any]:
        """What became of an answer, and where its bytes go if it is an upload.

        Raises RequestOver where the request has another answer, or none and is over, and for an
        upload whose bytes are wanted no more; else BeingAnswered.
        """
        self.refuse_over(receipt)
        if receipt.submitted_at is None:
            raise BeingAnswered
        is_same = hmac.compare_digest(receipt.submit_digest or b"", answer.digest())
        has_ended = receipt.end(self.clock()) is not None
        if not is_same or (has_ended and isinstance(answer.order, UploadOrder)):
            raise RequestOver("submitted", receipt.submitted_at)
        shown = {"id": receipt.id, "kind": receipt.kind, "size": receipt.size}
        upload = self.sender.describe_upload(answer.order, receipt)
        return shown | {"expires_at": receipt.expires_at} | upload

    def refuse_over(self, receipt: Receipt) -> None:
        """Raise RequestOver for a request that has ended without an answer."""
        end = receipt.end(self.clock())
        if end and receipt.submitted_at is None:
            raise RequestOver(*end)

    def find_request(self, capability: Capability) -> Receipt:
        """The receipt of a request, answered or not. Raises NotFound."""
        receipt = self.store.receipt(capability.id)
        if receipt is None or not capability.matches(receipt.submit_hash):
            raise NotFound
        return receipt

    def find_receipt(self, capability: Capability) -> Receipt:
        """The receipt of an answer that lives, for its parts. Raises NotFound, RequestOver, or
        NotInParts where there is no answer yet.
        """
        receipt = self.find_request(capability)
        self.refuse_over(receipt)
        if receipt.submitted_at is None:
            raise NotInParts
        if receipt.end(self.clock()):
            raise RequestOver("submitted", receipt.submitted_at)
        return receipt


def read_json_answer(fields: Mapping[str, Any], receipt: Receipt, settings: Settings) -> Answer:
    """A text, or the announcement of an upload. Raises BadRequest naming the field."""
    if ("secret_base64" in fields) == ("size" in fields):
        raise BadRequest("secret_base64", "Send either secret_base64 or size.")
    if "size" in fields:
        limit = limit_for("upload", receipt, settings)
        in_parts = read_flag(fields, "parts")
        size, part_size = read_size(fields, limit, in_parts), PART_SIZE if in_parts else None
        return make_answer(UploadOrder(terms_of(receipt), size, part_size), fields)
    if "parts" in fields:
        raise BadRequest("parts", "Only an upload comes in parts.")
    limit = limit_for("text", receipt, settings)
    return make_answer(TextOrder(terms_of(receipt), read_content(fields, limit)), fields)


def read_form_answer(fields: Mapping[str, Any], receipt: Receipt, settings: Settings) -> Answer:
    """A file. Raises BadRequest naming the field."""
    content = read_file(fields, limit_for("file", receipt, settings), "submit its size instead")
    return make_answer(FileOrder(terms_of(receipt), content), fields)


def limit_for(kind: str, receipt: Receipt, settings: Settings) -> int:
    """The most bytes that an answer of a kind may have. Raises OutOfRange where none may come."""
    if kind not in (receipt.kinds or ()):
        asked = ", ".join(receipt.kinds or ())
        raise OutOfRange("kind", f"This request takes no {kind}, only: {asked}.")
    limit = limit_of(kind, settings)
    return limit if receipt.max_bytes is None else min(limit, receipt.max_bytes)


def terms_of(receipt: Receipt) -> Terms:
    """The terms of whatever answers a request: it chose them, and its submitter can't."""
    return Terms(ttl=receipt.ttl, label=receipt.label, encrypted=True)


def make_answer(order: Order, fields: Mapping[str, Any]) -> Answer:
    token = read_bytes(fields, "token", TOKEN_BYTES)
    return Answer(order, token, read_bytes(fields, "sealed_key", SEALED_KEY_BYTES))


def read_bytes(fields: Mapping[str, Any], name: str, length: int) -> bytes:
    """The bytes of a text in base64url. Raises BadRequest."""
    text = fields.get(name)
    try:
        return base64url.decode(text if isinstance(text, str) else "", length)
    except ValueError:
        raise BadRequest(name, f"Must be {length} bytes in base64url without padding.") from None
