"""burnbag's sealed format, version 3: the whole format and nothing else.

    input  = data_key || token || (Argon2id(passphrase, salt) if a passphrase is set)
    key    = HKDF-SHA256(input, salt = id, info = "burnbag/3/seal")
    sealed = 0x03 || nonce || AES-256-GCM(key, nonce, content, aad = canonical header)

A file's bytes are sealed apart from its name, in the same way under a key of their own:
info = "burnbag/3/file". Two keys rather than two nonces under one, because then no nonce can
repeat under a key and neither part can stand in for the other.

Version 2 has a 2 for each 3, and a header without recipients; version 1 a 1, and neither
`encrypted` nor `on_lock`. Both still open.

Sources: NIST SP 800-38D (AES-GCM), RFC 5869 (HKDF), RFC 9106 (Argon2), and the OWASP Password
Storage Cheat Sheet for Argon2id's cost. The vectors are in `tests/vectors/sealing-3.json`, those
of older versions in `sealing-2.json` and `sealing-1.json`.
"""

import io
import os
import struct
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from burnbag_core.capability import TOKEN_BYTES
from burnbag_core.header import ID_BYTES, Header
from burnbag_format import base64url
from burnbag_format.content import Description
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
SEAL: Final = "seal"
FILE: Final = "file"

# OWASP's first choice: 19 MiB, two passes, one lane.
ARGON2_MEMORY_KIB: Final = 19 * 1024
ARGON2_PASSES: Final = 2
ARGON2_LANES: Final = 1


class CannotOpen(Exception):
    """The sealed bytes do not open. Why is not said: it would help only a forger."""


@dataclass(frozen=True)
class Content:
    """What is hidden: the bytes and what they are. `repr`, and so a traceback, shows none."""

    data: bytes = field(repr=False)
    media_type: str = field(default="", repr=False)
    filename: str = field(default="", repr=False)

    def pack(self) -> bytes:
        """The plaintext: the description, then the bytes."""
        return Description(self.media_type, self.filename).pack() + self.data

    @classmethod
    def unpack(cls, plaintext: bytes) -> "Content":
        """The content that `pack` packed. Raises ValueError for anything else."""
        stream = io.BytesIO(plaintext)
        description = Description.unpack(stream.read)
        return cls(stream.read(), description.media_type, description.filename)


@dataclass(frozen=True)
class KeyMaterial:
    """The key material of one secret: KMS's share, the link's share, the recipient's share."""

    data_key: bytes = field(repr=False)
    token: bytes = field(repr=False)
    passphrase: str | None = field(default=None, repr=False)
    salt: bytes | None = None

    @property
    def has_passphrase(self) -> bool:
        """Whether a passphrase is part of the keys."""
        return self.passphrase is not None and self.salt is not None

    @cached_property
    def shares(self) -> bytes:
        """All shares in a row: what the keys of a secret's parts are derived from.

        Each share has a fixed length, so none can be shifted into another. Cached, because
        Argon2id is slow on purpose, and once per secret is enough. Raises CannotOpen.
        """
        if len(self.data_key) != KEY_BYTES or len(self.token) != TOKEN_BYTES:
            raise CannotOpen
        shares = self.data_key + self.token
        if self.passphrase is not None and self.salt is not None:
            shares += stretch(self.passphrase, self.salt)
        return shares


def encryption_context(secret_id: str, environment: str) -> dict[str, str]:
    """The KMS encryption context of a secret's data key: a key unwraps for its own secret only."""
    return {"burnbag:id": secret_id, "burnbag:environment": environment}


def seal(
    header: Header,
    content: Content,
    keys: KeyMaterial,
    random: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """Seal `content` under `header`."""
    return encrypt(header, content.pack(), keys, SEAL, random)


def unseal(header: Header, sealed: bytes, keys: KeyMaterial) -> Content:
    """The content of `sealed`.

    Raises CannotOpen for any changed byte, header field, key, token or passphrase.
    """
    return Content.unpack(decrypt(header, sealed, keys, SEAL))


def seal_file(
    header: Header, data: bytes, keys: KeyMaterial, random: Callable[[int], bytes] = os.urandom
) -> bytes:
    """Seal a file's bytes, apart from what `seal` seals."""
    return encrypt(header, data, keys, FILE, random)


def unseal_file(header: Header, sealed: bytes, keys: KeyMaterial) -> bytes:
    """A file's bytes. Raises CannotOpen as `unseal` does."""
    return decrypt(header, sealed, keys, FILE)


def encrypt(
    header: Header,
    plaintext: bytes,
    keys: KeyMaterial,
    use: str,
    random: Callable[[int], bytes],
) -> bytes:
    """A random nonce is safe: the key is derived from a data key, and seals this one message.

    Raises ValueError where header and keys disagree about a passphrase: nothing may be sealed
    that only looks as if it needed one.
    """
    if header.passphrase != keys.has_passphrase:
        raise ValueError("header and keys disagree about a passphrase")
    nonce = random(NONCE_BYTES)
    key = derive_key(header, keys, use)
    return bytes([header.version]) + nonce + AESGCM(key).encrypt(nonce, plaintext, header.encode())


def decrypt(header: Header, sealed: bytes, keys: KeyMaterial, use: str) -> bytes:
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if list(sealed[:1]) != [header.version] or len(nonce) != NONCE_BYTES:
        raise CannotOpen
    try:
        key = derive_key(header, keys, use)
        return AESGCM(key).decrypt(nonce, ciphertext, header.encode())
    except (InvalidTag, KeyError, ValueError, struct.error):
        # A forged header need not even have an encoding.
        raise CannotOpen from None


def derive_key(header: Header, keys: KeyMaterial, use: str) -> bytes:
    """The 32-byte key for one use of one secret."""
    salt = base64url.decode(header.id, ID_BYTES)
    info = f"burnbag/{header.version}/{use}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(keys.shares)


def stretch(passphrase: str, salt: bytes) -> bytes:
    """Argon2id of a passphrase: 32 bytes.

    The passphrase is brought to Unicode NFC first (as RFC 8265 does), because keyboards of
    different systems send the same letter in different forms.
    """
    argon2 = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=ARGON2_PASSES,
        lanes=ARGON2_LANES,
        memory_cost=ARGON2_MEMORY_KIB,
    )
    return argon2.derive(unicodedata.normalize("NFC", passphrase).encode())
