"""Large secrets back from S3: where a connection breaks, the download goes on from there."""

from collections.abc import Callable, Iterator
from typing import Final

import httpx

from burnbag.errors import BurnbagError, Damaged, Refused, Unavailable
from burnbag.links import secure
from burnbag.progress import Progress
from burnbag.retries import COME_AGAIN, ERRORS, FINAL, TRIES, explained, pause, retry_after
from burnbag.transport import Api

BACK_SOON: Final = COME_AGAIN | {500}
DENIED: Final = frozenset({401, 403})
LONGEST_ERROR: Final = 4096


class Expired(Exception):
    """The URL is no longer good."""


class Later(Exception):
    """S3 asks for patience: `seconds` at least."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def download(api: Api, link: Callable[[], str], size: int, progress: Progress) -> Iterator[bytes]:
    """The `size` bytes behind a presigned GET, as they come; `link` gives its URL, anew if need be.

    Gives up after several failures in a row that brought nothing further. Raises Unavailable,
    Refused, Damaged, or what `link` raises.
    """
    done, failures, url = 0, 0, secure(link())
    while done < size:
        before, failure = done, None
        try:
            for piece in ranged(api, url, done, size):
                done += len(piece)
                if done > size:
                    raise Damaged
                progress(done, size)
                yield piece
        except (*ERRORS, Later, Expired) as error:
            failure = error
        if done == size:
            return
        failures = 1 if done > before else failures + 1
        if failures == TRIES or isinstance(failure, FINAL):
            raise given_up(failure)
        if isinstance(failure, Expired):
            url = secure(link())
        else:
            pause(failures, failure.seconds if isinstance(failure, Later) else 0)


def ranged(api: Api, url: str, start: int, size: int) -> Iterator[bytes]:
    """The bytes from `start` on (RFC 9110, section 14)."""
    with api.http.stream("GET", url, headers={"Range": f"bytes={start}-"}) as response:
        if not response.is_success:
            raise refusal(response)
        if response.headers.get("Content-Range", "") != f"bytes {start}-{size - 1}/{size}":
            raise Damaged
        yield from response.iter_raw()


def refusal(response: httpx.Response) -> Exception:
    """What S3 means. Where the role that presigned has ended its session, that is a 400."""
    status = response.status_code
    if status in DENIED or (status == 400 and "ExpiredToken" in error_code(response)):
        return Expired()
    if status in BACK_SOON:
        return Later(retry_after(response))
    return Refused(f"S3 refuses the download with {status}", status)


def error_code(response: httpx.Response) -> str:
    """The beginning of S3's words about an error."""
    for piece in response.iter_raw(LONGEST_ERROR):
        return piece.decode(errors="replace")
    return ""


def given_up(failure: Exception | None) -> BurnbagError:
    if isinstance(failure, ERRORS):
        return explained(failure)
    if isinstance(failure, Expired):
        return Refused("S3 refuses the download", 403)
    return Unavailable("S3 does not answer; try again later")
