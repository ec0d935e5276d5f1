"""Large uploads in parts: each is tried again by itself, and what has arrived need not go again.

Made of `burnbag.parts` by tools/asynchronous: change that, and run `make fmt`.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any

import httpx

from burnbag import answers
from burnbag._async.parallel import Crew
from burnbag._async.retries import retry
from burnbag._async.transport import Api
from burnbag._async.waiting import in_thread, in_thread_stream
from burnbag.answers import PartUrl
from burnbag.errors import Refused, Unavailable
from burnbag.parts import (
    ALREADY_ARRIVED,
    AT_ONCE,
    BATCH,
    BLOCK,
    EXPIRED,
    NO_UPLOAD,
    TRIES,
    URLS,
    Arrived,
    Noted,
    Part,
    Pending,
    Progress,
    Stopped,
    Tally,
    encode,
    explain_refusal,
    is_broken,
    refuse_change,
    split,
)
from burnbag.storage import check_url
from burnbag.transport import Answer


async def send_parts(
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
    async with Crew(AT_ONCE) as crew:
        waiting: list[Part] = []
        async for part in in_thread_stream(split(pieces, pending.part_size)):
            count += 1
            refuse_change(part, noted.digest_of(part.number), arrived.digests.get(part.number))
            checksums.update(base64.b64decode(part.sha256))
            if arrived.is_all or part.number in arrived.digests:
                tally.add(len(part.data))
                continue
            waiting.append(part)
            if len(waiting) == BATCH:
                await begin(api, pending, waiting, noted, crew, tally)
                waiting = []
        if waiting:
            await begin(api, pending, waiting, noted, crew, tally)
        del waiting
        await crew.finish()
    await complete(api, pending, f"{encode(checksums.digest())}-{count}")


async def find_arrived(api: Api, pending: Pending) -> Arrived:
    """The parts that S3 has. Raises NotFound, Gone or Unavailable."""
    digests: dict[int, str] = {}
    while True:
        path = f"parts?after={max(digests, default=0)}"
        answer = await call(api, pending, "GET", path)
        page, is_all = answers.parse_arrived(answer)
        if is_all or not page.keys() - digests.keys():
            return Arrived(digests, is_all)
        digests |= page
        if len(digests) > answers.MOST_PARTS:
            raise Unavailable(answers.NOT_OURS)


async def begin(
    api: Api, pending: Pending, parts: list[Part], noted: Noted, crew: Crew, tally: Tally
) -> None:
    """Have some parts put. They are noted before anything of them leaves this machine."""
    await in_thread(noted.note, parts)
    for part, url in zip(parts, await presign(api, pending, parts), strict=False):
        await crew.add(partial(put, api, pending, part, url, crew, tally))


async def presign(api: Api, pending: Pending, parts: list[Part]) -> list[PartUrl]:
    """Where to put each of these parts; empty if somebody else has ended the upload meanwhile.

    Raises Unavailable for an odd answer.
    """
    asked = [{"number": part.number, "sha256": part.sha256} for part in parts]
    try:
        answer = await call(api, pending, "POST", "parts", json={"parts": asked}, tries=TRIES)
    except Refused as refused:
        if refused.kind == ALREADY_ARRIVED:
            return []
        raise
    urls = {each.number: each for each in answers.parse_part_urls(answer)}
    if urls.keys() != {part.number for part in parts}:
        raise Unavailable(answers.NOT_OURS)
    return [urls[part.number] for part in parts]


async def put(
    api: Api, pending: Pending, part: Part, url: PartUrl, crew: Crew, tally: Tally
) -> None:
    """Put a part, with a new URL each time the last has expired."""
    urls = [url]
    for _ in range(URLS):
        # What is over is told by the end of the upload.
        if not urls:
            return
        response = await put_once(api, pending, part, urls[0], crew, tally)
        if response.is_success or NO_UPLOAD in response.content:
            return
        if response.status_code != 403 and EXPIRED not in response.content:
            break
        urls = await presign(api, pending, [part])
    raise explain_refusal(response)


async def put_once(
    api: Api, pending: Pending, part: Part, url: PartUrl, crew: Crew, tally: Tally
) -> httpx.Response:
    """Put a part, again and again as long as only the connection fails."""
    where = check_url(url.url, pending.base or api.url or "")
    headers = {**url.headers, "Content-Length": str(len(part.data))}

    async def send() -> httpx.Response:
        body = Body(part.data, crew, tally)
        response = None
        try:
            request = api.http.build_request("PUT", where, headers=headers, content=body)
            response = await api.ask(request)
            return response
        finally:
            if response is None or not response.is_success:
                tally.add(-body.done)

    return await retry(send, TRIES, is_temporary=is_broken)


class Body:
    """The bytes of a part, counted as they go. Nothing more goes once the upload has failed."""

    def __init__(self, data: memoryview, crew: Crew, tally: Tally) -> None:
        self.data = data
        self.crew = crew
        self.tally = tally
        self.done = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.data), BLOCK):
            if self.crew.is_stopped:
                raise Stopped
            piece = bytes(self.data[start : start + BLOCK])
            yield piece
            self.done += len(piece)
            self.tally.add(len(piece))
        # What httpx makes of a request is a circle, which Python collects some time later.
        self.data = memoryview(b"")


async def complete(api: Api, pending: Pending, checksum: str) -> None:
    """End the upload. It may take S3 a while to put a large object together."""
    body = {"sha256": checksum}
    await call(api, pending, "POST", "complete", json=body, tries=3 * TRIES)


async def call(api: Api, pending: Pending, method: str, action: str, **options: Any) -> Answer:
    """A call about an upload. Whoever answers a request has its token, and signs nothing."""
    path, base = f"{pending.path}/{action}", pending.base
    if base is None:
        return await api.call_signed(method, path, token=pending.token, **options)
    return await api.call(method, base, path, token=pending.token, **options)
