"""The two records: a secret, and the receipt that outlives it. Times are epoch seconds."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from burnbag_core.header import BURN, FREEZE, Header

MAX_ATTEMPTS: Final = 5
EXPIRY_SHARDS: Final = 8
OBJECT_PREFIX: Final = "files/"
# How long after the order the parts of an upload may come, in seconds: 50 GiB at 5 Mbit/s. The
# bucket's lifecycle rule aborts no younger upload.
PARTS_WINDOW: Final = 86_400
# A request that waits for its answer is `requested`; an answer makes the secret of it.
REQUESTED: Final = "requested"
SEALED: Final = "sealed"
STATES: Final = (REQUESTED, SEALED, "revealed", "revoked", "locked", "expired")
# The states that are no end.
OPEN_STATES: Final = (REQUESTED, SEALED)
# What a record is while it is a request: no kind of secret, so nothing reveals it.
REQUEST: Final = "request"
# How often a receipt counts that somebody was refused who is none of its recipients: who has a
# stolen link can't make writes for ever.
MOST_REFUSALS: Final = 100
# A session's ARN has its role's name and not the role's path; a name is unique in its account.
SESSION: Final = re.compile(r"arn:([\w-]+):sts::(\d{12}):assumed-role/([^/]+)/.+", re.ASCII)
ROLE: Final = re.compile(r"arn:([\w-]+):iam::(\d{12}):role/(?:.+/)?([^/]+)", re.ASCII)


@dataclass(frozen=True)
class View:
    """One consumed view, one wrong guess or one refusal: when, and of whom, as in `Caller`."""

    at: int
    by: str | None = None
    ip: str | None = None
    agent: str | None = None


@dataclass(frozen=True)
class Caller:
    """Who calls, each where known: the IAM ARN that signed or the verified e-mail address of who
    signed in, the network address, and the program, by the first product of its User-Agent.
    """

    by: str | None = None
    ip: str | None = None
    agent: str | None = None

    def view(self, now: int) -> View:
        """What is recorded of this caller's view, of its wrong guess, or of its refusal."""
        return View(now, self.by, self.ip, self.agent)


@dataclass(frozen=True)
class Claim:
    """One caller's right to fetch an already consumed view again, until a time.

    `views_left` is what the first answer said, so that every later one says the same.
    """

    until: int
    views_left: int


@dataclass(frozen=True)
class Secret:
    """What can still be revealed.

    `claims` and `confirmed` go by the hash of an idempotency key: the claims, and when those that
    were confirmed would have been over. `unfrozen` counts how often the sender has allowed new
    guesses: a guess belongs to the count under which it was reserved. With `recipients` it opens
    for them alone.
    """

    id: str
    kind: str
    sealed: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    token_hash: bytes = field(repr=False)
    max_views: int
    views_left: int
    created_at: int
    expires_at: int
    size: int
    salt: bytes | None = None
    attempts_left: int = MAX_ATTEMPTS
    failed_attempts: int = 0
    attempted_at: int = 0
    claims: Mapping[str, Claim] = field(default_factory=dict)
    confirmed: Mapping[str, int] = field(default_factory=dict)
    encrypted: bool = False
    on_lock: str = BURN
    frozen_at: int | None = None
    unfrozen: int = 0
    recipients: tuple[str, ...] = ()

    @cached_property
    def header(self) -> Header:
        """What the sealed bytes are authenticated with: in the version that they name."""
        return Header(
            id=self.id,
            kind=self.kind,
            created_at=self.created_at,
            expires_at=self.expires_at,
            max_views=self.max_views,
            passphrase=self.passphrase,
            encrypted=self.encrypted,
            on_lock=self.on_lock,
            version=self.sealed[0] if self.sealed else 0,
            recipients=self.recipients,
        )

    @property
    def sealed_at(self) -> int:
        """When its bytes were sealed: an answer's record is made when it is submitted."""
        return self.created_at

    @property
    def passphrase(self) -> bool:
        """Whether a passphrase is needed to open it."""
        return self.salt is not None

    def live_claims(self, now: int) -> dict[str, Claim]:
        """The claims that are not over yet, by the hash of their idempotency key."""
        return {key: claim for key, claim in self.claims.items() if now < claim.until}

    @property
    def freezes(self) -> bool:
        """Whether the next lock freezes it: after the last view there is nothing to freeze."""
        return self.on_lock == FREEZE and self.views_left > 0

    def has_expired(self, now: int) -> bool:
        """Unreadable from `expires_at` on, whether or not the record has been erased yet."""
        return now >= self.expires_at


@dataclass(frozen=True)
class Receipt:
    """What is known of a secret, before and after its end; nothing in it is secret.

    `…_by`, `…_ip` and `…_agent` are a caller's. Older receipts have a network address in `…_by`
    where nobody signed. `erase_due` is when the record should go, where it outlives the end for its
    claims, and `removed_at` when it went. `refusals` counts who was refused for being none of the
    `recipients`. Only an upload that comes in parts has a `part_size`; S3 knows it by its
    `upload_id` from the first part on, until it has arrived.

    Only a request has `kinds`, `max_bytes` and a `submit_hash`. Its `kind` is "request" and it has
    no `token_hash` until somebody answers it: from `submitted_at` on it is the receipt of that
    secret. `sealed_key` is the key to the answer, encrypted for the requester; `submitted_ip` and
    `submitted_agent` are the submitter's, of whom nobody knows more.
    """

    id: str
    state: str
    kind: str
    size: int
    created_at: int
    expires_at: int
    max_views: int
    passphrase: bool
    receipt_token_hash: bytes = field(repr=False)
    purge_at: int
    token_hash: bytes | None = field(default=None, repr=False)
    label: str | None = None
    created_by: str | None = None
    created_ip: str | None = None
    created_agent: str | None = None
    views: tuple[View, ...] = ()
    failed_attempts: int = 0
    last_failure: View | None = None
    ended_at: int | None = None
    ended_by: str | None = None
    ended_ip: str | None = None
    ended_agent: str | None = None
    erase_due: int | None = None
    removed_at: int | None = None
    erased_at: int | None = None
    encrypted: bool = False
    on_lock: str = BURN
    frozen_at: int | None = None
    unfrozen: int = 0
    unfrozen_at: int | None = None
    unfrozen_by: str | None = None
    unfrozen_ip: str | None = None
    unfrozen_agent: str | None = None
    order_digest: bytes | None = field(default=None, repr=False)
    part_size: int | None = None
    upload_id: str | None = field(default=None, repr=False)
    arrived_at: int | None = None
    recipients: tuple[str, ...] = ()
    refusals: int = 0
    last_refusal: View | None = None
    kinds: tuple[str, ...] | None = None
    max_bytes: int | None = None
    submit_hash: bytes | None = field(default=None, repr=False)
    submitted_at: int | None = None
    submitted_ip: str | None = None
    submitted_agent: str | None = None
    submit_digest: bytes | None = field(default=None, repr=False)
    sealed_key: bytes | None = field(default=None, repr=False)

    @property
    def sealed_at(self) -> int:
        """When its secret was sealed: of a request's, when it was answered."""
        return self.created_at if self.submitted_at is None else self.submitted_at

    @property
    def ttl(self) -> int:
        """Its life in seconds: that of a request, and then as long again for the answer."""
        return self.expires_at - self.sealed_at

    @property
    def views_left(self) -> int:
        """Views that can still be consumed: none after the end."""
        return self.max_views - len(self.views) if self.state == SEALED else 0

    def end(self, now: int) -> tuple[str, int | None] | None:
        """The end and its time, or None while the secret lives, or the request waits.

        Time ends a secret before any record says so: `expired` needs no write to be true.
        """
        if self.state not in OPEN_STATES:
            return self.state, self.ended_at
        return ("expired", self.expires_at) if now >= self.expires_at else None


def expiry_shard(secret_id: str) -> str:
    """The partition of the index `overdue` that a secret's record lies in: "0" to "7"."""
    return str(hashlib.sha256(secret_id.encode()).digest()[0] % EXPIRY_SHARDS)


def creator_of(caller: str | None) -> str | None:
    """Whose secrets a caller's are in the index `by_creator`: a user, a person, or of a role's
    session the role, as an ARN without its path. None where nobody has a name.
    """
    match = SESSION.fullmatch(caller or "") or ROLE.fullmatch(caller or "")
    return "arn:{}:iam::{}:role/{}".format(*match.groups()) if match else caller


def object_key(secret_id: str) -> str:
    """The key of a secret's object in the bucket: made of its id alone, whatever its name is."""
    return OBJECT_PREFIX + secret_id
