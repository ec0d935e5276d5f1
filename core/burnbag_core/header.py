"""What is authenticated with a secret, though not hidden: the header of the sealed format."""

import struct
from dataclasses import dataclass
from typing import Final

from burnbag_format import base64url

# What is sealed now. Version 1 lacked `encrypted` and `on_lock`; it is still opened.
NEWEST: Final = 2
ID_BYTES: Final = 16
KINDS: Final = {"text": 1, "file": 2, "upload": 3}
# What too many wrong passphrases do: destroy the secret, or close it until its sender says so.
BURN: Final = "burn"
FREEZE: Final = "freeze"
ON_LOCK: Final = {BURN: 1, FREEZE: 2}

fixed_header = struct.Struct(">7sB16sBQQIB")
added_in_2 = struct.Struct(">BB")


@dataclass(frozen=True)
class Header:
    """A record in which one of these was changed no longer opens. Times are epoch seconds.

    `encrypted` says that the sender encrypted the secret before it came here.
    """

    id: str
    kind: str
    created_at: int
    expires_at: int
    max_views: int
    passphrase: bool
    encrypted: bool = False
    on_lock: str = BURN
    version: int = NEWEST

    def encode(self) -> bytes:
        """The header's one encoding: every field has a fixed width, so no two headers collide.

        Raises KeyError, ValueError or struct.error for a header that has none, which only a
        forger makes.
        """
        common = fixed_header.pack(
            b"burnbag",
            self.version,
            base64url.decode(self.id, ID_BYTES),
            KINDS[self.kind],
            self.created_at,
            self.expires_at,
            self.max_views,
            self.passphrase,
        )
        if self.version == NEWEST:
            return common + added_in_2.pack(self.encrypted, ON_LOCK[self.on_lock])
        if self.version != 1 or self.encrypted or self.on_lock != BURN:
            # Version 1 would leave these two out, and whoever changes the record could set them.
            raise ValueError("this version has no such header")
        return common
