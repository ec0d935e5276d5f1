"""Links of a request for a secret: one to send to whoever has it, and one to keep.

    to send    <base>/#request.<id>.<submit token>.<key>
    key      = base64url(0x01 || X || Y || checksum (4)), 92 characters
    checksum = SHA-256("burnbag/request/1" || id || submit token || X || Y), its first 4 bytes

    to keep    <base>/#answer.<id>.<receipt token>.<key>
    key      = base64url(0x01 || d || X || Y || checksum (4)), 135 characters
    checksum = SHA-256("burnbag/answer/1" || id || receipt token || d || X || Y), its first 4 bytes

X and Y are the public key, a point of P-256, and d is its private scalar, 32 bytes each. The public
key is in the fragment, so no server learns it: none can put its own in its place, or answer by
itself (ADR 39). The vectors are in `tests/vectors/requests.json`.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final, Self

from burnbag_format import base64url

from burnbag.errors import LinkError
from burnbag.links import CHECKSUM_BYTES, ID_BYTES, MISTYPED, TOKEN_BYTES, normalize_base

VERSION: Final = b"\x01"
REQUEST: Final = "request"
ANSWER: Final = "answer"
COORDINATE_BYTES: Final = 32
POINT_BYTES: Final = 2 * COORDINATE_BYTES
# How SEC 1 says that a point is not compressed.
UNCOMPRESSED: Final = b"\x04"
NO_REQUEST: Final = "this is not a link to a request"
NO_ANSWER: Final = "this is not a link to the answer of a request"


@dataclass(frozen=True)
class RequestLink:
    """What whoever has the secret gets. `repr` shows only what may be logged."""

    base: str
    id: str
    token: str = field(repr=False)
    public_key: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a link. Raises LinkError, which does not repeat it."""
        base, (secret_id, token, body) = split(text, REQUEST, NO_REQUEST)
        try:
            point = read_key(REQUEST, secret_id, token, body, POINT_BYTES)
            check_point(point)
        except ValueError:
            raise LinkError(MISTYPED) from None
        return cls(normalize_base(base), secret_id, token, point)

    def reveal(self) -> str:
        """The whole link as text. Whoever holds it can answer the request."""
        return write_link(self.base, REQUEST, self.id, self.token, self.public_key)


@dataclass(frozen=True)
class AnswerLink:
    """What the requester keeps, to open the answer with."""

    base: str
    id: str
    token: str = field(repr=False)
    private_key: bytes = field(repr=False)
    public_key: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a link. Raises LinkError, which does not repeat it."""
        base, (secret_id, token, body) = split(text, ANSWER, NO_ANSWER)
        try:
            keys = read_key(ANSWER, secret_id, token, body, COORDINATE_BYTES + POINT_BYTES)
            private_key, public_key = keys[:COORDINATE_BYTES], keys[COORDINATE_BYTES:]
            check_pair(private_key, public_key)
        except ValueError:
            raise LinkError(MISTYPED) from None
        return cls(normalize_base(base), secret_id, token, private_key, public_key)

    def reveal(self) -> str:
        """The whole link as text. It opens the answer, for whoever may read the receipt too."""
        keys = self.private_key + self.public_key
        return write_link(self.base, ANSWER, self.id, self.token, keys)


def kind_of(text: str) -> str | None:
    """The word that a link of a request begins with; None for any other text."""
    _, _, fragment = text.strip().partition("#")
    word, dot, _ = fragment.partition(".")
    return word if dot and word in (REQUEST, ANSWER) else None


def split(text: str, word: str, why: str) -> tuple[str, list[str]]:
    """The base and the three parts after the word. Raises LinkError."""
    base, hash_sign, fragment = text.strip().partition("#")
    found, *parts = fragment.split(".")
    if not hash_sign or found != word:
        raise LinkError(why)
    if len(parts) != 3:
        raise LinkError(MISTYPED)
    return base, parts


def read_key(word: str, secret_id: str, token: str, text: str, size: int) -> bytes:
    """The keys in a link's last part. Raises ValueError."""
    base64url.decode(secret_id, ID_BYTES)
    base64url.decode(token, TOKEN_BYTES)
    keys = base64url.decode(text, len(VERSION) + size + CHECKSUM_BYTES)[1 : 1 + size]
    if not hmac.compare_digest(write_key(word, secret_id, token, keys), text):
        raise ValueError("the checksum does not fit")
    return keys


def write_key(word: str, secret_id: str, token: str, keys: bytes) -> str:
    link = base64url.decode(secret_id, ID_BYTES) + base64url.decode(token, TOKEN_BYTES)
    checksum = hashlib.sha256(f"burnbag/{word}/1".encode() + link + keys).digest()
    return base64url.encode(VERSION + keys + checksum[:CHECKSUM_BYTES])


def write_link(base: str, word: str, secret_id: str, token: str, keys: bytes) -> str:
    return f"{base}/#{word}.{secret_id}.{token}.{write_key(word, secret_id, token, keys)}"


def check_point(public_key: bytes) -> None:
    """Raise ValueError for what is no point of P-256."""
    # Whoever only opens ordinary links needs no curves.
    from burnbag.sealed_keys import load_public

    load_public(public_key)


def check_pair(private_key: bytes, public_key: bytes) -> None:
    """Raise ValueError for a scalar that is not the point's."""
    from burnbag.sealed_keys import load_private, point_of

    if not hmac.compare_digest(point_of(load_private(private_key)), public_key):
        raise ValueError("the keys are no pair")
