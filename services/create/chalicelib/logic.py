"""What a sender can do: seal, look at the receipt, revoke."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from burnbag_core import encoding
from burnbag_core.errors import Gone, NotFound, Unavailable
from burnbag_core.objects import object_key
from burnbag_core.records import Receipt, Secret
from burnbag_core.sealing import (
    ID_BYTES,
    SALT_BYTES,
    TOKEN_BYTES,
    Content,
    Header,
    KeyMaterial,
    seal,
    seal_file,
)

from chalicelib.order import Order
from chalicelib.settings import Settings

# Until its object is there a file's record may be swept away: longer than a call can take.
UNFINISHED_FOR: Final = 60


class Store(Protocol):
    def seal(self, secret: Secret, receipt: Receipt, erase_at: int) -> None: ...
    def keep(self, secret_id: str, expires_at: int) -> bool: ...
    def receipt(self, secret_id: str) -> Receipt | None: ...
    def revoke(self, secret_id: str, now: int, by: str | None) -> bool: ...


class DataKeys(Protocol):
    def generate(self, secret_id: str) -> tuple[bytes, bytes]: ...


class Files(Protocol):
    def put(self, secret_id: str, sealed: bytes) -> None: ...
    def post(self, secret_id: str, size: int, now: int) -> dict[str, Any]: ...


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
        """Seal a secret; what the sender needs to know about it.

        Two AWS calls, for a file four. A file's record comes before its object and has a
        minute to live until the object is there, so that whatever fails in between cleans
        itself up. Raises Unavailable where that minute was not enough.
        """
        token, receipt_token = self.random(TOKEN_BYTES), self.random(TOKEN_BYTES)
        header = self.header(order)
        data_key, wrapped_key = self.data_keys.generate(header.id)
        salt = self.random(SALT_BYTES) if header.passphrase else None
        keys = KeyMaterial(data_key, token, order.passphrase, salt)
        secret = self.sealed(order, header, keys, wrapped_key)
        receipt = self.receipt_for(secret, order, receipt_token, created_by)
        if order.kind == "file":
            self.store_file(order, secret, receipt, keys)
        else:
            self.store.seal(secret, receipt, erase_at=secret.expires_at)
        return self.answer(order, receipt, token, receipt_token)

    def store_file(self, order: Order, secret: Secret, receipt: Receipt, keys: KeyMaterial) -> None:
        data = order.content.data if order.content else b""
        unfinished_until = min(secret.expires_at, secret.created_at + UNFINISHED_FOR)
        self.store.seal(secret, receipt, erase_at=unfinished_until)
        self.files.put(secret.id, seal_file(secret.header, data, keys, self.random))
        if not self.store.keep(secret.id, secret.expires_at):
            raise Unavailable

    def answer(
        self, order: Order, receipt: Receipt, token: bytes, receipt_token: bytes
    ) -> dict[str, Any]:
        link_token = encoding.encode(token)
        answer = public(receipt, self.clock()) | {
            "token": link_token,
            "receipt_token": encoding.encode(receipt_token),
            "link": f"{self.settings.link_base_url}/#{receipt.id}.{link_token}",
        }
        if order.kind == "upload":
            answer["upload"] = self.files.post(receipt.id, order.size, receipt.created_at)
        return answer

    def header(self, order: Order) -> Header:
        now = self.clock()
        return Header(
            id=encoding.encode(self.random(ID_BYTES)),
            kind=order.kind,
            created_at=now,
            expires_at=now + order.ttl,
            max_views=order.views,
            passphrase=order.passphrase is not None,
        )

    def sealed(self, order: Order, header: Header, keys: KeyMaterial, wrapped_key: bytes) -> Secret:
        return Secret(
            id=header.id,
            kind=header.kind,
            sealed=seal(header, inside(order, header.id), keys, self.random),
            wrapped_key=wrapped_key,
            token_hash=encoding.digest(keys.token),
            max_views=header.max_views,
            views_left=header.max_views,
            created_at=header.created_at,
            expires_at=header.expires_at,
            size=order.size,
            salt=keys.salt,
        )

    def receipt_for(
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
            receipt_token_hash=encoding.digest(receipt_token),
            purge_at=secret.expires_at + self.settings.receipt_retention,
            label=order.label,
            created_by=created_by,
        )

    def receipt(self, secret_id: str, receipt_token: str | None) -> dict[str, Any]:
        """The receipt, for whoever holds its token. Raises NotFound."""
        return public(self.authorized(secret_id, receipt_token), self.clock())

    def revoke(self, secret_id: str, receipt_token: str | None, by: str | None) -> None:
        """End the secret now. Raises NotFound, or Gone when it had ended before."""
        receipt = self.authorized(secret_id, receipt_token)
        now = self.clock()
        ended = receipt.end(now)
        if ended is None and not self.store.revoke(secret_id, now, by):
            receipt = self.authorized(secret_id, receipt_token)
            ended = receipt.end(self.clock()) or ("expired", receipt.expires_at)
        if ended:
            raise Gone(*ended)

    def authorized(self, secret_id: str, receipt_token: str | None) -> Receipt:
        known = encoding.canonical(secret_id, ID_BYTES)
        receipt = self.store.receipt(secret_id) if known else None
        if receipt is None or not encoding.matches(receipt_token, receipt.receipt_token_hash):
            raise NotFound
        return receipt


def inside(order: Order, secret_id: str) -> Content:
    """What the record's sealed bytes hold: a text; a file's name; an upload's key and size."""
    if order.content is None:
        place = {"key": object_key(secret_id), "size": order.size}
        return Content(json.dumps(place).encode(), "application/json")
    return replace(order.content, data=b"") if order.kind == "file" else order.content


def public(receipt: Receipt, now: int) -> dict[str, Any]:
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
