"""Which event explains which use of the sealing key.

Each call of reveal decrypts once, before it knows how it ends:

a view, a wrong passphrase   has an event, seconds before or after
a claim fetched again        has none; its view is at most a claim's window before
a failed reveal              has none: a lost race, a damaged record, an object that is missing,
                             a call that was interrupted. Nothing but the caller tells it from a
                             reveal function that decrypts for nobody, so it is told: unexplained
anybody else                 is explained by nothing

What happened in the last minutes is left open: CloudTrail delivers late.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from burnbag.audit.events import Event
from burnbag.audit.key_uses import KEY, UNKNOWN, KeyUse

# What a call may take (20 s), the seconds that both clocks are cut to, and what they may differ.
CALL: Final = timedelta(seconds=30)
# For how long a view can be fetched again; an upload's for longer, for each 5 GiB of it.
CLAIM: Final = timedelta(seconds=120)
UPLOAD_CLAIM: Final = timedelta(seconds=900)
UPLOAD_BYTES: Final = 5 * 1024**3
# CloudTrail delivers within this time, mostly within five minutes.
DELIVERY: Final = timedelta(minutes=15)
EXPLAINING: Final = frozenset({"revealed", "passphrase_failed"})

FOREIGN: Final = "foreign"
UNEXPLAINED: Final = "unexplained"
WITHOUT_DECRYPT: Final = "without decrypt"


@dataclass(frozen=True)
class Finding:
    """What nothing explains: a use of the key, or a reveal.

    `event_id` is CloudTrail's, or of a reveal the audit event's.
    """

    finding: str
    time: datetime
    secret_id: str | None
    principal: str | None
    source_ip: str | None
    call: str | None
    error: str | None
    event_id: str


@dataclass(frozen=True)
class Explanation:
    """What came out. `failed` calls decrypted nothing; what is `pending` may yet be explained."""

    findings: Sequence[Finding]
    decrypts: int
    reveals: int
    pending: int
    failed: int


@dataclass(frozen=True)
class Asked:
    """What is asked: the time, and whose use of the key is expected in it.

    That is the use by the environment's reveal function, for secrets of the environment.
    """

    since: datetime
    until: datetime
    environment: str
    key: str

    def includes(self, thing: KeyUse | Event) -> bool:
        return self.since <= thing.time <= self.until

    def expects(self, use: KeyUse) -> bool:
        """A call that failed need not say for which secret it was."""
        has_context = use.secret_id is not None and use.environment == self.environment
        is_decrypt = use.name == "Decrypt" and use.principal.startswith(self.reveal())
        return is_decrypt and (has_context or use.error is not None)

    def reveal(self) -> str:
        """How the ARNs of the reveal function's sessions begin. Raises ValueError for no key."""
        match = KEY.fullmatch(self.key)
        if match is None:
            raise ValueError("not the ARN of a key")
        partition, region, account = match.groups()
        role = f"burnbag-{self.environment}-reveal-{region}"
        return f"arn:{partition}:sts::{account}:assumed-role/{role}/"


def explain(
    uses: Iterable[KeyUse], events: Iterable[Event], asked: Asked, now: datetime
) -> Explanation:
    """What nothing explains, in order.

    Both `uses` and `events` may begin before the time that is asked about and end after it: what
    explains something may be there.
    """
    counts, foreign = Counter[str](), list[Finding]()
    own = defaultdict[str, list[KeyUse]](list)
    told = defaultdict[str, list[Event]](list)
    for use in uses:
        counts["failed" if use.error else "decrypts"] += asked.includes(use)
        if not asked.expects(use):
            foreign += [tell_use(FOREIGN, use)] if asked.includes(use) else []
        elif not use.error:
            own[use.secret_id or UNKNOWN].append(use)
    for event in events:
        if event.name in EXPLAINING:
            told[event.secret_id].append(event)
            counts["reveals"] += is_view(event) and asked.includes(event)
    left = [
        finding
        for secret_id in own.keys() | told.keys()
        for finding in compare(own[secret_id], told[secret_id], asked)
    ]
    settled = [finding for finding in left if finding.time <= now - DELIVERY]
    return Explanation(
        findings=sorted(foreign + settled, key=lambda found: (found.time, found.event_id)),
        decrypts=counts["decrypts"],
        reveals=counts["reveals"],
        pending=len(left) - len(settled),
        failed=counts["failed"],
    )


def compare(uses: list[KeyUse], events: list[Event], asked: Asked) -> Iterator[Finding]:
    """What is left of one secret's uses and events when they have explained one another."""
    views = [event for event in events if is_view(event)]
    left_uses, left_events = pair(uses, events)
    for use in filter(asked.includes, left_uses):
        if not any(may_fetch_again(use, view) for view in views):
            yield tell_use(UNEXPLAINED, use)
    for event in filter(asked.includes, left_events):
        if is_view(event):
            yield tell_reveal(event)


def pair(uses: Iterable[KeyUse], events: Iterable[Event]) -> tuple[list[KeyUse], list[Event]]:
    """What is left of both when each event has taken the first use that was its call's.

    All windows are equally long, so no other choice leaves less.
    """
    waiting = deque(sorted(uses, key=lambda use: use.time))
    left_uses, left_events = list[KeyUse](), list[Event]()
    for event in sorted(events, key=lambda event: event.time):
        while waiting and waiting[0].time < event.time - CALL:
            left_uses.append(waiting.popleft())
        if waiting and waiting[0].time <= event.time + CALL:
            waiting.popleft()
        else:
            left_events.append(event)
    return [*left_uses, *waiting], left_events


def is_view(event: Event) -> bool:
    return event.name == "revealed"


def may_fetch_again(use: KeyUse, view: Event) -> bool:
    """Whether a use may be that of the view's own caller, whose answer got lost."""
    window = CLAIM
    if view.kind == "upload":
        window = UPLOAD_CLAIM * max(1, -(-(view.size or 0) // UPLOAD_BYTES))
    return view.time - CALL <= use.time <= view.time + window + CALL


def tell_use(finding: str, use: KeyUse) -> Finding:
    return Finding(
        finding, use.time, use.secret_id, use.principal, use.source_ip, use.name, use.error,
        use.event_id,
    )  # fmt: skip


def tell_reveal(event: Event) -> Finding:
    return Finding(
        WITHOUT_DECRYPT, event.time, event.secret_id, event.actor, event.source_ip, None, None,
        event.event_id,
    )  # fmt: skip
