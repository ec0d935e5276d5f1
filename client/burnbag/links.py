"""Links: `<base>/#<id>.<token>`, and `.<key>` where the secret was encrypted by its sender.

Everything secret is in the fragment, which no browser or client sends to a server.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from burnbag.errors import LinkError

ID_BYTES: Final = 16
TOKEN_BYTES: Final = 32
KEY_BYTES: Final = 16
# A host, perhaps a port, perhaps a path: no user, no query, and nothing that is not ASCII.
BASE: Final = re.compile(
    r"https?://([\w-]{1,63}(\.[\w-]{1,63})*|\[[0-9A-Fa-f:]+\])(:\d{1,5})?(/[\w.~%/-]*)?", re.ASCII
)
LONGEST_BASE: Final = 2048
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Link:
    """A link to a secret. `repr` shows only what may be logged."""

    base: str
    id: str
    token: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> "Link":
        """The link that `text` is. Raises LinkError, which does not repeat it."""
        base, hash_sign, fragment = text.strip().partition("#")
        parts = fragment.split(".")
        if not hash_sign or len(parts) not in (2, 3):
            raise LinkError
        try:
            decode(parts[0], ID_BYTES)
            decode(parts[1], TOKEN_BYTES)
            key = decode(parts[2], KEY_BYTES) if len(parts) == 3 else None
        except ValueError:
            raise LinkError("the link is incomplete or mistyped") from None
        return cls(base_url(base), parts[0], parts[1], key)

    def idempotency_key(self, secret: bytes) -> str:
        """The idempotency key that whoever has `secret` makes of this link, each time the same.

        Nobody else can make it: it takes the link's token, and the secret.
        """
        return encode(hmac.digest(secret, f"{self.id}.{self.token}".encode(), "sha256"))

    def reveal(self) -> str:
        """The link as it is passed on: whoever holds it can read."""
        key = f".{encode(self.key)}" if self.key is not None else ""
        return f"{self.base}/#{self.id}.{self.token}{key}"


def base_url(text: str) -> str:
    """A base URL without its final slash. Raises LinkError for one that would not keep secrets.

    Tokens travel in headers, so only https will do, except to this very machine.
    """
    base = text.strip().rstrip("/")
    if not BASE.fullmatch(base) or len(base) > LONGEST_BASE:
        raise LinkError("the URL is not well-formed")
    return secure(base)


def secure(url: str) -> str:
    """`url`, if what is sent there is encrypted, or stays on this machine. Raises LinkError."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise LinkError("the URL is not well-formed") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise LinkError("the URL must begin with https://")
    return url


def encode(data: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str, length: int) -> bytes:
    """The `length` bytes that `text` encodes; ValueError for all but the one canonical form."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != length or encode(data) != text:
        raise ValueError("not the canonical base64url of the expected length")
    return data
