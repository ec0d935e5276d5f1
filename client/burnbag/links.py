"""Links: `<base>/#<id>.<token>`, and `.<key>` where the sender encrypted the secret.

Everything secret is in the fragment, which no browser or client sends to a server.
"""

import hmac
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from burnbag_format import base64url

from burnbag.errors import LinkError

ID_BYTES: Final = 16
TOKEN_BYTES: Final = 32
KEY_BYTES: Final = 16
# A host, perhaps a port, perhaps a path: no user, no query, ASCII only.
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
        """Read a link. Raises LinkError, which does not repeat it."""
        base, hash_sign, fragment = text.strip().partition("#")
        parts = fragment.split(".")
        if not hash_sign or len(parts) not in (2, 3):
            raise LinkError
        try:
            base64url.decode(parts[0], ID_BYTES)
            base64url.decode(parts[1], TOKEN_BYTES)
            key = base64url.decode(parts[2], KEY_BYTES) if len(parts) == 3 else None
        except ValueError:
            raise LinkError("the link is incomplete or mistyped") from None
        return cls(normalize_base(base), parts[0], parts[1], key)

    def idempotency_key(self, secret: bytes) -> str:
        """The idempotency key for this link that only the holder of `secret` can make.

        It is the same each time. It depends on the link's token and on `secret`, so nobody who
        lacks either can make it.
        """
        return base64url.encode(hmac.digest(secret, f"{self.id}.{self.token}".encode(), "sha256"))

    def reveal(self) -> str:
        """The whole link as text. Whoever holds it can read the secret."""
        key = f".{base64url.encode(self.key)}" if self.key is not None else ""
        return f"{self.base}/#{self.id}.{self.token}{key}"


def normalize_base(text: str) -> str:
    """A base URL without its final slash. Raises LinkError if tokens would not be safe there.

    Tokens travel in headers, so it must be https, except on this very machine.
    """
    base = text.strip().rstrip("/")
    if not BASE.fullmatch(base) or len(base) > LONGEST_BASE:
        raise LinkError("the URL is not well-formed")
    require_secure(base)
    return base


def require_secure(url: str) -> None:
    """Raise LinkError if what is sent to `url` is not encrypted and leaves this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise LinkError("the URL is not well-formed") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise LinkError("the URL must begin with https://")
