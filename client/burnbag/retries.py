"""When a call is made again, and after how long."""

import random
import ssl
import time
from collections.abc import Callable
from typing import Final

import httpx

from burnbag.errors import BurnbagError, Refused, Unavailable

TRIES: Final = 5
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
BUSY: Final = frozenset({429})
COME_AGAIN: Final = frozenset({429, 502, 503, 504})
UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# What another try would meet again.
FINAL: Final = (
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.DecodingError,
    httpx.InvalidURL,
    UnicodeError,  # A host name that no resolver takes.
)
ERRORS: Final = (httpx.RequestError, httpx.InvalidURL, UnicodeError)


def again(
    send: Callable[[], httpx.Response],
    tries: int = TRIES,
    *,
    repeatable: bool = True,
    passing: Callable[[httpx.Response], bool] = lambda response: False,
) -> httpx.Response:
    """What `send` answers, tried again with growing pauses where that is safe.

    What is not `repeatable` only where nothing can have happened: no connection, or 429. An
    error that is `passing` is waited for as 503 is. Raises Unavailable where there is no answer.
    """
    worth_it = COME_AGAIN if repeatable else BUSY
    for attempt in range(1, tries + 1):
        response, error = tried(send)
        if response is not None:
            if response.status_code not in worth_it and not passing(response):
                return response
        elif hopeless(error, repeatable):
            break
        if attempt < tries:
            pause(attempt, retry_after(response) if response is not None else 0.0)
    if response is not None:
        return response
    raise explained(error)


def tried(
    send: Callable[[], httpx.Response],
) -> tuple[httpx.Response | None, Exception | None]:
    """An answer or an error. As a value: what is raised in its stead must not hold the request."""
    try:
        return send(), None
    except ERRORS as error:
        return None, error


def hopeless(error: Exception | None, repeatable: bool) -> bool:
    """Whether another try would meet the same, or might do a second time what must happen once."""
    if error is None or isinstance(error, FINAL) or certificate(error):
        return True
    return not repeatable and not isinstance(error, UNSENT)


def pause(attempt: int, at_least: float = 0.0) -> None:
    """Wait, with full jitter, so that those who failed together do not come back together."""
    time.sleep(at_least + random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))


def retry_after(response: httpx.Response) -> float:
    """Seconds, from a Retry-After header that a sane server would send."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), LONGEST_PAUSE) if text.isascii() and text.isdecimal() else 0.0


def explained(error: Exception | None) -> BurnbagError:
    """`error` in words that repeat no URL."""
    if error is not None and certificate(error):
        return Unavailable("the server's certificate is not to be trusted")
    if isinstance(error, FINAL):
        return Refused("the request, or its answer, is not well-formed HTTP")
    what = "took too long" if isinstance(error, httpx.TimeoutException) else "broke off"
    if isinstance(error, UNSENT):
        what = "could not be made"
    return Unavailable(f"the connection {what}; try again later")


def certificate(error: BaseException) -> bool:
    """Whether it was the server's certificate: waiting makes that no better."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
