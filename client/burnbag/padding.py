"""Padmé: how long a secret looks to those who can't read it.

Lengths are rounded up to floating-point numbers with a short mantissa, so a length of n leaks
O(log log n) bits and at most 12 % is added. Whatever is short looks alike: a PIN, a password and a
key have the same 256 bytes. The zeros are RFC 8188's own padding, so decrypting needs none of this.

Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
PURBs", PETS 2019, section 4.
"""

from typing import Final

SHORTEST: Final = 256


def padded_size(size: int) -> int:
    """The bytes that a plaintext of `size` bytes is padded to."""
    return max(SHORTEST, padme(size))


def padme(size: int) -> int:
    """`size`, rounded up so that only the first bits of its exponent's number of bits are set."""
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    mantissa = exponent.bit_length()
    low_bits = (1 << max(0, exponent - mantissa)) - 1
    return (size + low_bits) & ~low_bits
