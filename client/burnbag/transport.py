"""HTTP: the one place that calls the API, signs, and turns error answers into exceptions."""

import os
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from types import MappingProxyType
from typing import Any, Final

import httpx

from burnbag.answers import parse_json
from burnbag.deadlines import Deadline, install, limit
from burnbag.errors import Closed, ConfigurationError, LinkError
from burnbag.links import normalize_base
from burnbag.problems import parse_error
from burnbag.refusals import is_web_page
from burnbag.retries import TRIES, retry
from burnbag.signing import Signer, make_session, region_of
from burnbag.tracing import time_request
from burnbag.waiting import unblock

Answer = dict[str, Any]
URL_VARIABLE: Final = "BURNBAG_URL"
# More than the largest answer: a file of 4 MiB in base64. A link may lead to anybody's server, so
# an answer may not be larger than this, compressed, or arbitrarily slow.
LARGEST_ANSWER: Final = 8 * 1024 * 1024
SLOWEST_ANSWER: Final = 4  # timeouts
IDENTITY: Final = "identity"
MOST_REMEMBERED: Final = 1000
TRANSFER_HEADERS: Final = frozenset({b"content-length", b"transfer-encoding"})
# What stays on this machine is not encrypted, so no proxy may see it.
DIRECT: Final = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}


class Api:
    """burnbag's REST API.

    The sender's calls are signed. The recipient's are only where the secret is for named ones.
    """

    def __init__(
        self,
        url: str | None,
        session: Any,
        region: str | None,
        timeout: float,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self.url = normalize_base(url) if url is not None else None
        self.session = session
        self.region = region
        self.timeout = timeout
        self.transport = transport
        self.http = make_http_client(timeout, transport)
        self.lock = threading.Lock()
        self.signer: Signer | None = None
        # The secrets that are known to be for named recipients, and how those identify themselves.
        self.named: dict[tuple[str, str], tuple[str, ...]] = {}

    def close(self) -> None:
        self.http.close()

    def use_new_connections(self) -> None:
        """Leave the connections to themselves, and make others.

        httpcore's locks are Python code: an interruption between taking one and noting it leaves
        it taken for ever, and whoever waits for it, even to close the connections, would hang.
        """
        self.http = make_http_client(self.timeout, self.transport)

    def call_signed(self, method: str, path: str, **options: Any) -> Answer:
        """Make a signed call to this client's own URL.

        Raises ConfigurationError, and as `fetch`.
        """
        return self.call(method, self.own_url(), path, auth=self.get_signer(), **options)

    def own_url(self) -> str:
        """This client's own URL. Raises ConfigurationError if it has none, or Closed."""
        self.refuse_closed()
        if self.url is None:
            raise ConfigurationError(f"no URL is set: pass one, or set {URL_VARIABLE}")
        return self.url

    def get_signer(self, base: str | None = None) -> Signer:
        """The signer of calls to our own server, made when first needed, or to a link's `base`.

        Raises ConfigurationError.
        What the name of another host says of its region counts more than what we were told of ours.
        """
        own = httpx.URL(self.url or "").host
        host = own if base is None else httpx.URL(base).host
        with self.lock:
            if host != own:
                return Signer(self.get_session(), region_of(host) or self.region, host)
            if self.signer is None:
                self.signer = Signer(self.get_session(), self.region, host)
            return self.signer

    def get_session(self) -> Any:
        """The session with the credentials, one for all signers."""
        if self.session is None:
            self.session = make_session()
        return self.session

    def remember_named(self, base: str, secret_id: str, identify: tuple[str, ...]) -> None:
        """Remember that a secret is for named recipients; not for ever, for there may be many."""
        if len(self.named) >= MOST_REMEMBERED:
            self.named.clear()
        self.named[base, secret_id] = identify

    def call(self, method: str, base: str, path: str, **options: Any) -> Answer:
        """Make a call; the answer is a JSON object, empty for no body. Raises as `fetch`."""
        return parse_json(self.fetch(method, base, path, **options))

    def fetch(
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
    ) -> bytes:
        """Make a call; the body of its answer. Raises a BurnbagError."""
        all_headers = {"Accept": "application/json", **headers}
        if token is not None:
            all_headers["X-Burnbag-Token"] = token

        def send() -> httpx.Response:
            request = self.http.build_request(method, base + path, headers=all_headers, **body)
            return self.ask(request, auth)

        response = retry(send, tries, repeatable=repeatable)
        if not response.is_success or is_web_page(response):
            raise parse_error(response, base)
        return response.content

    def ask(self, request: httpx.Request, auth: httpx.Auth | None = None) -> httpx.Response:
        """Make a request and read its whole answer, by a deadline.

        Raises httpx's errors, also if the answer is compressed or large.
        """
        with self.limit() as deadline, closing(self.send(request, auth)) as response:
            if response.headers.get("Content-Encoding", IDENTITY) != IDENTITY:
                raise httpx.DecodingError("compressed", request=request)
            body = read_whole(response, deadline)
        headers = [pair for pair in response.headers.raw if pair[0].lower() not in TRANSFER_HEADERS]
        return httpx.Response(response.status_code, headers=headers, content=body)

    def send(self, request: httpx.Request, auth: httpx.Auth | None = None) -> httpx.Response:
        """Make a request; the answer's body is not read yet. No redirect is followed."""
        self.refuse_closed()
        request = unblock(request)
        log_answer = time_request(request)
        response = self.http.send(request, auth=auth, stream=True, follow_redirects=False)
        log_answer(response)
        return response

    def refuse_closed(self) -> None:
        """Raise Closed if no more calls can be made."""
        if self.http.is_closed:
            raise Closed

    def limit(self) -> AbstractContextManager[Deadline]:
        """Let the answer to what is asked for in this block come in time."""
        return limit(SLOWEST_ANSWER * self.timeout)


def read_whole(response: httpx.Response, deadline: Deadline) -> bytes:
    """The body of an answer. Raises httpx's errors if it is large or slow."""
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise httpx.DecodingError("too large", request=response.request)
        # A caller's own transport knows no deadlines.
        if deadline.left() <= 0:
            raise httpx.ReadTimeout("too slow", request=response.request)
    return bytes(body)


def find_url() -> str | None:
    """The base URL in the environment. Raises ConfigurationError if it can't be used."""
    found = os.environ.get(URL_VARIABLE) or None
    try:
        return found and normalize_base(found)
    except LinkError as error:
        why = str(error)
    raise ConfigurationError(f"{URL_VARIABLE}: {why}")


def make_http_client(timeout: float, transport: httpx.BaseTransport | None) -> httpx.Client:
    """An HTTP client. Proxies and certificates come from the environment, as users of HTTP expect.

    Raises ConfigurationError if they can't be used.
    """
    from burnbag import __version__

    # Senders see it in their receipts, auditors in the log.
    headers = {"Accept-Encoding": IDENTITY, "User-Agent": f"burnbag/{__version__}"}
    try:
        client = httpx.Client(timeout=timeout, transport=transport, mounts=DIRECT, headers=headers)
    except (ImportError, ValueError):
        why = "the proxy in the environment can't be used"
    except OSError:
        why = "the certificates in the environment (SSL_CERT_FILE) can't be read"
    else:
        install(client)
        return client
    raise ConfigurationError(why)
