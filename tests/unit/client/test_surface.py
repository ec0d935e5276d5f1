"""What programs see: results without None, a URL from the environment, and a closed client."""

import io
from collections.abc import Callable
from typing import Any, assert_type

import pytest
from burnbag_format.base64url import encode

from burnbag import (
    AnswerLink,
    Burnbag,
    Closed,
    ConfigurationError,
    NotText,
    Opened,
    OpenedInMemory,
    RequestLink,
)
from burnbag.sealed_keys import make_pair
from tests.support.server import Served, views_left


def test_what_is_opened_into_memory_has_a_text_and_bytes(burnbag: Burnbag) -> None:
    opened = burnbag.open(burnbag.send("h\u00fcnter2").link)
    assert_type(opened, OpenedInMemory)
    assert_type(opened.text, str)
    assert_type(opened.data, bytes)
    assert opened.text == "h\u00fcnter2" and opened.data == "h\u00fcnter2".encode()


def test_what_is_written_elsewhere_has_neither(burnbag: Burnbag) -> None:
    stream = io.BytesIO()
    opened = burnbag.open(burnbag.send("hunter2").link, stream)
    assert_type(opened, Opened)
    assert opened.data is None and not hasattr(opened, "text")
    assert stream.getvalue() == b"hunter2"


def test_a_file_that_holds_a_text_has_one_too(burnbag: Burnbag) -> None:
    opened = burnbag.open(burnbag.send(b"a: 1\n", filename="a.yaml").link)
    assert (opened.kind, opened.text) == ("file", "a: 1\n")


def test_bytes_that_are_no_text_say_so_and_are_not_repeated(burnbag: Burnbag) -> None:
    opened = burnbag.open(burnbag.send(b"canary\xff").link)
    with pytest.raises(NotText, match="`data`") as error:
        _ = opened.text
    assert isinstance(error.value, ValueError)
    assert error.value.__context__ is None and "canary" not in repr(error.value)
    assert opened.data == b"canary\xff" and "canary" not in repr(opened)


def test_the_url_is_that_of_the_environment(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BURNBAG_URL", f"{server.url}/")
    with Burnbag(region="us-east-1") as client:
        assert client.open(client.send("hunter2").link).text == "hunter2"
    assert Burnbag("https://other.example").api.url == "https://other.example"


@pytest.mark.parametrize("value", ["http://burnbag.example", "canary"])
def test_a_url_in_the_environment_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("BURNBAG_URL", value)
    with pytest.raises(ConfigurationError, match="BURNBAG_URL: the URL") as error:
        Burnbag()
    assert "canary" not in str(error.value)


def test_an_empty_variable_is_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNBAG_URL", "")
    with Burnbag() as client, pytest.raises(ConfigurationError, match="BURNBAG_URL"):
        client.send("hunter2")


PRIVATE, PUBLIC = make_pair()
REQUEST = RequestLink("https://burnbag.example", encode(bytes(16)), encode(bytes(32)), PUBLIC)
ANSWER = AnswerLink(REQUEST.base, REQUEST.id, REQUEST.token, PRIVATE, PUBLIC)

CALLS: dict[str, Callable[[Any, Any, io.BytesIO], object]] = {
    "send": lambda client, sent, pipe: client.send(pipe),
    "open": lambda client, sent, pipe: client.open(sent.link),
    "peek": lambda client, sent, pipe: client.peek(sent.link),
    "receipt": lambda client, sent, pipe: client.receipt(sent.id, sent.receipt_token),
    "signed_receipt": lambda client, sent, pipe: client.signed_receipt(sent.id, sent.receipt_token),
    "receipt_keys": lambda client, sent, pipe: client.receipt_keys(),
    "revoke": lambda client, sent, pipe: client.revoke(sent.id, sent.receipt_token),
    "unfreeze": lambda client, sent, pipe: client.unfreeze(sent.id, sent.receipt_token),
    "resume": lambda client, sent, pipe: client.resume(sent.id),
    "receipts": lambda client, sent, pipe: list(client.receipts()),
    "request": lambda client, sent, pipe: client.request(),
    "peek_request": lambda client, sent, pipe: client.peek_request(REQUEST),
    "submit": lambda client, sent, pipe: client.submit(REQUEST, pipe),
    "resume_submission": lambda client, sent, pipe: client.resume_submission(sent.id),
    "find_answer": lambda client, sent, pipe: client.find_answer(ANSWER),
    "open_answer": lambda client, sent, pipe: client.open_answer(ANSWER),
    "revoke_created_by": lambda client, sent, pipe: client.revoke_created_by("orders"),
}


def test_a_closed_client_says_so_and_does_nothing(server: Served, burnbag: Burnbag) -> None:
    sent, pipe = burnbag.send("hunter2"), io.BytesIO(b"read by nobody")
    burnbag.close()
    server.requests.clear()
    for call in CALLS.values():
        with pytest.raises(Closed, match="closed; make another one") as closed:
            call(burnbag, sent, pipe)
        assert isinstance(closed.value, RuntimeError)
    assert not server.requests and pipe.tell() == 0 and views_left(server, sent.link) == 1
    assert set(CALLS) == {name for name in vars(Burnbag) if name[0] != "_"} - {"close"}
    burnbag.close()
