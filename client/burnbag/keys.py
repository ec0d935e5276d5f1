"""What a link's key and a passphrase become: what decrypts, and what the server gets to check.

    salt        = HKDF-SHA256(link key, salt = id, info = "burnbag/link/1/salt"), 32 bytes
    stretched   = PBKDF2-HMAC-SHA-256(passphrase, salt, 600,000 rounds), 32 bytes
    server half = HKDF-SHA256(stretched, salt = id, info = "burnbag/link/1/server"), 32 bytes
    own half    = HKDF-SHA256(stretched, salt = id, info = "burnbag/link/1/own"), 32 bytes
    content key = HKDF-SHA256(link key || own half, salt = id, info = "burnbag/link/1/" || kind),
                  32 bytes; without a passphrase there is no own half

The passphrase never leaves the machines of sender and recipient. The server gets its half in
base64url and counts guesses by it as by any passphrase. It can't try passphrases itself, because
the salt comes from the link's key, which it never has. The content key is good for one secret of
one kind, so a server can't hand out one secret for another. PBKDF2, because every browser has it
(ADR 13); its rounds are from the OWASP Password Storage Cheat Sheet.

The vectors are in `tests/vectors/link-1.json`. A link of the older form (version 0) has a key that
decrypts by itself, and its passphrase goes to the server as it is. It still opens.
"""

import io
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from burnbag_format import base64url
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from burnbag.aes128gcm import encrypt
from burnbag.links import ID_BYTES, Link
from burnbag.padding import padded_size

ROUNDS: Final = 600_000
BYTES: Final = 32


@dataclass(frozen=True)
class Keys:
    """What sender and recipient use: `passphrase` is what the server gets as such, if anything."""

    passphrase: str | None = field(repr=False)
    id: str
    secret: bytes = field(repr=False)
    version: int = 1

    def content_key(self, kind: str) -> bytes:
        """The input key for the content's encryption (RFC 8188), of a secret of this kind."""
        return derive(self.secret, self.id, kind) if self.version else self.secret

    def encrypt(self, data: bytes, kind: str) -> bytes:
        """`data`, padded and encrypted, as the content of a secret of this kind."""
        key = self.content_key(kind)
        return b"".join(encrypt(io.BytesIO(data), key, padded_size=padded_size))


def make_keys(secret_id: str, link_key: bytes, passphrase: str | None) -> Keys:
    """The keys of a secret. Slow on purpose where there is a passphrase."""
    if passphrase is None:
        return Keys(None, secret_id, link_key)
    stretched = stretch(passphrase, derive(link_key, secret_id, "salt"))
    server_half = base64url.encode(derive(stretched, secret_id, "server"))
    return Keys(server_half, secret_id, link_key + derive(stretched, secret_id, "own"))


def find_keys(link: Link, passphrase: str | None) -> Keys | None:
    """The keys for what a link leads to, None if its sender did not encrypt it."""
    if link.key is None:
        return None
    if link.version == 0:
        return Keys(passphrase, link.id, link.key, version=0)
    return make_keys(link.id, link.key, passphrase)


def stretch(passphrase: str, salt: bytes) -> bytes:
    """PBKDF2 of a passphrase, in Unicode NFC as RFC 8265 has it: keyboards differ."""
    normal = unicodedata.normalize("NFC", passphrase)
    return PBKDF2HMAC(SHA256(), BYTES, salt, ROUNDS).derive(normal.encode())


def derive(secret: bytes, secret_id: str, use: str) -> bytes:
    salt = base64url.decode(secret_id, ID_BYTES)
    return HKDF(SHA256(), BYTES, salt, f"burnbag/link/1/{use}".encode()).derive(secret)
