"""People who send by the page: who they are, and how much they may send.

Their calls have paths of their own, and lead to the same views as those of services.
"""

import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from burnbag_core.errors import TooMany
from burnbag_core.people import BASE, read_email
from burnbag_core.records import Caller

from chalicelib.settings import Settings

COGNITO: Final = "COGNITO"
HOUR: Final = 3600


class Counters(Protocol):
    def count(self, counter: str, limit: int, until: int) -> bool: ...


@dataclass(frozen=True)
class People:
    """Those of one environment; `clock` gives epoch seconds."""

    settings: Settings
    counters: Counters
    clock: Callable[[], int]

    @property
    def bases(self) -> tuple[str, ...]:
        """What their paths begin with; nothing where people don't send."""
        return (BASE,) if self.settings.people_auth else ()

    def identify(self, caller: Caller, claims: Mapping[str, Any]) -> Caller:
        """The caller, by the address of who signed in where people sign in at all.

        `claims` are those of the token that API Gateway has checked. Raises NotSignedIn,
        EmailUnverified.
        """
        if self.settings.people_auth != COGNITO:
            return replace(caller, by=None)
        return replace(caller, by=read_email(claims, self.settings.people_client_id))

    def admit(self, caller: Caller, address: str | None) -> None:
        """Count a secret that a person is about to send. Raises TooMany, Unavailable.

        Who has no name is counted by the network address. What is kept of either for its hour is a
        hash. An order that is sent again counts again: it takes as much work.
        """
        now, limit = self.clock(), self.settings.people_per_hour
        hour_ends = now - now % HOUR + HOUR
        counter = name_counter(caller.by or network_of(address), hour_ends)
        if not self.counters.count(counter, limit, hour_ends):
            raise TooMany(limit, hour_ends - now)


def network_of(address: str | None) -> str:
    """An IPv4 address, or the network of an IPv6 one: a household has as many as it likes of
    those. What is no address shares one counter.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    prefix = 64 if found.version == 6 else 32
    return str(ipaddress.ip_network((found, prefix), strict=False))


def name_counter(person: str, hour_ends: int) -> str:
    """The id of a person's counter of one hour."""
    return hashlib.sha256(f"{hour_ends} {person}".encode()).hexdigest()
