"""What a sender asks for, read strictly from the fields of a request."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from burnbag_core.errors import BadRequest, OutOfRange, TooLarge
from burnbag_core.sealing import Content

from chalicelib.settings import Settings

FIELDS: Final = frozenset({"secret", "secret_base64", "ttl", "views", "passphrase", "label"})
TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST_PASSPHRASE: Final = 1024
LONGEST_LABEL: Final = 256


@dataclass(frozen=True)
class Order:
    """A secret to seal: its content, life in seconds, views, and what the recipient must know."""

    content: Content
    ttl: int
    views: int = 1
    passphrase: str | None = field(default=None, repr=False)
    label: str | None = None


def read_order(fields: Mapping[str, Any], settings: Settings) -> Order:
    """The order in `fields`. Raises BadRequest, TooLarge or OutOfRange naming the field."""
    return Order(
        content=read_content(fields, settings.max_secret_bytes),
        ttl=read_ttl(fields.get("ttl", settings.default_ttl), settings),
        views=read_views(fields.get("views", 1), settings.max_views),
        passphrase=read_text(fields, "passphrase", LONGEST_PASSPHRASE),
        label=read_label(fields),
    )


def read_content(fields: Mapping[str, Any], limit: int) -> Content:
    if ("secret" in fields) == ("secret_base64" in fields):
        raise BadRequest("secret", "Send either secret or secret_base64.")
    name = "secret" if "secret" in fields else "secret_base64"
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise BadRequest(name, "Must be a string that is not empty.")
    data = encoded(name, value) if name == "secret" else decoded(name, value)
    if len(data) > limit:
        raise TooLarge(name, f"A secret has at most {limit} bytes; this one has {len(data)}.")
    return Content(data, media_type=TEXT if name == "secret" else BYTES)


def encoded(name: str, value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise BadRequest(name, "Must be valid Unicode.") from None


def decoded(name: str, value: str) -> bytes:
    """The bytes of standard base64, padded, in its one canonical form (RFC 4648, section 4)."""
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if base64.b64encode(data).decode() != value:
        raise BadRequest(name, "Must be padded base64 without white space.")
    return data


def read_ttl(value: Any, settings: Settings) -> int:
    """A life in seconds, from seconds or from `90s`, `15m`, `2h`, `7d`."""
    ttl = value if type(value) is int else parsed_duration(value)
    if not settings.min_ttl <= ttl <= settings.max_ttl:
        limits = f"from {settings.min_ttl} to {settings.max_ttl} seconds"
        raise OutOfRange("ttl", f"Must be {limits}.")
    return ttl


def parsed_duration(value: Any) -> int:
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", value, re.ASCII) if type(value) is str else None
    if match is None:
        raise BadRequest("ttl", 'Must be seconds, or a text such as "90s", "15m", "2h", "7d".')
    return int(match[1]) * UNITS[match[2]]


def read_views(value: Any, limit: int) -> int:
    if type(value) is not int:
        raise BadRequest("views", "Must be a whole number.")
    if not 1 <= value <= limit:
        raise OutOfRange("views", f"Must be from 1 to {limit}.")
    return value


def read_label(fields: Mapping[str, Any]) -> str | None:
    label = read_text(fields, "label", LONGEST_LABEL)
    if label is not None and not label.isprintable():
        raise BadRequest("label", "Must be printable, on one line.")
    return label


def read_text(fields: Mapping[str, Any], name: str, longest: int) -> str | None:
    """An optional text. One that is sent and empty is a mistake, not an absence."""
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise BadRequest(name, "Must be a string that is not empty.")
    if len(value) > longest:
        raise OutOfRange(name, f"Must have at most {longest} characters.")
    encoded(name, value)
    return value
