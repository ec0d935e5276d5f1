"""RFC 8188: the published vectors, another implementation, and whatever a forger might try."""

import io
import json
from contextlib import suppress
from typing import Any

import http_ece
import pytest
from burnbag_format.content import Description
from hypothesis import given, settings
from hypothesis import strategies as st

from burnbag import Damaged
from burnbag.aes128gcm import OVERHEAD, RECORD_SIZE, Stream, decrypt, encrypt, encrypted_size
from tests.support.services import ROOT
from tests.support.size import examples

VECTORS = json.loads((ROOT / "tests/vectors/aes128gcm.json").read_text())["vectors"]
KEY = bytes(range(16))
SMALL_RECORDS = st.integers(OVERHEAD + 1, 64)


def encrypt_whole(data: bytes, record_size: int = RECORD_SIZE, **options: Any) -> bytes:
    return b"".join(encrypt(io.BytesIO(data), KEY, record_size=record_size, **options))


def decrypt_whole(message: bytes, key: bytes = KEY) -> bytes:
    return b"".join(decrypt(io.BytesIO(message), key))


def by_name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", VECTORS, ids=by_name)
def test_every_vector_does_what_it_says(vector: dict[str, Any]) -> None:
    message, key = bytes.fromhex(vector["message"]), bytes.fromhex(vector["key"])
    if vector["expect"] == "fails":
        with pytest.raises(Damaged):
            decrypt_whole(message, key)
    else:
        assert decrypt_whole(message, key).hex() == vector["plaintext"]


def test_the_vectors_hold_the_rfcs_own_examples_and_failures() -> None:
    names = [vector["name"] for vector in VECTORS]
    assert names[:2] == ["RFC 8188, section 3.1", "RFC 8188, section 3.2"]
    assert sum(vector["expect"] == "fails" for vector in VECTORS) >= 20


@pytest.mark.parametrize("vector", [v for v in VECTORS if "content" in v], ids=by_name)
def test_what_is_inside_tells_what_it_is(vector: dict[str, Any]) -> None:
    source = io.BytesIO(decrypt_whole(bytes.fromhex(vector["message"])))
    description = Description.unpack(source.read)
    assert vars(description) | {"data": source.read().hex()} == vector["content"]


def test_our_encryption_of_the_rfcs_example_is_the_rfcs_message() -> None:
    first = VECTORS[0]
    message, key = bytes.fromhex(first["message"]), bytes.fromhex(first["key"])
    plaintext = io.BytesIO(bytes.fromhex(first["plaintext"]))
    assert b"".join(encrypt(plaintext, key, salt=message[:16], record_size=4096)) == message


@given(st.binary(max_size=400), SMALL_RECORDS)
def test_another_implementation_decrypts_ours(data: bytes, record_size: int) -> None:
    assert http_ece.decrypt(encrypt_whole(data, record_size), key=KEY) == data


# That implementation makes no record at all of no bytes, which is not a message (section 2).
@given(st.binary(min_size=1, max_size=400), SMALL_RECORDS)
def test_we_decrypt_what_another_implementation_encrypts(data: bytes, record_size: int) -> None:
    assert decrypt_whole(http_ece.encrypt(data, key=KEY, rs=record_size)) == data


@settings(max_examples=examples(30))
@given(st.integers(0, 3), st.integers(-2, 2), st.integers(0, 255))
def test_both_agree_around_the_boundaries_of_records_of_64_kib(
    records: int, off: int, filler: int
) -> None:
    data = bytes([filler]) * max(1, records * (RECORD_SIZE - OVERHEAD) + off)
    ours = encrypt_whole(data)
    assert len(ours) == encrypted_size(len(data))
    assert http_ece.decrypt(ours, key=KEY) == data
    assert decrypt_whole(http_ece.encrypt(data, key=KEY, rs=RECORD_SIZE)) == data


@given(st.binary(max_size=300), SMALL_RECORDS, st.data())
def test_no_changed_byte_changes_what_is_read(
    data: bytes, record_size: int, choice: st.DataObject
) -> None:
    message = bytearray(encrypt_whole(data, record_size))
    at = choice.draw(st.integers(0, len(message) - 1))
    message[at] ^= choice.draw(st.integers(1, 255))
    with suppress(Damaged):
        # A larger record size changes nothing where there is one record; all else is noticed.
        assert decrypt_whole(bytes(message)) == data and 16 <= at < 20


@given(st.binary(max_size=300), SMALL_RECORDS, st.data())
def test_no_message_opens_that_was_cut_short(
    data: bytes, record_size: int, choice: st.DataObject
) -> None:
    message = encrypt_whole(data, record_size)
    with pytest.raises(Damaged):
        decrypt_whole(message[: choice.draw(st.integers(0, len(message) - 1))])


@given(st.binary(min_size=1, max_size=300), SMALL_RECORDS, st.data())
def test_records_come_in_their_order_or_not_at_all(
    data: bytes, record_size: int, choice: st.DataObject
) -> None:
    message = encrypt_whole(data, record_size)
    body = message[21:]
    records = [body[at : at + record_size] for at in range(0, len(body), record_size)]
    some = choice.draw(st.lists(st.sampled_from(records), max_size=len(records) + 1))
    if some == records:
        assert decrypt_whole(message[:21] + b"".join(some)) == data
    else:
        with pytest.raises(Damaged):
            decrypt_whole(message[:21] + b"".join(some))


@given(st.binary(max_size=300), SMALL_RECORDS, st.lists(st.integers(1, 40), max_size=50))
def test_it_does_not_matter_in_what_pieces_the_bytes_come(
    data: bytes, record_size: int, sizes: list[int]
) -> None:
    message = encrypt_whole(data, record_size, salt=bytes(16))
    assert message == b"".join(
        encrypt(Stream(cut(data, sizes)), KEY, salt=bytes(16), record_size=record_size)
    )
    assert b"".join(decrypt(Stream(cut(message, sizes)), KEY)) == data


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


def test_nothing_of_a_forged_record_is_given_out() -> None:
    message = bytearray(encrypt_whole(b"x" * 100, 64))
    message[21 + 64 + 3] ^= 1
    pieces = decrypt(io.BytesIO(bytes(message)), KEY)
    assert bytes(next(pieces)) == b"x" * 47
    with pytest.raises(Damaged):
        next(pieces)


def test_two_encryptions_of_one_thing_have_nothing_in_common() -> None:
    first, second = encrypt_whole(b"hunter2"), encrypt_whole(b"hunter2")
    assert first[:16] != second[:16] and first[21:] != second[21:]


def test_a_key_id_is_passed_over() -> None:
    assert decrypt_whole(encrypt_whole(b"hunter2", key_id=b"somebody's key")) == b"hunter2"
