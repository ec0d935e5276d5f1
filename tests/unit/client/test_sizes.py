"""Sizes as people type them, and what becomes of them when they are encrypted."""

import io

import pytest
from burnbag_format.content import LONGEST_NAME, Description
from hypothesis import given
from hypothesis import strategies as st

from burnbag.aes128gcm import encrypt
from burnbag.cli.asked import parse_size
from burnbag.cli.errors import UsageError
from burnbag.cli.request import size_when_sent
from burnbag.padding import padded_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("1000", 1000),
        ("300b", 300),
        ("500KiB", 500 * 1024),
        ("20MiB", 20 * 1024**2),
        ("20 mb", 20 * 1024**2),
        ("1.5m", 3 * 1024**2 // 2),
        ("2GiB", 2 * 1024**3),
    ],
)
def test_a_size_is_bytes_or_a_number_with_a_unit(text: str, size: int) -> None:
    assert parse_size(text, "--max-size") == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1TiB", "1.55m", "canary", "1e3", "\u0661", "1 1"])
def test_what_is_no_size_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_size(text, "--max-size")
    assert str(refused.value) == "--max-size is in bytes, or like 500KiB, 20MiB, 2GiB"


@given(st.integers(0, 300_000), st.integers(0, LONGEST_NAME))
def test_what_has_the_size_fits_however_it_is_called(size: int, length: int) -> None:
    content = Description("text/plain", "n" * length).pack() + bytes(size)
    sealed = encrypt(io.BytesIO(content), bytes(32), padded_size=padded_size)
    assert len(b"".join(sealed)) <= size_when_sent(size)
