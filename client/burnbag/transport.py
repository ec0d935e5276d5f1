"""HTTP: one place that sends, signs, and makes exceptions of errors."""

import json
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from types import MappingProxyType
from typing import Any, Final

import httpx

from burnbag import logs
from burnbag.errors import ConfigurationError, Unavailable
from burnbag.links import base_url
from burnbag.problems import raised
from burnbag.retries import TRIES, again
from burnbag.signing import Signature

Answer = dict[str, Any]
# More than the largest answer: a file of 4 MiB in base64. Where a link leads is not ours to choose,
# so no answer may be larger, compressed, or as slow as it likes.
LARGEST_ANSWER: Final = 8 * 1024 * 1024
SLOWEST_ANSWER: Final = 4
IDENTITY: Final = "identity"
TRANSFER: Final = frozenset({b"content-length", b"transfer-encoding"})
# What stays on this machine passes no proxy: it is not encrypted.
DIRECT: Final = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}


class Api:
    """burnbag's REST API, with signatures for the sender's calls and none for the recipient's."""

    def __init__(
        self,
        url: str | None,
        session: Any,
        region: str | None,
        timeout: float,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self.url = base_url(url) if url is not None else None
        self.session = session
        self.region = region
        self.timeout = timeout
        self.http = client(timeout, transport)
        self.lock = threading.Lock()
        self.signature: Signature | None = None
        logs.cut_queries()

    def close(self) -> None:
        self.http.close()

    def sender_call(self, method: str, path: str, **sent: Any) -> Answer:
        """A signed call to this client's own URL. Raises ConfigurationError, and as `call`."""
        if self.url is None:
            raise ConfigurationError("no URL is set")
        return self.call(method, self.url, path, auth=self.signed(), **sent)

    def signed(self) -> Signature:
        with self.lock:
            if self.signature is None:
                host = httpx.URL(self.url or "").host
                self.signature = Signature(self.session, self.region, host)
            return self.signature

    def call(
        self,
        method: str,
        base: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        auth: httpx.Auth | None = None,
        tries: int = TRIES,
        repeatable: bool = True,
        **body: Any,
    ) -> Answer:
        """The JSON object that a call answers, empty for no body. Raises a BurnbagError."""
        sent = {"Accept": "application/json", **headers}
        if token is not None:
            sent["X-Burnbag-Token"] = token

        def send() -> httpx.Response:
            request = self.http.build_request(method, base + path, headers=sent, **body)
            return self.read(self.http.send(request, auth=auth, stream=True))

        response = again(send, tries, repeatable=repeatable)
        if not response.is_success:
            raise raised(response)
        return understood(response)

    def read(self, response: httpx.Response) -> httpx.Response:
        """An answer with all of its body, if that is as it was asked for."""
        deadline, body = time.monotonic() + SLOWEST_ANSWER * self.timeout, bytearray()
        with closing(response):
            if response.headers.get("Content-Encoding", IDENTITY) != IDENTITY:
                raise httpx.DecodingError("compressed", request=response.request)
            for piece in response.iter_raw():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    raise httpx.DecodingError("too large", request=response.request)
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("too slow", request=response.request)
        return httpx.Response(
            response.status_code, headers=plain(response.headers), content=bytes(body)
        )


def client(timeout: float, transport: httpx.BaseTransport | None) -> httpx.Client:
    """An HTTP client for this environment. Raises ConfigurationError for one it can't be made for.

    Proxies and certificates are configured by the environment, as HTTP users expect.
    """
    headers = {"Accept-Encoding": IDENTITY}
    try:
        return httpx.Client(timeout=timeout, transport=transport, mounts=DIRECT, headers=headers)
    except (ImportError, ValueError):
        why = "the proxy in the environment can't be used"
    except OSError:
        why = "the certificates in the environment (SSL_CERT_FILE) can't be read"
    raise ConfigurationError(why)


def plain(headers: httpx.Headers) -> list[tuple[bytes, bytes]]:
    """Headers as they came, without those about a transfer that is over."""
    return [pair for pair in headers.raw if pair[0].lower() not in TRANSFER]


def understood(response: httpx.Response) -> Answer:
    """The answer's JSON object. Raises Unavailable for what burnbag never says."""
    found: Any = {}
    try:
        found = json.loads(response.content) if response.content else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unavailable("the answer is not burnbag's; is the URL right?")
    return found
