"""What is inside an encrypted secret: what it is, then its bytes.

    content = length of media type (2) || length of name (2) || media type || name || bytes

Lengths are big-endian, texts UTF-8. So neither name nor media type is known to the server.
"""

import struct
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Final

from burnbag.aes128gcm import Readable, exactly
from burnbag.errors import Damaged

TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
LONGEST: Final = 255
NAMELESS: Final = "secret"

lengths = struct.Struct(">HH")


@dataclass(frozen=True)
class Description:
    """What a secret is: its media type, and its name if it is a file."""

    media_type: str = ""
    filename: str = field(default="", repr=False)

    def pack(self) -> bytes:
        """The bytes that come before the secret's own."""
        media_type, filename = self.media_type.encode(), self.filename.encode()
        return lengths.pack(len(media_type), len(filename)) + media_type + filename

    @classmethod
    def read(cls, source: Readable) -> "Description":
        """The description at the beginning of `source`, which is left where the bytes begin.

        Raises Damaged.
        """
        media_type, filename = lengths.unpack(exactly(source, lengths.size))
        try:
            return cls(exactly(source, media_type).decode(), exactly(source, filename).decode())
        except UnicodeDecodeError:
            raise Damaged from None

    def safe(self) -> "Description":
        """The same, with a name that may be used in a folder."""
        return replace(self, filename=self.filename and safe_name(self.filename))


def safe_name(filename: str) -> str:
    """A sender's name for a file as it may be used in a folder: no path, nothing invisible.

    Format characters go too: a right-to-left mark makes `gpj.exe` look like `exe.jpg`.
    """
    name = filename.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if c.isprintable() and unicodedata.category(c) != "Cf")
    name = name.strip().lstrip(".")[:LONGEST]
    while len(name.encode()) > LONGEST:
        name = name[:-1]
    return name or NAMELESS
