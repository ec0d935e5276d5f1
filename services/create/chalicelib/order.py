"""What a sender asks for, read strictly from the fields of a request."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from burnbag_core.errors import BadRequest, OutOfRange, TooLarge
from burnbag_core.requests import LONGEST_PASSPHRASE, encoded, text_field
from burnbag_core.sealing import Content

from chalicelib.form import File
from chalicelib.settings import Settings

FIELDS: Final = frozenset({"secret", "secret_base64", "ttl", "views", "passphrase", "label"})
UPLOAD_FIELDS: Final = frozenset({"size", "ttl", "views", "passphrase", "label"})
TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST_LABEL: Final = 256


@dataclass(frozen=True)
class Order:
    """A secret to seal: what it is, its life in seconds, and what the recipient must know.

    `content` is None for an upload: its bytes go straight to S3, and `size` is all that is
    known of them.
    """

    kind: str
    size: int
    content: Content | None
    ttl: int
    views: int = 1
    passphrase: str | None = field(default=None, repr=False)
    label: str | None = None


def read_order(fields: Mapping[str, Any], settings: Settings) -> Order:
    """An order for a text. Raises BadRequest, TooLarge or OutOfRange naming the field."""
    content = read_content(fields, settings.max_secret_bytes)
    return order("text", len(content.data), content, fields, settings)


def read_file_order(fields: Mapping[str, Any], settings: Settings) -> Order:
    """An order for a file, from the fields of a form. Raises as `read_order` does."""
    file: File | None = fields.get("file")
    if file is None:
        raise BadRequest("file", "Send a file.")
    size, limit = len(file.data), settings.max_file_bytes
    if size > limit:
        raise TooLarge("file", f"A file has at most {limit} bytes here; use POST /v1/uploads.")
    content = Content(file.data, file.media_type, file.name)
    return order("file", size, content, fields, settings)


def read_upload_order(fields: Mapping[str, Any], settings: Settings) -> Order:
    """An order for an upload. Raises as `read_order` does."""
    size, limit = fields.get("size"), settings.max_upload_bytes
    if type(size) is not int:
        raise BadRequest("size", "Must be the number of bytes that will be uploaded.")
    if size > limit:
        raise TooLarge("size", f"An upload has at most {limit} bytes.")
    if size < 1:
        raise OutOfRange("size", "Must be at least 1.")
    return order("upload", size, None, fields, settings)


def order(
    kind: str, size: int, content: Content | None, fields: Mapping[str, Any], settings: Settings
) -> Order:
    return Order(
        kind=kind,
        size=size,
        content=content,
        ttl=read_ttl(fields.get("ttl", settings.default_ttl), settings),
        views=read_views(fields.get("views", 1), settings.max_views),
        passphrase=text_field(fields, "passphrase", LONGEST_PASSPHRASE),
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
    label = text_field(fields, "label", LONGEST_LABEL)
    if label is not None and not label.isprintable():
        raise BadRequest("label", "Must be printable, on one line.")
    return label
