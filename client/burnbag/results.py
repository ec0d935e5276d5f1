"""What the calls return. Times are aware datetimes in UTC, sizes are bytes.

`repr`, and so a traceback or a log line, shows nothing that opens a secret.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from burnbag.errors import NotText


@dataclass(frozen=True)
class Sent:
    """A sealed secret. `link` is for the recipient, `receipt_token` for the sender."""

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
    encrypted: bool = False
    on_lock: str = "burn"
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A request for a secret. `link` is for whoever has it; `keep` opens the answer.

    `kinds` and `max_bytes` are what it takes, the latter of the encrypted bytes. It can be answered
    until `expires_at`; the answer then lives for `ttl` seconds.
    """

    id: str
    link: str = field(repr=False)
    keep: str = field(repr=False)
    receipt_token: str = field(repr=False)
    kinds: tuple[str, ...]
    max_bytes: int
    ttl: int
    created_at: datetime
    expires_at: datetime
    label: str | None = None


@dataclass(frozen=True)
class RequestPeek:
    """What a request asks for. `created_by` is who asks, as its server has checked."""

    id: str
    kinds: tuple[str, ...]
    max_bytes: int
    ttl: int
    expires_at: datetime
    created_by: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Submitted:
    """The answer to a request, as whoever gave it knows it. `size` is that of the ciphertext."""

    id: str
    kind: str
    size: int
    expires_at: datetime


@dataclass(frozen=True)
class Peek:
    """What a link leads to.

    `size` is that of what is stored: of the padded ciphertext, if the sender `encrypted` it.
    `on_lock` is what five wrong passphrases do, `burn` or `freeze`; a `frozen` secret opens for
    nobody until its sender unfreezes it. `identified_as` is who asks, where that had to be
    known.
    """

    id: str
    kind: str
    size: int
    passphrase: bool
    max_views: int
    views_left: int
    created_at: datetime
    expires_at: datetime
    encrypted: bool = False
    on_lock: str = "burn"
    frozen: bool = False
    identified_as: str | None = None


@dataclass(frozen=True)
class View:
    """One view of a secret: when, and by whom and with which program if that is known."""

    at: datetime
    by: str | None
    ip: str | None
    user_agent: str | None = None


@dataclass(frozen=True)
class Refusal:
    """When somebody who is not a recipient was refused: who it was, and from where."""

    at: datetime
    by: str | None
    ip: str | None
    user_agent: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of a secret; `state` is `sealed`, `revealed`, `revoked`, `locked`, `expired`.

    `recipients` are those it is for, where they are named, and `refusals` counts, up to 100, how
    often somebody else tried.

    That of a request is `requested` until somebody answers it. `kinds` and `max_bytes` are what it
    takes, `submitted_at` and `submitted_by` when and from which address it was answered, and
    `sealed_key` is what only its maker can read.
    """

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
    encrypted: bool = False
    on_lock: str = "burn"
    frozen_at: datetime | None = None
    recipients: tuple[str, ...] = ()
    refusals: int = 0
    last_refusal: Refusal | None = None
    kinds: tuple[str, ...] | None = None
    max_bytes: int | None = None
    submitted_at: datetime | None = None
    submitted_by: str | None = None
    sealed_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Revocation:
    """What became of the open secrets that `created_by` created.

    Of those `found`, some were `revoked`, some had `already_ended` when their turn came, and some
    could not be ended (`failed`). A dry run only finds.
    """

    created_by: str
    found: int = 0
    revoked: int = 0
    already_ended: int = 0
    failed: int = 0


@dataclass(frozen=True)
class SignedReceipt:
    """A signed receipt that was checked: what became of a secret, as it was known at `signed_at`.

    `issuer` is the URL that the signer gave itself; only the key was checked.
    """

    issuer: str
    signed_at: datetime
    key_id: str
    receipt: Receipt


@dataclass(frozen=True)
class VerifiedPage:
    """A page that is the one of this package, in `files` files.

    Its own server is not all that it may talk to: `connections` are the other origins, those of
    the bucket and of the sign-in, and `images` those of pictures. `facts` is what its server tells
    it of its stack (config.json). Nobody has checked these three.
    """

    url: str
    version: str
    files: int
    connections: tuple[str, ...]
    images: tuple[str, ...]
    facts: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Opened:
    """An opened secret: its bytes are in `data`, or were written to `path` or to a stream.

    `filename` and `media_type` are what the sender said, if anything. The name is safe to use in
    a folder. `identified_as` is who opened it, where that had to be known.
    """

    kind: str
    size: int
    views_left: int
    filename: str = field(repr=False)
    media_type: str
    data: bytes | None = field(default=None, repr=False)
    path: Path | None = field(default=None, repr=False)
    identified_as: str | None = None


@dataclass(frozen=True)
class OpenedInMemory(Opened):
    """An opened secret that was not written anywhere: its bytes are in `data`."""

    data: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The secret as a text, whatever the sender called it. Raises NotText if it is none."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            pass
        # Raised outside the except: the decoder's error holds the bytes.
        raise NotText
