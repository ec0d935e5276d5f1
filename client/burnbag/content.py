"""What is inside an encrypted secret: what it is, then its bytes.

    content = length of media type (2) || length of name (2) || media type || name || bytes

Lengths are big-endian, texts UTF-8. So neither name nor media type is known to the server.
"""

import re
import struct
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Final

from burnbag.aes128gcm import Readable, exactly
from burnbag.errors import Damaged
from burnbag.order import encoded

TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
LONGEST: Final = 255
NAMELESS: Final = "secret"
# What Windows does not take in a name, and the names that are its devices.
UNUSABLE: Final = str.maketrans(dict.fromkeys('<>:"|?*/', "_"))
DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.ASCII | re.IGNORECASE)

lengths = struct.Struct(">HH")


@dataclass(frozen=True)
class Description:
    """What a secret is: its media type, and its name if it is a file."""

    media_type: str = ""
    filename: str = field(default="", repr=False)

    def pack(self) -> bytes:
        """The bytes that come before the secret's own. Raises Refused."""
        media_type = encoded("media_type", self.media_type, LONGEST).encode()
        filename = encoded("filename", self.filename, LONGEST).encode()
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

    Format characters go too: a right-to-left mark makes `gpj.exe` look like `exe.jpg`. No name
    begins as an option or a hidden file does.
    """
    name = filename.replace("\\", "/").rpartition("/")[2].translate(UNUSABLE)
    name = "".join(c for c in name if c.isprintable() and unicodedata.category(c) != "Cf")
    name = shortened(name.strip().lstrip(".-").rstrip(". "))
    return f"_{name}" if DEVICES.match(name) else name or NAMELESS


def shortened(name: str) -> str:
    """A name that every file system takes, with its extension."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > LONGEST // 4:
        stem, dot, extension = name, "", ""
    while len(f"_{stem}{dot}{extension}".encode()) > LONGEST:
        stem = stem[:-1]
    return stem + dot + extension
