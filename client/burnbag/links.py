"""Links: `<base>/#<id>.<token>`, and `.<key>` where the sender encrypted the secret.

Everything secret is in the fragment, which no browser or client sends to a server.

    key      = base64url(0x01 || link key (16) || checksum (4)), 28 characters
    checksum = SHA-256("burnbag/link/1" || id || token || link key), its first 4 bytes

So a link that was cut or mistyped is found before anything is asked with it. The older form of the
key, version 0, is the link key alone, 22 characters.
"""

import hashlib
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
CHECKSUM_BYTES: Final = 4
NEWEST: Final = 1
OLD_KEY_LENGTH: Final = 22
MISTYPED: Final = (
    "the link is incomplete or mistyped: ask its sender for all of it, up to the last character; "
    "nothing was used"
)
# Links of requests, by the word that they begin with; see `burnbag.request_links`.
OTHERS: Final = {
    "request": "this link asks for a secret: it is there to answer (submit), not to open",
    "answer": "this link is of a request's answer: open_answer opens it",
}
# A host, perhaps a port, perhaps a path: no user, no query, ASCII only.
BASE: Final = re.compile(
    r"https?://([\w-]{1,63}(\.[\w-]{1,63})*|\[[0-9A-Fa-f:]+\])(:\d{1,5})?(/[\w.~%/-]*)?", re.ASCII
)
LONGEST_BASE: Final = 2048
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Link:
    """A link to a secret. `repr` shows only what may be logged.

    `version` says how the key is used, see `burnbag.keys`.
    """

    base: str
    id: str
    token: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    version: int = NEWEST

    @classmethod
    def parse(cls, text: str) -> "Link":
        """Read a link. Raises LinkError, which does not repeat it."""
        base, hash_sign, fragment = text.strip().partition("#")
        parts = fragment.split(".")
        if not hash_sign or len(parts) not in (2, 3):
            raise LinkError(OTHERS[parts[0]]) if parts[0] in OTHERS else LinkError
        try:
            base64url.decode(parts[0], ID_BYTES)
            base64url.decode(parts[1], TOKEN_BYTES)
            key, version = read_key(parts) if len(parts) == 3 else (None, NEWEST)
        except ValueError:
            raise LinkError(MISTYPED) from None
        return cls(normalize_base(base), parts[0], parts[1], key, version)

    def idempotency_key(self, secret: bytes, number: int = 0) -> str:
        """An idempotency key for this link that only the holder of `secret` can make.

        It is the same each time. It depends on the link's token and on `secret`, so nobody who
        lacks either can make it. Each `number` is for another view.
        """
        link = f"{self.id}.{self.token}" + (f".{number}" if number else "")
        return base64url.encode(hmac.digest(secret, link.encode(), "sha256"))

    def reveal(self) -> str:
        """The whole link as text. Whoever holds it can read the secret."""
        parts = [self.id, self.token]
        if self.key is not None:
            parts.append(write_key(self.id, self.token, self.key, self.version))
        return f"{self.base}/#{'.'.join(parts)}"


def read_key(parts: list[str]) -> tuple[bytes, int]:
    """The key in a link's fragment, and its version. Raises ValueError."""
    secret_id, token, text = parts
    if len(text) == OLD_KEY_LENGTH:
        return base64url.decode(text, KEY_BYTES), 0
    key = base64url.decode(text, 1 + KEY_BYTES + CHECKSUM_BYTES)[1 : 1 + KEY_BYTES]
    if not hmac.compare_digest(write_key(secret_id, token, key, NEWEST), text):
        raise ValueError("the checksum does not fit")
    return key, NEWEST


def write_key(secret_id: str, token: str, key: bytes, version: int) -> str:
    """The last part of a link, in the form of its version."""
    if version == 0:
        return base64url.encode(key)
    link = base64url.decode(secret_id, ID_BYTES) + base64url.decode(token, TOKEN_BYTES)
    checksum = hashlib.sha256(b"burnbag/link/1" + link + key).digest()[:CHECKSUM_BYTES]
    return base64url.encode(bytes([version]) + key + checksum)


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
