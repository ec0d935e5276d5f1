"""What a large upload is made of: encrypted bytes that can be had again, of a known number."""

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, Final

from burnbag.aes128gcm import Stream, encrypt, encrypted_size
from burnbag.errors import Refused, TooLarge

BLOCK: Final = 64 * 1024
# S3's largest single POST, and burnbag's own limit.
LARGEST: Final = 5 * 1024**3


@dataclass(frozen=True)
class Source:
    """`size` encrypted bytes; `pieces` gives them, each time from the start."""

    size: int
    pieces: Callable[[], Iterator[bytes]]


@contextlib.contextmanager
def sourced(file: BinaryIO, start: bytes, prefix: bytes, key: bytes) -> Iterator[Source]:
    """`prefix` and all of `file`, of which `start` has been read already, encrypted.

    An upload has to say its size first. That of a file is known, so it is encrypted while it is
    read. What comes from a pipe is encrypted into a temporary file: its plaintext touches no disk.
    """
    if regular(file):
        yield rereadable(file, file.tell() - len(start), prefix, key)
        return
    with tempfile.TemporaryFile() as spooled:
        for piece in encrypt(joined(prefix + start, file), key):
            spooled.write(piece)
            if spooled.tell() > LARGEST:
                raise TooLarge("encrypted, a secret has at most 5 GiB", 413)
        yield Source(spooled.tell(), lambda: blocks(spooled))


def rereadable(file: BinaryIO, begin: int, prefix: bytes, key: bytes) -> Source:
    """A file, encrypted anew whenever it is read.

    Each time with a new salt: should the file change in between, no nonce meets two plaintexts.
    """
    size = encrypted_size(len(prefix) + os.fstat(file.fileno()).st_size - begin)

    def pieces() -> Iterator[bytes]:
        file.seek(begin)
        made = 0
        for piece in encrypt(joined(prefix, file), key):
            made += len(piece)
            if made > size:
                break
            yield piece
        if made != size:
            raise Refused("the file changed while it was being sent")

    return Source(size, pieces)


def regular(file: Any) -> bool:
    """Whether `file` is a file on a disk, whose size is known and which can be read again.

    What unpacks a file while reading it has that file's number and another size.
    """
    try:
        found, place = os.fstat(file.fileno()), file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(place)
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and end == found.st_size


def blocks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while found := file.read(BLOCK):
        yield found


def joined(prefix: bytes, file: Any) -> Stream:
    """`prefix`, and then what is left in `file`."""
    return Stream(chain([prefix], iter(lambda: block(file, BLOCK), b"")))


def beginning(file: Any, size: int) -> bytes:
    """The first `size` bytes of `file`, or all of fewer. Raises as `block` does."""
    pieces, missing = [], size
    while missing and (piece := block(file, missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def block(file: Any, size: int) -> bytes:
    """At most `size` bytes, none at the end only.

    Raises TypeError for a text file, BlockingIOError where nothing has come yet: to take that
    for the end would seal a part.
    """
    found = file.read(size)
    if found is None:
        raise BlockingIOError(errno.EAGAIN, "the input has nothing to read yet")
    if not isinstance(found, bytes):
        raise TypeError("a binary file object is needed")
    return found
