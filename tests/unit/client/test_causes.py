"""What the client says went wrong, and what its exceptions hold."""

import logging
import socket
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from burnbag_format.base64url import encode

from burnbag import Burnbag, BurnbagError, Link, Refused, Unavailable
from burnbag import deadlines as deadlines_module
from burnbag.causes import strip
from burnbag.links import Link as ParsedLink
from burnbag.spools import Spool, SpoolError
from tests.support.server import Served
from tests.unit.client.test_strangers_tls import answer, certificate, run

ID, TOKEN = encode(bytes(16)), encode(b"canary-token-canary-token-canary")
BASE = "https://burnbag.example/live"
__all__ = ["certificate"]


def failure(transport: httpx.BaseTransport | None = None, base: str = BASE) -> BurnbagError:
    """How asking for a secret fails."""
    with Burnbag(transport=transport) as burnbag, pytest.raises(BurnbagError) as raised:
        burnbag.peek(Link(base, ID, TOKEN))
    return raised.value


def answering(status: int, body: bytes = b"{}", **headers: str) -> httpx.MockTransport:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, stream=httpx.ByteStream(body), headers=named)

    return httpx.MockTransport(respond)


@pytest.fixture(autouse=True)
def no_pauses(pauses: list[float]) -> list[float]:
    return pauses


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A resolver that knows no name; the number of its error can be set."""
    number = [socket.EAI_NONAME]

    def resolve(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(number[0], "no such name")

    monkeypatch.setattr(deadlines_module.LimitedBackend.__init__, "__defaults__", (resolve,))
    yield number


def test_a_name_that_nobody_has_is_named(unknown: list[int]) -> None:
    where = "the connection to burnbag.example could not be made"
    found = failure()
    assert str(found) == f"{where}: there is no host of this name; is the URL right?"
    assert type(found.__cause__) is socket.gaierror
    unknown[0] = socket.EAI_AGAIN
    assert str(failure()) == f"{where}: its name can't be looked up now; is there a network?"


def test_a_proxy_that_is_not_there_is_told_apart_from_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://canary-user:canary-password@127.0.0.1:9")
    found = str(failure())
    assert found == (
        "the connection to the proxy 127.0.0.1:9, which leads to burnbag.example, could not be "
        "made: it is refused, nothing listens there"
    )


def test_a_proxy_that_wants_a_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")

    def refuse() -> None:
        for _ in range(5):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 407 canary\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=refuse)
    thread.start()
    found = str(failure())
    thread.join()
    listener.close()
    assert found.startswith("the proxy does not lead to burnbag.example: it asks for a user and a")
    assert "canary" not in found


def test_a_certificate_of_nobody_known_is_told_with_what_to_do(certificate: Path) -> None:
    with run(answer, certificate) as url:
        found = failure(base=url)
    assert "its certificate is not to be trusted: self-signed certificate; if your network" in str(
        found
    )
    assert "SSL_CERT_FILE" in str(found)


def test_plain_http_where_tls_should_be_is_told(server: Served) -> None:
    base = server.url.replace("http://127.0.0.1", "https://localhost")
    assert "could not be made: TLS fails (" in str(failure(base=base))


def test_silence_is_told_with_the_host() -> None:
    def time_out(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("canary", request=request)

    found = failure(httpx.MockTransport(time_out))
    assert str(found) == "the connection to burnbag.example took too long; try again later"


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (200, {"Content_Type": "text/html; charset=utf-8"}, b"<html>canary", "with a web page"),
        (403, {"Content_Type": "text/html"}, b"<html>canary", "answers 403 with a web page"),
        (302, {"Location": "https://sso.example/?canary"}, b"", "leads elsewhere to sso.example"),
        (404, {}, b'{"error": "canary"}', "answers 404, and not as burnbag does"),
        (403, {}, b'{"message": "Missing Authentication Token"}', "It ends in the stage"),
        (403, {}, b'{"message": "Forbidden"}', "It ends in the stage"),
        (200, {}, b'["canary"]', "not burnbag's"),
    ],
)
def test_what_is_not_burnbag_is_told(
    status: int, headers: dict[str, str], body: bytes, words: str
) -> None:
    found = failure(answering(status, body, **headers))
    assert words in str(found) and "is the URL right?" in str(found)
    assert "canary" not in str(found)


def test_what_aws_will_go_on_refusing_is_not_tried_again(no_pauses: list[float]) -> None:
    words = "Whoever runs this burnbag has to look at it: Decrypt DisabledException."
    body = f'{{"type": "urn:burnbag:problem:unavailable", "detail": "{words}"}}'.encode()
    assert str(failure(answering(503, body))) == words and no_pauses == []
    assert str(failure(answering(503, body, Retry_After="1"))) == words and len(no_pauses) == 4


def refused(title: str, kind: str = "signature-refused", ahead: timedelta = timedelta()) -> str:
    body = f'{{"type": "urn:burnbag:problem:{kind}", "title": "{title}"}}'.encode()
    date = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
    found = failure(answering(403, body, Date=date))
    assert isinstance(found, Refused) and found.kind == kind
    return str(found)


def test_wrong_credentials_are_told_with_what_to_do() -> None:
    assert "renew them" in refused("The signature's credentials have expired")
    assert "are not accepted" in refused("The signature does not fit the request")
    unknown = refused("The request was refused", "request-refused")
    assert unknown.startswith("The request was refused: AWS may not know the credentials")
    assert "caller_policy_arn" in refused("This caller may not do this", "access-denied")
    assert "no such call" in refused("There is no such call, or it has to be signed", "not-signed")


@pytest.mark.parametrize(("minutes", "way"), [(12, "12 minutes behind"), (-61, "61 minutes ahead")])
def test_a_wrong_clock_is_told_before_the_credentials_are_blamed(minutes: int, way: str) -> None:
    found = refused("The signature's credentials have expired", ahead=timedelta(minutes=minutes))
    assert found.startswith(f"this machine's clock is {way} (the server has 2")


@pytest.mark.parametrize("header", ["X-Request-Id", "x-amzn-RequestId", "Apigw-Requestid"])
def test_a_request_id_comes_from_the_document_or_a_header(header: str) -> None:
    found = failure(answering(500, b"{}", **{header: "c6af9ac6-7b61"}))
    assert found.request_id == "c6af9ac6-7b61"
    body = b'{"type": "urn:burnbag:problem:internal", "request_id": "own-id"}'
    assert failure(answering(500, body, **{header: "other"})).request_id == "own-id"
    assert failure(answering(500, b"{}", **{header: "\x1b[2J attack"})).request_id is None


def test_causes_hold_no_request_and_no_token(server: Served, no_pauses: list[float]) -> None:
    server.faults.drop = ["GET /live"] * 5
    found = failure(base=server.url)
    assert isinstance(found, Unavailable) and found.__cause__ is not None
    cause: BaseException | None = found
    while cause is not None:
        assert not isinstance(cause, httpx.RequestError)
        assert cause is found or cause.__traceback__ is None
        assert TOKEN not in repr(vars(cause)) and TOKEN not in repr(cause.args)
        cause = cause.__cause__ or cause.__context__
    assert TOKEN not in "".join(traceback.format_exception(found))


def test_the_words_of_a_library_are_left_out_of_a_cause() -> None:
    try:
        try:
            raise ValueError("Illegal header value b'canary'")
        except ValueError as error:
            raise httpx.LocalProtocolError("canary") from error
    except httpx.LocalProtocolError as error:
        assert "canary" not in repr(strip(error))


def test_what_is_told_of_requests_has_ids_and_times_and_no_secret(
    server: Served, burnbag: Burnbag, large: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "burnbag")
    server.faults.refuse = [("POST /live/v1/secrets", 503)]
    links = [
        ParsedLink.parse(burnbag.send("canary-text", passphrase="canary-passphrase").link),
        ParsedLink.parse(burnbag.send(large).link),
    ]
    burnbag.open(links[0], passphrase="canary-passphrase")
    burnbag.open(links[1])
    told = [record.getMessage() for record in caplog.records if record.name == "burnbag"]
    whole = "\n".join(told)
    assert f"POST {server.url}/v1/secrets: 503 after " in whole
    assert "try 2 comes in " in whole
    assert f"POST {server.url}/v1/secrets/{links[0].id}/reveal: 200 after " in whole
    for link in links:
        assert link.token not in whole and encode(link.key or b"") not in whole
    assert not any(word in whole for word in ("canary", "AWS4", "signature", "?"))


def test_a_full_folder_for_temporary_files_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    with pytest.raises(SpoolError, match=r"/no/such/folder: No such file.*; set TMPDIR"):
        Spool()
    monkeypatch.setattr("tempfile.tempdir", None)
    with Spool() as spool:
        spool.file.close()
        spool.file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115
        with pytest.raises(SpoolError, match=r"No space left on device; set TMPDIR"):
            spool.write(b"x")
