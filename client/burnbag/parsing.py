"""The API's answers as results. Fields that this version does not know are passed over."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from burnbag.links import Link, encode
from burnbag.results import Peek, Receipt, Sent, View

Answer = Mapping[str, Any]


def time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def time_if_any(seconds: int | None) -> datetime | None:
    return None if seconds is None else time(seconds)


def sent(answer: Answer, key: bytes | None) -> Sent:
    link = Link.parse(answer["link"] + (f".{encode(key)}" if key else ""))
    return Sent(
        id=answer["id"],
        link=link.reveal(),
        receipt_token=answer["receipt_token"],
        kind=answer["kind"],
        size=answer["size"],
        passphrase=answer["passphrase"],
        max_views=answer["max_views"],
        created_at=time(answer["created_at"]),
        expires_at=time(answer["expires_at"]),
        label=answer["label"],
    )


def peek(answer: Answer) -> Peek:
    return Peek(
        id=answer["id"],
        kind=answer["kind"],
        size=answer["size"],
        passphrase=answer["passphrase"],
        max_views=answer["max_views"],
        views_left=answer["views_left"],
        created_at=time(answer["created_at"]),
        expires_at=time(answer["expires_at"]),
    )


def receipt(answer: Answer) -> Receipt:
    views = [View(time(v["at"]), v.get("by"), v.get("ip")) for v in answer["views"]]
    return Receipt(
        id=answer["id"],
        state=answer["state"],
        kind=answer["kind"],
        size=answer["size"],
        label=answer["label"],
        passphrase=answer["passphrase"],
        created_at=time(answer["created_at"]),
        created_by=answer["created_by"],
        expires_at=time(answer["expires_at"]),
        max_views=answer["max_views"],
        views_left=answer["views_left"],
        views=tuple(views),
        failed_attempts=answer["failed_attempts"],
        ended_at=time_if_any(answer["ended_at"]),
        ended_by=answer["ended_by"],
        erased_at=time_if_any(answer["erased_at"]),
    )
