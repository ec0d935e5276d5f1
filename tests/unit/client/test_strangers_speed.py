"""Servers that are arbitrarily slow, over real sockets: every answer has one deadline."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpcore
import httpx
import pytest
from burnbag_format.base64url import encode

from burnbag import Burnbag, ConfigurationError, Link, Unavailable, deadlines
from burnbag.causes import Unreached
from burnbag.transport import make_http_client
from tests.support.server import Served

ID, TOKEN = encode(bytes(16)), encode(bytes(32))
# Of a read. An answer may take four times that.
TIMEOUT = 0.1
# Five tries, on a machine that has other things to do.
LONGEST = 20.0
# One that stands still has no time left to connect.
GIVEN_UP = "too long|there is no answer"


@contextmanager
def drip(pieces: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """A server that reads a request's head and sends a piece now and then; gives host and port."""
    listener, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.settimeout(0.01)
        with connection:
            for piece in pieces():
                try:
                    connection.sendall(piece)
                except OSError:
                    return
                until = time.monotonic() + 0.02
                while time.monotonic() < until:
                    try:
                        if not connection.recv(1 << 20):
                            return
                    except TimeoutError:
                        pass
                    except OSError:
                        return
                if over.is_set():
                    return

    def accept() -> None:
        listener.settimeout(0.05)
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            served.append(threading.Thread(target=serve, args=(connection,)))
            served[-1].start()

    served: list[threading.Thread] = []
    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        for each in [thread, *served]:
            each.join()
        listener.close()


DRIPS: dict[str, Callable[[], Iterator[bytes]]] = {
    "a body": lambda: chain([b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"], repeat(b" ")),
    "a header": lambda: chain([b"HTTP/1.1 200 OK\r\nX: "], repeat(b"a")),
    "headers": lambda: chain([b"HTTP/1.1 200 OK\r\n"], repeat(b"A: b\r\n")),
    "a status": lambda: chain([b"HTTP/1.1 200 "], repeat(b"O")),
    "answers before the answer": lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "chunks": lambda: chain(
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], repeat(b"1\r\n \r\n")
    ),
}


@pytest.mark.parametrize("what", DRIPS)
def test_a_server_that_drips_is_given_up(pauses: list[float], what: str) -> None:
    started = time.monotonic()
    with drip(DRIPS[what]) as host, Burnbag(timeout=TIMEOUT) as burnbag:
        link = Link(f"http://{host}", ID, TOKEN)
        with pytest.raises(Unavailable, match=GIVEN_UP):
            burnbag.peek(link)
    assert len(pauses) == 4 and time.monotonic() - started < LONGEST


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_server_that_drips_through_a_proxy_is_given_up(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    started = time.monotonic()
    with drip(DRIPS["headers"]) as host:
        monkeypatch.setenv(variable, f"http://{host}")
        with Burnbag(timeout=TIMEOUT) as burnbag, pytest.raises(Unavailable, match="connection"):
            burnbag.peek(Link("https://burnbag.example", ID, TOKEN))
    assert time.monotonic() - started < LONGEST


@pytest.mark.parametrize("what", ["a header", "headers", "answers before the answer"])
def test_a_download_whose_headers_drip_is_given_up_and_can_be_had_again(
    server: Served, large: Path, pauses: list[float], what: str
) -> None:
    with Burnbag(server.url, region="us-east-1") as patient:
        link = patient.send(large).link
    real, started = server.files.url, time.monotonic()
    with drip(DRIPS[what]) as host, Burnbag(timeout=1.0) as burnbag:
        burnbag.api.timeout = TIMEOUT  # Of the deadline alone: the real server may be slower.
        server.files.url = f"http://{host}"
        with pytest.raises(Unavailable, match=GIVEN_UP):
            burnbag.open(link)
        assert time.monotonic() - started < LONGEST
        server.files.url, burnbag.api.timeout = real, 30.0
        assert burnbag.open(link).data == large.read_bytes()


def test_a_download_refused_in_drips_is_given_up(
    server: Served, large: Path, pauses: list[float]
) -> None:
    refused = [b"HTTP/1.1 400 Bad Request\r\nContent-Length: 4096\r\n\r\n"]
    with Burnbag(server.url, region="us-east-1") as burnbag:
        link = burnbag.send(large).link
        with drip(lambda: chain(refused, repeat(b" "))) as host:
            burnbag.api.timeout, server.files.url = TIMEOUT, f"http://{host}"
            with pytest.raises(Unavailable, match=GIVEN_UP):
                burnbag.open(link)


def test_an_upload_answered_in_drips_is_given_up_and_revoked(
    server: Served, large: Path, pauses: list[float]
) -> None:
    with drip(DRIPS["headers"]) as host:
        server.files.url = f"http://{host}"
        with Burnbag(server.url, region="us-east-1", timeout=5.0) as burnbag:
            burnbag.api.timeout = TIMEOUT
            with pytest.raises(Unavailable, match=GIVEN_UP):
                burnbag.send(large)
    # The revocation has that deadline too, so the client may be gone before it is done.
    until = time.monotonic() + LONGEST
    while server.store.secrets and time.monotonic() < until:
        time.sleep(0.01)
    assert [request.split()[0] for request in server.requests][-1] == "DELETE"
    assert not server.store.secrets


def test_a_long_download_is_not_cut(server: Served, large: Path) -> None:
    with Burnbag(server.url, region="us-east-1") as burnbag:
        link = burnbag.send(large).link
        server.faults.slow = 0.02
        burnbag.api.timeout, started = TIMEOUT, time.monotonic()
        assert burnbag.open(link).data == large.read_bytes()
        assert time.monotonic() - started > 4 * TIMEOUT


class Line(httpcore.NetworkStream):
    """A connection that takes its time."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.timeouts: list[float | None] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.timeouts.append(timeout)
        return b"x"

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        time.sleep(self.seconds)


def test_a_long_upload_is_not_cut() -> None:
    line = Line(0.05)
    stream = deadlines.LimitedStream(line)
    with deadlines.limit(0.1):
        for _ in range(5):
            stream.write(b"x", 30.0)
        assert stream.read(1, 30.0) == b"x"
        time.sleep(0.15)
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(1, 30.0)
    assert stream.read(1, 30.0) == stream.read(1) == b"x"
    assert line.timeouts[0] and line.timeouts[0] <= 0.1 and line.timeouts[1:] == [30.0, None]


def test_a_deadline_is_of_one_thread_only() -> None:
    stream, elsewhere = deadlines.LimitedStream(Line()), []
    with deadlines.limit(-1):
        thread = threading.Thread(target=lambda: elsewhere.append(stream.read(1)))
        thread.start()
        thread.join()
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(1)
    assert elsewhere == [b"x"]


class Silent(httpcore.NetworkBackend):
    """A network on which nobody answers."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore.NetworkStream:
        self.tried.append(host)
        raise httpcore.ConnectTimeout


def test_a_name_of_many_addresses_has_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        four = [(0, 0, 0, "", (f"192.0.2.{number}", port)) for number in range(250)]
        return [*four, (0, 0, 0, "", ("fe80::1", port, 0, 3))]

    silent = Silent()
    # Only what is tried takes time: 2 ms each.
    passed = SimpleNamespace(monotonic=lambda: 0.002 * len(silent.tried))
    monkeypatch.setattr(deadlines, "time", passed)
    backend = deadlines.LimitedBackend(silent, resolve)
    with deadlines.limit(0.01), pytest.raises((httpcore.ConnectTimeout, Unreached)):
        backend.connect_tcp("many.example", 443)
    assert 1 <= len(silent.tried) <= 6
    with pytest.raises(Unreached) as error:
        backend.connect_tcp("many.example", 443)
    assert silent.tried[-1] == "fe80::1%3"
    assert isinstance(error.value.failure, httpcore.ConnectTimeout)


def test_a_name_without_an_address_is_not_connected_to() -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror

    with pytest.raises(httpcore.ConnectError):
        deadlines.LimitedBackend(Silent(), resolve).connect_tcp("none.example", 443)


def test_every_connection_knows_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    client = make_http_client(1.0, None)
    pools: list[Any] = [
        transport._pool
        for transport in (client._transport, *client._mounts.values())
        if isinstance(transport, httpx.HTTPTransport)
    ]
    assert len(pools) >= 2
    assert all(isinstance(pool._network_backend, deadlines.LimitedBackend) for pool in pools)
    deadlines.install(client)
    assert not any(
        isinstance(pool._network_backend.backend, deadlines.LimitedBackend) for pool in pools
    )


def test_a_rebuilt_httpx_is_a_clear_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    client = httpx.Client()
    monkeypatch.delattr(client._transport, "_pool")
    with pytest.raises(ConfigurationError, match=r"needs httpx 0\.28"):
        deadlines.install(client)
    moved = httpx.Client()
    monkeypatch.setattr(moved._transport._pool, "_network_backend", None)  # type: ignore[attr-defined]
    with pytest.raises(ConfigurationError):
        deadlines.install(moved)
