"""What a sender can do: seal, look at the receipt, revoke."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, assert_never

from burnbag_core.capability import TOKEN_BYTES, Capability, hash_token
from burnbag_core.errors import Gone, NotFound, Unavailable
from burnbag_core.header import ID_BYTES, Header
from burnbag_core.records import Receipt, Secret
from burnbag_core.sealing import SALT_BYTES, KeyMaterial, seal, seal_file
from burnbag_format import base64url

from chalicelib.order import FileOrder, Order, TextOrder, UploadOrder
from chalicelib.settings import Settings

# Until its object is there a file's record may be swept away: longer than a call can take.
UNFINISHED_FOR: Final = 60


class Store(Protocol):
    def add(self, secret: Secret, receipt: Receipt, erase_at: int) -> None: ...
    def keep(self, secret_id: str, expires_at: int) -> bool: ...
    def receipt(self, secret_id: str) -> Receipt | None: ...
    def revoke(self, secret_id: str, now: int, by: str | None) -> bool: ...


class DataKeys(Protocol):
    def generate(self, secret_id: str) -> tuple[bytes, bytes]: ...


class Files(Protocol):
    def put(self, secret_id: str, sealed: bytes) -> None: ...
    def presign_post(self, secret_id: str, size: int, now: int) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Sender:
    """The sender's side of one environment; `clock` gives epoch seconds."""

    store: Store
    data_keys: DataKeys
    files: Files
    settings: Settings
    clock: Callable[[], int]
    random: Callable[[int], bytes] = os.urandom

    def seal(self, order: Order, created_by: str | None) -> dict[str, Any]:
        """Seal a secret; the answer holds all that its sender needs to know.

        Two AWS calls, for a file four. Raises Unavailable.
        """
        token, receipt_token = self.random(TOKEN_BYTES), self.random(TOKEN_BYTES)
        header = self.make_header(order)
        data_key, wrapped_key = self.data_keys.generate(header.id)
        salt = self.random(SALT_BYTES) if header.passphrase else None
        keys = KeyMaterial(data_key, token, order.terms.passphrase, salt)
        secret = self.make_secret(order, header, keys, wrapped_key)
        receipt = self.make_receipt(secret, order, receipt_token, created_by)
        answer = self.describe(receipt, token, receipt_token)
        match order:
            case TextOrder():
                self.store.add(secret, receipt, erase_at=secret.expires_at)
            case FileOrder():
                self.store_file(order.content.data, secret, receipt, keys)
            case UploadOrder():
                self.store.add(secret, receipt, erase_at=secret.expires_at)
                answer["upload"] = self.files.presign_post(header.id, order.size, header.created_at)
            case _:
                assert_never(order)
        return answer

    def store_file(self, data: bytes, secret: Secret, receipt: Receipt, keys: KeyMaterial) -> None:
        """Store a file's record, then its object.

        The record has a minute to live until the object is there, so that whatever fails in
        between cleans itself up. Raises Unavailable where that minute was not enough.
        """
        unfinished_until = min(secret.expires_at, secret.created_at + UNFINISHED_FOR)
        self.store.add(secret, receipt, erase_at=unfinished_until)
        self.files.put(secret.id, seal_file(secret.header, data, keys, self.random))
        if not self.store.keep(secret.id, secret.expires_at):
            raise Unavailable

    def describe(self, receipt: Receipt, token: bytes, receipt_token: bytes) -> dict[str, Any]:
        """The receipt, with the two tokens and the link made of one of them."""
        link_token = base64url.encode(token)
        return describe_receipt(receipt, self.clock()) | {
            "token": link_token,
            "receipt_token": base64url.encode(receipt_token),
            "link": f"{self.settings.link_base_url}/#{receipt.id}.{link_token}",
        }

    def make_header(self, order: Order) -> Header:
        now = self.clock()
        return Header(
            id=base64url.encode(self.random(ID_BYTES)),
            kind=order.kind,
            created_at=now,
            expires_at=now + order.terms.ttl,
            max_views=order.terms.views,
            passphrase=order.terms.passphrase is not None,
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
        )

    def make_receipt(
        self, secret: Secret, order: Order, receipt_token: bytes, created_by: str | None
    ) -> Receipt:
        return Receipt(
            id=secret.id,
            state="sealed",
            kind=secret.kind,
            size=secret.size,
            created_at=secret.created_at,
            expires_at=secret.expires_at,
            max_views=secret.max_views,
            passphrase=secret.passphrase,
            token_hash=secret.token_hash,
            receipt_token_hash=hash_token(receipt_token),
            purge_at=secret.expires_at + self.settings.receipt_retention,
            label=order.terms.label,
            created_by=created_by,
        )

    def show_receipt(self, capability: Capability) -> dict[str, Any]:
        """The receipt, for whoever holds its token. Raises NotFound."""
        return describe_receipt(self.find_receipt(capability), self.clock())

    def revoke(self, capability: Capability, by: str | None) -> None:
        """End the secret now. Raises NotFound, or Gone when it had ended before."""
        receipt = self.find_receipt(capability)
        now = self.clock()
        end = receipt.end(now)
        if end is None and not self.store.revoke(receipt.id, now, by):
            receipt = self.find_receipt(capability)
            end = receipt.end(self.clock()) or ("expired", receipt.expires_at)
        if end:
            raise Gone(*end)

    def find_receipt(self, capability: Capability) -> Receipt:
        receipt = self.store.receipt(capability.id)
        if receipt is None or not capability.matches(receipt.receipt_token_hash):
            raise NotFound
        return receipt


def describe_receipt(receipt: Receipt, now: int) -> dict[str, Any]:
    """The receipt as its holder sees it: without hashes, and expired as soon as time says so."""
    state, ended_at = receipt.end(now) or ("sealed", None)
    return {
        "id": receipt.id,
        "state": state,
        "kind": receipt.kind,
        "size": receipt.size,
        "label": receipt.label,
        "passphrase": receipt.passphrase,
        "created_at": receipt.created_at,
        "created_by": receipt.created_by,
        "expires_at": receipt.expires_at,
        "max_views": receipt.max_views,
        "views_left": receipt.views_left if state == "sealed" else 0,
        "views": [vars(view) for view in receipt.views],
        "failed_attempts": receipt.failed_attempts,
        "ended_at": ended_at,
        "ended_by": receipt.ended_by,
        "erased_at": receipt.erased_at,
    }
