"""What a recipient can do: peek, reveal, confirm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from burnbag_core.capability import Capability
from burnbag_core.errors import (
    AlreadyConfirmed,
    Damaged,
    Frozen,
    PassphraseRequired,
    Unclaimed,
)
from burnbag_core.records import MAX_ATTEMPTS, Caller, Secret, View
from burnbag_core.sealing import Content, KeyMaterial, unseal

from chalicelib import claims
from chalicelib.attempts import Attempts
from chalicelib.claims import ClaimRequest, Consumption
from chalicelib.door import Door, Ended
from chalicelib.kinds import Kind


class DataKeys(Protocol):
    def unwrap(self, secret_id: str, wrapped_key: bytes) -> bytes: ...


class Views(Protocol):
    def consume(
        self, secret: Secret, view: View, request: ClaimRequest | None
    ) -> Consumption | None: ...


class Claims(Protocol):
    def end(self, secret: Secret, key_hash: str, now: int) -> bool: ...


@dataclass(frozen=True)
class Revealed:
    """The answer to a reveal; without `content`, `facts` have a link to it."""

    content: Content | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Recipient:
    """The recipient's side of one environment; `clock` gives epoch seconds."""

    door: Door
    kinds: Mapping[str, Kind]
    attempts: Attempts
    data_keys: DataKeys
    views: Views
    claims: Claims
    clock: Callable[[], int]

    def peek(self, link: Capability, caller: Caller) -> dict[str, Any]:
        """What a link leads to; consumes nothing. Raises NotFound, RecipientRequired,
        NotTheRecipient, Gone or Damaged.
        """
        secret = self.door.admit(link, caller)
        if secret.views_left == 0:
            raise self.door.explain_absence(link, caller, otherwise=Damaged())
        return describe(secret, secret.views_left, caller)

    def reveal(
        self,
        link: Capability,
        read_passphrase: Callable[[], str | None],
        viewer: Caller,
        idempotency_key: str | None = None,
    ) -> Revealed:
        """Consume one view, or fetch a claimed one again: read the record, check it and who calls,
        read the passphrase (nothing is parsed for who may not open it), reserve an attempt, unwrap
        the data key, open, fetch the object, consume the view, answer.

        Everything that can fail comes before the view is consumed, so a failure leaves the secret
        whole; and with an idempotency key a lost answer can be had again. Raises NotFound,
        RecipientRequired, NotTheRecipient, Gone, BadRequest, Incomplete, AlreadyConfirmed, Frozen,
        PassphraseRequired, PassphraseWrong, Busy, Damaged or Unavailable.
        """
        secret = self.door.admit(link, viewer)
        passphrase, kind = read_passphrase(), self.find_kind(secret)
        owner = claims.find_owner(secret, viewer)
        request = kind.request_claim(secret, idempotency_key, owner)
        if claims.is_confirmed(request, secret):
            raise AlreadyConfirmed
        if not self.is_open_to(request, secret):
            raise self.door.explain_absence(link, viewer, otherwise=Damaged())
        if secret.frozen_at is not None:
            raise Frozen
        with self.door.explain_failures(secret, link, viewer):
            kind.check_arrival(secret)
            if secret.passphrase and passphrase is None:
                raise PassphraseRequired(MAX_ATTEMPTS - secret.failed_attempts)
            with self.attempts.reserve(secret, viewer.view(self.clock())) as attempt:
                secret = attempt.secret
                if not self.is_open_to(request, secret):
                    # The guess must not be evaluated: a fifth wrong one would end somebody
                    # else's claim.
                    raise Ended
                data_key = self.data_keys.unwrap(secret.id, secret.wrapped_key)
                keys = KeyMaterial(data_key, link.token, passphrase, secret.salt)
                opened = unseal(secret.header, secret.sealed, keys)
                content = kind.fetch(secret, opened, keys)
                claim = claims.find(request, secret, self.clock())
                if claim is None:
                    view = viewer.view(self.clock())
                    claim = attempt.spend(lambda: self.views.consume(secret, view, request))
        facts = describe(secret, claim.views_left, viewer) | claims.describe(claim)
        return Revealed(content, {**facts, **kind.describe_download(secret, claim, request)})

    def confirm(self, link: Capability, idempotency_key: str, caller: Caller) -> None:
        """End a claim: its caller has got the answer. Raises NotFound, RecipientRequired,
        NotTheRecipient, Gone or Unclaimed.
        """
        secret = self.door.admit(link, caller)
        key_hash = claims.hash_key(idempotency_key, claims.find_owner(secret, caller))
        if not self.claims.end(secret, key_hash, self.clock()):
            raise self.door.explain_absence(link, caller, otherwise=Unclaimed())

    def find_kind(self, secret: Secret) -> Kind:
        """How this secret is revealed. Raises Damaged for a kind that only a forger writes."""
        if secret.kind not in self.kinds:
            raise Damaged
        return self.kinds[secret.kind]

    def is_open_to(self, request: ClaimRequest | None, secret: Secret) -> bool:
        """Whether a view is left, or a claim of the caller's own."""
        return secret.views_left > 0 or claims.find(request, secret, self.clock()) is not None


def describe(secret: Secret, views_left: int, caller: Caller) -> dict[str, Any]:
    """What whoever may open it may know; a named recipient also as whom it was identified."""
    identified = {"identified_as": caller.by} if secret.recipients else {}
    return {
        "id": secret.id,
        "kind": secret.kind,
        "size": secret.size,
        "passphrase": secret.passphrase,
        "encrypted": secret.encrypted,
        "on_lock": secret.on_lock,
        "frozen": secret.frozen_at is not None,
        "max_views": secret.max_views,
        "views_left": views_left,
        "created_at": secret.created_at,
        "expires_at": secret.expires_at,
        **identified,
    }
