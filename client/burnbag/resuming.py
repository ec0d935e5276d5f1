"""What another process continues an upload from: a file that only its owner may read.

Its first line is what was declared, and each further line a part's checksum, written before
anything of that part leaves this machine. The ciphertext is made again under the same key and
nonces, so it must be the same: whatever differs from a checksum here is never sent (ADR 32).

The file has the link and the key of the ciphertext in it. As long as the upload lasts, what they
open lies beside it on the same disk, as it was. It is removed when the upload has arrived or ended.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Self

from burnbag.errors import Refused
from burnbag.parts import GIVEN_UP, Part, Pending
from burnbag.results import Sent, Submitted

VERSION: Final = 1
# Windows has the one, the others have the other.
FLAGS: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
ADDING: Final = os.O_WRONLY | os.O_APPEND | FLAGS
NO_DIGESTS: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Origin:
    """The file that is being sent, and by what to know that it is still the same."""

    path: Path
    size: int
    modified: int

    @classmethod
    def of(cls, path: "PathLike[str]", file: BinaryIO) -> Self:
        status = os.fstat(file.fileno())
        return cls(Path(path).absolute(), status.st_size, status.st_mtime_ns)

    def refuse_change(self, file: BinaryIO) -> None:
        """Raise Refused if the file is not as it was."""
        if Origin.of(self.path, file) != self:
            raise Refused(GIVEN_UP, kind="changed")


@dataclass(frozen=True)
class Begun:
    """An upload in parts that was begun, and all that is needed to go on with it.

    One that answers a request has that request's `submit_token`.
    """

    url: str
    sent: Sent | Submitted
    origin: Origin
    part_size: int
    until: datetime
    prefix: bytes = field(repr=False)
    content_key: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    submit_token: str | None = field(default=None, repr=False)

    @property
    def pending(self) -> Pending:
        sent, base = self.sent, self.url if self.submit_token else None
        token = sent.receipt_token if isinstance(sent, Sent) else self.submit_token or ""
        return Pending(sent.id, token, sent.size, self.part_size, base)

    def encode(self) -> bytes:
        sent = {
            name: int(value.timestamp()) if isinstance(value, datetime) else value
            for name, value in asdict(self.sent).items()
        }
        described = {
            "version": VERSION,
            "url": self.url,
            "sent": sent,
            "path": str(self.origin.path),
            "size": self.origin.size,
            "modified": self.origin.modified,
            "part_size": self.part_size,
            "until": int(self.until.timestamp()),
            **{name: getattr(self, name).hex() for name in ("prefix", "content_key", "salt")},
            **({"submit_token": self.submit_token} if self.submit_token else {}),
        }
        return json.dumps(described).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Self:
        """Raises Refused for what `encode` has not written."""
        try:
            found = json.loads(line)
            if found["version"] != VERSION:
                raise ValueError(found["version"])
            return cls(
                url=found["url"],
                sent=decode_sent(found["sent"]),
                origin=Origin(Path(found["path"]), found["size"], found["modified"]),
                part_size=found["part_size"],
                submit_token=found.get("submit_token"),
                until=datetime.fromtimestamp(found["until"], UTC),
                **{n: bytes.fromhex(found[n]) for n in ("prefix", "content_key", "salt")},
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        # Raised outside the except: the error there may hold what is secret.
        raise Refused("the file to resume from is damaged, or of another version", kind="damaged")


def decode_sent(found: Mapping[str, Any]) -> Sent | Submitted:
    read: dict[str, Any] = {
        name: datetime.fromtimestamp(found[name], UTC)
        for name in ("created_at", "expires_at")
        if name in found
    }
    if "recipients" in found:
        read["recipients"] = tuple(found["recipients"])
    make = Sent if "receipt_token" in found else Submitted
    return make(**{**found, **read})


class ResumeFile:
    """The file, open to add to; without a path it keeps what it is told to itself."""

    def __init__(
        self, path: Path | None = None, handle: int = -1, digests: Mapping[int, str] = NO_DIGESTS
    ) -> None:
        self.path = path
        self.handle = handle
        self.digests = digests

    @classmethod
    def create(cls, path: Path, begun: Begun) -> Self:
        """Write a new one, private from the first moment. Raises OSError if it is there."""
        handle = os.open(path, os.O_CREAT | os.O_EXCL | ADDING, 0o600)
        os.write(handle, begun.encode())
        return cls(path, handle)

    @classmethod
    def read(cls, path: Path) -> "tuple[Begun, Self]":
        """What was begun, and the file to add to. Raises OSError or Refused."""
        first, *lines = path.read_bytes().split(b"\n")
        begun, digests = Begun.decode(first), dict(filter(None, map(decode_line, lines)))
        # Kept open, for another process may finish the upload and remove the file.
        return begun, cls(path, os.open(path, ADDING), digests)

    def digest_of(self, number: int) -> str | None:
        """The checksum that a part had when it was made before."""
        return self.digests.get(number)

    def note(self, parts: list[Part]) -> None:
        """Keep the checksums of parts that are about to be sent."""
        if self.path is not None:
            # A line that somebody was killed over is ended first, and then means nothing.
            lines = "".join(f"\n{part.number} {part.sha256}" for part in parts)
            os.write(self.handle, f"{lines}\n".encode())

    def close(self) -> None:
        if self.path is not None:
            os.close(self.handle)

    def remove(self) -> None:
        """The upload has arrived, or can't go on."""
        self.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def read_begun(path: Path) -> Begun:
    """What was begun. Raises OSError or Refused."""
    return Begun.decode(path.read_bytes().partition(b"\n")[0])


def decode_line(line: bytes) -> tuple[int, str] | None:
    """A part's number and checksum, None for a line that was not written to its end."""
    number, _, digest = line.partition(b" ")
    if not number.isdigit() or len(digest) != 44:
        return None
    return int(number), digest.decode("ascii", "replace")
