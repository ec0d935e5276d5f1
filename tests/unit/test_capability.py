"""Base64url with one encoding of each value, and capabilities made of it."""

import pytest
from burnbag_core.capability import Capability, hash_token
from burnbag_core.errors import NotFound
from burnbag_format.base64url import decode, encode, is_canonical
from hypothesis import given
from hypothesis import strategies as st


@given(st.binary(max_size=64))
def test_every_value_comes_back(data: bytes) -> None:
    assert decode(encode(data), len(data)) == data


@given(st.text(max_size=30), st.integers(0, 32))
def test_a_text_is_either_canonical_or_refused(text: str, length: int) -> None:
    if is_canonical(text, length):
        assert encode(decode(text, length)) == text
    else:
        with pytest.raises(ValueError, match="base64url"):
            decode(text, length)


@pytest.mark.parametrize(
    "text",
    ["AAA=", " AAA", "AAA\n", "A+AA", "A/AA", "AA", "AAAAA", "", "ÄAAA", "AAAA\x00"],
)
def test_another_spelling_is_refused(text: str) -> None:
    assert not is_canonical(text, 3)


def test_stray_bits_in_the_last_character_are_refused() -> None:
    assert is_canonical("AA", 1)
    assert not is_canonical("AB", 1)


ID = encode(b"i" * 16)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_token_matches_its_own_hash_only(one: bytes, other: bytes) -> None:
    assert Capability.parse(ID, encode(one)).matches(hash_token(one))
    assert Capability.parse(ID, encode(other)).matches(hash_token(one)) == (one == other)


@pytest.mark.parametrize("token", [None, "", "x", "A" * 44, "=" * 43, "A" * 42 + "B"])
def test_what_is_no_token_is_found_nowhere(token: str | None) -> None:
    with pytest.raises(NotFound):
        Capability.parse(ID, token)


@pytest.mark.parametrize("secret_id", ["", "x", "A" * 23, "=" * 22, "A" * 21 + "B"])
def test_what_is_no_id_is_found_nowhere(secret_id: str) -> None:
    with pytest.raises(NotFound):
        Capability.parse(secret_id, encode(b"t" * 32))


def test_a_capability_does_not_show_its_token() -> None:
    token = encode(b"t" * 32)
    assert token not in repr(Capability.parse(ID, token)) and "tttt" not in repr(
        Capability.parse(ID, token)
    )
