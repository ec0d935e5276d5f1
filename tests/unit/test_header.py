"""The header's bytes: what was sealed under them opens under no others, so they never change."""

from hashlib import sha256

import pytest
from burnbag_core.header import Header
from burnbag_format.base64url import encode

ID = encode(b"i" * 16)
# When it was created, when it expires, and how many views it has, each of its own width.
NUMBERS = bytes.fromhex("0000000000000003 0000000000000004 00000005")


@pytest.mark.parametrize(("kind", "byte"), [("text", 1), ("file", 2), ("upload", 3)])
@pytest.mark.parametrize("passphrase", [False, True])
def test_a_header_of_version_1_is(kind: str, byte: int, passphrase: bool) -> None:
    header = Header(ID, kind, 3, 4, 5, passphrase, version=1)
    start = b"burnbag\x01" + b"i" * 16 + bytes([byte])
    assert header.encode() == start + NUMBERS + bytes([passphrase])


@pytest.mark.parametrize(("on_lock", "byte"), [("burn", 1), ("freeze", 2)])
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_header_of_version_2_is(on_lock: str, byte: int, encrypted: bool) -> None:
    header = Header(ID, "text", 3, 4, 5, True, encrypted, on_lock, version=2)
    start = b"burnbag\x02" + b"i" * 16 + b"\x01"
    assert header.encode() == start + NUMBERS + bytes([True, encrypted, byte])


@pytest.mark.parametrize(
    ("recipients", "listed"),
    [
        ((), b""),
        (("@x.example",), b"\x00\x0a@x.example"),
        (("a@x.example", "b@x.example"), b"\x00\x0ba@x.example\x00\x0bb@x.example"),
    ],
)
def test_a_header_of_version_3_is(recipients: tuple[str, ...], listed: bytes) -> None:
    header = Header(ID, "text", 3, 4, 5, True, True, "freeze", 3, recipients)
    start = b"burnbag\x03" + b"i" * 16 + b"\x01"
    assert header.encode() == start + NUMBERS + b"\x01\x01\x02" + sha256(listed).digest()


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_header_names_nobody(version: int) -> None:
    header = Header(ID, "text", 3, 4, 5, True, version=version, recipients=("@x.example",))
    with pytest.raises(ValueError, match="version"):
        header.encode()


def test_a_new_header_has_the_newest_version() -> None:
    assert Header(ID, "text", 3, 4, 5, False).encode()[7] == 3
