"""Where a secret goes: into memory, a file, or a stream; whole, or not at all."""

import errno
import io
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from burnbag.aes128gcm import Stream, decrypt, encrypt
from burnbag.content import NAMELESS, Description
from burnbag.links import KEY_BYTES

# What comes with an answer needs no temporary folder, which may be missing where little else is.
SMALL: Final = 8 * 1024 * 1024
Target = str | PathLike[str] | BinaryIO | None
Pieces = Iterable[bytes | memoryview]
# How many bytes were written; the bytes, if kept; the file, if there is one.
Written = tuple[int, bytes | None, Path | None]


class Destination(Protocol):
    def write(self, description: Description, pieces: Pieces) -> Written: ...


@contextmanager
def destination(to: Target, overwrite: bool) -> Iterator[Destination]:
    """Where `to` leads. Raises OSError or TypeError, before anything is consumed."""
    if to is None:
        yield Memory()
    elif not isinstance(to, str | PathLike):
        refuse_unwritable(to)
        with tempfile.SpooledTemporaryFile(SMALL) as aside:
            yield Output(to, aside)
    else:
        path = Path(to)
        into = path if path.is_dir() else path.parent
        if not path.is_dir():
            refuse_existing(path, overwrite)
        with temporary(into) as name:
            yield File(path, name, overwrite)


@dataclass(frozen=True)
class Memory:
    """The bytes are returned."""

    def write(self, description: Description, pieces: Pieces) -> Written:
        data = b"".join(pieces)
        return len(data), data, None


@dataclass(frozen=True)
class File:
    """A file that is there only once all of it is: written beside its place, then renamed.

    In a folder it gets the name that its sender gave it.
    """

    path: Path
    temporary: str
    overwrite: bool

    def write(self, description: Description, pieces: Pieces) -> Written:
        path = self.path
        if path.is_dir():
            path = path / (description.filename or NAMELESS)
            refuse_existing(path, self.overwrite)
        with open(self.temporary, "wb") as file:
            for piece in pieces:
                file.write(piece)
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        put(self.temporary, path, self.overwrite)
        return size, None, path


@dataclass(frozen=True)
class Output:
    """A stream, which can take nothing back: what arrives is kept aside until all of it has.

    Aside means in memory what came with an answer, and the rest in a temporary file, encrypted
    under a key that only this process has.
    """

    file: BinaryIO
    aside: Any

    def write(self, description: Description, pieces: Pieces) -> Written:
        key, size = secrets.token_bytes(KEY_BYTES), 0
        for sealed in encrypt(Stream(pieces), key):
            self.aside.write(sealed)
        self.aside.seek(0)
        for piece in decrypt(self.aside, key):
            write_all(self.file, piece)
            size += len(piece)
        self.file.flush()
        return size, None, None


def write_all(file: Any, piece: memoryview) -> None:
    """Write all of `piece`: a stream without a buffer may take a part of it only."""
    while piece:
        taken = file.write(piece)
        if not taken:
            raise BlockingIOError(errno.EAGAIN, "the output takes no more")
        piece = piece[taken:]


@contextmanager
def temporary(folder: Path) -> Iterator[str]:
    """The name of a private file in `folder`, removed unless it was renamed."""
    handle, name = tempfile.mkstemp(prefix=".burnbag-", dir=folder)
    os.close(handle)
    try:
        yield name
    finally:
        Path(name).unlink(missing_ok=True)


def put(name: str, path: Path, overwrite: bool) -> None:
    """Give a file its real name; where it must be new, in one step where the system can."""
    if not overwrite:
        try:
            return os.link(name, path)
        except FileExistsError:
            raise
        except OSError:
            refuse_existing(path, overwrite)
    os.replace(name, path)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise FileExistsError for a file, unless it may be overwritten; for all else always."""
    if os.path.lexists(path) and not (overwrite and path.is_file()):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def refuse_unwritable(file: Any) -> None:
    """Raise for what takes no bytes: a text file, a closed or a read-only one."""
    if isinstance(file, io.TextIOBase) or not hasattr(file, "write"):
        raise TypeError("a binary file object is needed")
    if hasattr(file, "writable") and not file.writable():
        raise io.UnsupportedOperation("not writable")
