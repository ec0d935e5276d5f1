"""What a secret is, packed in front of its bytes before both are encrypted.

    content = length of media type (2) || length of name (2) || media type || name || bytes

Lengths are big-endian, texts UTF-8. The services seal this layout, and the client encrypts it
before that, so neither a store nor a server learns a file's name.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
LONGEST_NAME: Final = 255
# RFC 9110, section 8.3.1: a type, a subtype, and parameters without anything unusual.
MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+( *; *[\w.+-]+=[\w.+-]+)*", re.ASCII)

lengths = struct.Struct(">HH")


@dataclass(frozen=True)
class Description:
    """What a secret is: its media type, and its name if it is a file. `repr` shows neither."""

    media_type: str = field(default="", repr=False)
    filename: str = field(default="", repr=False)

    def pack(self) -> bytes:
        """The bytes that come before the secret's own."""
        media_type, filename = self.media_type.encode(), self.filename.encode()
        return lengths.pack(len(media_type), len(filename)) + media_type + filename

    @classmethod
    def unpack(cls, read: Callable[[int], bytes]) -> "Description":
        """The description that `read` begins with; the secret's own bytes are left to be read.

        `read(n)` gives n bytes, fewer only at the end. Raises ValueError for bytes that end too
        early or are not UTF-8.
        """
        media_type, filename = lengths.unpack(read_exactly(read, lengths.size))
        return cls(
            read_exactly(read, media_type).decode(),
            read_exactly(read, filename).decode(),
        )


def read_exactly(read: Callable[[int], bytes], size: int) -> bytes:
    data = read(size)
    if len(data) != size:
        raise ValueError("the content ends within its description")
    return data
