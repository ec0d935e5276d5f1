"""The fields of a request: what is read, and what is refused in which words."""

from typing import Any

import pytest
from burnbag_core.errors import BadRequest, OutOfRange
from burnbag_core.fields import (
    LONGEST_PASSPHRASE,
    check_idempotency_key,
    encode_text,
    read_flag,
    read_json_object,
    read_text,
)

KNOWN = frozenset({"views", "ttl"})


def refuse(body: bytes) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        read_json_object(body, KNOWN)
    return caught.value


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"{}"])
def test_an_empty_body_is_an_empty_object(body: bytes) -> None:
    assert read_json_object(body, KNOWN) == {}


def test_known_fields_are_read_as_they_are() -> None:
    assert read_json_object(b'{"ttl": "1h", "views": 2}', KNOWN) == {"ttl": "1h", "views": 2}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2.0", 2),
        ("1e3", 1000),
        ("-0.0", 0),
        ("9007199254740991.0", 9007199254740991),
        ("2.5", 2.5),
        ("9007199254740992.0", 9007199254740992.0),
        ("1e999", float("inf")),
    ],
)
def test_a_whole_number_is_one_however_it_is_written(sent: str, read: float) -> None:
    """JSON has one kind of numbers, and some programs write 2.0 for 2."""
    views = read_json_object(b'{"views": %s}' % sent.encode(), KNOWN)["views"]
    assert (views, type(views)) == (read, type(read))


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"[]", "The body is not a JSON object."),
        (b"null", "The body is not a JSON object."),
        (b'{"ttl": 1', "The body is not JSON."),
        (b"\xff", "The body is not JSON."),
        (b'{"ttl": NaN}', "The body is not JSON."),
        (b"[" * 100_000, "The body is not JSON."),
        (b'{"ttl": 1, "ttl": 2}', "A field is repeated."),
        (b'{"ttl": {"a": 1, "a": 2}}', "A field is repeated."),
    ],
)
def test_what_is_not_one_object_is_the_bodys_fault(body: bytes, detail: str) -> None:
    error = refuse(body)
    assert (error.extensions, error.detail) == ({"field": "body"}, detail)


def test_an_unknown_field_is_named_and_so_are_the_known_ones() -> None:
    error = refuse(b'{"tll": 1}')
    assert (error.extensions, error.detail) == ({"field": "tll"}, "Known fields: ttl, views.")


def test_an_unknown_name_is_repeated_only_where_that_is_safe() -> None:
    for name, shown in (("a" * 32, "a" * 32), ("a" * 33, "body"), ("hunter2", "body")):
        assert refuse(f'{{"{name}": 1}}'.encode()).extensions == {"field": shown}
    assert refuse(b'{"\\u001b[31m": 1}').extensions == {"field": "body"}


def test_a_text_is_optional_but_never_empty() -> None:
    assert read_text({}, "label", 3) is None
    assert read_text({"label": "abc"}, "label", 3) == "abc"
    for value in ("", None, 7, ["a"]):
        with pytest.raises(BadRequest, match="not empty") as caught:
            read_text({"label": value}, "label", 3)
        assert caught.value.extensions == {"field": "label"}


def test_a_text_beyond_its_limit_is_out_of_range() -> None:
    with pytest.raises(OutOfRange, match=r"^Must have at most 3 characters\.$") as caught:
        read_text({"label": "abcd"}, "label", 3)
    assert caught.value.extensions == {"field": "label"}


def test_half_a_surrogate_pair_is_no_text() -> None:
    for refused in (encode_text, lambda name, value: read_text({name: value}, name, 3)):
        with pytest.raises(BadRequest, match="Unicode") as caught:
            refused("label", "\ud800")
        assert caught.value.extensions == {"field": "label"}
    assert encode_text("label", "é") == b"\xc3\xa9"


def test_a_flag_is_no_unless_it_is_sent_and_nothing_but_yes_or_no() -> None:
    assert read_flag({}, "encrypted") is False
    assert read_flag({"encrypted": False}, "encrypted") is False
    assert read_flag({"encrypted": True}, "encrypted") is True
    others: list[Any] = [None, 0, 1, "true", []]
    for value in others:
        with pytest.raises(BadRequest, match="true or false") as caught:
            read_flag({"encrypted": value}, "encrypted")
        assert caught.value.extensions == {"field": "encrypted"}


@pytest.mark.parametrize("key", ["!" * 16, "~" * 16, "k" * 128, "0f1e-2d3c-4b5a-6978"])
def test_an_idempotency_key_is_taken_as_it_is(key: str) -> None:
    assert check_idempotency_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "k" * 15, "k" * 129, "k" * 16 + " ", "k" * 16 + "\x7f", "k" * 16 + "é"]
)
def test_another_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(BadRequest, match="16 to 128") as caught:
        check_idempotency_key(key)
    assert caught.value.extensions == {"field": "Idempotency-Key"}


def test_where_more_hangs_on_an_idempotency_key_it_must_be_longer() -> None:
    assert check_idempotency_key("k" * 22, shortest=22) == "k" * 22
    with pytest.raises(BadRequest, match="22 to 128"):
        check_idempotency_key("k" * 21, shortest=22)


def test_a_passphrase_has_room_for_a_sentence_and_no_more() -> None:
    assert LONGEST_PASSPHRASE == 1024
