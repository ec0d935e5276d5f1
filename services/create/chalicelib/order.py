"""What a sender asks for, read strictly from the fields of a request."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Final

from burnbag_core.errors import BadRequest, OutOfRange, TooLarge
from burnbag_core.fields import LONGEST_PASSPHRASE, encode_text, read_flag, read_text
from burnbag_core.header import BURN, ON_LOCK
from burnbag_core.sealing import Content
from burnbag_format.content import BYTES, TEXT

from chalicelib.form import File
from chalicelib.naming import read_recipients
from chalicelib.settings import Settings

TERMS: Final = frozenset(
    {"ttl", "views", "passphrase", "label", "encrypted", "on_lock", "recipients"}
)
FIELDS: Final = TERMS | {"secret", "secret_base64"}
UPLOAD_FIELDS: Final = TERMS | {"size", "parts"}
UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST_LABEL: Final = 256
# Bytes of a text. A KB in the record costs $2.50 a million, in write units from sealing to erasing;
# an object costs $7 a million whatever its size (docs/cost.md). And an item that is written
# with 2 units per KB bears few views a second.
LONGEST_IN_RECORD: Final = 4096
# The most that S3 takes in one POST.
LARGEST_FORM: Final = 5 * 1024**3
# Small enough to be tried again on a bad line, large enough for 50 GiB in the 10,000 parts that S3
# takes. Of S3's own limits it is between 5 MiB and 5 GiB.
PART_SIZE: Final = 6 * 1024**2


@dataclass(frozen=True)
class Terms:
    """What may be said of every secret: its life in seconds, and what the recipient must know.

    `encrypted` says that the sender encrypted it already, `on_lock` what five wrong passphrases do,
    `recipients` who alone may open it.
    """

    ttl: int
    views: int = 1
    passphrase: str | None = field(default=None, repr=False)
    label: str | None = None
    encrypted: bool = False
    on_lock: str = BURN
    recipients: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """The terms by name, for a digest. A list of nobody is left out: orders from before there
        were recipients have the digest that they always had.
        """
        terms = asdict(self)
        if not self.recipients:
            del terms["recipients"]
        return terms


@dataclass(frozen=True)
class ContentOrder:
    """What a text and a file have in common: their bytes come with the request."""

    terms: Terms
    content: Content

    @property
    def size(self) -> int:
        """The bytes of the secret itself."""
        return len(self.content.data)

    @property
    def object_data(self) -> bytes | None:
        """What is sealed in an object in the bucket, if there is one."""
        return self.content.data

    @property
    def record_content(self) -> Content:
        """What is sealed in the record."""
        return self.content if self.object_data is None else replace(self.content, data=b"")


@dataclass(frozen=True)
class TextOrder(ContentOrder):
    """A text. A short one lies sealed in its record, a longer one in the bucket."""

    kind: ClassVar = "text"

    @property
    def object_data(self) -> bytes | None:
        """What is sealed in an object in the bucket, if there is one."""
        return self.content.data if self.size > LONGEST_IN_RECORD else None


@dataclass(frozen=True)
class FileOrder(ContentOrder):
    """A file: its name lies sealed in its record, its bytes in the bucket."""

    kind: ClassVar = "file"


@dataclass(frozen=True)
class UploadOrder:
    """An upload: its bytes go from the sender straight into the bucket, as many as were said.

    They come in one form, or in parts of `part_size`.
    """

    kind: ClassVar = "upload"
    object_data: ClassVar = None
    terms: Terms
    size: int
    part_size: int | None = None

    @property
    def record_content(self) -> Content:
        """What is sealed in the record: the size, which nobody can change afterwards."""
        parts = {} if self.part_size is None else {"part_size": self.part_size}
        return Content(json.dumps({"size": self.size} | parts).encode(), "application/json")


Order = TextOrder | FileOrder | UploadOrder


def digest_order(order: Order, key: bytes) -> bytes:
    """What tells two orders apart, and tells nothing of them without the key."""
    content = order.record_content if isinstance(order, UploadOrder) else order.content
    described = [order.kind, order.terms.describe(), content.media_type, content.filename]
    text = json.dumps(described, sort_keys=True).encode()
    # Each of a fixed length, so that nothing can be moved from one part to the other.
    parts = hashlib.sha256(text).digest() + hashlib.sha256(content.data).digest()
    return hmac.digest(key, parts, "sha256")


def read_text_order(fields: Mapping[str, Any], settings: Settings) -> TextOrder:
    """An order for a text. Raises BadRequest, TooLarge or OutOfRange naming the field."""
    content = read_content(fields, settings.max_secret_bytes)
    return TextOrder(read_terms(fields, settings), content)


def read_file_order(fields: Mapping[str, Any], settings: Settings) -> FileOrder:
    """An order for a file, from the fields of a form. Raises as `read_text_order` does."""
    content = read_file(fields, settings.max_file_bytes, "use POST /v1/uploads")
    return FileOrder(read_terms(fields, settings), content)


def read_upload_order(fields: Mapping[str, Any], settings: Settings) -> UploadOrder:
    """An order for an upload. Raises as `read_text_order` does."""
    in_parts = read_flag(fields, "parts")
    size = read_size(fields, settings.max_upload_bytes, in_parts)
    return UploadOrder(read_terms(fields, settings), size, PART_SIZE if in_parts else None)


def read_file(fields: Mapping[str, Any], limit: int, otherwise: str) -> Content:
    """A file, in which `otherwise` is what to do with a larger one. Raises as `read_text_order`."""
    file: File | None = fields.get("file")
    if file is None:
        raise BadRequest("file", "Send a file.")
    if len(file.data) > limit:
        raise TooLarge("file", f"A file has at most {limit} bytes here; {otherwise}.")
    return Content(file.data, file.media_type, file.name)


def read_size(fields: Mapping[str, Any], limit: int, in_parts: bool) -> int:
    size = fields.get("size")
    if type(size) is not int:
        raise BadRequest("size", "Must be the number of bytes that will be uploaded.")
    if size > limit:
        raise TooLarge("size", f"An upload has at most {limit} bytes.")
    if size > LARGEST_FORM and not in_parts:
        raise TooLarge("size", f"A form takes at most {LARGEST_FORM} bytes; upload it in parts.")
    if size < 1:
        raise OutOfRange("size", "Must be at least 1.")
    return size


def read_terms(fields: Mapping[str, Any], settings: Settings) -> Terms:
    passphrase = read_text(fields, "passphrase", LONGEST_PASSPHRASE)
    return Terms(
        ttl=read_ttl(fields.get("ttl", settings.default_ttl), settings),
        views=read_views(fields.get("views", 1), settings.max_views),
        passphrase=passphrase,
        label=read_label(fields),
        encrypted=read_flag(fields, "encrypted"),
        on_lock=read_on_lock(fields.get("on_lock", BURN), passphrase),
        recipients=read_recipients(fields, bool(settings.people_client_id)),
    )


def read_content(fields: Mapping[str, Any], limit: int) -> Content:
    if ("secret" in fields) == ("secret_base64" in fields):
        raise BadRequest("secret", "Send either secret or secret_base64.")
    name = "secret" if "secret" in fields else "secret_base64"
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise BadRequest(name, "Must be a string that is not empty.")
    data = encode_text(name, value) if name == "secret" else decode_base64(name, value)
    if len(data) > limit:
        raise TooLarge(name, f"A secret has at most {limit} bytes; this one has {len(data)}.")
    return Content(data, media_type=TEXT if name == "secret" else BYTES)


def decode_base64(name: str, value: str) -> bytes:
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
    ttl = value if type(value) is int else parse_duration(value)
    if not settings.min_ttl <= ttl <= settings.max_ttl:
        limits = f"from {settings.min_ttl} to {settings.max_ttl} seconds"
        raise OutOfRange("ttl", f"Must be {limits}.")
    return ttl


def parse_duration(value: Any) -> int:
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


def read_on_lock(value: Any, passphrase: str | None) -> str:
    if not isinstance(value, str) or value not in ON_LOCK:
        raise BadRequest("on_lock", f"Must be one of: {', '.join(ON_LOCK)}.")
    if value != BURN and passphrase is None:
        raise BadRequest("on_lock", "Without a passphrase nothing locks the secret.")
    return value


def read_label(fields: Mapping[str, Any]) -> str | None:
    label = read_text(fields, "label", LONGEST_LABEL)
    if label is not None and not label.isprintable():
        raise BadRequest("label", "Must be printable, on one line.")
    return label
