"""The sealed format: round trips, refusals, and the published vectors."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from burnbag_core.header import BURN, FREEZE, KINDS, ON_LOCK, Header
from burnbag_core.sealing import (
    SALT_BYTES,
    CannotOpen,
    Content,
    KeyMaterial,
    encryption_context,
    seal,
    seal_file,
    unseal,
    unseal_file,
)
from burnbag_format.base64url import encode
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.size import examples

pytestmark = pytest.mark.full_argon2

FOLDER = Path(__file__).parents[1] / "vectors"


def read_header(version: int, vector: dict[str, Any]) -> dict[str, Any]:
    header = {"version": version, "recipients": [], **vector["header"]}
    return header | {"recipients": tuple(header["recipients"])}


VECTORS = [
    vector | {"header": read_header(version, vector)}
    for version in (1, 2, 3)
    for vector in json.loads((FOLDER / f"sealing-{version}.json").read_text())["vectors"]
]

names = st.text(st.characters(codec="utf-8"), max_size=80)
contents = st.builds(Content, st.binary(max_size=300), names, names)
keys = st.builds(
    KeyMaterial, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32)
)
newest_headers = st.builds(
    Header,
    id=st.binary(min_size=16, max_size=16).map(encode),
    kind=st.sampled_from(sorted(KINDS)),
    created_at=st.integers(0, 2**33),
    expires_at=st.integers(0, 2**33),
    max_views=st.integers(1, 2**31),
    passphrase=st.just(False),
    encrypted=st.booleans(),
    on_lock=st.sampled_from(sorted(ON_LOCK)),
    recipients=st.lists(names, max_size=3).map(tuple),
)
headers_of_2 = newest_headers.map(lambda h: replace(h, recipients=(), version=2))
headers_of_1 = headers_of_2.map(lambda h: replace(h, encrypted=False, on_lock=BURN, version=1))
headers = newest_headers | headers_of_2 | headers_of_1


@given(headers, contents, keys)
def test_what_is_sealed_opens_again(header: Header, content: Content, keys: KeyMaterial) -> None:
    assert unseal(header, seal(header, content, keys), keys) == content


@settings(max_examples=examples(5))
@given(headers, contents, keys, st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_passphrase_opens_and_its_absence_does_not(
    header: Header, content: Content, keys: KeyMaterial, passphrase: str
) -> None:
    header = replace(header, passphrase=True)
    locked = replace(keys, passphrase=passphrase, salt=b"s" * 16)
    sealed = seal(header, content, locked)
    assert unseal(header, sealed, locked) == content
    for wrong in (None, passphrase + "x", ""):
        with pytest.raises(CannotOpen):
            unseal(header, sealed, replace(locked, passphrase=wrong))


@given(headers, contents, keys, st.data())
def test_no_changed_byte_opens(
    header: Header, content: Content, keys: KeyMaterial, data: st.DataObject
) -> None:
    sealed = bytearray(seal(header, content, keys))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        unseal(header, bytes(sealed), keys)


@given(headers, headers, st.sampled_from(list(Header.__dataclass_fields__)))
def test_no_changed_header_field_opens(header: Header, other: Header, field: str) -> None:
    keys = KeyMaterial(b"d" * 32, b"t" * 32)
    changed = replace(header, **{field: getattr(other, field)})
    if field == "passphrase":
        changed = replace(header, passphrase=True)
    assume(changed != header)
    with pytest.raises(CannotOpen):
        unseal(changed, seal(header, Content(b"x"), keys), keys)


@given(headers, keys, keys)
def test_no_other_keys_open(header: Header, right: KeyMaterial, wrong: KeyMaterial) -> None:
    assume(right != wrong)
    for mixed in (
        wrong,
        replace(right, token=wrong.token),
        replace(right, data_key=wrong.data_key),
    ):
        assume(mixed != right)
        with pytest.raises(CannotOpen):
            unseal(header, seal(header, Content(b"x"), right), mixed)


@given(headers, st.integers(0, 40).filter(lambda n: n != 32))
def test_key_shares_of_another_length_are_refused(header: Header, length: int) -> None:
    """Shares are concatenated: only fixed lengths keep one from being shifted into another."""
    for keys in (
        KeyMaterial(b"d" * length, b"t" * 32),
        KeyMaterial(b"d" * 32, b"t" * length),
    ):
        with pytest.raises(CannotOpen):
            seal(header, Content(b"x"), keys)


@given(headers, headers)
def test_no_two_headers_share_an_encoding(one: Header, other: Header) -> None:
    assert (one == other) == (one.encode() == other.encode())


@pytest.mark.parametrize(
    "change",
    [{"encrypted": True}, {"on_lock": FREEZE}, {"version": 4}, {"recipients": ("@x.example",)}],
)
def test_no_header_says_what_its_version_does_not_authenticate(change: dict[str, Any]) -> None:
    header = Header(encode(b"i" * 16), "text", 1, 2, 1, False, version=1)
    keys = KeyMaterial(b"d" * 32, b"t" * 32)
    sealed = seal(header, Content(b"x"), keys)
    with pytest.raises(ValueError, match="version"):
        seal(replace(header, **change), Content(b"x"), keys)
    with pytest.raises(CannotOpen):
        unseal(replace(header, **change), sealed, keys)


def test_nothing_is_sealed_that_only_looks_locked() -> None:
    header = Header(encode(b"i" * 16), "text", 1, 2, 1, True)
    for keys in (
        KeyMaterial(b"d" * 32, b"t" * 32, "passphrase", None),
        KeyMaterial(b"d" * 32, b"t" * 32, None, b"s" * 16),
    ):
        with pytest.raises(ValueError, match="passphrase"):
            seal(header, Content(b"x"), keys)


def test_a_header_without_an_encoding_does_not_open() -> None:
    header = Header(encode(b"i" * 16), "text", 1, 2, 1, False)
    keys = KeyMaterial(b"d" * 32, b"t" * 32)
    sealed = seal(header, Content(b"x"), keys)
    for change in ({"kind": "x"}, {"created_at": -1}, {"max_views": 2**40}, {"id": "x"}):
        with pytest.raises(CannotOpen):
            unseal(replace(header, **change), sealed, keys)


@given(headers, st.binary(max_size=300), keys, st.data())
def test_a_files_bytes_are_sealed_under_a_key_of_their_own(
    header: Header, data: bytes, keys: KeyMaterial, draw: st.DataObject
) -> None:
    sealed = seal_file(header, data, keys)
    assert unseal_file(header, sealed, keys) == data
    with pytest.raises(CannotOpen):
        unseal(header, sealed, keys)
    with pytest.raises(CannotOpen):
        unseal_file(header, seal(header, Content(data), keys), keys)
    broken = bytearray(sealed)
    broken[draw.draw(st.integers(0, len(sealed) - 1))] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        unseal_file(header, bytes(broken), keys)


def test_nothing_secret_shows_in_a_repr() -> None:
    keys = KeyMaterial(b"d" * 32, b"t" * 32, "hunter2", b"s" * 16)
    shown = repr(keys) + repr(Content(b"hunter2", "text/plain", "hunter2.txt"))
    for secret in ("hunter2", "text/plain", "dddd", "tttt"):
        assert secret not in shown


def test_content_is_plain_bytes_without_a_name_unless_it_says_more() -> None:
    assert (Content(b"x").media_type, Content(b"x").filename) == ("", "")


def test_a_salt_has_the_length_that_argon2s_rfc_recommends() -> None:
    assert SALT_BYTES == 16


@pytest.mark.parametrize(("data_key", "token"), [(31, 32), (33, 32), (32, 31), (32, 33), (31, 33)])
def test_no_share_can_be_shifted_into_another(data_key: int, token: int) -> None:
    with pytest.raises(CannotOpen):
        _ = KeyMaterial(b"d" * data_key, b"t" * token).shares


@pytest.mark.parametrize(
    ("version", "ciphertext"),
    [(1, "8804b10f10325f5ffbbdbbefcfd0d4631b"), (2, "2e539077916aa29d6e7e9c444e3f2df40c")],
)
def test_a_files_bytes_are_sealed_as_they_always_were(version: int, ciphertext: str) -> None:
    """The published vectors are of `seal` alone."""
    header = Header(encode(b"i" * 16), "file", 1, 2, 1, False, version=version)
    keys = KeyMaterial(b"d" * 32, b"t" * 32)
    sealed = bytes([version]) + b"n" * 12 + bytes.fromhex(ciphertext)
    assert seal_file(header, b"x", keys, random=lambda length: b"n" * length) == sealed
    assert unseal_file(header, sealed, keys) == b"x"


def test_two_sealings_of_one_text_differ() -> None:
    header = Header(encode(b"i" * 16), "text", 1, 2, 1, False)
    keys = KeyMaterial(b"d" * 32, b"t" * 32)
    assert seal(header, Content(b"x"), keys) != seal(header, Content(b"x"), keys)


def test_the_encryption_context_names_secret_and_environment() -> None:
    assert encryption_context("abc", "prod") == {
        "burnbag:id": "abc",
        "burnbag:environment": "prod",
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['header']['version']}: {v['name']}")
def test_vector(vector: dict[str, Any]) -> None:
    salt = bytes.fromhex(vector["salt"]) if vector["salt"] else None
    data_key, token = bytes.fromhex(vector["data_key"]), bytes.fromhex(vector["token"])
    keys = KeyMaterial(data_key, token, vector["passphrase"], salt)
    header, sealed = Header(**vector["header"]), bytes.fromhex(vector["sealed"])
    if vector["expect"] == "fails":
        with pytest.raises(CannotOpen):
            unseal(header, sealed, keys)
        return
    content = unseal(header, sealed, keys)
    assert vars(content) | {"data": content.data.hex()} == vector["content"]
    assert seals_the_same(header, content, keys, sealed)


def seals_the_same(header: Header, content: Content, keys: KeyMaterial, sealed: bytes) -> bool:
    nonce = sealed[1:13]
    return seal(header, content, keys, random=lambda length: nonce[:length]) == sealed
