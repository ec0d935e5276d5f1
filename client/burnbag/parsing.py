"""The API's answers as results. Fields that this version does not know are passed over."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, TypeVar

from burnbag.errors import BurnbagError, Unavailable
from burnbag.links import ID_BYTES, Link, decode, encode
from burnbag.results import Peek, Receipt, Sent, View

T = TypeVar("T")
Answer = Mapping[str, Any]
WRONG: Final = (KeyError, TypeError, ValueError, OverflowError, OSError, AttributeError)


def understood(parse: Callable[..., T]) -> Callable[..., T]:
    """`parse`, raising Unavailable for an answer that burnbag never gives."""

    @wraps(parse)
    def parsed(*arguments: Any) -> T:
        try:
            return parse(*arguments)
        except BurnbagError:
            raise
        except WRONG:
            pass
        # Not within the except: an exception must not carry an answer along.
        raise Unavailable("the answer is not burnbag's; is the URL right?")

    return parsed


@dataclass(frozen=True)
class Revealed:
    """What a reveal answers: the stored bytes, or for an upload the URL to get them from."""

    kind: str
    size: int
    views_left: int
    stored: bytes = field(repr=False)
    media_type: str
    filename: str = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True)
class Declared:
    """An upload that may begin: where to, and the form's fields."""

    id: str
    receipt_token: str = field(repr=False)
    url: str = field(repr=False)
    fields: dict[str, str] = field(repr=False)


def time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def time_if_any(seconds: int | None) -> datetime | None:
    return None if seconds is None else time(seconds)


@understood
def revealed(answer: Answer) -> Revealed:
    upload = answer["kind"] == "upload"
    return Revealed(
        kind=str(answer["kind"]),
        size=int(answer["size"]),
        views_left=int(answer["views_left"]),
        stored=b"" if upload else stored(answer),
        media_type=str(answer.get("media_type", "")),
        filename=str(answer.get("filename", "")),
        url=str(answer["download"]["url"]) if upload else "",
    )


def stored(answer: Answer) -> bytes:
    if "secret" in answer:
        return bytes(answer["secret"].encode())
    return base64.b64decode(answer["secret_base64"], validate=True)


@understood
def declared(answer: Answer) -> Declared:
    decode(answer["id"], ID_BYTES)
    form = {str(name): str(value) for name, value in answer["upload"]["fields"].items()}
    return Declared(answer["id"], str(answer["receipt_token"]), str(answer["upload"]["url"]), form)


@understood
def sent(answer: Answer, key: bytes | None) -> Sent:
    link = Link.parse(answer["link"] + (f".{encode(key)}" if key else ""))
    return Sent(
        link=link.reveal(),
        receipt_token=answer["receipt_token"],
        label=answer["label"],
        **common(answer),
    )


@understood
def peek(answer: Answer) -> Peek:
    return Peek(views_left=answer["views_left"], **common(answer))


@understood
def receipt(answer: Answer) -> Receipt:
    views = [View(time(v["at"]), v.get("by"), v.get("ip")) for v in answer["views"]]
    return Receipt(
        state=answer["state"],
        label=answer["label"],
        created_by=answer["created_by"],
        views_left=answer["views_left"],
        views=tuple(views),
        failed_attempts=answer["failed_attempts"],
        ended_at=time_if_any(answer["ended_at"]),
        ended_by=answer["ended_by"],
        erased_at=time_if_any(answer["erased_at"]),
        **common(answer),
    )


def common(answer: Answer) -> dict[str, Any]:
    """What is said of a secret whoever asks."""
    return {
        "id": answer["id"],
        "kind": answer["kind"],
        "size": answer["size"],
        "passphrase": answer["passphrase"],
        "max_views": answer["max_views"],
        "created_at": time(answer["created_at"]),
        "expires_at": time(answer["expires_at"]),
    }
