"""Several files or a folder as one zip, made while it is being read.

Not compressed: what is large is compressed already, and so the size is known before the first byte,
which an upload has to declare. Each file is read once for its checksum, which stands in front of
it, so that also programs that only read forwards can open the zip, and once more whenever the
secret is encrypted. A zip, because every system and browser opens it.

Only names below what was named go into it: no path, no owner. Source: PKWARE, .ZIP File Format
Specification (APPNOTE) 6.3.10; sizes from 4 GiB on as ZIP64. The layout is that of the page's
`web/scripts/send/zip.js`.
"""

import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from burnbag.aes128gcm import Stream
from burnbag.errors import Refused
from burnbag.sources import CHANGED

BLOCK: Final = 256 * 1024
MAX_32: Final = 0xFFFFFFFF
MAX_16: Final = 0xFFFF
PLAIN, ZIP64 = 20, 45
MADE_BY_UNIX: Final = 3 << 8
UTF8_NAMES: Final = 1 << 11
FOLDER_BIT: Final = 0x10


@dataclass(frozen=True)
class Entry:
    """A file or a folder of a zip; a folder's name ends with a slash, and it has no bytes."""

    name: str
    path: Path
    size: int = 0
    crc: int = 0
    modified: float = 0.0
    mode: int = 0o100644

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")

    @property
    def is_large(self) -> bool:
        return self.size >= MAX_32


class Archive(Stream):
    """The zip of some entries, as a file of known size that can be read again.

    Reading raises Refused if a file has changed since its checksum was made.
    """

    rereadable: Final = True

    def __init__(self, entries: Sequence[Entry]) -> None:
        headers = [local_header(entry) for entry in entries]
        sizes = [len(head) + each.size for head, each in zip(headers, entries, strict=True)]
        *offsets, start = accumulate(sizes, initial=0)
        places = zip(entries, offsets, strict=True)
        self.directory = b"".join(central_header(entry, offset) for entry, offset in places)
        self.ending = ending(len(entries), len(self.directory), start)
        self.entries = entries
        self.size = start + len(self.directory) + len(self.ending)
        self.position = 0
        super().__init__(self.read_all())

    def read_all(self) -> Iterator[bytes]:
        for entry in self.entries:
            yield local_header(entry)
            if not entry.is_folder:
                yield from read_unchanged(entry)
        yield self.directory
        yield self.ending

    def readinto(self, buffer: Any, /) -> int:
        length = super().readinto(buffer)
        self.position += length
        return length

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to the beginning, and forward from there: what comes before is read again."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence]
        target = base + offset
        if target == self.size:  # To learn the size, nobody has to read.
            super().__init__(())
            self.position = target
            return target
        if target < self.position:
            super().__init__(self.read_all())
            self.position = 0
        while self.position < target and self.read(min(BLOCK, target - self.position)):
            pass
        return self.position


def read_unchanged(entry: Entry) -> Iterator[bytes]:
    """A file's bytes. Raises Refused at the end if they are not those of the checksum."""
    size = crc = 0
    with open(entry.path, "rb") as file:
        while block := file.read(BLOCK):
            size, crc = size + len(block), zlib.crc32(block, crc)
            if size > entry.size:
                raise Refused(CHANGED)
            yield block
    if (size, crc) != (entry.size, entry.crc):
        raise Refused(CHANGED)


def check_file(name: str, path: Path, count: Callable[[int], object]) -> Entry:
    """The entry of a file, which is read for it. Raises OSError."""
    size = crc = 0
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        while block := file.read(BLOCK):
            size, crc = size + len(block), zlib.crc32(block, crc)
            count(len(block))
    mode = 0o100755 if status.st_mode & 0o100 else 0o100644
    return Entry(name, path, size, crc, status.st_mtime, mode)


def local_header(entry: Entry) -> bytes:
    """APPNOTE 4.3.7."""
    name = entry.name.encode()
    extra = zip64_extra(entry.size, entry.size) if entry.is_large else b""
    needs = ZIP64 if entry.is_large else PLAIN
    lengths = struct.pack("<HH", len(name), len(extra))
    return struct.pack("<IH", 0x04034B50, needs) + common(entry) + lengths + name + extra


def central_header(entry: Entry, offset: int) -> bytes:
    """APPNOTE 4.3.12."""
    name, is_far = entry.name.encode(), offset >= MAX_32
    numbers = [entry.size, entry.size] * entry.is_large + [offset] * is_far
    extra = zip64_extra(*numbers) if numbers else b""
    needs = ZIP64 if numbers else PLAIN
    attributes = entry.mode << 16 | FOLDER_BIT * entry.is_folder
    head = struct.pack("<IHH", 0x02014B50, MADE_BY_UNIX | needs, needs) + common(entry)
    lengths = struct.pack("<HHHHH", len(name), len(extra), 0, 0, 0)
    place = struct.pack("<II", attributes, MAX_32 if is_far else offset)
    return head + lengths + place + name + extra


def common(entry: Entry) -> bytes:
    """What both headers say alike: flags, method, time, checksum, sizes."""
    shown = MAX_32 if entry.is_large else entry.size
    return struct.pack(
        "<HHHHIII", UTF8_NAMES, 0, *dos_time(entry.modified), entry.crc, shown, shown
    )


def zip64_extra(*numbers: int) -> bytes:
    """APPNOTE 4.5.3."""
    return struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def ending(count: int, size: int, offset: int) -> bytes:
    """The end of the directory: APPNOTE 4.3.14 to 4.3.16."""
    large = b""
    if count >= MAX_16 or size >= MAX_32 or offset >= MAX_32:
        made = MADE_BY_UNIX | ZIP64, ZIP64
        large = struct.pack("<IQHHII", 0x06064B50, 44, *made, 0, 0)
        large += struct.pack("<QQQQ", count, count, size, offset)
        large += struct.pack("<IIQI", 0x07064B50, 0, offset + size, 1)
    shown = min(count, MAX_16), min(size, MAX_32), min(offset, MAX_32)
    return large + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, shown[0], *shown, 0)


def dos_time(modified: float) -> tuple[int, int]:
    """MS-DOS has local time, in steps of two seconds, from 1980 to 2107."""
    moment = time.localtime(modified)
    if not 1980 <= moment.tm_year <= 2107:
        return 0, 1 << 5 | 1
    date = (moment.tm_year - 1980) << 9 | moment.tm_mon << 5 | moment.tm_mday
    return moment.tm_hour << 11 | moment.tm_min << 5 | moment.tm_sec >> 1, date
