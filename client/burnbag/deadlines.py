"""One deadline for each answer, however slowly it comes.

httpx's timeouts are for a single read, so a server that sends a byte now and then outlasts them
all. Within `limit`, every wait of this thread is cut to what is left until the deadline. httpx has
no option for that, but the library below it has: a network backend, which `install` wraps.

One way is left: behind a proxy that is itself reached by TLS (an https:// proxy), httpcore reads a
server's TLS in steps of its own, each with the timeout that the first one had.
"""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any, Final

import httpcore
import httpx

from burnbag.causes import Unreached
from burnbag.errors import ConfigurationError


class Deadline:
    """The end of a wait: `seconds` after the last byte of the request was sent.

    The request's own bytes take as long as they take: a slow line is not a hostile server.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.renew()

    def renew(self) -> None:
        self.at = time.monotonic() + self.seconds

    def left(self) -> float:
        """Seconds until the deadline; negative after it."""
        return self.at - time.monotonic()


# Connections are pooled and threads share a client, so this belongs to neither.
CURRENT: Final[ContextVar[Deadline | None]] = ContextVar("deadline", default=None)


@contextmanager
def limit(seconds: float) -> Iterator[Deadline]:
    """Let the answer to a request that is made in this block come within `seconds`."""
    deadline = Deadline(seconds)
    token = CURRENT.set(deadline)
    try:
        yield deadline
    finally:
        CURRENT.reset(token)


def cut(timeout: float | None, error: type[Exception]) -> float | None:
    """`timeout`, or what is left until the deadline if that is less. Raises `error` after it."""
    deadline = CURRENT.get()
    if deadline is None:
        return timeout
    left = deadline.left()
    if left <= 0:
        raise error("the deadline is over")
    return left if timeout is None else min(timeout, left)


class LimitedStream(httpcore.NetworkStream):
    """A connection whose waits end at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self.stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, cut(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, timeout)
        if deadline := CURRENT.get():
            deadline.renew()

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        timeout = cut(timeout, httpcore.ConnectTimeout)
        return LimitedStream(self.stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


class LimitedBackend(httpcore.NetworkBackend):
    """Makes such connections."""

    def __init__(
        self,
        backend: httpcore.NetworkBackend,
        resolve: Callable[..., Iterable[tuple[Any, ...]]] = socket.getaddrinfo,
    ) -> None:
        self.backend = backend
        self.resolve = resolve

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers.

        Each is tried by itself: a name may have hundreds, and the timeout is for a single one.
        Raises Unreached if none does.
        """
        failure: Exception | None = None
        for address in self.addresses(host, port):
            limited = cut(timeout, httpcore.ConnectTimeout)
            try:
                stream = self.backend.connect_tcp(address, port, limited, *args, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return LimitedStream(stream)
        raise Unreached(host, port, failure)

    def addresses(self, host: str, port: int) -> list[str]:
        """The host's addresses, in the system's order. Raises Unreached."""
        try:
            found = self.resolve(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unreached(host, port, error) from error
        return [with_scope(*sockaddr) for *_, sockaddr in found]

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore.NetworkStream:
        timeout = cut(timeout, httpcore.ConnectTimeout)
        return LimitedStream(self.backend.connect_unix_socket(path, timeout, *args, **options))

    def sleep(self, seconds: float) -> None:
        self.backend.sleep(seconds)


def with_scope(address: str, port: int, flow: int = 0, scope: int = 0) -> str:
    """An address; one of IPv6 that is of a single network says which."""
    return f"{address}%{scope}" if scope else address


def install(client: httpx.Client) -> None:
    """Let every connection of `client` know deadlines, also those through proxies.

    This reaches into httpx: its transports do not pass a network backend on. A transport that is
    not httpx's own is left alone. Raises ConfigurationError if httpx has been rebuilt.
    """
    try:
        for transport in (client._transport, *client._mounts.values()):
            if isinstance(transport, httpx.HTTPTransport):
                limit_pool(transport._pool)
    except (AttributeError, TypeError):
        raise ConfigurationError(
            f"httpx {httpx.__version__} can't be given deadlines; burnbag needs httpx 0.28"
        ) from None


def limit_pool(pool: Any) -> None:
    """Wrap the network backend of a pool, once. Raises TypeError if it has none."""
    backend = pool._network_backend
    if not isinstance(backend, httpcore.NetworkBackend):
        raise TypeError("not a network backend")
    if not isinstance(backend, LimitedBackend):
        pool._network_backend = LimitedBackend(backend)
