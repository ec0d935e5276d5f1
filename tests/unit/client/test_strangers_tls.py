"""Slow servers behind TLS: a handshake and an answer that drip."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from burnbag_format.base64url import encode
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from burnbag import Burnbag, Link, NotFound, Unavailable

ID, TOKEN = encode(bytes(16)), encode(bytes(32))
TIMEOUT, LONGEST = 0.2, 20.0
PROBLEM = b'{"type": "urn:burnbag:problem:not-found"}'
Serve = Callable[[socket.socket, ssl.SSLContext], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@contextmanager
def run(serve: Serve, certificate: Path) -> Iterator[str]:
    """A server on a port of this machine that treats each connection alike; gives its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener, over = socket.create_server(("localhost", 0)), threading.Event()

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection, suppress(OSError):  # The client may go away.
                connection.settimeout(5)
                serve(connection, context)

    listener.settimeout(0.05)
    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listener.close()


def drip(connection: socket.socket, first: bytes, then: bytes) -> None:
    """Send `first`, and `then` again and again, until nobody listens any more."""
    connection.sendall(first)
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        connection.sendall(then)
        time.sleep(0.02)


def answer(connection: socket.socket, context: ssl.SSLContext) -> None:
    with context.wrap_socket(connection, server_side=True) as secure:
        secure.recv(65536)
        head = f"HTTP/1.1 404 Not Found\r\nContent-Length: {len(PROBLEM)}\r\n\r\n"
        secure.sendall(head.encode() + PROBLEM)


def drip_handshake(connection: socket.socket, context: ssl.SSLContext) -> None:
    """A record of 16 KiB that never comes to its end."""
    drip(connection, b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\0")


def drip_headers(connection: socket.socket, context: ssl.SSLContext) -> None:
    with context.wrap_socket(connection, server_side=True) as secure:
        secure.recv(65536)
        drip(secure, b"HTTP/1.1 200 OK\r\n", b"A: b\r\n")


def drip_records(connection: socket.socket, context: ssl.SSLContext) -> None:
    """After the handshake a record of 16 KiB that never comes to its end."""
    with context.wrap_socket(connection, server_side=True) as secure:
        secure.recv(65536)
        with socket.socket(fileno=secure.detach()) as raw:
            drip(raw, b"\x17\x03\x03\x40\x00", b"\0")


def test_a_server_behind_tls_is_asked(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with run(answer, certificate) as url, Burnbag() as burnbag, pytest.raises(NotFound):
        burnbag.peek(Link(url, ID, TOKEN))


@pytest.mark.parametrize("serve", [drip_handshake, drip_headers, drip_records])
def test_a_server_that_drips_behind_tls_is_given_up(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float], serve: Serve
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    started = time.monotonic()
    with run(serve, certificate) as url, Burnbag(timeout=TIMEOUT) as burnbag:
        link = Link(url, ID, TOKEN)
        with pytest.raises(Unavailable, match="connection"):
            burnbag.peek(link)
        assert len(pauses) == 4 and time.monotonic() - started < LONGEST
