"""What many events come to.

A `Tally` takes constant memory, a `Table` as much as it has rows, and `Secrets` as much as there
are secrets.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from burnbag.audit.events import Event
from burnbag.audit.names import NAMES
from burnbag.audit.questions import Question

UNKNOWN: Final = "-"
UNREAD: Final = "expired unread"
ENDS: Final = frozenset({"revoked", "locked", "expired"})
# What a secret's life begins with, and as what. It is open in these states.
BEGINNINGS: Final = {"created": "sealed", "requested": "requested"}
OPEN: Final = ("requested", "sealed", "frozen")


@dataclass
class Tally:
    """How many events of each name there were."""

    counts: Counter[str] = field(default_factory=Counter)
    unread: int = 0

    def add(self, event: Event) -> None:
        self.counts[event.name] += 1
        self.unread += event.was_unread

    def describe(self) -> str:
        """Such as `4 events: 2 created, 1 revealed, 1 expired (1 of them unread)`."""
        total = self.counts.total()
        known = [name for name in NAMES if name in self.counts]
        names = [*known, *sorted(self.counts.keys() - set(NAMES))]
        words = [f"{self.counts[name]:,} {name.replace('_', ' ')}" for name in names]
        if self.unread:
            place = names.index("expired")
            words[place] += f" ({self.unread:,} of them unread)"
        return f"{total:,} event{'s' * (total != 1)}" + (f": {', '.join(words)}" if words else "")


def name_or_unread(event: Event) -> str:
    return UNREAD if event.was_unread else event.name


# What each of the groups goes by.
KEYS: Final[dict[str, Callable[[Event], str | None]]] = {
    "creator": lambda event: event.created_by,
    "address": lambda event: event.source_ip,
    "label": lambda event: event.label,
    "event": name_or_unread,
    "kind": lambda event: event.kind,
}


class Table:
    """Events and bytes by one of the `GROUPS`."""

    def __init__(self, group: str) -> None:
        self.key = KEYS[group]
        self.counts: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    def add(self, event: Event) -> None:
        key = self.key(event) or UNKNOWN
        self.counts[key] += 1
        self.bytes[key] += event.size or 0

    def rows(self) -> list[tuple[str, int, int]]:
        """The most frequent first; equals by name, so that the same log gives the same table."""
        found = [(key, count, self.bytes[key]) for key, count in self.counts.items()]
        return sorted(found, key=lambda row: (-row[1], -row[2], row[0]))


@dataclass
class SecretLife:
    """A secret, and what became of it. `sealed` and `frozen` ones are open, and `requested` ones
    wait for their answer.
    """

    id: str
    created_at: datetime
    created_by: str | None
    kind: str
    size: int | None
    label: str | None
    expires_at: datetime | None
    state: str = "sealed"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Secrets:
    """The secrets that were created in the time that is asked about, by their ids."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.lives: dict[str, SecretLife] = {}

    def add(self, event: Event) -> None:
        """Only the first event of a secret has to fit: in version 1 the others say less."""
        life = self.lives.get(event.secret_id)
        if life is not None and self.question.fits_time(event):
            if event.name == "submitted":
                life = self.lives[event.secret_id] = answer(life, event)
            life.state = follow(life.state, event)
        elif event.name in BEGINNINGS and self.question.fits_secret(event):
            self.lives[event.secret_id] = begin(event)

    def as_of(self, now: datetime) -> Iterator[SecretLife]:
        """Each secret as it was then, in the order of their creation.

        One whose time is over has ended, even if the log does not say so yet.
        """
        for life in self.lives.values():
            is_over = life.expires_at is not None and life.expires_at <= now
            if life.is_open and is_over:
                life.state = "expired"
            yield life


def answer(life: SecretLife, event: Event) -> SecretLife:
    """What was asked for, once it has come: its life begins anew, and is its requester's still."""
    return replace(begin(event), created_at=life.created_at, created_by=life.created_by)


def begin(event: Event) -> SecretLife:
    ttl = event.ttl_seconds
    return SecretLife(
        id=event.secret_id,
        created_at=event.time,
        created_by=event.created_by,
        kind=event.kind,
        size=event.size,
        label=event.label,
        expires_at=None if ttl is None else event.time + timedelta(seconds=ttl),
        state=BEGINNINGS.get(event.name, "sealed"),
    )


def follow(state: str, event: Event) -> str:
    """The state after an event; a frozen secret is one whose guesses are used up."""
    match event.name:
        case "revealed" if event.views_left == 0:
            return "revealed"
        case "frozen" | "unfrozen" if state in ("sealed", "frozen"):
            return "frozen" if event.name == "frozen" else "sealed"
        case "erased" if state in OPEN:
            # Its end was not in what was read.
            return "erased"
        case name if name in ENDS:
            return name
    return state
