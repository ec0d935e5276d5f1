"""Large uploads in parts: each is tried again by itself, and what has arrived need not go again.

A part's SHA-256 is signed into its URL, so S3 takes nothing else for it, and who ends the upload
names the checksum of all: S3 makes the object of exactly these bytes, or of none. The parts are
made one after the other. Up to three are on their way, and as many wait for that.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from mmap import mmap
from threading import Lock
from typing import Any, Final, Protocol

import httpx

from burnbag import answers
from burnbag.answers import PartUrl
from burnbag.errors import BurnbagError, Refused, Unavailable
from burnbag.parallel import Crew
from burnbag.retries import retry
from burnbag.storage import check_url
from burnbag.transport import Answer, Api

AT_ONCE: Final = 3
# How many parts one call presigns. They are in memory by then: their checksums are signed.
BATCH: Final = 3
BLOCK: Final = 128 * 1024
# With growing pauses, half a minute in all.
TRIES: Final = 10
# How often a part's URL may expire before it is used up.
URLS: Final = 5
# What S3 says of bytes that were changed on their way, or did not come.
BROKEN: Final = (b"<Code>RequestTimeout</Code>", b"<Code>BadDigest</Code>")
# What burnbag, and what S3 says once the upload is over.
ALREADY_ARRIVED: Final = "already-arrived"
NO_UPLOAD: Final = b"<Code>NoSuchUpload</Code>"
EXPIRED: Final = b"<Code>ExpiredToken</Code>"
GIVEN_UP: Final = "the file has changed since its upload began; send it again"


class Progress(Protocol):
    """As in `burnbag.transfers`."""

    def __call__(self, done: int, total: int) -> None: ...


class Noted(Protocol):
    """What is known of parts that an earlier run has made, and of those that this one makes."""

    def digest_of(self, number: int) -> str | None: ...
    def note(self, parts: "list[Part]") -> None: ...


@dataclass(frozen=True)
class Pending:
    """An upload that was declared, by what its sender calls it with.

    `base` is where the request is that it answers, if it does: then no call is signed.
    """

    id: str
    token: str = field(repr=False)
    size: int
    part_size: int
    base: str | None = None

    @property
    def path(self) -> str:
        return f"/v1/{'uploads' if self.base is None else 'requests'}/{self.id}"


@dataclass(frozen=True)
class Arrived:
    """The parts that S3 has, by their numbers and checksums; or all of them, put together."""

    digests: Mapping[int, str]
    is_all: bool = False


NOTHING: Final = Arrived({})


@dataclass(frozen=True)
class Part:
    """A part of the ciphertext, and its SHA-256 in base64."""

    number: int
    data: memoryview = field(repr=False)
    sha256: str


class Stopped(Exception):
    """The upload has failed elsewhere, so this part need not go on."""


class Tally:
    """Tells the progress of several parts at once, of which some are tried again."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.total = total
        self.progress = progress
        self.done = 0
        self.lock = Lock()

    def add(self, size: int) -> None:
        with self.lock:
            self.done += size
            self.progress(self.done, self.total)


def send_parts(
    api: Api,
    pending: Pending,
    pieces: Iterable[bytes],
    noted: Noted,
    arrived: Arrived,
    progress: Progress,
) -> None:
    """Upload what has not arrived yet of the ciphertext, and end the upload.

    Raises Refused if the ciphertext is not that of before, NotFound, Gone, Unavailable, or
    LinkError for a URL that leads to plain HTTP or to this machine.
    """
    tally, checksums = Tally(pending.size, progress), hashlib.sha256()
    count = 0
    with Crew(AT_ONCE) as crew:
        waiting: list[Part] = []
        for part in split(pieces, pending.part_size):
            count += 1
            refuse_change(part, noted.digest_of(part.number), arrived.digests.get(part.number))
            checksums.update(base64.b64decode(part.sha256))
            if arrived.is_all or part.number in arrived.digests:
                tally.add(len(part.data))
                continue
            waiting.append(part)
            if len(waiting) == BATCH:
                begin(api, pending, waiting, noted, crew, tally)
                waiting = []
        if waiting:
            begin(api, pending, waiting, noted, crew, tally)
        del waiting
        crew.finish()
    complete(api, pending, f"{encode(checksums.digest())}-{count}")


def refuse_change(part: Part, *before: str | None) -> None:
    """Raise Refused for other bytes than were meant to be sent under this key and nonce before."""
    if any(digest not in (None, part.sha256) for digest in before):
        raise Refused(GIVEN_UP, kind="changed")


def find_arrived(api: Api, pending: Pending) -> Arrived:
    """The parts that S3 has. Raises NotFound, Gone or Unavailable."""
    digests: dict[int, str] = {}
    while True:
        path = f"parts?after={max(digests, default=0)}"
        answer = call(api, pending, "GET", path)
        page, is_all = answers.parse_arrived(answer)
        if is_all or not page.keys() - digests.keys():
            return Arrived(digests, is_all)
        digests |= page
        if len(digests) > answers.MOST_PARTS:
            raise Unavailable(answers.NOT_OURS)


def split(pieces: Iterable[bytes], size: int) -> Iterator[Part]:
    """Put the pieces together to parts of `size`, the last one shorter."""
    number, buffer, length = 1, make_buffer(size), 0
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            if length == size:
                yield make_part(number, buffer)
                number, buffer, length = number + 1, make_buffer(size), 0
            taken = min(size - length, len(rest))
            buffer[length : length + taken] = rest[:taken]
            length, rest = length + taken, rest[taken:]
    yield make_part(number, buffer[:length])


def make_buffer(size: int) -> memoryview:
    """Memory that goes back to the system at once; of a bytearray, glibc would keep some."""
    return memoryview(mmap(-1, size))


def make_part(number: int, data: memoryview) -> Part:
    return Part(number, data, encode(hashlib.sha256(data).digest()))


def encode(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def begin(
    api: Api, pending: Pending, parts: list[Part], noted: Noted, crew: Crew, tally: Tally
) -> None:
    """Have some parts put. They are noted before anything of them leaves this machine."""
    noted.note(parts)
    for part, url in zip(parts, presign(api, pending, parts), strict=False):
        crew.add(partial(put, api, pending, part, url, crew, tally))


def presign(api: Api, pending: Pending, parts: list[Part]) -> list[PartUrl]:
    """Where to put each of these parts; empty if somebody else has ended the upload meanwhile.

    Raises Unavailable for an odd answer.
    """
    asked = [{"number": part.number, "sha256": part.sha256} for part in parts]
    try:
        answer = call(api, pending, "POST", "parts", json={"parts": asked}, tries=TRIES)
    except Refused as refused:
        if refused.kind == ALREADY_ARRIVED:
            return []
        raise
    urls = {each.number: each for each in answers.parse_part_urls(answer)}
    if urls.keys() != {part.number for part in parts}:
        raise Unavailable(answers.NOT_OURS)
    return [urls[part.number] for part in parts]


def put(api: Api, pending: Pending, part: Part, url: PartUrl, crew: Crew, tally: Tally) -> None:
    """Put a part, with a new URL each time the last has expired."""
    urls = [url]
    for _ in range(URLS):
        # What is over is told by the end of the upload.
        if not urls:
            return
        response = put_once(api, pending, part, urls[0], crew, tally)
        if response.is_success or NO_UPLOAD in response.content:
            return
        if response.status_code != 403 and EXPIRED not in response.content:
            break
        urls = presign(api, pending, [part])
    raise explain_refusal(response)


def put_once(
    api: Api, pending: Pending, part: Part, url: PartUrl, crew: Crew, tally: Tally
) -> httpx.Response:
    """Put a part, again and again as long as only the connection fails."""
    where = check_url(url.url, pending.base or api.url or "")
    headers = {**url.headers, "Content-Length": str(len(part.data))}

    def send() -> httpx.Response:
        body = Body(part.data, crew, tally)
        response = None
        try:
            request = api.http.build_request("PUT", where, headers=headers, content=body)
            response = api.ask(request)
            return response
        finally:
            if response is None or not response.is_success:
                tally.add(-body.done)

    return retry(send, TRIES, is_temporary=is_broken)


def is_broken(response: httpx.Response) -> bool:
    """Whether the same bytes are to be sent again."""
    return response.status_code == 500 or any(code in response.content for code in BROKEN)


def explain_refusal(response: httpx.Response) -> BurnbagError:
    status = response.status_code
    return Refused(f"S3 refuses a part of the upload with {status}", status)


class Body:
    """The bytes of a part, counted as they go. Nothing more goes once the upload has failed."""

    def __init__(self, data: memoryview, crew: Crew, tally: Tally) -> None:
        self.data = data
        self.crew = crew
        self.tally = tally
        self.done = 0

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), BLOCK):
            if self.crew.is_stopped:
                raise Stopped
            piece = bytes(self.data[start : start + BLOCK])
            yield piece
            self.done += len(piece)
            self.tally.add(len(piece))
        # What httpx makes of a request is a circle, which Python collects some time later.
        self.data = memoryview(b"")


def complete(api: Api, pending: Pending, checksum: str) -> None:
    """End the upload. It may take S3 a while to put a large object together."""
    body = {"sha256": checksum}
    call(api, pending, "POST", "complete", json=body, tries=3 * TRIES)


def call(api: Api, pending: Pending, method: str, action: str, **options: Any) -> Answer:
    """A call about an upload. Whoever answers a request has its token, and signs nothing."""
    path, base = f"{pending.path}/{action}", pending.base
    if base is None:
        return api.call_signed(method, path, token=pending.token, **options)
    return api.call(method, base, path, token=pending.token, **options)
