"""Base64url without padding, one encoding of each value (RFC 4648, sections 3.5 and 5)."""

import base64
import binascii


def encode(data: bytes) -> str:
    """Base64url of `data`, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str, length: int) -> bytes:
    """The `length` bytes that `text` encodes.

    Raises ValueError for anything but the one canonical encoding: other alphabets, padding,
    white space, and stray bits in the last character are refused, so that no two texts
    name the same value.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        # Not chained: binascii's error may quote a token.
        raise ValueError("not base64url") from None
    if len(data) != length or encode(data) != text:
        raise ValueError("not the canonical base64url of the expected length")
    return data


def is_canonical(text: str, length: int) -> bool:
    """Whether `text` is the canonical base64url of `length` bytes."""
    try:
        decode(text, length)
    except ValueError:
        return False
    return True
