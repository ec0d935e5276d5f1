"""Which events are asked for.

A question is asked twice: AWS looks for what its filter patterns can say, and what it finds is
looked at again here. So a pattern may let too much through, never too little.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from burnbag.audit import patterns
from burnbag.audit.events import Event
from burnbag.audit.names import PREFIX

Network = IPv4Network | IPv6Network
ID_LENGTH: Final = 22
ROLE: Final = re.compile(r"arn:([\w-]+):iam::(\d{12}):role/(?:[^/]+/)*([^/]+)", re.ASCII)
# An event may reach the log a little early, by another clock, and as late as its stream keeps it.
EARLY: Final = timedelta(minutes=1)
LATE: Final = timedelta(days=1)
# What nobody does has no address: time, and the reaper.
WITHOUT_ADDRESS: Final = frozenset({"expired", "erased"})


@dataclass(frozen=True)
class Question:
    """What an event has to be. Each part that is empty asks for nothing.

    `secret` is an id, or the beginning of one. `by` is who did it and `created_by` who created the
    secret, by ARN. An asterisk in `label` stands for any text. An event is `outside` if it has an
    address that is in none of the networks.
    """

    since: datetime | None = None
    until: datetime | None = None
    secret: str | None = None
    events: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    by: str | None = None
    created_by: str | None = None
    label: str | None = None
    outside: tuple[Network, ...] = ()
    slower_than: int | None = None

    def fits(self, event: Event) -> bool:
        """Whether this event is asked for."""
        return self.fits_but_for_address(event) and (
            not self.outside or is_outside(event, self.outside)
        )

    def lacks_address(self, event: Event) -> bool:
        """Whether nobody can say if this event is asked for: its address was not recorded."""
        is_expected = event.address is None and event.name not in WITHOUT_ADDRESS
        return bool(self.outside) and is_expected and self.fits_but_for_address(event)

    def fits_but_for_address(self, event: Event) -> bool:
        slow = event.erase_lag_seconds
        return (
            self.fits_secret(event)
            and (not self.events or event.name in self.events)
            and (self.by is None or is_principal(event.actor, self.by))
            and (self.slower_than is None or (slow is not None and slow > self.slower_than))
        )

    def fits_secret(self, event: Event) -> bool:
        """Whether it is in the time, and about a secret that is asked for."""
        return (
            self.fits_time(event)
            and (self.secret is None or event.secret_id.startswith(self.secret))
            and (not self.kinds or event.kind in self.kinds)
            and (self.created_by is None or is_principal(event.created_by, self.created_by))
            and (self.label is None or is_label(event.label, self.label))
        )

    def fits_time(self, event: Event) -> bool:
        """An event counts by its own time: the log may have got it much later."""
        is_early = self.since is not None and event.time < self.since
        return not is_early and (self.until is None or event.time <= self.until)

    def window(self) -> tuple[int | None, int | None]:
        """When the log may have got such events: the first and last millisecond."""
        return to_milliseconds(self.since, -EARLY), to_milliseconds(self.until, LATE)

    def pattern(self) -> str:
        """The filter pattern for AWS; empty if it can look for nothing."""
        return patterns.join_all(self.conditions())

    def conditions(self) -> Iterator[str | None]:
        """What AWS can look for, the part that leaves out most first."""
        if self.secret is not None:
            is_whole = len(self.secret) == ID_LENGTH
            yield patterns.equals("secret_id", self.secret if is_whole else f"{self.secret}*")
        if self.slower_than is not None:
            yield patterns.exceeds("erase_lag_seconds", self.slower_than)
        if self.events:
            names = sorted(self.events)
            yield patterns.join_any(patterns.equals("event", PREFIX + name) for name in names)
        if self.by is not None:
            yield patterns.join_any(patterns.equals("actor", arn) for arn in spell(self.by))
        if self.created_by is not None:
            # Version 1 names the creator in the first event only, as its actor.
            creators = [patterns.equals("created_by", arn) for arn in spell(self.created_by)]
            yield patterns.join_any([*creators, patterns.equals_number("schema_version", 1)])
        if self.label is not None:
            yield patterns.equals("label", self.label)
        if self.kinds:
            kinds = sorted(self.kinds)
            yield patterns.join_any(patterns.equals("kind", kind) for kind in kinds)


def to_milliseconds(moment: datetime | None, later: timedelta) -> int | None:
    """Epoch milliseconds, not before the epoch: AWS takes no others."""
    return None if moment is None else max(0, int((moment + later).timestamp() * 1000))


def spell(asked: str) -> list[str]:
    """The ARNs that an ARN stands for: a role's callers have those of its sessions."""
    role = ROLE.fullmatch(asked)
    if role is None:
        return [asked]
    partition, account, name = role.groups()
    return [asked, f"arn:{partition}:sts::{account}:assumed-role/{name}/*"]


def is_principal(found: str | None, asked: str) -> bool:
    """Whether an ARN is the one asked for, or that of a session of the role asked for."""
    exact, *sessions = spell(asked)
    return found is not None and (
        found == exact or any(found.startswith(session.removesuffix("*")) for session in sessions)
    )


def is_label(found: str | None, asked: str) -> bool:
    """Whether a label is the one asked for. Takes no longer for many asterisks than for one."""
    first, *rest = asked.split("*")
    if found is None or not rest:
        return found == asked
    last, position = rest.pop(), len(first)
    for part in rest:
        start = found.find(part, position)
        if start < 0:
            return False
        position = start + len(part)
    return found.startswith(first) and found[position:].endswith(last)


def is_outside(event: Event, networks: tuple[Network, ...]) -> bool:
    address = event.address
    return address is not None and not any(address in network for network in networks)
