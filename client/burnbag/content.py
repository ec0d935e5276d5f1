"""What a secret is: its media type and its name, checked on the way out and cleaned on the way in.

The layout itself is `burnbag_format.content`.
"""

import mimetypes
import re
import unicodedata
from dataclasses import replace
from typing import Final

from burnbag_format.content import BYTES, LONGEST_NAME, MEDIA_TYPE, Description

from burnbag.aes128gcm import Readable, fill
from burnbag.errors import BurnbagError, Damaged, Refused

NAMELESS: Final = "secret"
LONGEST_TEXT: Final = 1 << 20
COMPRESSED: Final = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
}
# What Windows does not take in a name, and the names of its devices.
UNUSABLE: Final = str.maketrans(dict.fromkeys('<>:"|?*/', "_"))
DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.ASCII | re.IGNORECASE)


def check_text(name: str, text: str, longest: int = LONGEST_TEXT) -> str:
    """Return `text` if it can be sent as UTF-8. Raises Refused, which does not repeat it."""
    try:
        text.encode()
        fits = len(text) <= longest
    except UnicodeEncodeError:
        fits = False
    # Raised outside the except: Python's own error would come along, and it holds the text.
    if not fits:
        raise Refused(f"{name}: not a text that can be sent", field=name)
    return text


def describe(filename: str, media_type: str | None, default: str) -> Description:
    """The description to send; the media type is guessed from the name. Raises Refused."""
    if media_type is not None and not MEDIA_TYPE.fullmatch(media_type):
        raise Refused("media_type: not well-formed", field="media_type")
    return Description(
        check_text("media_type", media_type or guess_type(filename, default), LONGEST_NAME),
        check_text("filename", filename, LONGEST_NAME),
    )


def guess_type(filename: str, default: str) -> str:
    """The media type that a name suggests; a compressed file has that of its compression."""
    kind, compression = mimetypes.guess_type(filename) if filename else (None, None)
    if compression:
        return COMPRESSED.get(compression, BYTES)
    return kind or default


def read_description(source: Readable) -> Description:
    """Read the description that decrypted content begins with.

    Raises Damaged, and what reading raises.
    """

    def read(size: int) -> bytes:
        buffer = bytearray(size)
        return bytes(buffer[: fill(source, memoryview(buffer))])

    try:
        return Description.unpack(read)
    except BurnbagError:
        raise  # Of these, LinkError is a ValueError too.
    except ValueError:
        pass
    # Raised outside the except: the decoder's error holds the bytes.
    raise Damaged


def clean(description: Description) -> Description:
    """The same description, with a name that is safe to use in a folder."""
    name = description.filename
    return replace(description, filename=safe_name(name) if name else "")


def safe_name(filename: str) -> str:
    """A sender's file name, made safe to use in a folder: no path, nothing invisible.

    Format characters are removed as well, because a right-to-left mark makes `gpj.exe` look like
    `exe.jpg`. The result never looks like an option or a hidden file.
    """
    name = filename.replace("\\", "/").rpartition("/")[2].translate(UNUSABLE)
    name = "".join(c for c in name if c.isprintable() and unicodedata.category(c) != "Cf")
    name = shorten(name.strip().lstrip(".-").rstrip(". "))
    return f"_{name}" if DEVICES.match(name) else name or NAMELESS


def shorten(name: str) -> str:
    """Cut a name to what every file system takes, and keep its extension.

    There is room left for one more character in front, as `safe_name` may need it.
    """
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > LONGEST_NAME // 4:
        stem, dot, extension = name, "", ""
    room = LONGEST_NAME - len(f"_{dot}{extension}".encode())
    # A character that is cut in two is left out.
    return stem.encode()[:room].decode(errors="ignore") + dot + extension
