"""Where an opened secret goes: memory, a file, or a stream; all of it, or nothing."""

import errno
import io
import os
import secrets
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

from burnbag_format.content import Description

from burnbag.aes128gcm import Stream, decrypt, encrypt
from burnbag.content import NAMELESS
from burnbag.errors import TooLarge
from burnbag.links import KEY_BYTES
from burnbag.sources import LARGEST
from burnbag.spools import Spool

# What comes with an answer fits into memory, so it needs no temporary folder: there may be none.
SMALL: Final = 8 * 1024 * 1024
LARGEST_IN_MEMORY: Final = 512 * 1024 * 1024
Pieces = Iterable[bytes | memoryview]
# How many bytes were written; the bytes, if kept; the file, if there is one.
Written = tuple[int, bytes | None, Path | None]


class Destination(ABC):
    """Takes an opened secret of up to `largest` bytes."""

    largest: ClassVar[int] = LARGEST
    advice: ClassVar[str] = ""

    def refuse_too_large(self, size: int) -> None:
        """Raise TooLarge for what does not fit, before it is read."""
        if size > self.largest:
            limit = f"{self.largest // 1024**2:,} MiB"
            raise TooLarge(f"the secret has more than {limit}{self.advice}")

    @abstractmethod
    def write(self, description: Description, pieces: Pieces) -> Written:
        """Take all of it, or nothing."""


@dataclass(frozen=True)
class Place:
    """A file, or a folder in which the file gets the sender's name for it.

    Which of the two is decided once, when this is made. What somebody puts there afterwards, a
    folder or a symbolic link, must not turn a secret away to another place.
    """

    path: Path
    is_folder: bool
    # What tells the folder apart from another one of the same name.
    identity: tuple[int, int]

    @classmethod
    def decide(cls, path: Path) -> "Place":
        """Raises OSError if there is no folder to write into."""
        is_folder = path.is_dir()
        return cls(path, is_folder, identify(path if is_folder else path.parent))

    @property
    def folder(self) -> Path:
        return self.path if self.is_folder else self.path.parent

    def name(self, description: Description) -> Path:
        """The path of the file."""
        return self.path / (description.filename or NAMELESS) if self.is_folder else self.path

    def refuse_swapped(self) -> None:
        """Raise OSError if the folder is not the one that was decided on."""
        if identify(self.folder) != self.identity:
            raise OSError(errno.ESTALE, "another folder has taken its place", str(self.folder))


# A place comes from who has decided on it before, to ask a question in between.
Target = str | PathLike[str] | BinaryIO | Place | None


@contextmanager
def open_destination(to: Target, overwrite: bool) -> Iterator[Destination]:
    """Prepare to write to `to`. Raises OSError or TypeError, before a view is consumed."""
    if to is None:
        yield Memory()
    elif isinstance(to, Place | str | PathLike):
        place = to if isinstance(to, Place) else Place.decide(Path(to))
        if not place.is_folder:
            refuse_existing(place.path, overwrite)
        with make_temporary(place.folder) as temporary:
            place.refuse_swapped()
            yield File(place, temporary, overwrite)
    else:
        refuse_unwritable(to)
        with Spool(SMALL) as aside:
            yield Output(to, aside)


@dataclass(frozen=True)
class Memory(Destination):
    """Returns the bytes."""

    largest = LARGEST_IN_MEMORY
    advice = ", too much for memory; give a path to write it to"

    def write(self, description: Description, pieces: Pieces) -> Written:
        data = b"".join(pieces)
        return len(data), data, None


@dataclass(frozen=True)
class File(Destination):
    """Writes a file, or nothing: a temporary file next to it is renamed when it is complete."""

    place: Place
    temporary: Any
    overwrite: bool

    def write(self, description: Description, pieces: Pieces) -> Written:
        path = self.place.name(description)
        refuse_existing(path, self.overwrite)
        file = self.temporary
        for piece in pieces:
            write_all(file, memoryview(piece))
        size = file.tell()
        os.fsync(file.fileno())
        self.place.refuse_swapped()
        file.close()
        move_into_place(file.name, path, self.overwrite)
        return size, None, path


@dataclass(frozen=True)
class Output(Destination):
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
def make_temporary(folder: Path) -> Iterator[Any]:
    """A new private file in `folder`. It is removed, unless it was closed and renamed."""
    with tempfile.NamedTemporaryFile(
        buffering=0, prefix=".burnbag-", dir=folder, delete=False
    ) as file:
        try:
            yield file
        finally:
            if not file.closed:
                # Its name may lead to another file by now.
                os.ftruncate(file.fileno(), 0)
                file.close()
            Path(file.name).unlink(missing_ok=True)


def identify(folder: Path) -> tuple[int, int]:
    """The device and the number of a folder. Raises OSError."""
    found = os.stat(folder)
    return found.st_dev, found.st_ino


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
