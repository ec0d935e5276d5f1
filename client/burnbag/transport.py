"""HTTP: one place that sends, signs, waits, tries again, and makes exceptions of errors."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

import httpx

from burnbag.errors import ConfigurationError, Unavailable
from burnbag.links import base_url
from burnbag.problems import raised
from burnbag.signing import Signature

T = TypeVar("T")
TRIES: Final = 5
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
# 429 and 503 mean that nothing happened; 502 and 504 that nobody knows.
NOTHING_HAPPENED: Final = frozenset({429, 503})
COME_AGAIN: Final = NOTHING_HAPPENED | {502, 504}
UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


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
        self.http = httpx.Client(timeout=timeout, transport=transport, follow_redirects=False)
        self.lock = threading.Lock()
        self.signature: Signature | None = None

    def close(self) -> None:
        self.http.close()

    def sender_call(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
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
        repeatable: bool = True,
        **body: Any,
    ) -> dict[str, Any]:
        """The JSON that a call answers. Raises a BurnbagError.

        A call that is not `repeatable` is tried again only where it can't have happened.
        """
        sent = {"Accept": "application/json", **headers}
        if token is not None:
            sent["X-Burnbag-Token"] = token

        def send() -> httpx.Response:
            return self.http.request(method, base + path, headers=sent, auth=auth, **body)

        response = again(send, repeatable)
        if response.is_error:
            raise raised(response)
        return dict(response.json()) if response.content else {}


def again(send: Callable[[], httpx.Response], repeatable: bool) -> httpx.Response:
    """What `send` answers, tried again with growing pauses where that is safe.

    Raises Unavailable where there is no answer.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            response = send()
        except httpx.TransportError as error:
            if attempt == TRIES or not (repeatable or isinstance(error, UNSENT)):
                raise unavailable(error) from None
            pause(attempt)
        else:
            worth_it = COME_AGAIN if repeatable else NOTHING_HAPPENED
            if attempt == TRIES or response.status_code not in worth_it:
                return response
            pause(attempt, retry_after(response))


def pause(attempt: int, at_least: float = 0.0) -> None:
    """Wait, with full jitter, so that those who failed together do not come back together."""
    time.sleep(at_least + random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))


def retry_after(response: httpx.Response) -> float:
    """Seconds, from a Retry-After header that a sane server would send."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), LONGEST_PAUSE) if text.isdecimal() else 0.0


def unavailable(error: httpx.TransportError) -> Unavailable:
    """`error` in words that repeat no URL."""
    what = "took too long" if isinstance(error, httpx.TimeoutException) else "broke off"
    if isinstance(error, UNSENT):
        what = "could not be made"
    return Unavailable(f"the connection {what}; try again later")
