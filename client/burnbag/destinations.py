"""Where an opened secret goes: memory, a file, or a stream; all of it, or nothing."""

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

from burnbag_format.content import Description

from burnbag.aes128gcm import Stream, decrypt, encrypt
from burnbag.content import NAMELESS
from burnbag.links import KEY_BYTES

# What comes with an answer fits into memory, so it needs no temporary folder: there may be none.
SMALL: Final = 8 * 1024 * 1024
Target = str | PathLike[str] | BinaryIO | None
Pieces = Iterable[bytes | memoryview]
# How many bytes were written; the bytes, if kept; the file, if there is one.
Written = tuple[int, bytes | None, Path | None]


class Destination(Protocol):
    """Takes an opened secret."""

    def write(self, description: Description, pieces: Pieces) -> Written: ...


@contextmanager
def open_destination(to: Target, overwrite: bool) -> Iterator[Destination]:
    """Prepare to write to `to`. Raises OSError or TypeError, before a view is consumed."""
    if to is None:
        yield Memory()
    elif not isinstance(to, str | PathLike):
        refuse_unwritable(to)
        with tempfile.SpooledTemporaryFile(SMALL) as aside:
            yield Output(to, aside)
    else:
        path = Path(to)
        folder = path if path.is_dir() else path.parent
        if not path.is_dir():
            refuse_existing(path, overwrite)
        with make_temporary(folder) as name:
            yield File(path, name, overwrite)


@dataclass(frozen=True)
class Memory:
    """Returns the bytes."""

    def write(self, description: Description, pieces: Pieces) -> Written:
        data = b"".join(pieces)
        return len(data), data, None


@dataclass(frozen=True)
class File:
    """Writes a file, or nothing: a temporary file next to it is renamed when it is complete.

    In a folder, the file gets the sender's name for it.
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
        move_into_place(self.temporary, path, self.overwrite)
        return size, None, path


@dataclass(frozen=True)
class Output:
    """Writes to a stream, which can't take anything back, so everything is put aside first.

    `aside` is memory for what came with an answer, and a temporary file for what is larger,
    encrypted under a key that only this process has.
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
    """Write all of `piece`: a stream without a buffer may take only a part at a time."""
    while piece:
        count = file.write(piece)
        if not count:
            raise BlockingIOError(errno.EAGAIN, "the output takes no more")
        piece = piece[count:]


@contextmanager
def make_temporary(folder: Path) -> Iterator[str]:
    """The name of a new private file in `folder`, which is removed unless it was renamed."""
    handle, name = tempfile.mkstemp(prefix=".burnbag-", dir=folder)
    os.close(handle)
    try:
        yield name
    finally:
        Path(name).unlink(missing_ok=True)


def move_into_place(name: str, path: Path, overwrite: bool) -> None:
    """Give a file its real name. A hard link fails if the name is taken, without a race."""
    if not overwrite:
        try:
            return os.link(name, path)
        except FileExistsError:
            raise
        except OSError:
            refuse_existing(path, overwrite)
    os.replace(name, path)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise FileExistsError if something is there, unless it is a file to overwrite."""
    if os.path.lexists(path) and not (overwrite and path.is_file()):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def refuse_unwritable(file: Any) -> None:
    """Raise TypeError for a text file, OSError or ValueError for one that can't be written to."""
    if isinstance(file, io.TextIOBase) or not hasattr(file, "write"):
        raise TypeError("a binary file object is needed")
    if hasattr(file, "writable") and not file.writable():
        raise io.UnsupportedOperation("not writable")
