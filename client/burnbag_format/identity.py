"""What a sender's idempotency key stands for: the same key makes the same secret.

    id            = HKDF-SHA256(key, info = "burnbag/1/create/id"), 16 bytes
    token         = HKDF-SHA256(key, info = "burnbag/1/create/token"), 32 bytes
    receipt token = HKDF-SHA256(key, info = "burnbag/1/create/receipt-token"), 32 bytes
    order key     = HKDF-SHA256(key, info = "burnbag/1/create/order"), 32 bytes

So the server need not remember what it answered, and a client knows the id before it sends. Whoever
has the key has the secret's tokens: it must be random, and is as secret as the link.
"""

from dataclasses import dataclass, field

from burnbag_format import base64url
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True)
class Identity:
    """A secret's id and its two tokens. `repr` shows only what may be logged."""

    id: str
    token: bytes = field(repr=False)
    receipt_token: bytes = field(repr=False)

    @classmethod
    def of_key(cls, key: str) -> "Identity":
        """The identity that an idempotency key stands for."""
        return cls(
            base64url.encode(derive(key, "id", 16)),
            derive(key, "token", 32),
            derive(key, "receipt-token", 32),
        )


def derive_order_key(key: str) -> bytes:
    """The key for the digest of the order: without it nobody can try what a digest stands for."""
    return derive(key, "order", 32)


def derive(key: str, use: str, length: int) -> bytes:
    info = f"burnbag/1/create/{use}".encode()
    return HKDF(SHA256(), length, salt=None, info=info).derive(key.encode())
