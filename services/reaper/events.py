"""Audit events: what a change of a receipt means. Pure; nothing here calls AWS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from burnbag_core.items import deserialize

SCHEMA_VERSION: Final = 1
ENDS_WITHOUT_A_VIEW: Final = {"revoked", "locked", "expired"}
# The attributes that events are made of; the hashes are none of an auditor's business.
ATTRIBUTES: Final = {
    "id",
    "state",
    "kind",
    "created_at",
    "created_by",
    "expires_at",
    "max_views",
    "views",
    "failed_attempts",
    "last_failure",
    "ended_at",
    "ended_by",
    "erased_at",
}
Receipt = dict[str, Any]


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
    """The events in one record of the receipts stream, in the order in which they happened."""
    change = record["dynamodb"]
    old = receipt(change["OldImage"]) if "OldImage" in change else None
    return list(between(old, receipt(change["NewImage"])))


def receipt(image: dict[str, Any]) -> Receipt:
    return deserialize({name: image[name] for name in image if name in ATTRIBUTES})


def between(old: Receipt | None, new: Receipt) -> Iterator[Event]:
    """The events that lead from one image of a receipt to the next."""
    if old is None:
        yield event(new, "created", 1, new["created_at"], new.get("created_by"))
    before = old or {"views": [], "failed_attempts": 0, "state": "sealed"}
    for number in range(len(before["views"]), len(new["views"])):
        view = new["views"][number]
        yield event(new, "revealed", number + 1, view["at"], who(view), number + 1)
    for number in range(before["failed_attempts"], new["failed_attempts"]):
        failure = new["last_failure"]
        yield event(new, "passphrase_failed", number + 1, failure["at"], who(failure))
    if before["state"] != new["state"] and new["state"] in ENDS_WITHOUT_A_VIEW:
        yield event(new, new["state"], 1, new["ended_at"], ended_by(new))
    if "erased_at" in new and "erased_at" not in before:
        yield event(new, "erased", 1, new["erased_at"], None)


def event(
    new: Receipt,
    name: str,
    number: int,
    at: int,
    actor: str | None,
    views: int | None = None,
) -> Event:
    ended_at = new.get("ended_at")
    ended = ended_at is not None and name not in {"created", "passphrase_failed"}
    return Event(
        id=f"{new['id']}:{name}:{number}",
        name=f"secret.{name}",
        secret_id=new["id"],
        kind=new["kind"],
        at=at,
        actor=actor,
        views_left=new["max_views"] - (len(new["views"]) if views is None else views),
        lifetime=ended_at - new["created_at"] if ended else None,
        erase_lag=new["erased_at"] - ended_at if name == "erased" else None,
    )


def who(seen: dict[str, Any]) -> str | None:
    """The IAM ARN where there is one, else the address where it is recorded."""
    actor: str | None = seen.get("by") or seen.get("ip")
    return actor


def ended_by(new: Receipt) -> str | None:
    if new["state"] == "locked":
        return who(new.get("last_failure", {}))
    actor: str | None = new.get("ended_by")
    return actor
