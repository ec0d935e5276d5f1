"""Where a secret goes: into memory, a file, or a stream; whole, or not at all."""

import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Protocol

from burnbag.aes128gcm import Stream, decrypt, encrypt
from burnbag.content import NAMELESS, Description
from burnbag.links import KEY_BYTES

Target = str | PathLike[str] | BinaryIO | None
Pieces = Iterable[bytes | memoryview]
# How many bytes were written; the bytes, if kept; the file, if there is one.
Written = tuple[int, bytes | None, Path | None]


class Destination(Protocol):
    def write(self, description: Description, pieces: Pieces) -> Written: ...


def destination(to: Target, overwrite: bool) -> Destination:
    """Where `to` leads. Raises FileExistsError, before anything is consumed."""
    if to is None:
        return Memory()
    if not isinstance(to, str | PathLike):
        return Output(to)
    path = Path(to)
    if path.is_dir():
        return Folder(path, overwrite)
    refuse_existing(path, overwrite)
    return File(path, overwrite)


@dataclass(frozen=True)
class Memory:
    """The bytes are returned."""

    def write(self, description: Description, pieces: Pieces) -> Written:
        data = b"".join(pieces)
        return len(data), data, None


@dataclass(frozen=True)
class File:
    """A file that is there only once all of it is: written beside its place, then renamed."""

    path: Path
    overwrite: bool

    def write(self, description: Description, pieces: Pieces) -> Written:
        with temporary(self.path.parent) as (file, name):
            for piece in pieces:
                file.write(piece)
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
            refuse_existing(self.path, self.overwrite)
            os.replace(name, self.path)
        return size, None, self.path


@dataclass(frozen=True)
class Folder:
    """A file under the name that its sender gave it."""

    path: Path
    overwrite: bool

    def write(self, description: Description, pieces: Pieces) -> Written:
        path = self.path / (description.filename or NAMELESS)
        refuse_existing(path, self.overwrite)
        return File(path, self.overwrite).write(description, pieces)


@dataclass(frozen=True)
class Output:
    """A stream, which can take nothing back: what arrives is kept aside until all of it has.

    Aside means a temporary file, encrypted under a key that only this process has.
    """

    file: BinaryIO

    def write(self, description: Description, pieces: Pieces) -> Written:
        key, size = secrets.token_bytes(KEY_BYTES), 0
        with tempfile.TemporaryFile() as aside:
            for sealed in encrypt(Stream(pieces), key):
                aside.write(sealed)
            aside.seek(0)
            for piece in decrypt(aside, key):
                self.file.write(piece)
                size += len(piece)
        self.file.flush()
        return size, None, None


@contextmanager
def temporary(folder: Path) -> Iterator[tuple[BinaryIO, str]]:
    """A private file in `folder`, removed unless it was renamed."""
    handle, name = tempfile.mkstemp(prefix=".burnbag-", dir=folder)
    try:
        with open(handle, "wb") as file:
            yield file, name
    finally:
        Path(name).unlink(missing_ok=True)


def refuse_existing(path: Path, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(17, os.strerror(17), str(path))
