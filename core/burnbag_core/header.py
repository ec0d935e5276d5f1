"""What is authenticated with a secret, though not hidden: the header of the sealed format."""

import struct
from dataclasses import dataclass
from typing import Final

from burnbag_format import base64url

VERSION: Final = 1
ID_BYTES: Final = 16
KINDS: Final = {"text": 1, "file": 2, "upload": 3}

fixed_header = struct.Struct(">7sB16sBQQIB")


@dataclass(frozen=True)
class Header:
    """A record in which one of these was changed no longer opens. Times are epoch seconds."""

    id: str
    kind: str
    created_at: int
    expires_at: int
    max_views: int
    passphrase: bool

    def encode(self) -> bytes:
        """The header's one encoding: every field has a fixed width, so no two headers collide.

        Raises KeyError, ValueError or struct.error for a header that has none, which only a
        forger makes.
        """
        return fixed_header.pack(
            b"burnbag",
            VERSION,
            base64url.decode(self.id, ID_BYTES),
            KINDS[self.kind],
            self.created_at,
            self.expires_at,
            self.max_views,
            self.passphrase,
        )
