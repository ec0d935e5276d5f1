"""What a sender can do: seal, look at the receipt, unfreeze, revoke."""

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, assert_never

from burnbag_core.capability import TOKEN_BYTES, Capability, hash_token
from burnbag_core.errors import Gone, KeyReused, NotFound, NotFrozen, Unavailable
from burnbag_core.header import ID_BYTES, Header
from burnbag_core.records import PARTS_WINDOW, SEALED, Caller, Receipt, Secret, View
from burnbag_core.sealing import SALT_BYTES, KeyMaterial, seal, seal_file
from burnbag_format import base64url
from burnbag_format.identity import Identity, derive_order_key

from chalicelib.order import FileOrder, Order, TextOrder, UploadOrder, digest_order
from chalicelib.settings import Settings

# Until its object is there a record may be swept away: longer than a call can take.
UNFINISHED_FOR: Final = 60
# How long after the order an upload may arrive, in seconds, however often its form is asked for.
UPLOAD_WINDOW: Final = 900


class Store(Protocol):
    def add(self, secret: Secret, receipt: Receipt, erase_at: int) -> bool: ...
    def keep(self, secret_id: str, erase_at: int, expires_at: int) -> bool: ...
    def is_kept(self, secret_id: str, expires_at: int) -> bool: ...
    def unfreeze(self, receipt: Receipt, now: int, by: Caller) -> bool: ...
    def receipt(self, secret_id: str) -> Receipt | None: ...
    def revoke(self, secret_id: str, now: int, by: Caller) -> bool: ...


class DataKeys(Protocol):
    def generate(self, secret_id: str) -> tuple[bytes, bytes]: ...


class Files(Protocol):
    def put(self, secret_id: str, sealed: bytes) -> None: ...
    def presign_post(self, secret_id: str, size: int, until: int, now: int) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Sender:
    """The sender's side of one environment; `clock` gives epoch seconds."""

    store: Store
    data_keys: DataKeys
    files: Files
    settings: Settings
    clock: Callable[[], int]
    random: Callable[[int], bytes] = os.urandom

    def seal(
        self, order: Order, creator: Caller, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Seal a secret; the answer holds all that its sender needs to know.

        The same idempotency key makes the same secret: sealed once, answered as often as it is
        asked for. Two AWS calls, four with an object. Raises KeyReused, Gone where the object was
        not stored in its time, or Unavailable.
        """
        identity = Identity.of_key(idempotency_key) if idempotency_key else self.make_identity()
        header = self.make_header(order, identity.id)
        data_key, wrapped_key = self.data_keys.generate(header.id)
        salt = self.random(SALT_BYTES) if header.passphrase else None
        keys = KeyMaterial(data_key, identity.token, order.terms.passphrase, salt)
        secret = self.make_secret(order, header, keys, wrapped_key)
        receipt = self.make_receipt(secret, order, identity, creator)
        if idempotency_key:
            digest = digest_order(order, derive_order_key(idempotency_key))
            receipt = replace(receipt, order_digest=digest)
        if not self.store.add(secret, receipt, first_end(order, secret)):
            receipt = self.find_ordered(order, receipt)
        elif order.object_data is not None:
            self.store_object(order.object_data, secret, keys)
        return self.describe(receipt, identity) | self.describe_upload(order, receipt)

    def store_object(self, data: bytes, secret: Secret, keys: KeyMaterial) -> None:
        """Store the secret's object, and let its record live until it expires.

        Until then the record has a minute to live, so that whatever fails in between cleans itself
        up. Raises Unavailable where that minute was not enough.
        """
        sealed = seal_file(secret.header, data, keys, self.random)
        self.files.put(secret.id, sealed)
        kept = self.store.keep(secret.id, unfinished_end(secret), secret.expires_at)
        if not kept and not self.store.is_kept(secret.id, secret.expires_at):
            raise Unavailable

    def find_ordered(self, order: Order, asked: Receipt) -> Receipt:
        """The receipt of what was sealed under this idempotency key before.

        Raises KeyReused for another order. One whose object another call has not stored yet, or
        never will, is Unavailable until it is either there or swept away, and then Gone.
        Without a key nothing was sealed before: two random ids are the same, and the order is
        Unavailable.
        """
        receipt = self.store.receipt(asked.id)
        if receipt is None or asked.order_digest is None:
            raise Unavailable
        if not hmac.compare_digest(receipt.order_digest or b"", asked.order_digest):
            raise KeyReused
        if order.object_data is not None and not receipt.views:
            end = receipt.end(self.clock())
            if end and end[0] == "expired" and end[1] != receipt.expires_at:
                raise Gone(*end)
            if end is None and not self.store.is_kept(receipt.id, receipt.expires_at):
                raise Unavailable
        return receipt

    def describe_upload(self, order: Order, receipt: Receipt) -> dict[str, Any]:
        """The form to send an upload's bytes with, or the parts to send them in."""
        match order:
            case TextOrder() | FileOrder():
                return {}
            case UploadOrder() if receipt.part_size is not None:
                return {"upload": describe_parts(receipt, receipt.part_size)}
            case UploadOrder():
                until = receipt.sealed_at + UPLOAD_WINDOW
                form = self.files.presign_post(receipt.id, order.size, until, self.clock())
                return {"upload": form}
            case _:
                assert_never(order)

    def describe(self, receipt: Receipt, identity: Identity) -> dict[str, Any]:
        """The receipt, with the two tokens and the link made of one of them."""
        link_token = base64url.encode(identity.token)
        return describe_receipt(receipt, self.clock()) | {
            "token": link_token,
            "receipt_token": base64url.encode(identity.receipt_token),
            "link": f"{self.settings.link_base_url}/#{receipt.id}.{link_token}",
        }

    def make_identity(self) -> Identity:
        """A new one, for an order without an idempotency key."""
        secret_id = base64url.encode(self.random(ID_BYTES))
        return Identity(secret_id, self.random(TOKEN_BYTES), self.random(TOKEN_BYTES))

    def make_header(self, order: Order, secret_id: str) -> Header:
        now = self.clock()
        return Header(
            id=secret_id,
            kind=order.kind,
            created_at=now,
            expires_at=now + order.terms.ttl,
            max_views=order.terms.views,
            passphrase=order.terms.passphrase is not None,
            encrypted=order.terms.encrypted,
            on_lock=order.terms.on_lock,
            recipients=order.terms.recipients,
        )

    def make_secret(
        self, order: Order, header: Header, keys: KeyMaterial, wrapped_key: bytes
    ) -> Secret:
        return Secret(
            id=header.id,
            kind=header.kind,
            sealed=seal(header, order.record_content, keys, self.random),
            wrapped_key=wrapped_key,
            token_hash=hash_token(keys.token),
            max_views=header.max_views,
            views_left=header.max_views,
            created_at=header.created_at,
            expires_at=header.expires_at,
            size=order.size,
            salt=keys.salt,
            encrypted=header.encrypted,
            on_lock=header.on_lock,
            recipients=header.recipients,
        )

    def make_receipt(
        self, secret: Secret, order: Order, identity: Identity, creator: Caller
    ) -> Receipt:
        return Receipt(
            id=secret.id,
            state=SEALED,
            kind=secret.kind,
            size=secret.size,
            created_at=secret.created_at,
            expires_at=secret.expires_at,
            max_views=secret.max_views,
            passphrase=secret.passphrase,
            token_hash=secret.token_hash,
            receipt_token_hash=hash_token(identity.receipt_token),
            purge_at=secret.expires_at + self.settings.receipt_retention,
            label=order.terms.label,
            part_size=order.part_size if isinstance(order, UploadOrder) else None,
            created_by=creator.by,
            created_ip=creator.ip,
            created_agent=creator.agent,
            encrypted=secret.encrypted,
            on_lock=secret.on_lock,
            recipients=secret.recipients,
        )

    def show_receipt(self, capability: Capability) -> dict[str, Any]:
        """The receipt, for whoever holds its token. Raises NotFound."""
        return describe_receipt(self.find_receipt(capability), self.clock())

    def revoke(self, capability: Capability, by: Caller) -> None:
        """End the secret now. Raises NotFound, or Gone when it had ended before."""
        receipt = self.find_receipt(capability)
        now = self.clock()
        end = receipt.end(now)
        if end is None and not self.store.revoke(receipt.id, now, by):
            receipt = self.find_receipt(capability)
            end = receipt.end(self.clock()) or ("expired", receipt.expires_at)
        if end:
            raise Gone(*end)

    def unfreeze(self, capability: Capability, frozen_at: int | None, by: Caller) -> None:
        """Allow five more guesses at a frozen secret.

        `frozen_at` says which freezing is meant, so that a late copy lifts no later one. Raises
        NotFound, Gone or NotFrozen.
        """
        receipt = self.find_receipt(capability)
        meant = frozen_at in (None, receipt.frozen_at)
        if meant and self.store.unfreeze(receipt, self.clock(), by):
            return
        receipt = self.find_receipt(capability)
        end = receipt.end(self.clock())
        raise Gone(*end) if end else NotFrozen

    def find_receipt(self, capability: Capability) -> Receipt:
        receipt = self.store.receipt(capability.id)
        if receipt is None or not capability.matches(receipt.receipt_token_hash):
            raise NotFound
        return receipt


def first_end(order: Order, secret: Secret) -> int:
    """When the sweep takes the record, unless its object has come by then."""
    if isinstance(order, UploadOrder):
        return secret.expires_at if order.part_size is None else parts_end(secret)
    return secret.expires_at if order.object_data is None else unfinished_end(secret)


def unfinished_end(secret: Secret) -> int:
    """A minute after its creation, and before its expiry: so it tells whether the object came."""
    return min(secret.expires_at - 1, secret.created_at + UNFINISHED_FOR)


def parts_end(secret: Secret | Receipt) -> int:
    """Until when an upload's parts may come: before its expiry, for the same reason."""
    return min(secret.expires_at - 1, secret.sealed_at + PARTS_WINDOW)


def describe_parts(receipt: Receipt, part_size: int) -> dict[str, int]:
    """In how many parts an upload comes, of what size, and until when. The last may be shorter."""
    count = -(-receipt.size // part_size)
    return {"part_size": part_size, "parts": count, "expires_at": parts_end(receipt)}


def describe_view(view: View) -> dict[str, Any]:
    return {"at": view.at, "by": view.by, "ip": view.ip, "user_agent": view.agent}


def describe_receipt(receipt: Receipt, now: int) -> dict[str, Any]:
    """The receipt as its holder sees it: without hashes, and expired as soon as time says so."""
    state, ended_at = receipt.end(now) or (receipt.state, None)
    described = {
        "id": receipt.id,
        "state": state,
        "kind": receipt.kind,
        "size": receipt.size,
        "label": receipt.label,
        "passphrase": receipt.passphrase,
        "encrypted": receipt.encrypted,
        "on_lock": receipt.on_lock,
        "created_at": receipt.created_at,
        "created_by": receipt.created_by or receipt.created_ip,
        "expires_at": receipt.expires_at,
        "max_views": receipt.max_views,
        "views_left": receipt.views_left if state == SEALED else 0,
        "views": [describe_view(view) for view in receipt.views],
        "failed_attempts": receipt.failed_attempts,
        "frozen_at": receipt.frozen_at if state == SEALED else None,
        "recipients": list(receipt.recipients),
        "refusals": receipt.refusals,
        "last_refusal": describe_view(receipt.last_refusal) if receipt.last_refusal else None,
        "ended_at": ended_at,
        "ended_by": receipt.ended_by or receipt.ended_ip,
        "erased_at": receipt.erased_at,
    }
    return described if receipt.kinds is None else described | describe_request(receipt)


def describe_request(receipt: Receipt) -> dict[str, Any]:
    """What only the receipt of a request says, before its answer and after it."""
    sealed_key = receipt.sealed_key
    return {
        "kinds": list(receipt.kinds or ()),
        "max_bytes": receipt.max_bytes,
        "submitted_at": receipt.submitted_at,
        "submitted_by": receipt.submitted_ip,
        "sealed_key": None if sealed_key is None else base64url.encode(sealed_key),
    }
