"""When a request is made again, and after how long."""

import random
import time
from collections.abc import Callable
from typing import Final

import httpx

from burnbag.causes import explain_connection, host_of, is_certificate_error, strip
from burnbag.errors import BurnbagError, Refused, Unavailable
from burnbag.tracing import LOGGER

TRIES: Final = 5
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
UNAVAILABLE: Final = b"urn:burnbag:problem:unavailable"
BUSY: Final = frozenset({429})
TEMPORARY: Final = frozenset({429, 502, 503, 504})
UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Errors that another try would only meet again.
FINAL: Final = (
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.DecodingError,
    httpx.InvalidURL,
    UnicodeError,  # A host name that no resolver takes.
)
ERRORS: Final = (httpx.RequestError, httpx.InvalidURL, UnicodeError)


def retry(
    send: Callable[[], httpx.Response],
    tries: int = TRIES,
    *,
    repeatable: bool = True,
    is_temporary: Callable[[httpx.Response], bool] = lambda response: False,
) -> httpx.Response:
    """Call `send` until it answers, with growing pauses, as long as that is safe.

    A request that is not `repeatable` is only sent again if nothing can have happened: there was
    no connection, or the answer was 429. `is_temporary` names further answers to wait for, as for
    a 503. Returns the last answer. Raises a BurnbagError if there was none.
    """
    statuses = TEMPORARY if repeatable else BUSY
    for number in range(1, tries + 1):
        response, error = attempt(send)
        if response is not None:
            if response.status_code not in statuses and not is_temporary(response):
                return response
            if is_lasting(response):
                return response
        elif is_final(error, repeatable):
            break
        if number < tries:
            wait(number, retry_after(response) if response is not None else 0.0)
    if response is not None:
        return response
    raise explain(error)


def attempt(
    send: Callable[[], httpx.Response],
) -> tuple[httpx.Response | None, Exception | None]:
    """An answer or an error.

    The error is returned, not raised: it holds the request, and must not become the context of
    the exception that is raised instead.
    """
    try:
        return send(), None
    except ERRORS as error:
        LOGGER.info("%s", describe(error))
        return None, error


def is_lasting(response: httpx.Response) -> bool:
    """Whether burnbag says that AWS will refuse another try too: it does not ask for one then."""
    return UNAVAILABLE in response.content and "Retry-After" not in response.headers


def is_final(error: Exception | None, repeatable: bool) -> bool:
    """Whether another try would only fail again, or might do twice what must happen once."""
    if error is None or isinstance(error, FINAL) or is_certificate_error(error):
        return True
    return not repeatable and not isinstance(error, UNSENT)


def wait(number: int, at_least: float = 0.0) -> None:
    """Sleep with full jitter, so that clients that failed together do not come back together."""
    seconds = at_least + random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**number))
    LOGGER.info("try %d comes in %.1f s", number + 1, seconds)
    time.sleep(seconds)


def retry_after(response: httpx.Response) -> float:
    """Seconds, from a Retry-After header; at most what a sane server would ask for."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), LONGEST_PAUSE) if text.isascii() and text.isdecimal() else 0.0


def explain(error: Exception | None) -> BurnbagError:
    """Our error for an error of httpx, in words that repeat no more of a URL than its host."""
    found = describe(error) if error is not None else Unavailable("there is no answer")
    found.__cause__ = strip(error) if error is not None else None
    return found


def describe(error: Exception) -> BurnbagError:
    if why := explain_connection(error):
        return Unavailable(why)
    host = host_of(error)
    if isinstance(error, FINAL):
        return Refused(f"the request, or the answer of {host}, is not well-formed HTTP")
    what = "took too long" if isinstance(error, httpx.TimeoutException) else "broke off"
    return Unavailable(f"the connection to {host} {what}; try again later")
