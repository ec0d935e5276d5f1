"""Idempotency keys: a caller's right to the answer it may have lost."""

import hashlib
from dataclasses import dataclass
from typing import Final

from burnbag_core.encoding import encode
from burnbag_core.errors import BadRequest

# How long a consumed view can be fetched again, in seconds.
WINDOW: Final = {"text": 120, "file": 120, "upload": 900}
LENGTHS: Final = range(16, 129)


@dataclass(frozen=True)
class Intent:
    """A wish to be able to ask again: the hash of the caller's key, and for how long."""

    key_hash: str
    seconds: int


def read_idempotency_key(key: str | None) -> str | None:
    """The caller's key, None where there is none.

    Raises BadRequest unless it is 16 to 128 visible ASCII characters: long enough that nobody
    guesses another caller's.
    """
    if key is None:
        return None
    if len(key) not in LENGTHS or not all("!" <= character <= "~" for character in key):
        raise BadRequest("Idempotency-Key", "Must be 16 to 128 visible ASCII characters.")
    return key


def key_hash(key: str) -> str:
    """What is stored in a key's place."""
    return encode(hashlib.sha256(key.encode()).digest())
