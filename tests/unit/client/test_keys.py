"""What links and passphrases become, against the published vectors and what a server may try."""

import io
import json
from typing import Any

import pytest
from burnbag_format.base64url import encode
from hypothesis import assume, given
from hypothesis import strategies as st

from burnbag import Damaged, Link, LinkError
from burnbag.aes128gcm import decrypt, encrypt
from burnbag.keys import find_keys, make_keys
from burnbag.padding import padded_size
from tests.support.services import ROOT

pytestmark = pytest.mark.full_argon2

VECTORS = json.loads((ROOT / "tests/vectors/link-1.json").read_text())["vectors"]
ids = st.binary(min_size=16, max_size=16).map(encode)
link_keys = st.binary(min_size=16, max_size=16)
KINDS = ("text", "file", "upload")


def by_name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def decrypt_whole(message: bytes, key: bytes) -> bytes:
    return b"".join(decrypt(io.BytesIO(message), key))


@pytest.mark.parametrize("vector", VECTORS, ids=by_name)
def test_every_vector_does_what_it_says(vector: dict[str, Any]) -> None:
    if vector["expect"] == "is no link":
        with pytest.raises(LinkError):
            Link.parse(vector["link"])
        return
    keys = find_keys(Link.parse(vector["link"]), vector["passphrase"])
    assert keys
    key, message = keys.content_key(vector["kind"]), bytes.fromhex(vector["message"])
    if vector["expect"] == "does not open":
        with pytest.raises(Damaged):
            decrypt_whole(message, key)
        return
    content = bytes.fromhex(vector["content"])
    assert (keys.passphrase, key.hex()) == (vector["server_half"], vector["content_key"])
    assert decrypt_whole(message, key) == content
    salt = message[:16]
    again = encrypt(io.BytesIO(content), key, salt=salt, padded_size=padded_size)
    assert b"".join(again) == message


def test_the_vectors_hold_what_opens_and_what_does_not() -> None:
    expectations = [vector["expect"] for vector in VECTORS]
    assert expectations.count("opens") == 5 and expectations.count("does not open") == 4
    assert expectations.count("is no link") == 7


@given(ids, ids, link_keys, link_keys)
def test_a_content_key_is_for_one_secret_of_one_kind(
    one: str, other: str, key: bytes, another_key: bytes
) -> None:
    keys = {make_keys(one, key, None).content_key(kind) for kind in KINDS}
    assert len(keys) == 3 and key not in keys
    assume(one != other and key != another_key)
    assert make_keys(other, key, None).content_key("text") not in keys
    assert make_keys(one, another_key, None).content_key("text") not in keys


def test_the_servers_half_tells_nothing_of_the_content_key() -> None:
    """Both come from one stretched passphrase, each by a derivation of its own."""
    keys = make_keys(encode(bytes(16)), bytes(16), "hunter2")
    plain = make_keys(encode(bytes(16)), bytes(16), None)
    assert keys.passphrase and len(keys.passphrase) == 43
    assert plain.passphrase is None
    assert keys.content_key("text") != plain.content_key("text")
    assert "hunter2" not in keys.passphrase


def test_the_same_passphrase_looks_different_in_each_secret() -> None:
    halves = {
        make_keys(encode(bytes([number]) * 16), bytes([other]) * 16, "hunter2").passphrase
        for number in range(2)
        for other in range(2)
    }
    assert len(halves) == 4


def test_an_older_link_uses_its_key_and_its_passphrase_as_they_are() -> None:
    link = Link.parse(f"https://x.example/#{encode(bytes(16))}.{encode(bytes(32))}.{'A' * 22}")
    keys = find_keys(link, "hunter2")
    assert keys and (keys.content_key("text"), keys.passphrase) == (bytes(16), "hunter2")


def test_a_repr_shows_nothing_secret() -> None:
    shown = repr(make_keys(encode(bytes(16)), b"k" * 16, "hunter2"))
    assert "k" * 8 not in shown and "hunter2" not in shown and "passphrase" not in shown
