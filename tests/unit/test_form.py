"""The form that a file is sent in: every field, every refusal, and the limits to the character."""

from typing import Any

import pytest
from burnbag_core.errors import BadRequest

from tests.support.services import load

form = load("create", "chalicelib.form")
TYPE = "multipart/form-data; boundary=x"


def part(name: str, value: bytes | str = b"", more: str = "", media_type: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"{more}\r\n'
    head += f"Content-Type: {media_type}\r\n" if media_type else ""
    body = value.encode() if isinstance(value, str) else value
    return b"--x\r\n" + head.encode() + b"\r\n" + body + b"\r\n"


def file(name: str = "a.txt", media_type: str = "text/plain") -> bytes:
    return part("file", b"data", f'; filename="{name}"', media_type)


def read(*parts: bytes, end: bytes = b"--x--\r\n", content_type: str = TYPE) -> Any:
    return form.read_form(b"".join(parts) + end, content_type)


def refuse(*parts: bytes, **options: Any) -> tuple[str, str]:
    """The field and the words of a refusal."""
    with pytest.raises(BadRequest) as refused:
        read(*parts, **options)
    return refused.value.extensions["field"], refused.value.detail


def test_every_field_is_read_as_what_it_is() -> None:
    found = read(
        file(),
        part("ttl", "2h"),
        part("views", "3"),
        part("passphrase", "p\u00e4ss"),
        part("label", "l"),
        part("encrypted", "true"),
        part("on_lock", "freeze"),
    )
    assert vars(found.pop("file")) == {"data": b"data", "name": "a.txt", "media_type": "text/plain"}
    assert found == {
        "ttl": "2h",
        "views": 3,
        "passphrase": "p\u00e4ss",
        "label": "l",
        "encrypted": True,
        "on_lock": "freeze",
    }


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("false", False), ("True", "True"), ("1", "1"), ("", "")]
)
def test_a_flag_is_true_or_false(text: str, value: object) -> None:
    assert read(part("encrypted", text)) == {"encrypted": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("999999999", 999999999),
        ("1000000000", "1000000000"),
        ("\u0661", "\u0661"),
        ("-1", "-1"),
    ],
)
def test_views_are_a_number_of_ascii_digits(text: str, value: object) -> None:
    assert read(part("views", text)) == {"views": value}
    assert read(part("ttl", text)) == {"ttl": text}


def test_a_file_without_a_media_type_is_bytes() -> None:
    assert read(file(media_type=""))["file"].media_type == "application/octet-stream"


def test_a_file_shows_neither_its_bytes_nor_its_name() -> None:
    assert repr(read(file())["file"]) == "File(media_type='text/plain')"


@pytest.mark.parametrize("length", [1, 255])
def test_a_name_has_up_to_255_characters(length: int) -> None:
    assert read(file("\u00e9" * length))["file"].name == "\u00e9" * length
    assert read(file(media_type=f"text/{'x' * 250}"))["file"].media_type == f"text/{'x' * 250}"


NAME = ("file", "Needs a file name of 1 to 255 characters.")
PATH = ("file", "The file name may hold no path, quote or control character.")
MEDIA = ("file", "The media type is not well-formed.")


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (part("file", b"x"), NAME),
        (file(""), NAME),
        (file("a" * 256), NAME),
        (file("."), NAME),
        (file(".."), NAME),
        (file("a/b"), PATH),
        (file("a\\\\b"), PATH),
        (file('a\\"b'), PATH),
        (file("a\x7fb"), PATH),
        (file("a\u202eb"), PATH),
        (file(media_type=f"text/{'x' * 251}"), MEDIA),
        (file(media_type="text"), MEDIA),
        (part("views", b"\xff"), ("views", "Must be UTF-8.")),
        (part("label", b"\xff"), ("label", "Must be UTF-8.")),
    ],
)
def test_what_could_mislead_is_refused(sent: bytes, refusal: tuple[str, str]) -> None:
    assert refuse(sent) == refusal


def test_letters_of_a_name_are_no_paths() -> None:
    assert read(file("X...XX"))["file"].name == "X...XX"


KNOWN = "encrypted, file, label, on_lock, passphrase, recipients, ttl, views"
MALFORMED = ("body", "The body is not well-formed multipart/form-data.")


def test_unknown_and_repeated_fields_are_refused() -> None:
    assert refuse(part("tll", "1")) == ("body", f"Known fields: {KNOWN}.")
    assert refuse(part("ttl", "1"), part("ttl", "1")) == ("body", "A field is repeated.")


def test_a_part_that_names_itself_carelessly_is_refused() -> None:
    careless = b'--x\r\nContent-Disposition: form-data; name="a"b"\r\n\r\nx\r\n'
    assert refuse(careless) == ("body", "A part's Content-Disposition is not well-formed.")


@pytest.mark.parametrize(
    "options",
    [
        {"end": b""},
        {"end": b"--x"},
        {"content_type": "multipart/form-data"},
        {"content_type": "multipart/form-data; boundary=y"},
        {"content_type": "multipart/form-data; boundary="},
    ],
)
def test_a_body_that_does_not_end_as_it_must_is_refused(options: dict[str, Any]) -> None:
    assert refuse(file(), **options) == MALFORMED


def test_lines_end_as_the_standard_says() -> None:
    assert refuse(file().replace(b"\r\n", b"\n"), end=b"--x--\n") == MALFORMED


@pytest.mark.parametrize("head", ["Content-Disposition: form-data;\r\n name=ttl\r\n", ": x\r\n"])
def test_a_head_that_is_folded_or_has_no_name_is_refused(head: str) -> None:
    assert refuse(b"--x\r\n" + head.encode() + b"\r\n1\r\n") == MALFORMED


def test_a_boundary_has_an_end() -> None:
    boundary = "b" * 1025
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="ttl"\r\n\r\n1\r\n'
    long = f"multipart/form-data; boundary={boundary}"
    assert refuse(body.encode(), end=f"--{boundary}--\r\n".encode(), content_type=long) == MALFORMED


def test_recipients_come_once_for_each_of_them() -> None:
    sent = [part("recipients", "a@x.example"), part("ttl", "1"), part("recipients", "b,c")]
    assert read(*sent) == {"recipients": ["a@x.example", "b,c"], "ttl": "1"}


def test_more_parts_than_there_are_fields_and_recipients_are_refused() -> None:
    assert refuse(*[part("ttl", "1")] * 28) == ("body", "A field is repeated.")
    assert refuse(*[part("ttl", "1")] * 29) == MALFORMED
