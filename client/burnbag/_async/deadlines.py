"""One deadline for each answer, however slowly it comes.

Made of `burnbag.deadlines` by tools/asynchronous: change that, and run `make fmt`.
"""

import socket
from collections.abc import Awaitable, Callable, Iterable
from ssl import SSLContext
from typing import Any

import anyio
import httpcore
import httpx

from burnbag.causes import Unreached
from burnbag.deadlines import CURRENT, cut, with_scope
from burnbag.errors import ConfigurationError


class LimitedStream(httpcore.AsyncNetworkStream):
    """A connection whose waits end at the deadline."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self.stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self.stream.read(max_bytes, cut(timeout, httpcore.ReadTimeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self.stream.write(buffer, timeout)
        if deadline := CURRENT.get():
            deadline.renew()

    async def aclose(self) -> None:
        await self.stream.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        timeout = cut(timeout, httpcore.ConnectTimeout)
        return LimitedStream(await self.stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


class LimitedBackend(httpcore.AsyncNetworkBackend):
    """Makes such connections."""

    def __init__(
        self,
        backend: httpcore.AsyncNetworkBackend,
        resolve: Callable[..., Awaitable[Iterable[tuple[Any, ...]]]] = anyio.getaddrinfo,
    ) -> None:
        self.backend = backend
        self.resolve = resolve

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers.

        Each is tried by itself: a name may have hundreds, and the timeout is for a single one.
        Raises Unreached if none does.
        """
        failure: Exception | None = None
        for address in await self.addresses(host, port):
            limited = cut(timeout, httpcore.ConnectTimeout)
            try:
                stream = await self.backend.connect_tcp(address, port, limited, *args, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return LimitedStream(stream)
        raise Unreached(host, port, failure)

    async def addresses(self, host: str, port: int) -> list[str]:
        """The host's addresses, in the system's order. Raises Unreached."""
        try:
            found = await self.resolve(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unreached(host, port, error) from error
        return [with_scope(*sockaddr) for *_, sockaddr in found]

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore.AsyncNetworkStream:
        timeout = cut(timeout, httpcore.ConnectTimeout)
        return LimitedStream(
            await self.backend.connect_unix_socket(path, timeout, *args, **options)
        )

    async def sleep(self, seconds: float) -> None:
        await self.backend.sleep(seconds)


def install(client: httpx.AsyncClient) -> None:
    """Let every connection of `client` know deadlines, also those through proxies.

    This reaches into httpx: its transports do not pass a network backend on. A transport that is
    not httpx's own is left alone. Raises ConfigurationError if httpx has been rebuilt.
    """
    try:
        for transport in (client._transport, *client._mounts.values()):
            if isinstance(transport, httpx.AsyncHTTPTransport):
                limit_pool(transport._pool)
    except (AttributeError, TypeError):
        raise ConfigurationError(
            f"httpx {httpx.__version__} can't be given deadlines; burnbag needs httpx 0.28"
        ) from None


def limit_pool(pool: Any) -> None:
    """Wrap the network backend of a pool, once. Raises TypeError if it has none."""
    backend = pool._network_backend
    if not isinstance(backend, httpcore.AsyncNetworkBackend):
        raise TypeError("not a network backend")
    if not isinstance(backend, LimitedBackend):
        pool._network_backend = LimitedBackend(backend)
