"""Opening: reveal, fetch, decrypt, write, and only then confirm.

Whatever fails before the confirmation leaves the claim, so that the same idempotency key gets
the same view again: for two minutes, an upload for fifteen.
"""

import base64
import binascii
import contextlib
from collections.abc import Iterable
from itertools import chain
from typing import Any

from burnbag.aes128gcm import Stream, decrypt
from burnbag.content import Description
from burnbag.destinations import Target, destination
from burnbag.downloads import download
from burnbag.errors import BurnbagError, Damaged, LinkError
from burnbag.links import Link
from burnbag.progress import Progress
from burnbag.results import Opened
from burnbag.transport import Api

Answer = dict[str, Any]


def open_link(
    api: Api,
    link: Link,
    to: Target,
    passphrase: str | None,
    idempotency_key: str,
    overwrite: bool,
    progress: Progress,
) -> Opened:
    """Consume a view, or fetch a claimed one again. Raises as `Burnbag.open` says."""
    goal = destination(to, overwrite)

    def reveal() -> Answer:
        body = {} if passphrase is None else {"passphrase": passphrase}
        return call(api, link, "reveal", idempotency_key, json=body)

    answer = reveal()
    if answer["kind"] == "upload" and link.key is None:
        raise LinkError("the link lacks its last part, the key")
    if answer["kind"] == "upload":
        urls = chain([answer], iter(reveal, None))
        stored = download(api, lambda: next(urls)["download"]["url"], answer["size"], progress)
    else:
        stored = Stream([answered(answer)])
    description, pieces = opened(answer, link, stored)
    size, data, path = goal.write(description, pieces)
    with contextlib.suppress(BurnbagError):
        call(api, link, "confirm", idempotency_key)
    return Opened(
        kind=answer["kind"],
        size=size,
        views_left=answer["views_left"],
        filename=description.filename,
        media_type=description.media_type,
        data=data,
        path=path,
    )


def call(api: Api, link: Link, what: str, idempotency_key: str, **body: Any) -> Answer:
    headers = {"Idempotency-Key": idempotency_key}
    path = f"/v1/secrets/{link.id}/{what}"
    return api.call("POST", link.base, path, token=link.token, headers=headers, **body)


def opened(
    answer: Answer, link: Link, stored: Stream
) -> tuple[Description, Iterable[bytes | memoryview]]:
    """What the secret is, and its bytes, decrypted if its sender encrypted it."""
    if link.key is None:
        described = Description(answer.get("media_type", ""), answer.get("filename", ""))
        return described.safe(), stored.remaining()
    content = Stream(decrypt(stored, link.key))
    return Description.read(content).safe(), content.remaining()


def answered(answer: Answer) -> bytes:
    """The bytes in an answer. Raises Damaged."""
    if isinstance(text := answer.get("secret"), str):
        return text.encode()
    try:
        return base64.b64decode(answer["secret_base64"], validate=True)
    except (KeyError, TypeError, binascii.Error, ValueError):
        raise Damaged from None
