"""The API's answers, as results or as errors. Fields that this version does not know are ignored.

A server may answer anything, and its answer may hold a secret. So what is not burnbag's becomes
Unavailable, and no exception carries an answer along.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, TypeVar

import httpx
from burnbag_format import base64url
from burnbag_format.identity import Identity

from burnbag.errors import (
    AlreadyOpened,
    BurnbagError,
    Damaged,
    Frozen,
    Gone,
    NotArrived,
    NotFound,
    PassphraseRequired,
    PassphraseWrong,
    Refused,
    TooLarge,
    Unavailable,
)
from burnbag.links import ID_BYTES, Link
from burnbag.results import Peek, Receipt, Sent, View

T = TypeVar("T")
Answer = Mapping[str, Any]
NOT_OURS: Final = "the answer is not burnbag's; is the URL right?"
WRONG: Final = (KeyError, TypeError, ValueError, OverflowError, OSError, AttributeError)
PROBLEM: Final = "urn:burnbag:problem:"
LONGEST_WORDS: Final = 200


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


@dataclass(frozen=True)
class UploadForm:
    """A declared upload: the URL and the fields of S3's form."""

    id: str
    receipt_token: str = field(repr=False)
    url: str = field(repr=False)
    fields: dict[str, str] = field(repr=False)


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
    is_upload = answer["kind"] == "upload"
    return Revealed(
        kind=str(answer["kind"]),
        size=int(answer["size"]),
        views_left=int(answer["views_left"]),
        stored=b"" if is_upload else parse_stored(answer),
        media_type=str(answer.get("media_type", "")),
        filename=str(answer.get("filename", "")),
        url=str(answer["download"]["url"]) if is_upload else "",
        passphrase=answer["passphrase"] is True,
    )


def parse_stored(answer: Answer) -> bytes:
    if "secret" in answer:
        return bytes(answer["secret"].encode())
    return base64.b64decode(answer["secret_base64"], validate=True)


@strict
def parse_upload_form(answer: Answer) -> UploadForm:
    base64url.decode(answer["id"], ID_BYTES)
    form = answer["upload"]
    fields = {str(name): str(value) for name, value in form["fields"].items()}
    return UploadForm(answer["id"], str(answer["receipt_token"]), str(form["url"]), fields)


@strict
def parse_sent(answer: Answer, identity: Identity, key: bytes | None = None) -> Sent:
    """What was sealed under an identity; `key` becomes the link's last part.

    Raises Unavailable for an answer about another secret: an older server picks ids itself, and
    what was encrypted for one id does not open under another.
    """
    link = replace(Link.parse(answer["link"]), key=key)
    expected = identity.id, base64url.encode(identity.token)
    if (link.id, link.token) != expected or answer["id"] != identity.id:
        raise Unavailable("the server does not seal under the id it was asked for; is it older?")
    return Sent(
        link=link.reveal(),
        receipt_token=answer["receipt_token"],
        label=answer["label"],
        **parse_common(answer),
    )


@strict
def parse_peek(answer: Answer) -> Peek:
    frozen = answer.get("frozen") is True
    return Peek(views_left=answer["views_left"], frozen=frozen, **parse_common(answer))


@strict
def parse_receipt(answer: Answer) -> Receipt:
    views = [View(parse_time(v["at"]), v.get("by"), v.get("ip")) for v in answer["views"]]
    return Receipt(
        state=answer["state"],
        label=answer["label"],
        created_by=answer["created_by"],
        views_left=answer["views_left"],
        views=tuple(views),
        failed_attempts=answer["failed_attempts"],
        ended_at=parse_optional_time(answer["ended_at"]),
        ended_by=answer["ended_by"],
        erased_at=parse_optional_time(answer["erased_at"]),
        frozen_at=parse_optional_time(answer.get("frozen_at")),
        **parse_common(answer),
    )


def parse_common(answer: Answer) -> dict[str, Any]:
    """The fields that seal, peek and receipt share."""
    return {
        "id": answer["id"],
        "kind": answer["kind"],
        "size": answer["size"],
        "passphrase": answer["passphrase"],
        "encrypted": answer.get("encrypted") is True,
        "on_lock": "freeze" if answer.get("on_lock") == "freeze" else "burn",
        "max_views": answer["max_views"],
        "created_at": parse_time(answer["created_at"]),
        "expires_at": parse_time(answer["expires_at"]),
    }


def parse_time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def parse_optional_time(seconds: int | None) -> datetime | None:
    return None if seconds is None else parse_time(seconds)


def parse_error(response: httpx.Response) -> BurnbagError:
    """The exception for an answer that is an error (RFC 9457)."""
    problem, status = parse_problem(response), response.status_code
    kind = str(problem.get("type", "")).removeprefix(PROBLEM)
    if make := KNOWN.get(kind):
        return make(problem)
    if status >= 500 or status == 429:
        return Unavailable(message_of(problem, f"burnbag answers {status}; try again later"))
    if status < 400:
        return Unavailable(f"burnbag does not answer {status}; is the URL right?")
    refused, field = TooLarge if status == 413 else Refused, problem.get("field")
    message = message_of(problem, f"burnbag refuses this with {status}")
    return refused(message, status, make_printable(field) if field else None, make_printable(kind))


def parse_problem(response: httpx.Response) -> Answer:
    """The problem document, or an empty one."""
    try:
        found = response.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def message_of(problem: Answer, default: str) -> str:
    """The problem in the server's own words, made safe to show."""
    words = make_printable(problem.get("detail") or problem.get("title") or default)
    field = problem.get("field")
    return f"{make_printable(field)}: {words}" if field else words


def make_printable(text: object) -> str:
    """Shorten a server's words and remove what could control a terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))[:LONGEST_WORDS]


def make_gone(problem: Answer) -> Gone:
    at = problem.get("ended_at")
    try:
        ended_at = parse_time(at) if type(at) is int else None
    except (OverflowError, OSError, ValueError):
        ended_at = None
    return Gone(make_printable(problem.get("state", "gone")), ended_at)


def attempts_left(problem: Answer) -> int:
    left = problem.get("attempts_left")
    return left if type(left) is int else 0


KNOWN: Final[dict[str, Callable[[Answer], BurnbagError]]] = {
    "not-found": lambda problem: NotFound(),
    "gone": make_gone,
    "passphrase-required": lambda problem: PassphraseRequired(attempts_left(problem)),
    "passphrase-wrong": lambda problem: PassphraseWrong(attempts_left(problem)),
    "upload-incomplete": lambda problem: NotArrived(),
    "already-confirmed": lambda problem: AlreadyOpened(),
    "frozen": lambda problem: Frozen(),
    "damaged": lambda problem: Damaged(message_of(problem, "the stored secret is damaged")),
}
