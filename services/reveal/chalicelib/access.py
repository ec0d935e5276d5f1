"""Who may go on to a secret, and what the others are told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from burnbag_core import encoding
from burnbag_core.errors import Damaged, Gone, NotFound, Unavailable
from burnbag_core.records import Receipt, Secret
from burnbag_core.sealing import ID_BYTES


class Reads(Protocol):
    def secret(self, secret_id: str) -> Secret | None: ...
    def receipt(self, secret_id: str) -> Receipt | None: ...


@dataclass(frozen=True)
class Access:
    """The door of one environment; `clock` gives epoch seconds."""

    store: Reads
    clock: Callable[[], int]

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
            raise self.gone(secret)
        if not 0 <= secret.views_left <= secret.max_views:
            raise Damaged
        return secret

    def ended(
        self, secret_id: str, token: str | None, otherwise: Exception | None = None
    ) -> Exception:
        """What to say where there is no record: the receipt knows, for those with the token."""
        receipt = self.store.receipt(secret_id)
        if receipt is None or not encoding.matches(token, receipt.token_hash):
            return NotFound()
        end = receipt.end(self.clock())
        if end is None and otherwise is not None:
            return otherwise
        # A record that went before its time was swept away unfinished; its receipt will say so.
        return Gone(*(end or ("expired", self.clock())))

    def gone(self, secret: Secret) -> Exception:
        """What to say where somebody else was first, or time was."""
        receipt = self.store.receipt(secret.id)
        end = receipt.end(self.clock()) if receipt else ("expired", secret.expires_at)
        return Gone(*end) if end else Unavailable()

    def missing(self, secret: Secret, token: str | None) -> Exception:
        """What to say where S3 does not give an object that was there.

        An object goes after its record, so while there is a record it is S3 that fails: a lost
        right, say.
        """
        found = self.store.secret(secret.id)
        if found is None or found.expired(self.clock()):
            return self.ended(secret.id, token)
        return Unavailable()
