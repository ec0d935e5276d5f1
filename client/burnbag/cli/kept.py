"""The requests that were made here: the private key of each, in a file that only its owner can
read.

The key opens the answer. Its file goes when the answer was opened, when the request or the answer
was revoked or has expired, and at the latest when it would have: as soon as a command looks here.
"""

import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

from burnbag.cli import paths
from burnbag.cli.errors import CommandError
from burnbag.errors import LinkError
from burnbag.request_links import AnswerLink
from burnbag.results import Request

SUFFIX: Final = ".request"
VERSION: Final = 1
# What was opened at the last moment can be had again for so long.
GRACE_SECONDS: Final = 60 * 60


@dataclass(frozen=True)
class Kept:
    """A request and its private key; times are epoch seconds.

    It can be answered until `expires_at`, and the answer can be opened until `over_at`.
    """

    url: str
    id: str
    keep: str = field(repr=False)
    label: str | None
    kinds: list[str]
    created_at: int
    expires_at: int
    over_at: int

    @classmethod
    def of(cls, url: str, asked: Request) -> Self:
        expires_at = int(asked.expires_at.timestamp())
        return cls(
            url=url,
            id=asked.id,
            keep=asked.keep,
            label=asked.label,
            kinds=list(asked.kinds),
            created_at=int(asked.created_at.timestamp()),
            expires_at=expires_at,
            over_at=expires_at + asked.ttl,
        )

    @property
    def link(self) -> AnswerLink:
        return AnswerLink.parse(self.keep)


def keep(kept: Kept) -> None:
    """Keep a key: the file is there whole, or not at all. Raises CommandError."""
    text = json.dumps({"version": VERSION} | asdict(kept)).encode()
    try:
        folder = paths.make_state_folder()
        handle, temporary = tempfile.mkstemp(dir=folder)
        try:
            with open(handle, "wb") as file:
                file.write(text)
                file.flush()
                # Once the link is out, nothing can make the key again.
                os.fsync(file.fileno())
            os.replace(temporary, folder / f"{kept.id}{SUFFIX}")
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"the private key can't be kept: {error.strerror}") from None


def find(prefix: str = "") -> list[Kept]:
    """The requests whose ids begin so, newest first. Raises CommandError."""
    try:
        files = list(paths.state_folder().glob(f"*{SUFFIX}"))
    except OSError as error:
        raise CommandError(f"the state folder can't be read: {error.strerror}") from None
    found = [kept for kept in map(read, files) if kept and kept.id.startswith(prefix)]
    return sorted(found, key=lambda kept: kept.created_at, reverse=True)


def read(file: Path) -> Kept | None:
    """What a file says. What is over is removed; what can't be read is left, and is none."""
    try:
        found = json.loads(file.read_bytes())
        if found.pop("version") != VERSION:
            return None
        kept = Kept(**found)
        if kept.over_at + GRACE_SECONDS > time.time():
            return kept if kept.link.id == kept.id else None
    except (OSError, ValueError, TypeError, AttributeError, KeyError, LinkError):
        return None
    remove(kept.id)
    return None


def remove(secret_id: str) -> None:
    """Forget the key of a request that is over, if it is here at all."""
    with suppress(OSError):
        (paths.state_folder() / f"{secret_id}{SUFFIX}").unlink(missing_ok=True)
