"""What is authenticated with a secret, though not hidden: the header of the sealed format."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from burnbag_format import base64url

# What is sealed now. Version 1 lacked `encrypted` and `on_lock`, version 2 the recipients; both are
# still opened.
NEWEST: Final = 3
ID_BYTES: Final = 16
KINDS: Final = {"text": 1, "file": 2, "upload": 3}
# What too many wrong passphrases do: destroy the secret, or close it until its sender says so.
BURN: Final = "burn"
FREEZE: Final = "freeze"
ON_LOCK: Final = {BURN: 1, FREEZE: 2}

fixed_header = struct.Struct(">7sB16sBQQIB")
added_in_2 = struct.Struct(">BB")
length_of_entry = struct.Struct(">H")


@dataclass(frozen=True)
class Header:
    """A record in which one of these was changed no longer opens. Times are epoch seconds.

    `encrypted` says that the sender encrypted the secret before it came here. `recipients` are who
    alone may open it; without any, whoever has the link may.
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
    recipients: tuple[str, ...] = ()

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
        # An older version would leave the newer fields out, and whoever changes the record could
        # set them.
        if self.version not in (1, 2, NEWEST) or (self.version < NEWEST and self.recipients):
            raise ValueError("this version has no such header")
        if self.version == 1:
            if self.encrypted or self.on_lock != BURN:
                raise ValueError("this version has no such header")
            return common
        common += added_in_2.pack(self.encrypted, ON_LOCK[self.on_lock])
        return common if self.version == 2 else common + digest_list(self.recipients)


def digest_list(entries: Sequence[str]) -> bytes:
    """SHA-256 of a list: each entry in UTF-8 after its length, so no two lists share one.

    Raises struct.error for an entry that is too long for any list.
    """
    digest = hashlib.sha256()
    for entry in entries:
        data = entry.encode()
        digest.update(length_of_entry.pack(len(data)) + data)
    return digest.digest()
