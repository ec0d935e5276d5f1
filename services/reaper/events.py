"""Audit events: what a change of a receipt means. Pure; nothing here calls AWS."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from burnbag_core.items import read_receipt
from burnbag_core.records import Receipt, View

T = TypeVar("T")

SCHEMA_VERSION: Final = 1
ENDS_WITHOUT_A_VIEW: Final = {"revoked", "locked", "expired"}
ENDS: Final = ENDS_WITHOUT_A_VIEW | {"revealed", "erased"}


@dataclass(frozen=True)
class Event:
    """One thing that happened to a secret. `id` is the same whenever the change is delivered."""

    id: str
    name: str
    secret_id: str
    kind: str
    at: int
    actor: str | None
    views_left: int
    lifetime: int | None = None
    erase_lag: int | None = None

    def document(self, environment: str) -> dict[str, Any]:
        """The event as JSON; `time` is RFC 3339 in UTC, durations are in seconds."""
        return {
            "schema_version": SCHEMA_VERSION,
            "event_id": self.id,
            "event": self.name,
            "secret_id": self.secret_id,
            "time": datetime.fromtimestamp(self.at, UTC).isoformat().replace("+00:00", "Z"),
            "environment": environment,
            "kind": self.kind,
            "actor": self.actor,
            "views_left": self.views_left,
            "lifetime_seconds": self.lifetime,
            "erase_lag_seconds": self.erase_lag,
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
        yield make_event(new, "created", 1, new.created_at, new.created_by)
    views_before, failures_before = (len(old.views), old.failed_attempts) if old else (0, 0)
    for number, view in enumerate(new.views[views_before:], start=views_before + 1):
        yield make_event(new, "revealed", number, view.at, actor(view), views=number)
    for number in range(failures_before + 1, new.failed_attempts + 1):
        failure = require(new.last_failure)
        yield make_event(new, "passphrase_failed", number, failure.at, actor(failure))
    if new.unfrozen > (old.unfrozen if old else 0):
        at, by = require(new.unfrozen_at), new.unfrozen_by
        yield make_event(new, "unfrozen", new.unfrozen, at, by)
    if new.frozen_at is not None and (old is None or old.frozen_at is None):
        by = actor(new.last_failure)
        yield make_event(new, "frozen", new.unfrozen + 1, new.frozen_at, by)
    state_before = old.state if old else "sealed"
    if state_before != new.state and new.state in ENDS_WITHOUT_A_VIEW:
        yield make_event(new, new.state, 1, require(new.ended_at), ended_by(new))
    if new.erased_at is not None and (old is None or old.erased_at is None):
        yield make_event(new, "erased", 1, new.erased_at, None)


def make_event(
    new: Receipt,
    name: str,
    number: int,
    at: int,
    actor: str | None,
    views: int | None = None,
) -> Event:
    """The event `name`, the secret's `number`th of that name, after `views` views or all."""
    ended = new.ended_at is not None and name in ENDS
    return Event(
        id=f"{new.id}:{name}:{number}",
        name=f"secret.{name}",
        secret_id=new.id,
        kind=new.kind,
        at=at,
        actor=actor,
        views_left=new.max_views - (len(new.views) if views is None else views),
        lifetime=require(new.ended_at) - new.created_at if ended else None,
        erase_lag=at - require(new.ended_at) if name == "erased" else None,
    )


def actor(seen: View | None) -> str | None:
    """The IAM ARN where there is one, else the address where it is recorded."""
    return (seen.by or seen.ip) if seen else None


def ended_by(new: Receipt) -> str | None:
    return actor(new.last_failure) if new.state == "locked" else new.ended_by


def require(value: T | None) -> T:
    """A value that every receipt of burnbag's own has there. Raises ValueError."""
    if value is None:
        raise ValueError("the receipt contradicts itself")
    return value
