"""What the calls answer. Times are aware datetimes in UTC, sizes are bytes.

`repr`, and so a traceback or a log line, shows nothing that opens a secret.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Sent:
    """A secret that was sealed. `link` is for the recipient, `receipt_token` for the sender."""

    id: str
    link: str = field(repr=False)
    receipt_token: str = field(repr=False)
    kind: str
    size: int
    passphrase: bool
    max_views: int
    created_at: datetime
    expires_at: datetime
    label: str | None = None


@dataclass(frozen=True)
class Peek:
    """What a link leads to. `size` is what is stored: of an encrypted secret the ciphertext."""

    id: str
    kind: str
    size: int
    passphrase: bool
    max_views: int
    views_left: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class View:
    """One look at a secret: when, and by whom as far as is known."""

    at: datetime
    by: str | None
    ip: str | None


@dataclass(frozen=True)
class Receipt:
    """What became of a secret; `state` is `sealed`, `revealed`, `revoked`, `locked`, `expired`."""

    id: str
    state: str
    kind: str
    size: int
    label: str | None
    passphrase: bool
    created_at: datetime
    created_by: str | None
    expires_at: datetime
    max_views: int
    views_left: int
    views: tuple[View, ...]
    failed_attempts: int
    ended_at: datetime | None
    ended_by: str | None
    erased_at: datetime | None


@dataclass(frozen=True)
class Opened:
    """A revealed secret: in `data`, unless it was written elsewhere (to `path`, if to a file).

    `filename` and `media_type` are the sender's words, where there are any; the name is safe
    to use within a folder.
    """

    kind: str
    size: int
    views_left: int
    filename: str = field(repr=False)
    media_type: str
    data: bytes | None = field(default=None, repr=False)
    path: Path | None = field(default=None, repr=False)
