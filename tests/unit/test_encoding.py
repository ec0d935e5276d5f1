"""Base64url with one encoding of each value, and tokens compared by their hash."""

import pytest
from burnbag_core.encoding import canonical, decode, digest, encode, matches
from hypothesis import given
from hypothesis import strategies as st


@given(st.binary(max_size=64))
def test_every_value_comes_back(data: bytes) -> None:
    assert decode(encode(data), len(data)) == data


@given(st.text(max_size=30), st.integers(0, 32))
def test_a_text_is_either_canonical_or_refused(text: str, length: int) -> None:
    if canonical(text, length):
        assert encode(decode(text, length)) == text
    else:
        with pytest.raises(ValueError, match="base64url"):
            decode(text, length)


@pytest.mark.parametrize(
    "text",
    ["AAA=", " AAA", "AAA\n", "A+AA", "A/AA", "AA", "AAAAA", "", "ÄAAA", "AAAA\x00"],
)
def test_another_spelling_is_refused(text: str) -> None:
    assert not canonical(text, 3)


def test_stray_bits_in_the_last_character_are_refused() -> None:
    assert canonical("AA", 1)
    assert not canonical("AB", 1)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_token_matches_its_own_hash_only(one: bytes, other: bytes) -> None:
    assert matches(encode(one), digest(one))
    assert matches(encode(other), digest(one)) == (one == other)


@pytest.mark.parametrize("text", [None, "", "x", "A" * 44, "=" * 43])
def test_what_is_no_token_matches_nothing(text: str | None) -> None:
    assert not matches(text, digest(b"t" * 32))
