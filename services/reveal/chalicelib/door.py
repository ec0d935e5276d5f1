"""Who may go on to a secret, and what the others are told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from burnbag_core.capability import Capability
from burnbag_core.errors import Damaged, Frozen, Gone, Incomplete, NotFound, Unavailable
from burnbag_core.records import Receipt, Secret


class Ended(Exception):
    """The secret ended while it was being opened."""


class ObjectMissing(Exception):
    """S3 does not give the secret's object."""


class Records(Protocol):
    def secret(self, secret_id: str) -> Secret | None: ...
    def receipt(self, secret_id: str) -> Receipt | None: ...


@dataclass(frozen=True)
class Door:
    """The door of one environment; `clock` gives epoch seconds."""

    records: Records
    clock: Callable[[], int]

    def admit(self, link: Capability) -> Secret:
        """The living secret that a link leads to. Raises NotFound, Gone or Damaged."""
        secret = self.records.secret(link.id)
        if secret is None:
            raise self.explain_absence(link)
        if not link.matches(secret.token_hash):
            raise NotFound
        if secret.has_expired(self.clock()):
            raise self.explain_end(secret)
        if not 0 <= secret.views_left <= secret.max_views:
            raise Damaged
        return secret

    @contextmanager
    def explain_failures(self, secret: Secret, link: Capability) -> Iterator[None]:
        """While a secret is opened, say why where it ended or its object is not there."""
        try:
            yield
        except Ended:
            raise self.explain_end(secret) from None
        except ObjectMissing:
            raise self.explain_missing_object(link) from None
        except Incomplete as incomplete:
            raise self.explain_absence(link, otherwise=incomplete) from None

    def explain_absence(self, link: Capability, otherwise: Exception | None = None) -> Exception:
        """What to say where there is no record, or no view: the receipt knows the end.

        Only who has the token is told. `otherwise` is for a receipt that knows of no end.
        """
        receipt = self.records.receipt(link.id)
        if receipt is None or not link.matches(receipt.token_hash):
            return NotFound()
        end = receipt.end(self.clock())
        if end is None and otherwise is not None:
            return otherwise
        # A record that went before its time was swept away unfinished; its receipt will say so.
        return Gone(*(end or ("expired", self.clock())))

    def explain_end(self, secret: Secret) -> Exception:
        """What to say where somebody else was first, or time was.

        A receipt that lists all views and knows of no end contradicts the record: somebody gave
        the record a view back.
        """
        receipt = self.records.receipt(secret.id)
        if receipt is None:
            return Gone("expired", secret.expires_at)
        if end := receipt.end(self.clock()):
            return Gone(*end)
        if receipt.frozen_at is not None:
            return Frozen()
        return Unavailable() if receipt.views_left > 0 else Damaged()

    def explain_missing_object(self, link: Capability) -> Exception:
        """What to say where S3 does not give an object that was there.

        An object goes after its record. So while there is a record it is S3 that fails, for
        instance because a right was lost.
        """
        secret = self.records.secret(link.id)
        if secret is None or secret.has_expired(self.clock()):
            return self.explain_absence(link)
        return Unavailable()
