"""Audit events, as the audit log has them.

Version 1 of the schema had one field for who did it, an ARN or an address. It is read into the two
fields of version 2, and what version 1 did not say is None.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

from burnbag.audit.names import PREFIX
from burnbag.fields import Answer, read_count, read_flag, read_optional, read_text

VERSIONS: Final = (1, 2)
Address = IPv4Address | IPv6Address


class NotAnEvent(ValueError):
    """A line of the log is no event that this version can read."""


@dataclass(frozen=True)
class Event:
    """One thing that happened to a secret. `document` is the event as the log has it."""

    schema_version: int
    event_id: str
    event: str
    secret_id: str
    time: datetime
    environment: str
    kind: str
    actor: str | None
    source_ip: str | None
    user_agent: str | None
    created_by: str | None
    label: str | None
    size: int | None
    ttl_seconds: int | None
    max_views: int | None
    views_left: int | None
    passphrase: bool | None
    reveal_delay_seconds: float | None
    lifetime_seconds: float | None
    erase_lag_seconds: float | None
    document: dict[str, Any] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The event's name without what all of them begin with."""
        return self.event.removeprefix(PREFIX)

    @property
    def address(self) -> Address | None:
        try:
            return ip_address(self.source_ip or "")
        except ValueError:
            return None

    @property
    def was_unread(self) -> bool:
        """Whether a secret expired that nobody had opened: not a request without an answer."""
        is_known = self.views_left is not None and self.views_left == self.max_views
        return self.name == "expired" and is_known and self.kind != "request"


FIELDS: Final = tuple(name for name in Event.__dataclass_fields__ if name != "document")


def parse_event(message: str) -> Event:
    """Read a line of the log. Raises NotAnEvent."""
    try:
        document = json.loads(message)
        return read_event(document)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotAnEvent("this is no event") from None


def read_event(document: Answer) -> Event:
    """Raises KeyError, TypeError or ValueError for what is no event of a known version."""
    version = read_count(document, "schema_version")
    if version not in VERSIONS:
        raise ValueError("schema_version: not known")
    name, actor = read_text(document, "event"), read_optional(read_text, document, "actor")
    source_ip = read_optional(read_text, document, "source_ip")
    created_by = read_optional(read_text, document, "created_by")
    if version == 1:
        actor, source_ip = split_actor(actor)
        created_by = actor if name == f"{PREFIX}created" else None
    return Event(
        schema_version=version,
        event_id=read_text(document, "event_id"),
        event=name,
        secret_id=read_text(document, "secret_id"),
        time=read_moment(document, "time"),
        environment=read_text(document, "environment"),
        kind=read_text(document, "kind"),
        actor=actor,
        source_ip=source_ip,
        user_agent=read_optional(read_text, document, "user_agent"),
        created_by=created_by,
        label=read_optional(read_text, document, "label"),
        size=read_optional(read_count, document, "size"),
        ttl_seconds=read_optional(read_count, document, "ttl_seconds"),
        max_views=read_optional(read_count, document, "max_views"),
        views_left=read_optional(read_count, document, "views_left"),
        passphrase=read_optional(read_flag, document, "passphrase"),
        reveal_delay_seconds=read_optional(read_seconds, document, "reveal_delay_seconds"),
        lifetime_seconds=read_optional(read_seconds, document, "lifetime_seconds"),
        erase_lag_seconds=read_optional(read_seconds, document, "erase_lag_seconds"),
        document=dict(document),
    )


def split_actor(actor: str | None) -> tuple[str | None, str | None]:
    """The ARN and the address of version 1's one field: it is one of them, or neither."""
    return (actor, None) if actor is None or actor.startswith("arn:") else (None, actor)


def read_moment(document: Answer, name: str) -> datetime:
    """A time in RFC 3339, with its offset."""
    found = datetime.fromisoformat(read_text(document, name))
    if found.tzinfo is None:
        raise ValueError(f"{name}: without an offset")
    return found


def read_seconds(document: Answer, name: str) -> float:
    """A duration. In Python, True is a number too."""
    value = document[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name}: not a duration")
    return value
