"""Audit events: what a change of a receipt means. Pure; nothing here calls AWS."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from burnbag_core.items import read_receipt
from burnbag_core.records import Caller, Receipt, View

T = TypeVar("T")

SCHEMA_VERSION: Final = 2
ENDS_WITHOUT_A_VIEW: Final = {"revoked", "locked", "expired"}
ENDS: Final = ENDS_WITHOUT_A_VIEW | {"revealed", "erased"}
NOBODY: Final = Caller()


@dataclass(frozen=True)
class Event:
    """One thing that happened to a secret. `id` is the same whenever the change is delivered.

    `durations` are in seconds, by their names in the document: those that this event has.
    """

    id: str
    name: str
    receipt: Receipt
    at: int
    caller: Caller
    views_left: int
    durations: dict[str, int] = field(default_factory=dict)

    def document(self, environment: str) -> dict[str, Any]:
        """The event as JSON (docs/events): `time` is RFC 3339 in UTC, `size` in bytes."""
        receipt = self.receipt
        return {
            "schema_version": SCHEMA_VERSION,
            "event_id": self.id,
            "event": self.name,
            "secret_id": receipt.id,
            "time": datetime.fromtimestamp(self.at, UTC).isoformat().replace("+00:00", "Z"),
            "environment": environment,
            "kind": receipt.kind,
            "label": receipt.label,
            "size": receipt.size,
            "passphrase": receipt.passphrase,
            "ttl_seconds": receipt.ttl,
            "max_views": receipt.max_views,
            "views_left": self.views_left,
            "created_by": creator(receipt).by,
            "actor": self.caller.by,
            "source_ip": self.caller.ip,
            "user_agent": self.caller.agent,
            **self.durations,
        }


def read(record: dict[str, Any]) -> list[Event]:
    """The events in one record of the receipts stream, in the order in which they happened.

    Raises KeyError, TypeError or ValueError for a record that burnbag never writes.
    """
    change = record["dynamodb"]
    old = read_image(change["OldImage"]) if "OldImage" in change else None
    return list(compare(old, read_image(change["NewImage"])))


def read_image(image: dict[str, Any]) -> Receipt:
    """A receipt as Lambda delivers it: JSON has no bytes, so binary values come in base64."""
    return read_receipt({name: decode_binary(value) for name, value in image.items()})


def decode_binary(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": b64decode(value["B"])} if "B" in value else value


def compare(old: Receipt | None, new: Receipt) -> Iterator[Event]:
    """The events that lead from one image of a receipt to the next."""
    if old is None:
        name = "created" if new.kinds is None else "requested"
        yield make_event(new, name, 1, new.created_at, creator(new))
    if new.submitted_at is not None and (old is None or old.submitted_at is None):
        by = caller(None, new.submitted_ip, new.submitted_agent)
        yield make_event(new, "submitted", 1, new.submitted_at, by)
    views_before, failures_before = (len(old.views), old.failed_attempts) if old else (0, 0)
    for number, view in enumerate(new.views[views_before:], start=views_before + 1):
        yield make_event(new, "revealed", number, view.at, viewer(view), views=number)
    for number in range(failures_before + 1, new.failed_attempts + 1):
        failure = require(new.last_failure)
        yield make_event(new, "passphrase_failed", number, failure.at, viewer(failure))
    for number in range((old.refusals if old else 0) + 1, new.refusals + 1):
        refusal = require(new.last_refusal)
        yield make_event(new, "refused", number, refusal.at, viewer(refusal))
    if new.unfrozen > (old.unfrozen if old else 0):
        by = caller(new.unfrozen_by, new.unfrozen_ip, new.unfrozen_agent)
        yield make_event(new, "unfrozen", new.unfrozen, require(new.unfrozen_at), by)
    if new.frozen_at is not None and (old is None or old.frozen_at is None):
        by = viewer(new.last_failure)
        yield make_event(new, "frozen", new.unfrozen + 1, new.frozen_at, by)
    state_before = old.state if old else "sealed"
    if state_before != new.state and new.state in ENDS_WITHOUT_A_VIEW:
        yield make_event(new, new.state, 1, require(new.ended_at), ender(new))
    if new.erased_at is not None and (old is None or old.erased_at is None):
        yield make_event(new, "erased", 1, new.erased_at, NOBODY)


def make_event(
    new: Receipt,
    name: str,
    number: int,
    at: int,
    by: Caller,
    views: int | None = None,
) -> Event:
    """The event `name`, the secret's `number`th of that name, after `views` views or all."""
    durations = {}
    if name == "revealed":
        durations["reveal_delay_seconds"] = at - new.sealed_at
    if new.ended_at is not None and name in ENDS:
        durations["lifetime_seconds"] = new.ended_at - new.sealed_at
    if name == "erased":
        durations["erase_lag_seconds"] = at - should_have_gone(new)
    return Event(
        id=f"{new.id}:{name}:{number}",
        name=f"secret.{name}",
        receipt=new,
        at=at,
        caller=by,
        views_left=new.max_views - (len(new.views) if views is None else views),
        durations=durations,
    )


def should_have_gone(receipt: Receipt) -> int:
    """When an erased secret's record was due: at its end, or when its last claim was over.

    A claim that is confirmed is over before its time, and then the record goes at once.
    """
    due = require(receipt.ended_at) if receipt.erase_due is None else receipt.erase_due
    return min([due, *(at for at in (receipt.removed_at, receipt.erased_at) if at is not None)])


def creator(receipt: Receipt) -> Caller:
    return caller(receipt.created_by, receipt.created_ip, receipt.created_agent)


def ender(receipt: Receipt) -> Caller:
    if receipt.state == "locked":
        return viewer(receipt.last_failure)
    return caller(receipt.ended_by, receipt.ended_ip, receipt.ended_agent)


def viewer(seen: View | None) -> Caller:
    return caller(seen.by, seen.ip, seen.agent) if seen else NOBODY


def caller(by: str | None, ip: str | None, agent: str | None) -> Caller:
    """Older receipts have a network address in the place of who it was, where nobody signed.

    Who it was is an ARN or an e-mail address.
    """
    if by is not None and not by.startswith("arn:") and "@" not in by:
        return Caller(None, ip or by, agent)
    return Caller(by, ip, agent)


def require(value: T | None) -> T:
    """A value that every receipt of burnbag's own has there. Raises ValueError."""
    if value is None:
        raise ValueError("the receipt contradicts itself")
    return value
