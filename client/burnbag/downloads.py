"""Large secrets back from S3: where a connection breaks, the download goes on from there."""

from collections.abc import Callable, Iterator
from typing import Final

import httpx

from burnbag.aes128gcm import Stream
from burnbag.errors import Damaged, Refused, Unavailable
from burnbag.progress import Progress
from burnbag.transport import COME_AGAIN, TRIES, Api, pause, retry_after, unavailable

EXPIRED: Final = frozenset({401, 403})


def download(api: Api, link: Callable[[], str], size: int, progress: Progress) -> Stream:
    """The `size` bytes that are behind a presigned GET; `link` gives the URL, anew if need be."""
    return Stream(resumed(api, link, size, progress))


def resumed(api: Api, link: Callable[[], str], size: int, progress: Progress) -> Iterator[bytes]:
    """The bytes as they come. Gives up after several failures that brought nothing further.

    Raises Unavailable, Refused, Damaged, or what `link` raises.
    """
    done, failures, url = 0, 0, link()
    while done < size:
        before = done
        try:
            for piece in ranged(api, url, done, size):
                done += len(piece)
                progress(done, size)
                yield piece
            if done == before:
                raise httpx.RemoteProtocolError("no bytes came")
        except (httpx.TransportError, Later) as error:
            failures = 1 if done > before else failures + 1
            if failures == TRIES:
                raise given_up(error) from None
            pause(failures, error.seconds if isinstance(error, Later) else 0)
        except Expired:
            failures += 1
            if failures == TRIES:
                raise Refused("S3 refuses the download", 403) from None
            url = link()


def ranged(api: Api, url: str, start: int, size: int) -> Iterator[bytes]:
    """The bytes from `start` on (RFC 9110, section 14)."""
    headers = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
    with api.http.stream("GET", url, headers=headers) as response:
        if response.status_code in EXPIRED:
            raise Expired
        if response.status_code in COME_AGAIN or response.status_code == 500:
            raise Later(retry_after(response))
        if not response.is_success:
            status = response.status_code
            raise Refused(f"S3 refuses the download with {status}", status)
        if response.headers.get("Content-Range", "") != f"bytes {start}-{size - 1}/{size}":
            raise Damaged
        yield from response.iter_raw()


class Expired(Exception):
    """The URL is no longer good."""


class Later(Exception):
    """S3 asks for patience: `seconds` at least."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def given_up(error: Exception) -> Unavailable:
    if isinstance(error, httpx.TransportError):
        return unavailable(error)
    return Unavailable("S3 does not answer; try again later")
