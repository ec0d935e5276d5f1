"""Opening: reveal, fetch, decrypt, write, and only then confirm.

Whatever fails before the confirmation leaves the claim, so that the same idempotency key gets
the same view again: for two minutes, an upload for fifteen.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from itertools import chain
from typing import Any, Final

from burnbag import parsing
from burnbag.aes128gcm import RECORD_SIZE, Stream, decrypt, header
from burnbag.content import Description
from burnbag.destinations import Destination, Pieces
from burnbag.downloads import download
from burnbag.errors import BurnbagError, Gone, LinkError, Refused
from burnbag.links import Link
from burnbag.order import encoded
from burnbag.parsing import Revealed
from burnbag.progress import Progress
from burnbag.results import Opened
from burnbag.retries import TRIES
from burnbag.transport import Api

KEY: Final = re.compile(r"[!-~]{16,128}")
# A wrong passphrase is counted each time that it is sent, also where only the answer got lost.
TRIES_WITH_PASSPHRASE: Final = 2
TRIES_TO_CONFIRM: Final = 2
INCOMPLETE: Final = "the link is incomplete: its last part, the key, is missing"


def open_link(
    api: Api,
    link: Link,
    goal: Destination,
    passphrase: str | None,
    idempotency_key: str,
    progress: Progress,
    received: Callable[[Opened], object],
) -> Opened:
    """Consume a view, or fetch a claimed one again. Raises as `Burnbag.open` says."""
    if not KEY.fullmatch(idempotency_key):
        raise Refused("an idempotency key has 16 to 128 visible ASCII characters")
    if link.key is None:
        refuse_upload(api, link)

    def reveal() -> Revealed:
        return revealed(api, link, passphrase, idempotency_key)

    answer = reveal()
    urls = (again.url for again in chain([answer], iter(reveal, None)))
    with closing(arrived(api, answer, urls, progress)) as stored:
        description, pieces = opened(answer, link, Stream(stored))
        size, data, path = goal.write(description, pieces)
    result = Opened(
        kind=answer.kind,
        size=size,
        views_left=answer.views_left,
        filename=description.filename,
        media_type=description.media_type,
        data=data,
        path=path,
    )
    received(result)
    with suppress(BurnbagError):
        call(api, link, "confirm", idempotency_key, tries=TRIES_TO_CONFIRM)
    return result


def refuse_upload(api: Api, link: Link) -> None:
    """Raise LinkError where the bytes can't be decrypted, before a view is consumed for them."""
    with suppress(Gone):  # It may be ours still, by a claim.
        answer = api.call("GET", link.base, f"/v1/secrets/{link.id}", token=link.token)
        if parsing.peek(answer).kind == "upload":
            raise LinkError(INCOMPLETE)


def revealed(api: Api, link: Link, passphrase: str | None, idempotency_key: str) -> Revealed:
    body = {} if passphrase is None else {"passphrase": encoded("passphrase", passphrase)}
    tries = TRIES if passphrase is None else TRIES_WITH_PASSPHRASE
    return parsing.revealed(call(api, link, "reveal", idempotency_key, tries=tries, json=body))


def call(api: Api, link: Link, what: str, idempotency_key: str, **sent: Any) -> dict[str, Any]:
    headers, path = {"Idempotency-Key": idempotency_key}, f"/v1/secrets/{link.id}/{what}"
    return api.call("POST", link.base, path, token=link.token, headers=headers, **sent)


def arrived(
    api: Api, answer: Revealed, urls: Iterator[str], progress: Progress
) -> Generator[bytes, None, None]:
    """The stored bytes: with the answer, or from S3."""
    if answer.kind == "upload":
        yield from download(api, lambda: next(urls), answer.size, progress)
    else:
        yield answer.stored


def opened(answer: Revealed, link: Link, stored: Stream) -> tuple[Description, Pieces]:
    """What the secret is, and its bytes, decrypted if its sender encrypted it."""
    if link.key is not None:
        content = Stream(decrypt(stored, link.key))
        return Description.read(content).safe(), content.remaining()
    if looks_encrypted(answer.stored):
        raise LinkError(INCOMPLETE)
    return Description(answer.media_type, answer.filename).safe(), stored.remaining()


def looks_encrypted(data: bytes) -> bool:
    """Whether this is what burnbag's clients make: of 2^40 other secrets one would begin so."""
    if len(data) <= header.size:
        return False
    _, record_size, key_id = header.unpack_from(data)
    return (record_size, key_id) == (RECORD_SIZE, 0)
