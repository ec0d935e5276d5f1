"""What somebody can do who wants to be sent a secret: ask for it.

The rest they do with the receipt token, as the sender of any secret: look at the receipt, revoke.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Protocol

from burnbag_core.capability import hash_token
from burnbag_core.errors import BadRequest, KeyReused, OutOfRange, Unavailable
from burnbag_core.header import KINDS
from burnbag_core.records import REQUEST, REQUESTED, Caller, Receipt
from burnbag_format import base64url
from burnbag_format.identity import Identity, derive_order_key

from chalicelib.order import read_label, read_ttl
from chalicelib.sender import Sender
from chalicelib.settings import Settings

REQUEST_FIELDS: Final = frozenset({"label", "ttl", "kinds", "max_bytes"})


class Store(Protocol):
    def add_request(self, receipt: Receipt) -> bool: ...
    def receipt(self, secret_id: str) -> Receipt | None: ...


@dataclass(frozen=True)
class Wish:
    """What is asked for: for how many seconds, of which kinds, of how many bytes at most.

    The bytes are those that arrive here, and they are encrypted before.
    """

    ttl: int
    kinds: tuple[str, ...]
    max_bytes: int
    label: str | None = None

    def digest(self, key: bytes) -> bytes:
        """What tells two wishes apart, and a wish from an order; see `digest_order`."""
        text = json.dumps([REQUEST, asdict(self)], sort_keys=True).encode()
        return hmac.digest(key, hashlib.sha256(text).digest(), "sha256")


@dataclass(frozen=True)
class Requester:
    """The requester's side of one environment."""

    sender: Sender
    store: Store

    def ask(
        self, wish: Wish, creator: Caller, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Ask for a secret; the answer holds both capabilities, and no key: that never comes here.

        The same idempotency key makes the same request, and answers as it stands. One AWS call.
        Raises KeyReused or Unavailable.
        """
        known = Identity.of_key(idempotency_key) if idempotency_key else None
        identity = known or self.sender.make_identity()
        receipt = self.make_receipt(wish, identity, creator)
        if idempotency_key:
            digest = wish.digest(derive_order_key(idempotency_key))
            receipt = replace(receipt, order_digest=digest)
        if not self.store.add_request(receipt):
            receipt = self.find_earlier(receipt)
        return describe(receipt, self.sender.clock()) | {
            "created_at": receipt.created_at,
            "submit_token": base64url.encode(identity.token),
            "receipt_token": base64url.encode(identity.receipt_token),
            "base": self.sender.settings.link_base_url,
        }

    def make_receipt(self, wish: Wish, identity: Identity, creator: Caller) -> Receipt:
        now = self.sender.clock()
        expires_at = now + wish.ttl
        return Receipt(
            id=identity.id,
            state=REQUESTED,
            kind=REQUEST,
            size=0,
            created_at=now,
            expires_at=expires_at,
            max_views=1,
            passphrase=False,
            receipt_token_hash=hash_token(identity.receipt_token),
            purge_at=expires_at + self.sender.settings.receipt_retention,
            label=wish.label,
            created_by=creator.by,
            created_ip=creator.ip,
            created_agent=creator.agent,
            kinds=wish.kinds,
            max_bytes=wish.max_bytes,
            submit_hash=hash_token(identity.token),
        )

    def find_earlier(self, asked: Receipt) -> Receipt:
        """The receipt of the request that was made earlier under this idempotency key.

        Raises KeyReused for another wish, and Unavailable as `Sender.find_ordered` does.
        """
        receipt = self.store.receipt(asked.id)
        if receipt is None or asked.order_digest is None:
            raise Unavailable
        if not hmac.compare_digest(receipt.order_digest or b"", asked.order_digest):
            raise KeyReused
        return receipt


def state_of(receipt: Receipt, now: int) -> tuple[str, int | None]:
    """How a request stands, and since when if it is over.

    Once it was answered it stays so: what the requester does with the answer is nobody's business.
    """
    if receipt.submitted_at is not None:
        return "submitted", receipt.submitted_at
    return receipt.end(now) or (REQUESTED, None)


def describe(receipt: Receipt, now: int) -> dict[str, Any]:
    """The request, as whoever may answer it sees it: by whom it is, and no address of theirs."""
    return {
        "id": receipt.id,
        "state": state_of(receipt, now)[0],
        "label": receipt.label,
        "created_by": receipt.created_by,
        "kinds": list(receipt.kinds or ()),
        "max_bytes": receipt.max_bytes,
        "ttl": receipt.ttl,
        "expires_at": receipt.expires_at,
    }


def read_wish(fields: Mapping[str, Any], settings: Settings) -> Wish:
    """What is asked for. Raises BadRequest or OutOfRange naming the field."""
    kinds = read_kinds(fields)
    return Wish(
        ttl=read_ttl(fields.get("ttl", settings.default_ttl), settings),
        kinds=kinds,
        max_bytes=read_max_bytes(fields, max(limit_of(kind, settings) for kind in kinds)),
        label=read_label(fields),
    )


def read_kinds(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Some kinds, in one order whatever was sent; all of them unless some are named."""
    asked = fields.get("kinds", list(KINDS))
    known = isinstance(asked, list) and all(isinstance(kind, str) for kind in asked)
    if not known or not asked or len(set(asked)) != len(asked) or not KINDS.keys() >= set(asked):
        raise BadRequest("kinds", f"Must be a list of some of: {', '.join(KINDS)}.")
    return tuple(kind for kind in KINDS if kind in asked)


def read_max_bytes(fields: Mapping[str, Any], limit: int) -> int:
    value = fields.get("max_bytes", limit)
    if type(value) is not int:
        raise BadRequest("max_bytes", "Must be a whole number.")
    if not 1 <= value <= limit:
        raise OutOfRange("max_bytes", f"Must be from 1 to {limit} for these kinds.")
    return value


def limit_of(kind: str, settings: Settings) -> int:
    """The most bytes that a secret of a kind may have here."""
    limits = {
        "text": settings.max_secret_bytes,
        "file": settings.max_file_bytes,
        "upload": settings.max_upload_bytes,
    }
    return limits[kind]
