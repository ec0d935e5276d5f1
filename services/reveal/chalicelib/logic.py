"""What a recipient can do: peek, and reveal.

Reveal, in order: read the record, check the token, check the expiry, reserve a passphrase
attempt, unwrap the data key, open, consume the view, answer. Everything that can fail comes
before the view is consumed, so a failure leaves the secret whole.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from burnbag_core import encoding
from burnbag_core.errors import (
    BadRequest,
    Damaged,
    Gone,
    NotFound,
    PassphraseRequired,
    PassphraseWrong,
)
from burnbag_core.records import MAX_ATTEMPTS, Receipt, Secret, View
from burnbag_core.sealing import (
    ID_BYTES,
    TOKEN_BYTES,
    CannotOpen,
    Content,
    KeyMaterial,
    unseal,
)

FIELDS: Final = frozenset({"passphrase"})
TEXT: Final = "text/"


class Store(Protocol):
    def secret(self, secret_id: str) -> Secret | None: ...
    def receipt(self, secret_id: str) -> Receipt | None: ...
    def consume(self, secret: Secret, view: View) -> int | None: ...


class Attempts(Protocol):
    def reserve(self, secret: Secret, now: int) -> Secret | None: ...
    def hand_back(self, secret: Secret, now: int) -> None: ...
    def fail(self, secret: Secret, guess: View) -> int | None: ...


class DataKeys(Protocol):
    def unwrap(self, secret_id: str, wrapped_key: bytes) -> bytes: ...


@dataclass(frozen=True)
class Recipient:
    """The recipient's side of one environment; `clock` gives epoch seconds."""

    store: Store
    attempts: Attempts
    data_keys: DataKeys
    clock: Callable[[], int]

    def peek(self, secret_id: str, token: str | None) -> dict[str, Any]:
        """What a link leads to; consumes nothing. Raises NotFound or Gone."""
        secret = self.authorized(secret_id, token)
        return public(secret, secret.views_left)

    def reveal(
        self, secret_id: str, token: str | None, passphrase: str | None, view: View
    ) -> dict[str, Any]:
        """Consume one view and return the secret.

        Raises NotFound, Gone, PassphraseRequired, PassphraseWrong, Busy or Damaged.
        """
        secret = self.authorized(secret_id, token)
        if secret.passphrase and passphrase is None:
            raise PassphraseRequired(MAX_ATTEMPTS - secret.failed_attempts)
        if secret.passphrase:
            secret = self.reserved(secret)
        content = self.opened(secret, encoding.decode(token or "", TOKEN_BYTES), passphrase, view)
        views_left = self.store.consume(secret, replace(view, at=self.clock()))
        if views_left is None:
            raise self.gone(secret)
        return public(secret, views_left) | revealed(content)

    def authorized(self, secret_id: str, token: str | None) -> Secret:
        """The living secret behind a right token."""
        if not encoding.canonical(secret_id, ID_BYTES):
            raise NotFound
        secret = self.store.secret(secret_id)
        if secret is None:
            raise self.ended(secret_id, token)
        if not encoding.matches(token, secret.token_hash):
            raise NotFound
        if secret.expired(self.clock()):
            raise Gone("expired", secret.expires_at)
        if not 1 <= secret.views_left <= secret.max_views:
            raise Damaged
        return secret

    def ended(self, secret_id: str, token: str | None) -> NotFound | Gone:
        """What to say where there is no record: the receipt knows, for those with the token."""
        receipt = self.store.receipt(secret_id)
        if receipt is None or not encoding.matches(token, receipt.token_hash):
            return NotFound()
        # A record goes before its receipt is settled only when its time has come.
        return Gone(*(receipt.end(self.clock()) or ("expired", receipt.expires_at)))

    def gone(self, secret: Secret) -> Gone:
        """What to say where somebody else was first."""
        receipt = self.store.receipt(secret.id)
        end = receipt.end(self.clock()) if receipt else None
        return Gone(*(end or ("expired", secret.expires_at)))

    def reserved(self, secret: Secret) -> Secret:
        """The secret as it is with one passphrase attempt reserved for this call."""
        reserved = self.attempts.reserve(secret, self.clock())
        if reserved is None:
            raise self.gone(secret)
        return reserved

    def opened(self, secret: Secret, token: bytes, passphrase: str | None, guess: View) -> Content:
        data_key = self.unwrapped(secret)
        keys = KeyMaterial(data_key, token, passphrase, secret.salt)
        try:
            return unseal(secret.header, secret.sealed, keys)
        except CannotOpen:
            if not secret.passphrase:
                raise Damaged from None
        attempts_left = self.attempts.fail(secret, guess)
        if attempts_left is None:
            raise self.gone(secret)
        raise PassphraseWrong(attempts_left)

    def unwrapped(self, secret: Secret) -> bytes:
        """The data key. Where KMS fails no guess was evaluated, so the attempt is handed back."""
        try:
            return self.data_keys.unwrap(secret.id, secret.wrapped_key)
        except Exception:
            if secret.passphrase:
                self.attempts.hand_back(secret, self.clock())
            raise


def read_passphrase(fields: Mapping[str, Any]) -> str | None:
    """The passphrase in a request's fields. Raises BadRequest."""
    passphrase = fields.get("passphrase")
    if passphrase is not None and (not isinstance(passphrase, str) or len(passphrase) > 1024):
        raise BadRequest("passphrase", "Must be a string of at most 1024 characters.")
    return passphrase


def public(secret: Secret, views_left: int) -> dict[str, Any]:
    return {
        "id": secret.id,
        "kind": secret.kind,
        "size": secret.size,
        "passphrase": secret.passphrase,
        "max_views": secret.max_views,
        "views_left": views_left,
        "created_at": secret.created_at,
        "expires_at": secret.expires_at,
    }


def revealed(content: Content) -> dict[str, str]:
    """The bytes in the field that they were sent in."""
    if content.media_type.startswith(TEXT):
        return {"secret": content.data.decode()}
    return {"secret_base64": base64.b64encode(content.data).decode()}
