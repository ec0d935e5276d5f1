"""Lengths are hidden: little is told, little is added."""

import io
import math

import http_ece
import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnbag.aes128gcm import OVERHEAD, decrypt, encrypt, encrypted_size
from burnbag.padding import SHORTEST, padded_size, padme
from burnbag.sources import LARGEST, LARGEST_PLAIN, fitting_size

KEY = bytes(range(16))


@pytest.mark.parametrize(
    # From the paper's own definition: 9 = 0b1001 has a mantissa of two bits.
    ("size", "padded"),
    [(0, 0), (1, 1), (3, 3), (8, 8), (9, 10), (100, 104), (1000, 1024), (1_000_000, 1_015_808)],
)
def test_padme_is_the_papers(size: int, padded: int) -> None:
    assert padme(size) == padded


@given(st.integers(0, 2**50))
def test_at_most_an_eighth_is_added_and_little_is_told(size: int) -> None:
    padded = padme(size)
    assert size <= padded <= size * 1.12 + 1
    assert padme(padded) == padded
    if size > 1:
        exponent = padded.bit_length() - 1
        told = exponent.bit_length()
        assert padded % (1 << max(0, exponent - told)) == 0


@given(st.integers(0, SHORTEST))
def test_whatever_is_short_looks_alike(size: int) -> None:
    assert padded_size(size) == SHORTEST


@given(st.integers(0, LARGEST_PLAIN))
def test_what_fits_without_padding_fits_with_it(size: int) -> None:
    assert encrypted_size(fitting_size(size)) <= LARGEST
    assert fitting_size(size) == min(padded_size(size), LARGEST_PLAIN)


def test_what_does_not_fit_is_not_said_to_fit() -> None:
    assert encrypted_size(LARGEST_PLAIN) == LARGEST
    assert encrypted_size(fitting_size(LARGEST_PLAIN + 1)) > LARGEST


@given(st.binary(max_size=200), st.integers(OVERHEAD + 1, 64), st.integers(0, 300))
def test_padding_is_rfc_8188s_own(data: bytes, record_size: int, extra: int) -> None:
    """Another implementation removes it, and so do we; the size is what was said."""
    message = b"".join(
        encrypt(
            io.BytesIO(data), KEY, record_size=record_size, padded_size=lambda size: size + extra
        )
    )
    assert len(message) == encrypted_size(len(data) + extra, record_size)
    assert b"".join(decrypt(io.BytesIO(message), KEY)) == data
    assert http_ece.decrypt(message, key=KEY) == data


def test_most_lengths_are_shared_by_many() -> None:
    lengths = {padded_size(size) for size in range(1_000_000)}
    assert len(lengths) < 8 * math.log2(1_000_000) ** 2
