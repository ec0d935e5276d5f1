"""What a sender may ask for: every field, every refusal, and the limits to the byte."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from burnbag_core import settings
from burnbag_core.errors import BadRequest, OutOfRange, TooLarge

from tests.support.services import ENVIRON, load

order = load("create", "chalicelib.order")
LIMITS = {"MAX_SECRET_BYTES": "10", "MAX_FILE_BYTES": "5", "MAX_UPLOAD_BYTES": "20"}
SETTINGS = settings.read(load("create", "chalicelib.settings").Settings, ENVIRON | LIMITS)
KEY = bytes(range(32))


def text(**fields: Any) -> Any:
    return order.read_text_order({"secret": "x", **fields}, SETTINGS)


def file(data: bytes = b"data", **fields: Any) -> Any:
    sent = order.File(data, "a.txt", "text/plain")
    return order.read_file_order({"file": sent, **fields}, SETTINGS)


def upload(**fields: Any) -> Any:
    return order.read_upload_order({"size": 7, **fields}, SETTINGS)


def refuse(kind: type[BadRequest], read: Any, **fields: Any) -> tuple[str, str]:
    with pytest.raises(BadRequest) as refused:
        read(**fields)
    assert type(refused.value) is kind
    return refused.value.extensions["field"], refused.value.detail


def test_what_is_not_asked_for_is_the_environments_or_the_least() -> None:
    terms = vars(text().terms)
    assert terms == {
        "ttl": 86400,
        "views": 1,
        "passphrase": None,
        "label": None,
        "encrypted": False,
        "on_lock": "burn",
        "recipients": (),
    }
    assert vars(order.Terms(60)) == terms | {"ttl": 60}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (61, 61),
        ("61", 61),
        ("61s", 61),
        ("2m", 120),
        ("3h", 10800),
        ("4d", 345600),
        (60, 60),
        (2592000, 2592000),
    ],
)
def test_a_life_is_in_seconds_or_with_a_unit(said: Any, seconds: int) -> None:
    assert text(ttl=said).terms.ttl == seconds


@pytest.mark.parametrize("said", [59, 2592001, "59", "31d", 0])
def test_a_life_has_limits(said: Any) -> None:
    refusal = ("ttl", "Must be from 60 to 2592000 seconds.")
    assert refuse(OutOfRange, text, ttl=said) == refusal


@pytest.mark.parametrize("said", ["", "1w", "1 h", "1.5h", "-1", "1hh", None, True, [], "\u0661h"])
def test_what_is_no_life_is_refused(said: Any) -> None:
    words = 'Must be seconds, or a text such as "90s", "15m", "2h", "7d".'
    assert refuse(BadRequest, text, ttl=said) == ("ttl", words)


def test_views_have_limits() -> None:
    assert [text(views=views).terms.views for views in (1, 100)] == [1, 100]
    for views in (0, 101):
        assert refuse(OutOfRange, text, views=views) == ("views", "Must be from 1 to 100.")
    for odd in ("1", True, None, 1.0):
        assert refuse(BadRequest, text, views=odd) == ("views", "Must be a whole number.")


def test_a_lock_burns_or_freezes() -> None:
    assert text(passphrase="p", on_lock="freeze").terms.on_lock == "freeze"
    assert refuse(BadRequest, text, on_lock="melt") == ("on_lock", "Must be one of: burn, freeze.")
    words = "Without a passphrase nothing locks the secret."
    assert refuse(BadRequest, text, on_lock="freeze") == ("on_lock", words)


def test_a_label_is_printable() -> None:
    assert text(label="caf\u00e9").terms.label == "caf\u00e9"
    refusal = ("label", "Must be printable, on one line.")
    assert refuse(BadRequest, text, label="a\nb") == refusal


def test_a_label_has_a_limit() -> None:
    assert text(label="x" * 256).terms.label == "x" * 256
    refusal = ("label", "Must have at most 256 characters.")
    assert refuse(OutOfRange, text, label="x" * 257) == refusal


def test_a_text_is_text_and_bytes_are_bytes() -> None:
    content = text(secret="h\u00e9").content
    assert (content.data, content.media_type) == ("h\u00e9".encode(), "text/plain; charset=utf-8")
    sent = base64.b64encode(b"\x00\xff").decode()
    found = order.read_text_order({"secret_base64": sent}, SETTINGS)
    assert (found.content.data, found.content.media_type) == (
        b"\x00\xff",
        "application/octet-stream",
    )
    assert (found.size, found.kind, found.record_content) == (2, "text", found.content)


def test_a_secret_is_sent_in_one_way() -> None:
    refusal = ("secret", "Send either secret or secret_base64.")
    assert refuse(BadRequest, text, secret_base64="eA==") == refusal
    with pytest.raises(BadRequest, match="either"):
        order.read_text_order({}, SETTINGS)


@pytest.mark.parametrize("value", ["", None, 1, ["x"], {}])
@pytest.mark.parametrize("name", ["secret", "secret_base64"])
def test_an_empty_secret_is_a_mistake(name: str, value: Any) -> None:
    with pytest.raises(BadRequest) as refused:
        order.read_text_order({name: value}, SETTINGS)
    assert refused.value.extensions["field"] == name
    assert refused.value.detail == "Must be a string that is not empty."


@pytest.mark.parametrize("value", ["eA", "eA=", "eA==\n", "eB==", "e A==", "*A==", "eA==="])
def test_base64_has_one_form(value: str) -> None:
    with pytest.raises(BadRequest) as refused:
        order.read_text_order({"secret_base64": value}, SETTINGS)
    assert refused.value.extensions["field"] == "secret_base64"
    assert refused.value.detail == "Must be padded base64 without white space."


def test_sizes_have_limits() -> None:
    assert text(secret="x" * 10).size == 10
    words = "A secret has at most 10 bytes; this one has 11."
    assert refuse(TooLarge, text, secret="x" * 11) == ("secret", words)
    assert file(b"x" * 5).size == 5
    words = "A file has at most 5 bytes here; use POST /v1/uploads."
    assert refuse(TooLarge, file, data=b"x" * 6) == ("file", words)
    assert [upload(size=size).size for size in (1, 20)] == [1, 20]
    assert refuse(TooLarge, upload, size=21) == ("size", "An upload has at most 20 bytes.")
    assert refuse(OutOfRange, upload, size=0) == ("size", "Must be at least 1.")
    words = "Must be the number of bytes that will be uploaded."
    for odd in ("7", True, None, 7.0):
        assert refuse(BadRequest, upload, size=odd) == ("size", words)


def test_a_file_is_needed() -> None:
    with pytest.raises(BadRequest) as refused:
        order.read_file_order({}, SETTINGS)
    assert (refused.value.extensions["field"], refused.value.detail) == ("file", "Send a file.")


def test_what_lies_in_the_record_is_not_the_files_bytes_nor_the_uploads() -> None:
    found = file().record_content
    assert (found.data, found.filename, found.media_type) == (b"", "a.txt", "text/plain")
    found = upload().record_content
    assert (found.data, found.media_type) == (b'{"size": 7}', "application/json")


def test_an_order_shows_no_passphrase() -> None:
    assert "hunter2" not in repr(text(passphrase="hunter2"))


def test_a_digest_tells_orders_apart_and_depends_on_the_key() -> None:
    one = text(label="l")
    orders = [
        one,
        text(label="m"),
        text(secret="y", label="l"),
        file(),
        file(b"date"),
        upload(),
        upload(size=8),
        replace(one, content=replace(one.content, media_type="text/html")),
        replace(one, content=replace(one.content, filename="l")),
        replace(one, terms=replace(one.terms, encrypted=True)),
    ]
    digests = [order.digest_order(each, KEY) for each in orders]
    assert len(set(digests)) == len(orders) and all(len(digest) == 32 for digest in digests)
    assert order.digest_order(text(label="l"), KEY) == digests[0]
    assert order.digest_order(one, KEY[::-1]) != digests[0]
    # It is stored with the receipt, so a later version has to make the same.
    assert digests[0].hex().startswith("227af5669b2e78b6")
