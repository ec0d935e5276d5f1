"""A multipart/form-data body, read strictly (RFC 7578).

The parser is imported where it is used: only who sends a file needs it, and it would take some 4 %
of every cold start.
"""

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from burnbag_core.errors import BadRequest
from burnbag_core.recipients import MOST_RECIPIENTS
from burnbag_format.content import BYTES, LONGEST_NAME, MEDIA_TYPE

if TYPE_CHECKING:
    from multipart import MultipartPart

FIELDS: Final = frozenset(
    {"file", "ttl", "views", "passphrase", "label", "encrypted", "on_lock", "recipients"}
)
# Comes once for each of them: the name of a role may have any sign that could stand between two.
REPEATED: Final = "recipients"
MOST_PARTS: Final = len(FIELDS) + MOST_RECIPIENTS
FLAGS: Final = {"true": True, "false": False}
# RFC 6266: parameters that end where they say they do. A quote within a name would cut it short.
DISPOSITION: Final = re.compile(r'form-data( *; *[\w*]+=("([^"\\]|\\.)*"|[^\s";]*))+')
# A name is shown in headers and becomes a path at the other end.
FORBIDDEN: Final = frozenset('/\\"')


@dataclass(frozen=True)
class File:
    """An uploaded file: its bytes, and its name and media type as the sender gave them."""

    data: bytes = field(repr=False)
    name: str = field(repr=False)
    media_type: str


def read_form(body: bytes, content_type: str, known: frozenset[str] = FIELDS) -> dict[str, Any]:
    """The fields of a form: `file` is a File, `views` a number, `encrypted` a yes or no,
    `recipients` a list of texts, the others are texts.

    Raises BadRequest for a body that does not end as it must, for an unknown or repeated
    field, and for a name or media type that could mislead whoever saves the file.
    """
    from multipart import MultipartError, MultipartParser, parse_options_header

    _, options = parse_options_header(content_type)
    try:
        parser = MultipartParser(
            io.BytesIO(body),
            options.get("boundary", ""),
            strict=True,
            part_limit=MOST_PARTS,
            spool_limit=len(body) + 1,
            memory_limit=len(body) + 1,
        )
        parts = list(parser)
    except (MultipartError, ValueError):
        raise BadRequest("body", "The body is not well-formed multipart/form-data.") from None
    for part in parts:
        if not DISPOSITION.fullmatch(part.disposition or ""):
            raise BadRequest("body", "A part's Content-Disposition is not well-formed.")
    several = [part for part in parts if part.name == REPEATED and REPEATED in known]
    single = by_name([part for part in parts if part not in several], known)
    fields = {name: read_value(name, part) for name, part in single.items()}
    return fields | ({REPEATED: [read_text(REPEATED, part) for part in several]} if several else {})


def by_name(parts: "list[MultipartPart]", known: frozenset[str]) -> "dict[str, MultipartPart]":
    """The parts by name. Raises BadRequest for names that are unknown or repeated."""
    named = {part.name: part for part in parts}
    for name in named:
        if name not in known:
            raise BadRequest("body", f"Known fields: {', '.join(sorted(known))}.")
    if len(named) != len(parts):
        raise BadRequest("body", "A field is repeated.")
    return named


def read_value(name: str, part: "MultipartPart") -> Any:
    if name == "file":
        return read_file(part)
    text = read_text(name, part)
    if name == "encrypted":
        return FLAGS.get(text, text)
    return int(text) if name == "views" and re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else text


def read_text(name: str, part: "MultipartPart") -> str:
    """A part's text: always UTF-8 (RFC 7578, section 5.1.2).

    The charset that a part names is ignored: Python would look up any codec by that name, and some
    of them decode to something else than text.
    """
    try:
        text: str = part.raw.decode()
    except UnicodeDecodeError:
        raise BadRequest(name, "Must be UTF-8.") from None
    return text


def read_file(part: "MultipartPart") -> File:
    name, media_type = part.filename or "", part.content_type or BYTES
    if not name or len(name) > LONGEST_NAME or name in {".", ".."}:
        raise BadRequest("file", f"Needs a file name of 1 to {LONGEST_NAME} characters.")
    if not name.isprintable() or FORBIDDEN.intersection(name):
        raise BadRequest("file", "The file name may hold no path, quote or control character.")
    if len(media_type) > LONGEST_NAME or not MEDIA_TYPE.fullmatch(media_type):
        raise BadRequest("file", "The media type is not well-formed.")
    return File(part.raw, name, media_type)
