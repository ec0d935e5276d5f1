"""When a request is made again, and after how long.

Made of `burnbag.retries` by tools/asynchronous: change that, and run `make fmt`.
"""

import random
from collections.abc import Awaitable, Callable

import anyio
import httpx

from burnbag.retries import (
    BUSY,
    ERRORS,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    TEMPORARY,
    TRIES,
    describe,
    explain,
    is_final,
    is_lasting,
    retry_after,
)
from burnbag.tracing import LOGGER


async def retry(
    send: Callable[[], Awaitable[httpx.Response]],
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
        response, error = await attempt(send)
        if response is not None:
            if response.status_code not in statuses and not is_temporary(response):
                return response
            if is_lasting(response):
                return response
        elif is_final(error, repeatable):
            break
        if number < tries:
            await wait(number, retry_after(response) if response is not None else 0.0)
    if response is not None:
        return response
    raise explain(error)


async def attempt(
    send: Callable[[], Awaitable[httpx.Response]],
) -> tuple[httpx.Response | None, Exception | None]:
    """An answer or an error.

    The error is returned, not raised: it holds the request, and must not become the context of
    the exception that is raised instead.
    """
    try:
        return await send(), None
    except ERRORS as error:
        LOGGER.info("%s", describe(error))
        return None, error


async def wait(number: int, at_least: float = 0.0) -> None:
    """Sleep with full jitter, so that clients that failed together do not come back together."""
    seconds = at_least + random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**number))
    LOGGER.info("try %d comes in %.1f s", number + 1, seconds)
    await anyio.sleep(seconds)
