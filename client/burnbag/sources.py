"""Where a secret's bytes come from: memory, a file, or a pipe; and how a large one is encrypted."""

import contextlib
import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from os import PathLike
from typing import Any, BinaryIO, Final

from burnbag.aes128gcm import Stream, decrypted_size, encrypt, encrypted_size
from burnbag.content import check_text
from burnbag.errors import Refused, TooLarge
from burnbag.padding import padded_size
from burnbag.spools import Spool

BLOCK: Final = 64 * 1024
# S3's largest single POST, and burnbag's own limit, for what comes in parts.
LARGEST_FORM: Final = 5 * 1024**3
LARGEST: Final = 50 * 1024**3
# The most that fits into each encrypted.
LARGEST_FORM_PLAIN: Final = decrypted_size(LARGEST_FORM)
LARGEST_PLAIN: Final = decrypted_size(LARGEST)

CHANGED: Final = "the file changed while it was being sent"

Content = str | bytes | bytearray | memoryview | PathLike[str] | BinaryIO


@contextlib.contextmanager
def open_content(content: Content) -> Iterator[BinaryIO]:
    """Open `content` as a file. A file that the caller opened stays open."""
    if isinstance(content, str):
        yield io.BytesIO(check_text("content", content, sys.maxsize).encode())
    elif isinstance(content, bytes | bytearray | memoryview):
        yield io.BytesIO(content)
    elif isinstance(content, PathLike):
        with open(content, "rb") as file:
            yield file
    else:
        yield content


def read_start(file: Any, size: int) -> bytes:
    """Read the first `size` bytes of `file`, or all if there are fewer. Raises as `read_block`."""
    pieces, missing = [], size
    while missing and (piece := read_block(file, missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def read_block(file: Any, size: int) -> bytes:
    """Read at most `size` bytes; no bytes mean the end.

    Raises TypeError for a text file, and BlockingIOError if nothing has come yet: to take that
    for the end would send only a part.
    """
    block = file.read(size)
    if block is None:
        raise BlockingIOError(errno.EAGAIN, "the input has nothing to read yet")
    if not isinstance(block, bytes):
        raise TypeError("a binary file object is needed")
    return block


@dataclass(frozen=True)
class Source:
    """`size` encrypted bytes for an upload; each call of `pieces` gives them from the start.

    With the same salt they are the same bytes, if those of the file are.
    """

    size: int
    pieces: Callable[[bytes | None], Iterator[bytes]]


@contextlib.contextmanager
def encrypt_source(file: BinaryIO, start: bytes, prefix: bytes, key: bytes) -> Iterator[Source]:
    """Encrypt `prefix` and all of `file`, whose first bytes, `start`, were read already.

    An upload has to declare its size first. The size of a file is known, so it is encrypted while
    it is being sent. A pipe is encrypted into a temporary file first, so that no plaintext is
    written to disk. Raises TooLarge.
    """
    if is_regular(file):
        begin = file.tell() - len(start)
        del start
        yield encrypt_file(file, begin, prefix, key)
        return
    with Spool() as spool:
        for piece in encrypt(join(prefix + start, file), key, padded_size=fitting_size):
            spool.write(piece)
            if spool.tell() > LARGEST:
                raise TooLarge("encrypted, a secret has at most 50 GiB", 413)
        yield Source(spool.tell(), lambda salt: read_again(spool))


def encrypt_file(file: BinaryIO, begin: int, prefix: bytes, key: bytes) -> Source:
    """A file that is encrypted anew, with a new salt, each time it is read without one.

    Thus no nonce is used for two plaintexts, even if the file changes in between. Reading raises
    Refused if the file's size changes.
    """
    plain = len(prefix) + file.seek(0, os.SEEK_END) - begin
    size = encrypted_size(fitting_size(plain))

    def refuse_change(total: int) -> int:
        if total != plain:
            raise Refused(CHANGED)
        return fitting_size(total)

    def pieces(salt: bytes | None) -> Iterator[bytes]:
        file.seek(begin)
        total = 0
        for piece in encrypt(join(prefix, file), key, salt=salt, padded_size=refuse_change):
            total += len(piece)
            if total > size:
                raise Refused(CHANGED)
            yield piece

    return Source(size, pieces)


def fitting_size(size: int) -> int:
    """The padded size, but no more than fits into a form, or else into an upload in parts, unless
    `size` itself is more.
    """
    limit = LARGEST_FORM_PLAIN if size <= LARGEST_FORM_PLAIN else LARGEST_PLAIN
    return max(size, min(padded_size(size), limit))


def is_regular(file: Any) -> bool:
    """Whether `file` is a file on disk, of known size, that can be read again.

    `gzip.open` exposes the compressed file's descriptor, so the size is checked by seeking too.
    An object that is made for it has the attribute `rereadable`.
    """
    if getattr(file, "rereadable", False):
        return True
    try:
        status, position = os.fstat(file.fileno()), file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(position)
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and end == status.st_size


def read_again(file: BinaryIO | Spool) -> Iterator[bytes]:
    """Read a file from its start, block by block."""
    file.seek(0)
    while block := file.read(BLOCK):
        yield block


def join(prefix: bytes, file: Any) -> Stream:
    """`prefix`, followed by the rest of `file`."""
    return Stream(chain([prefix], iter(lambda: read_block(file, BLOCK), b"")))
