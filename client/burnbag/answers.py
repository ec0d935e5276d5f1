"""The API's answers, as results. Fields that this version does not know are ignored.

A server may answer anything, and its answer may hold a secret. So each field is checked where it is
read, what is not burnbag's becomes Unavailable, and no exception carries an answer along.
"""

import base64
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial, wraps
from typing import Any, Final, TypeVar

from burnbag_format import base64url
from burnbag_format.identity import Identity

from burnbag.errors import BurnbagError, Unavailable
from burnbag.fields import (
    LONGEST_URL,
    Answer,
    read_choice,
    read_count,
    read_flag,
    read_id,
    read_object,
    read_objects,
    read_optional,
    read_text,
    read_text_list,
    read_texts,
    read_time,
    read_token,
)
from burnbag.links import Link, normalize_base
from burnbag.printable import make_printable
from burnbag.request_links import AnswerLink, RequestLink
from burnbag.results import (
    Peek,
    Receipt,
    Refusal,
    Request,
    RequestPeek,
    Revocation,
    Sent,
    Submitted,
    View,
)

T = TypeVar("T")
KINDS: Final = ("text", "file", "upload")
ENDS: Final = ("revealed", "revoked", "locked", "expired")
REQUESTED: Final = "requested"
# How a request ends by being answered.
SUBMITTED: Final = "submitted"
STATES: Final = (REQUESTED, "sealed", *ENDS)
# What the receipt of a request calls it until it is answered.
REQUEST: Final = "request"
SEALED_KEY_BYTES: Final = 129
BURN: Final = "burn"
ON_LOCK: Final = (BURN, "freeze")
LONGEST_CURSOR: Final = 256
LONGEST_IDENTITY: Final = 512
# Several parts are held in memory, so a server must not choose how much.
LARGEST_PART: Final = 32 * 1024**2
# What S3 takes.
MOST_PARTS: Final = 10_000
NOT_OURS: Final = "the answer is not burnbag's; is the URL right?"
WRONG: Final = (KeyError, TypeError, ValueError, OverflowError, OSError, AttributeError)


def strict(parse: Callable[..., T]) -> Callable[..., T]:
    """Make `parse` raise Unavailable for an answer that burnbag never gives."""

    @wraps(parse)
    def parse_strictly(*arguments: Any) -> T:
        try:
            return parse(*arguments)
        except BurnbagError:
            raise
        except WRONG:
            pass
        # Raised outside the except: the error there may hold the answer.
        raise Unavailable(NOT_OURS)

    return parse_strictly


@dataclass(frozen=True)
class Revealed:
    """The answer to a reveal: the stored bytes, or for an upload the URL to get them from."""

    kind: str
    size: int
    views_left: int
    stored: bytes = field(repr=False)
    media_type: str
    filename: str = field(repr=False)
    url: str = field(repr=False)
    passphrase: bool = False
    identified_as: str | None = None


@dataclass(frozen=True)
class UploadForm:
    """A declared upload: the URL and the fields of S3's form."""

    url: str = field(repr=False)
    fields: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class PartsPlan:
    """A declared upload in parts: how large each is but the last, and until when they may come."""

    part_size: int
    count: int
    until: datetime


@dataclass(frozen=True)
class PartUrl:
    """Where to put a part, and with which headers."""

    number: int
    url: str = field(repr=False)
    headers: dict[str, str]


@strict
def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer; an empty one for no body."""
    try:
        found = json.loads(body) if body else {}
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


@strict
def parse_revealed(answer: Answer) -> Revealed:
    kind = read_choice(answer, "kind", KINDS)
    is_upload = kind == "upload"
    return Revealed(
        kind=kind,
        size=read_count(answer, "size"),
        views_left=read_count(answer, "views_left"),
        stored=b"" if is_upload else parse_stored(answer),
        media_type=read_optional(read_text, answer, "media_type") or "",
        filename=read_optional(read_text, answer, "filename") or "",
        url=read_text(read_object(answer, "download"), "url", LONGEST_URL) if is_upload else "",
        passphrase=read_flag(answer, "passphrase"),
        identified_as=read_optional(read_identity, answer, "identified_as"),
    )


def parse_stored(answer: Answer) -> bytes:
    if "secret" in answer:
        return read_text(answer, "secret", sys.maxsize).encode()
    return base64.b64decode(read_text(answer, "secret_base64", sys.maxsize), validate=True)


@strict
def parse_upload_form(answer: Answer) -> UploadForm:
    form = read_object(answer, "upload")
    return UploadForm(
        url=read_text(form, "url", LONGEST_URL),
        fields=read_texts(form, "fields"),
    )


@strict
def parse_parts_plan(answer: Answer) -> PartsPlan:
    plan = read_object(answer, "upload")
    part_size, count = read_count(plan, "part_size"), read_count(plan, "parts")
    if not 1 <= part_size <= LARGEST_PART or not 1 <= count <= MOST_PARTS:
        raise ValueError("not a plan of S3's")
    return PartsPlan(part_size, count, read_time(plan, "expires_at"))


@strict
def parse_part_urls(answer: Answer) -> list[PartUrl]:
    return [
        PartUrl(
            number=read_count(part, "number"),
            url=read_text(part, "url", LONGEST_URL),
            headers=read_texts(part, "headers"),
        )
        for part in read_objects(answer, "parts")
    ]


@strict
def parse_arrived(answer: Answer) -> tuple[dict[int, str], bool]:
    """The checksums of the parts that have arrived, and whether S3 is done with the upload."""
    parts = read_objects(answer, "parts")
    found = {read_count(part, "number"): read_text(part, "sha256") for part in parts}
    return found, read_flag(answer, "complete")


@strict
def parse_sent(answer: Answer, identity: Identity, key: bytes | None = None) -> Sent:
    """What was sealed under an identity; `key` becomes the link's last part.

    Raises Unavailable for an answer about another secret: an older server picks ids itself, and
    what was encrypted for one id does not open under another.
    """
    link = replace(Link.parse(read_text(answer, "link", LONGEST_URL)), key=key)
    expected = identity.id, base64url.encode(identity.token)
    if (link.id, link.token) != expected or read_id(answer, "id") != identity.id:
        raise Unavailable("the server does not seal under the id it was asked for; is it older?")
    return Sent(
        link=link.reveal(),
        receipt_token=read_token(answer, "receipt_token"),
        label=read_optional(read_text, answer, "label"),
        recipients=parse_recipients(answer),
        **parse_common(answer),
    )


@strict
def parse_request(
    answer: Answer, identity: Identity, base: str, pair: tuple[bytes, bytes]
) -> Request:
    """A request under an identity, and its links, with the keys that no server knows.

    A server that knows a public address has its links begin there; otherwise it is `base`.
    """
    token, receipt_token = read_token(answer, "submit_token"), read_token(answer, "receipt_token")
    expected = identity.id, base64url.encode(identity.token), receipt_of(identity)
    if (read_id(answer, "id"), token, receipt_token) != expected:
        raise ValueError("another request")
    private_key, public_key = pair
    base = normalize_base(read_optional(read_text, answer, "base") or base)
    return Request(
        link=RequestLink(base, identity.id, token, public_key).reveal(),
        keep=AnswerLink(base, identity.id, receipt_token, private_key, public_key).reveal(),
        receipt_token=receipt_token,
        created_at=read_time(answer, "created_at"),
        **parse_limits(answer),
    )


def receipt_of(identity: Identity) -> str:
    return base64url.encode(identity.receipt_token)


@strict
def parse_request_peek(answer: Answer) -> RequestPeek:
    return RequestPeek(
        created_by=read_optional(read_text, answer, "created_by"), **parse_limits(answer)
    )


def parse_limits(answer: Answer) -> dict[str, Any]:
    """What a request takes, and until when."""
    return {
        "id": read_id(answer, "id"),
        "kinds": read_kinds(answer, "kinds"),
        "max_bytes": read_count(answer, "max_bytes"),
        "ttl": read_count(answer, "ttl"),
        "expires_at": read_time(answer, "expires_at"),
        "label": read_optional(read_text, answer, "label"),
    }


def read_kinds(answer: Answer, name: str) -> tuple[str, ...]:
    """Some kinds, at least one. One that this version does not know is no use to it."""
    found = answer[name]
    if not isinstance(found, list) or not (kinds := tuple(k for k in KINDS if k in found)):
        raise ValueError(f"{name}: no kinds")
    return kinds


@strict
def parse_submitted(answer: Answer, secret_id: str) -> Submitted:
    if read_id(answer, "id") != secret_id:
        raise ValueError("another request")
    return Submitted(
        id=secret_id,
        kind=read_choice(answer, "kind", KINDS),
        size=read_count(answer, "size"),
        expires_at=read_time(answer, "expires_at"),
    )


@strict
def parse_peek(answer: Answer) -> Peek:
    return Peek(
        views_left=read_count(answer, "views_left"),
        frozen=read_optional(read_flag, answer, "frozen") or False,
        identified_as=read_optional(read_identity, answer, "identified_as"),
        **parse_common(answer),
    )


@strict
def parse_receipt(answer: Answer) -> Receipt:
    return Receipt(
        state=read_choice(answer, "state", STATES),
        label=read_optional(read_text, answer, "label"),
        created_by=read_optional(read_text, answer, "created_by"),
        views_left=read_count(answer, "views_left"),
        views=tuple(map(parse_view, read_objects(answer, "views"))),
        failed_attempts=read_count(answer, "failed_attempts"),
        ended_at=read_optional(read_time, answer, "ended_at"),
        ended_by=read_optional(read_text, answer, "ended_by"),
        erased_at=read_optional(read_time, answer, "erased_at"),
        frozen_at=read_optional(read_time, answer, "frozen_at"),
        recipients=parse_recipients(answer),
        refusals=read_optional(read_count, answer, "refusals") or 0,
        last_refusal=read_optional(parse_refusal, answer, "last_refusal"),
        kinds=read_optional(read_kinds, answer, "kinds"),
        max_bytes=read_optional(read_count, answer, "max_bytes"),
        submitted_at=read_optional(read_time, answer, "submitted_at"),
        submitted_by=read_optional(read_text, answer, "submitted_by"),
        sealed_key=read_optional(read_sealed_key, answer, "sealed_key"),
        **parse_common(answer, (*KINDS, REQUEST)),
    )


@strict
def parse_receipts(answer: Answer) -> tuple[list[Receipt], str | None]:
    """A page of receipts, and the cursor of the next."""
    return list(map(parse_receipt, read_objects(answer, "receipts"))), parse_cursor(answer)


@strict
def parse_revocation(answer: Answer) -> tuple[Revocation, str | None]:
    """What became of a page of secrets, and the cursor of the next."""
    counts = {n: read_count(answer, n) for n in ("found", "revoked", "already_ended", "failed")}
    return Revocation(read_text(answer, "created_by"), **counts), parse_cursor(answer)


def parse_cursor(answer: Answer) -> str | None:
    return read_optional(partial(read_text, longest=LONGEST_CURSOR), answer, "cursor")


def parse_view(view: Answer) -> View:
    return View(**parse_whom(view))


def parse_refusal(answer: Answer, name: str) -> Refusal:
    return Refusal(**parse_whom(read_object(answer, name)))


def parse_whom(event: Answer) -> dict[str, Any]:
    """When somebody came, who it was, from where and with which program."""
    return {
        "at": read_time(event, "at"),
        "by": read_optional(read_text, event, "by"),
        "ip": read_optional(read_text, event, "ip"),
        "user_agent": read_optional(read_text, event, "user_agent"),
    }


def parse_recipients(answer: Answer) -> tuple[str, ...]:
    """For whom a secret is; nobody in particular if it does not say, as an older server does."""
    return read_optional(read_text_list, answer, "recipients") or ()


def read_identity(answer: Answer, name: str) -> str:
    """Who the server says that somebody is. It is shown, so nothing in it may control a screen."""
    return make_printable(read_text(answer, name, LONGEST_IDENTITY))


def read_sealed_key(answer: Answer, name: str) -> bytes:
    return base64url.decode(read_text(answer, name), SEALED_KEY_BYTES)


def parse_common(answer: Answer, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """The fields that seal, peek and receipt share; two of them an older server does not know."""
    return {
        "id": read_id(answer, "id"),
        "kind": read_choice(answer, "kind", kinds),
        "size": read_count(answer, "size"),
        "passphrase": read_flag(answer, "passphrase"),
        "encrypted": read_optional(read_flag, answer, "encrypted") or False,
        "on_lock": read_optional(partial(read_choice, choices=ON_LOCK), answer, "on_lock") or BURN,
        "max_views": read_count(answer, "max_views"),
        "created_at": read_time(answer, "created_at"),
        "expires_at": read_time(answer, "expires_at"),
    }
