"""RFC 8188 in the browser against the command's: the same messages, and the same refusals."""

import random
from functools import partial
from operator import add
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnbag import Damaged
from burnbag.aes128gcm import LARGEST_RECORD, OVERHEAD, RECORD_SIZE, encrypted_size
from burnbag.padding import padded_size
from burnbag.sources import LARGEST_FORM_PLAIN, fitting_size
from tests.page.formats import Formats, from_base64, open_whole, seal_whole, to_base64

KEY = bytes(range(16))
ROOM = RECORD_SIZE - OVERHEAD


def shuffled_sizes(chance: random.Random) -> list[int]:
    """The sizes of pieces in which bytes come."""
    return [chance.randint(1, chance.choice([5, 70, 20_000, 200_000])) for _ in range(8)]


def test_what_python_encrypts_decrypts_in_the_browser_and_the_reverse(formats: Formats) -> None:
    """Around every boundary of records of 64 KiB, padded, in pieces of any size."""
    chance = random.Random(12)
    sizes = [records * ROOM + off for records in range(3) for off in (-17, -1, 0, 1, 17)]
    data = [chance.randbytes(size) for size in sizes if size >= 0]
    cases = [
        {
            "key": to_base64(KEY),
            "plaintext": to_base64(each),
            "message": to_base64(seal_whole(each, KEY, padded_size=padded_size)),
            "sizes": shuffled_sizes(chance),
        }
        for each in data
    ]
    assert [from_base64(each) for each in formats.run("decryptAll", cases)] == data
    messages = [from_base64(each) for each in formats.run("encryptAll", cases)]
    assert [open_whole(message, KEY) for message in messages] == data
    assert [len(m) for m in messages] == [encrypted_size(padded_size(len(d))) for d in data]
    assert len({message[:16] for message in messages}) == len(messages)


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.binary(max_size=200),
            st.integers(OVERHEAD + 1, 64),
            st.integers(0, 300),
            st.binary(min_size=16, max_size=16),
            st.lists(st.integers(1, 40), max_size=5),
        ),
        max_size=40,
    )
)
def test_both_encrypt_to_the_same_message_and_spread_padding_alike(
    formats: Formats, cases: list[tuple[bytes, int, int, bytes, list[int]]]
) -> None:
    asked, expected = [], []
    for data, record_size, extra, salt, sizes in cases:
        asked.append(
            {
                "key": to_base64(KEY),
                "plaintext": to_base64(data),
                "recordSize": record_size,
                "extra": extra,
                "salt": to_base64(salt),
                "sizes": sizes,
            }
        )
        options: dict[str, Any] = {"salt": salt, "record_size": record_size}
        expected.append(seal_whole(data, KEY, **options, padded_size=partial(add, extra)))
    found = formats.run("encryptAll", asked)
    assert [from_base64(each) for each in found] == expected
    opened = [case | {"message": to_base64(m)} for case, m in zip(asked, expected, strict=True)]
    assert formats.run("decryptAll", opened) == [case["plaintext"] for case in asked]


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.binary(max_size=150),
            st.integers(OVERHEAD + 1, 64),
            st.integers(0, 2**16),
            st.integers(0, 255),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_whatever_was_changed_or_cut_is_refused_where_python_refuses_it(
    formats: Formats, cases: list[tuple[bytes, int, int, int, bool]]
) -> None:
    messages = []
    for data, record_size, place, change, cut in cases:
        message = bytearray(seal_whole(data, KEY, record_size=record_size))
        at = place % len(message)
        message[at] ^= change
        messages.append(bytes(message[:at] if cut else message))
    asked = [{"key": to_base64(KEY), "message": to_base64(m), "sizes": [13]} for m in messages]
    assert formats.run("decryptAll", asked) == [open_or_refuse(m) for m in messages]


def open_or_refuse(message: bytes) -> str:
    try:
        return to_base64(open_whole(message, KEY))
    except Damaged:
        return "Damaged"


def test_a_record_has_at_most_a_mebibyte(formats: Formats) -> None:
    """It is held in memory before it is known to be good."""
    sizes = [LARGEST_RECORD, LARGEST_RECORD + 1, 2**32 - 1]
    messages = [seal_whole(b"hunter2", KEY, record_size=LARGEST_RECORD) for _ in sizes]
    messages = [
        m[:16] + n.to_bytes(4, "big") + m[20:] for m, n in zip(messages, sizes, strict=True)
    ]
    asked = [{"key": to_base64(KEY), "message": to_base64(message)} for message in messages]
    assert formats.run("decryptAll", asked) == [to_base64(b"hunter2"), "Damaged", "Damaged"]


def test_nothing_of_a_forged_record_is_given_out(formats: Formats) -> None:
    message = bytearray(seal_whole(b"x" * 1000, KEY, record_size=64))
    message[21 + 3 * 64 + 5] ^= 1
    case = {"key": to_base64(KEY), "message": to_base64(bytes(message))}
    found = formats.run("readUntilDamaged", case)
    assert found["damaged"]
    # Of the three good records before it, or less: an error overtakes what nobody has read.
    assert from_base64(found["data"]).ljust(3 * 47, b"x") == b"x" * (3 * 47)


@pytest.mark.parametrize("direction", ["encrypt", "decrypt"])
def test_who_does_not_read_does_not_fill_the_memory(formats: Formats, direction: str) -> None:
    found = formats.run("takeInWithoutReading", direction)
    assert 0 < found["first"] <= found["taken"] <= 8 * RECORD_SIZE


def test_sizes_are_pythons(formats: Formats) -> None:
    chance = random.Random(12)
    sizes = [*range(3000), *(2**power + off for power in range(11, 33) for off in (-1, 0, 1))]
    sizes += [chance.randrange(2 ** chance.randint(10, 32)) for _ in range(3000)]
    sizes += [records * ROOM + off for records in (1, 2, 80_000) for off in (-1, 0, 1)]
    # The page has no parts, so it sends nothing larger.
    sizes += [LARGEST_FORM_PLAIN + off for off in (-1, 0)]
    expected = [[padded_size(size), fitting_size(size), encrypted_size(size)] for size in sizes]
    assert formats.run("measure", sizes) == expected


def test_padding_never_takes_bytes_away(formats: Formats) -> None:
    case = {"key": to_base64(KEY), "plaintext": to_base64(b"hunter2"), "extra": -1}
    assert formats.run("encryptAll", [case]) == ["RangeError"]


def test_more_bytes_than_expected_are_not_collected(formats: Formats) -> None:
    asked = [{"size": 100, "limit": 100}, {"size": 101, "limit": 100}, {"size": 0, "limit": 0}]
    assert formats.run("limitAll", asked) == [100, "RangeError", 0]
