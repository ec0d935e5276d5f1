"""Capabilities: an id and the token that proves the right to it, from a link or a sender's note."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from burnbag_core.errors import NotFound
from burnbag_core.header import ID_BYTES
from burnbag_format import base64url

TOKEN_BYTES: Final = 32


@dataclass(frozen=True)
class Capability:
    """A secret's id, and a token: the link's for the recipient, the receipt's for the sender."""

    id: str
    token: bytes = field(repr=False)

    @classmethod
    def parse(cls, secret_id: str, token: str | None) -> "Capability":
        """The capability that a request carries.

        Raises NotFound for whatever can't be one: a malformed token looks like a wrong one.
        """
        try:
            base64url.decode(secret_id, ID_BYTES)
            return cls(secret_id, base64url.decode(token or "", TOKEN_BYTES))
        except ValueError:
            raise NotFound from None

    def matches(self, token_hash: bytes | None) -> bool:
        """Whether the token is the one behind `token_hash`, compared in constant time.

        None is behind no token.
        """
        return token_hash is not None and hmac.compare_digest(hash_token(self.token), token_hash)


def hash_token(token: bytes) -> bytes:
    """SHA-256 of a token: what is stored in its place.

    A slow hash would add nothing: a token is 256 random bits, not a password.
    """
    return hashlib.sha256(token).digest()
