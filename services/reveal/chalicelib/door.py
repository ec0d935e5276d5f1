"""Who may go on to a secret, and what the others are told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from burnbag_core.capability import Capability
from burnbag_core.errors import (
    Damaged,
    Frozen,
    Gone,
    Incomplete,
    NotFound,
    NotTheRecipient,
    RecipientRequired,
    Unavailable,
)
from burnbag_core.recipients import is_named, ways_to_identify
from burnbag_core.records import MOST_REFUSALS, Caller, Receipt, Secret, View


class Ended(Exception):
    """The secret ended while it was being opened."""


class ObjectMissing(Exception):
    """S3 does not give the secret's object."""


class Records(Protocol):
    def secret(self, secret_id: str) -> Secret | None: ...
    def receipt(self, secret_id: str) -> Receipt | None: ...


class Refusals(Protocol):
    def count_refusal(self, secret_id: str, refusal: View) -> None: ...


@dataclass(frozen=True)
class Door:
    """The door of one environment; `clock` gives epoch seconds."""

    records: Records
    refusals: Refusals
    clock: Callable[[], int]

    def admit(self, link: Capability, caller: Caller) -> Secret:
        """The living secret that a link leads to.

        First the token: without it, nothing is told. Then who calls: of a secret that names its
        recipients nobody else is told how it is, nor that it has ended. Raises NotFound,
        RecipientRequired, NotTheRecipient, Gone or Damaged.
        """
        secret = self.records.secret(link.id)
        if secret is None:
            raise self.explain_absence(link, caller)
        if not link.matches(secret.token_hash):
            raise NotFound
        self.refuse_others(secret, caller)
        if secret.has_expired(self.clock()):
            raise self.explain_end(secret)
        if not 0 <= secret.views_left <= secret.max_views:
            raise Damaged
        return secret

    def refuse_others(self, record: Secret | Receipt, caller: Caller) -> None:
        """Raise RecipientRequired or NotTheRecipient where others are named than who calls.

        Who is somebody else is counted, and the sender told. Not who comes without any identity:
        so clients learn that they need one.
        """
        if not record.recipients or is_named(record.recipients, caller.by):
            return
        ways = ways_to_identify(record.recipients)
        if caller.by is None:
            raise RecipientRequired(ways)
        receipt = self.records.receipt(record.id) if isinstance(record, Secret) else record
        # Not left to the write's condition: a write that is refused is paid for, too.
        if receipt is not None and receipt.refusals < MOST_REFUSALS:
            self.refusals.count_refusal(record.id, caller.view(self.clock()))
        raise NotTheRecipient(ways, caller.by)

    @contextmanager
    def explain_failures(self, secret: Secret, link: Capability, caller: Caller) -> Iterator[None]:
        """While a secret is opened, say why where it ended or its object is not there."""
        try:
            yield
        except Ended:
            raise self.explain_end(secret) from None
        except ObjectMissing:
            raise self.explain_missing_object(link, caller) from None
        except Incomplete as incomplete:
            raise self.explain_absence(link, caller, otherwise=incomplete) from None

    def explain_absence(
        self, link: Capability, caller: Caller, otherwise: Exception | None = None
    ) -> Exception:
        """What to say where there is no record, or no view: the receipt knows the end.

        Only who has the token is told, and of a secret that names its recipients only they:
        raises RecipientRequired or NotTheRecipient. `otherwise` is for a receipt that knows of no
        end.
        """
        receipt = self.records.receipt(link.id)
        if receipt is None or not link.matches(receipt.token_hash):
            return NotFound()
        self.refuse_others(receipt, caller)
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

    def explain_missing_object(self, link: Capability, caller: Caller) -> Exception:
        """What to say where S3 does not give an object that was there.

        An object goes after its record. So while there is a record it is S3 that fails, for
        instance because a right was lost.
        """
        secret = self.records.secret(link.id)
        if secret is None or secret.has_expired(self.clock()):
            return self.explain_absence(link, caller)
        return Unavailable()
