"""What a recipient can do: peek, reveal, confirm.

Reveal, in order: read the record, check the token, check the expiry, reserve a passphrase
attempt, unwrap the data key, open, fetch the object, consume the view, answer. Everything that
can fail comes before the view is consumed, so a failure leaves the secret whole; and with an
idempotency key a lost answer can be had again.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError
from burnbag_core import encoding
from burnbag_core.errors import (
    Damaged,
    Incomplete,
    PassphraseRequired,
    Unclaimed,
)
from burnbag_core.records import MAX_ATTEMPTS, Claim, Secret, View
from burnbag_core.requests import LONGEST_PASSPHRASE, text_field
from burnbag_core.sealing import TOKEN_BYTES, Content

from chalicelib.access import Access, Reads
from chalicelib.claims import WINDOW, Intent, key_hash
from chalicelib.opening import Ended, Missing, Opener

FIELDS: Final = frozenset({"passphrase"})


class Store(Reads, Protocol):
    def consume(
        self, secret: Secret, view: View, intent: Intent | None
    ) -> tuple[Claim, bool] | None: ...
    def confirm(self, secret: Secret, key_hash: str, now: int) -> bool: ...


class Files(Protocol):
    def size(self, secret_id: str) -> int | None: ...
    def link(self, secret_id: str, seconds: int) -> str: ...


@dataclass(frozen=True)
class Recipient:
    """The recipient's side of one environment; `clock` gives epoch seconds."""

    store: Store
    opener: Opener
    files: Files
    clock: Callable[[], int]

    @property
    def access(self) -> Access:
        """Who may go on, and what the others are told."""
        return Access(self.store, self.clock)

    def peek(self, secret_id: str, token: str | None) -> dict[str, Any]:
        """What a link leads to; consumes nothing. Raises NotFound or Gone."""
        secret = self.access.authorized(secret_id, token)
        if secret.views_left == 0:
            raise self.access.ended(secret_id, token, otherwise=Damaged())
        return public(secret, secret.views_left)

    def reveal(
        self,
        secret_id: str,
        token: str | None,
        passphrase: str | None,
        view: View,
        idempotency_key: str | None = None,
    ) -> tuple[Content, dict[str, Any]]:
        """Consume one view, or fetch a claimed one again; the content, and what is said of it.

        Raises NotFound, Gone, Incomplete, PassphraseRequired, PassphraseWrong, Busy, Damaged
        or Unavailable.
        """
        secret = self.access.authorized(secret_id, token)
        key = idempotency_key or (secrets.token_urlsafe(32) if secret.kind == "upload" else None)
        intent = Intent(key_hash(key), WINDOW[secret.kind]) if key else None
        if self.over(secret, intent):
            raise self.access.ended(secret_id, token, otherwise=Damaged())
        if secret.kind == "upload":
            self.check_arrival(secret, token)
        if secret.passphrase and passphrase is None:
            raise PassphraseRequired(MAX_ATTEMPTS - secret.failed_attempts)
        try:
            secret = self.reserved(secret, intent)
            link_token = encoding.decode(token or "", TOKEN_BYTES)
            content = self.opener.opened(secret, link_token, passphrase, view)
            claim = self.consumed(secret, replace(view, at=self.clock()), intent)
        except Ended:
            raise self.access.gone(secret) from None
        except Missing:
            raise self.access.missing(secret, token) from None
        answer = public(secret, claim.views_left) | self.claimed(secret, claim)
        if secret.kind == "upload":
            answer |= self.download(secret, claim) | {"idempotency_key": key}
        return content, answer

    def confirm(self, secret_id: str, token: str | None, idempotency_key: str) -> None:
        """End a claim: its caller has got the answer. Raises NotFound, Gone or Unclaimed."""
        secret = self.access.authorized(secret_id, token)
        if not self.store.confirm(secret, key_hash(idempotency_key), self.clock()):
            raise self.access.ended(secret_id, token, otherwise=Unclaimed())

    def check_arrival(self, secret: Secret, token: str | None) -> None:
        """Raise Incomplete until an upload is there; once it was viewed, it was there."""
        size = self.files.size(secret.id)
        if size is None and secret.views_left < secret.max_views:
            raise self.access.missing(secret, token)
        if size != secret.size:
            raise self.access.ended(secret.id, token, otherwise=Incomplete())

    def reserved(self, secret: Secret, intent: Intent | None) -> Secret:
        """The secret as it is with an attempt reserved. Raises Ended, or Busy.

        It may have ended since it was read: a guess of somebody who has no claim on it must not
        be evaluated then, because the fifth wrong one would take a claim from somebody who has.
        """
        secret = self.opener.reserved(secret)
        if self.over(secret, intent):
            self.opener.handed_back(secret)
            raise Ended
        return secret

    def consumed(self, secret: Secret, view: View, intent: Intent | None) -> Claim:
        """A view of the caller's own: claimed before, or consumed now.

        Where AWS answered with an error the attempt is handed back, unless the record shows the
        view consumed: an internal error doesn't say. Without an answer the write may be applied
        at any later time, with its own hand-back, and a second one would be a sixth guess: the
        attempt is lost.
        """
        claim = self.claim(secret, intent)
        try:
            result = (claim, False) if claim else self.store.consume(secret, view, intent)
        except ClientError:
            self.opener.handed_back(secret, unless_consumed=True)
            raise
        if result is None:
            # The record may live on for a claim, which needs the attempt.
            self.opener.handed_back(secret)
            raise Ended
        claim, consumed = result
        if not consumed:
            self.opener.handed_back(secret)
        return claim

    def over(self, secret: Secret, intent: Intent | None) -> bool:
        """Whether neither a view nor a claim of the caller's is left."""
        return secret.views_left == 0 and self.claim(secret, intent) is None

    def claim(self, secret: Secret, intent: Intent | None) -> Claim | None:
        return secret.live_claims(self.clock()).get(intent.key_hash) if intent else None

    def claimed(self, secret: Secret, claim: Claim) -> dict[str, Any]:
        return {"claimed_until": claim.until} if claim.until else {}

    def download(self, secret: Secret, claim: Claim) -> dict[str, Any]:
        seconds = max(1, claim.until - self.clock())
        url = self.files.link(secret.id, seconds)
        return {"download": {"url": url, "expires_at": claim.until}}


def read_passphrase(fields: Mapping[str, Any]) -> str | None:
    """The passphrase in a request's fields; null is as good as none. Raises BadRequest."""
    sent = {name: value for name, value in fields.items() if value is not None}
    return text_field(sent, "passphrase", LONGEST_PASSPHRASE)


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
