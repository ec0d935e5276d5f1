"""Whoever answers a link is not ours to choose: strange answers, slow ones, and strange input."""

import gzip
import json
import logging
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from burnbag_format.base64url import encode

from burnbag import Burnbag, BurnbagError, ConfigurationError, Link, NotFound, Refused, Unavailable
from tests.support.server import Served

JSON = {"Content-Type": "application/json"}
ID, TOKEN = encode(bytes(16)), encode(bytes(32))
PEEK = {"id": ID, "kind": "text", "size": 1, "passphrase": False, "max_views": 1, "views_left": 1}
REVEALED = {"kind": "text", "size": 7, "views_left": 0, "secret": "canary"}
UPLOAD = {"kind": "upload", "size": 7, "views_left": 0}

STRANGE: dict[str, tuple[int, dict[str, str], bytes]] = {
    "html": (200, {}, b"<html>canary</html>"),
    "nothing": (200, JSON, b""),
    "a list": (200, JSON, b"[]"),
    "a number": (200, JSON, b"1"),
    "not UTF-8": (200, JSON, b'{"secret": "\xff"}'),
    "broken off": (200, JSON, b'{"secret": "canary"'),
    "deep": (200, JSON, b"[" * 100_000),
    "a redirect": (302, {"Location": "https://example.org/canary"}, b""),
    "a redirect that says something": (302, JSON, b'{"secret": "canary"}'),
    "times out of reach": (200, JSON, json.dumps(PEEK | {"created_at": 1e30}).encode()),
    "fields of another type": (200, JSON, json.dumps(REVEALED | {"size": None}).encode()),
    "half a character": (200, JSON, json.dumps(REVEALED | {"secret": "canary\ud800"}).encode()),
    "bad base64": (200, JSON, b'{"kind":"text","size":1,"views_left":0,"secret_base64":"canary!"}'),
    "an upload from nowhere": (200, JSON, json.dumps(UPLOAD).encode()),
    "an upload in the clear": (
        200,
        JSON,
        json.dumps(UPLOAD | {"download": {"url": "http://example.org/canary"}}).encode(),
    ),
    "an upload at no address": (
        200,
        JSON,
        json.dumps(UPLOAD | {"download": {"url": "https://a\x00canary"}}).encode(),
    ),
    "an upload at no host": (
        200,
        JSON,
        json.dumps(UPLOAD | {"download": {"url": f"https://{'canary' * 20}.example"}}).encode(),
    ),
    "gone, at no time": (
        410,
        JSON,
        b'{"type":"urn:burnbag:problem:gone","state":1,"ended_at":1000000000000000000}',
    ),
    "no number of attempts": (
        403,
        JSON,
        b'{"type":"urn:burnbag:problem:passphrase-wrong","attempts_left":null}',
    ),
    "compressed": (200, JSON | {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 1_000_000)),
    "compressed, and broken": (200, JSON | {"Content-Encoding": "gzip"}, b"canary"),
    "larger than any answer": (200, JSON, b" " * (9 * 1024 * 1024)),
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
def test_a_strange_answer_is_one_of_our_errors(
    server: Served, burnbag: Burnbag, answer: tuple[int, dict[str, str], bytes]
) -> None:
    link = Link(server.url, ID, TOKEN, bytes(16))
    calls = (
        lambda: burnbag.peek(link),
        lambda: burnbag.open(link),
        lambda: burnbag.receipt(ID, TOKEN),
        lambda: burnbag.send("hunter2"),
    )
    for call in calls:
        server.faults.foreign = [answer] * 9
        with pytest.raises(BurnbagError) as error:
            call()
        chain: BaseException | None = error.value
        while chain:
            assert "canary" not in f"{chain!r} {vars(chain)}"
            chain = chain.__cause__ or chain.__context__


def test_a_servers_words_are_shown_but_command_no_terminal(
    server: Served, burnbag: Burnbag
) -> None:
    words = {"title": "no", "detail": "\x1b[2J" + "x" * 1000, "field": "views\x07"}
    server.faults.foreign = [(422, JSON, json.dumps(words).encode())]
    with pytest.raises(Refused) as refused:
        burnbag.send("hunter2")
    assert str(refused.value).isprintable() and len(str(refused.value)) < 300
    assert refused.value.field == "views?"


def test_a_server_says_how_long_to_wait_within_reason(
    server: Served, burnbag: Burnbag, pauses: list[float]
) -> None:
    sent = burnbag.send("hunter2")
    for said, least, most in (("2", 2, 7), ("999999", 5, 10), ("soon", 0, 5), ("\u00b2", 0, 5)):
        pauses.clear()
        server.faults.retry_after = said
        server.faults.refuse = [("GET /live", 503)]
        burnbag.peek(sent.link)
        assert len(pauses) == 1 and least <= pauses[0] <= most


def test_a_strange_answer_to_the_confirmation_changes_nothing(
    server: Served, burnbag: Burnbag, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = burnbag.send("hunter2")

    def answer_strangely(real: Any, *arguments: Any) -> Any:
        server.faults.foreign = [STRANGE["html"]]
        return real(*arguments)

    server.hooks.instead("end", answer_strangely)
    assert burnbag.open(sent.link).data == b"hunter2"


@pytest.mark.parametrize("name", ["../../bucket/x", "x?", "", ID + "=", ID[:-1]])
def test_what_is_no_id_is_not_asked_for(server: Served, burnbag: Burnbag, name: str) -> None:
    for call in (burnbag.receipt, burnbag.revoke):
        with pytest.raises(NotFound):
            call(name, TOKEN)
        with pytest.raises(NotFound):
            call(ID, f"{TOKEN}\r\n")
    assert not server.requests


def test_this_machine_is_not_reached_through_a_proxy(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Burnbag(server.url, region="us-east-1") as burnbag:
        assert burnbag.open(burnbag.send("hunter2").link).data == b"hunter2"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9", "proxy"),
        ("SSL_CERT_FILE", "/nowhere", "certificates"),
    ],
)
def test_an_environment_that_can_not_be_used_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=said):
        Burnbag()


def test_a_region_that_is_none_is_a_configuration_error(server: Served) -> None:
    with pytest.raises(ConfigurationError, match="region"):
        Burnbag(server.url, region="eu \u00e9").send("hunter2")


def test_a_certificate_that_is_not_to_be_trusted_is_not_tried_again(
    pauses: list[float],
) -> None:
    import ssl

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("tls") from ssl.SSLCertVerificationError("self-signed")

    transport = httpx.MockTransport(refuse)
    with Burnbag(transport=transport) as burnbag, pytest.raises(Unavailable, match="certificate"):
        burnbag.peek(Link("https://burnbag.example", ID, TOKEN))
    assert not pauses


def test_threads_share_one_look_for_credentials(server: Served) -> None:
    asked: list[int] = []

    class Session:
        def get_credentials(self) -> Any:
            asked.append(1)
            time.sleep(0.05)
            assert len(asked) - len(done) == 1, "two threads asked at once"
            done.append(1)
            keys = SimpleNamespace(access_key="a", secret_key="b", token=None)
            return SimpleNamespace(get_frozen_credentials=lambda: keys)

    done: list[int] = []
    with Burnbag(server.url, Session(), region="us-east-1") as burnbag:
        sends = [threading.Thread(target=burnbag.send, args=("hunter2",)) for _ in range(4)]
        for thread in sends:
            thread.start()
        for thread in sends:
            thread.join()
    assert len(server.store.secrets) == 4


def test_logs_at_their_loudest_hold_no_receipt_token_and_no_signature(
    burnbag: Burnbag, large: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = burnbag.send(large)
    burnbag.open(sent.link)
    burnbag.receipt(sent.id, sent.receipt_token)
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "CanonicalRequest" in logged and f"/bucket/{sent.id}" in logged
    assert sent.receipt_token not in logged and "signature=" not in logged
