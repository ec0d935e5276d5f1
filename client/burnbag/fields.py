"""The fields of an answer, each read as what it must be, and never converted.

Any server may have written the answer, and what is in it ends up in prompts, tables, databases and
file names. Each function raises ValueError for a value of another type or size, and KeyError for a
field that is missing. Fields that nobody asks for are not looked at: a newer server sends more.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from burnbag_format import base64url

from burnbag.links import ID_BYTES, TOKEN_BYTES

T = TypeVar("T")
Answer = Mapping[str, Any]
# Much more than burnbag's own limits: 256 characters for a label, 255 bytes for a name.
LONGEST_TEXT: Final = 4096
LONGEST_URL: Final = 16 * 1024
# The largest integer that every JSON parser reads exactly; SQLite takes it too.
LARGEST_COUNT: Final = 2**53 - 1
MOST_FIELDS: Final = 64


def read_text(answer: Answer, name: str, longest: int = LONGEST_TEXT) -> str:
    """A text of at most `longest` characters, which can be encoded."""
    value = answer[name]
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"{name}: not a text")
    value.encode()
    return value


def read_choice(answer: Answer, name: str, choices: Collection[str]) -> str:
    """One of several words."""
    value = read_text(answer, name)
    if value not in choices:
        raise ValueError(f"{name}: not known")
    return value


def read_count(answer: Answer, name: str) -> int:
    """A number of things: whole and not negative. In Python, True is an int too."""
    value = answer[name]
    if type(value) is not int or not 0 <= value <= LARGEST_COUNT:
        raise ValueError(f"{name}: not a count")
    return value


def read_flag(answer: Answer, name: str) -> bool:
    value = answer[name]
    if not isinstance(value, bool):
        raise ValueError(f"{name}: neither true nor false")
    return value


def read_time(answer: Answer, name: str) -> datetime:
    """A time, in whole epoch seconds."""
    value = answer[name]
    if type(value) is not int:
        raise ValueError(f"{name}: not a time")
    return datetime.fromtimestamp(value, UTC)


def read_id(answer: Answer, name: str) -> str:
    return read_base64url(answer, name, ID_BYTES)


def read_token(answer: Answer, name: str) -> str:
    return read_base64url(answer, name, TOKEN_BYTES)


def read_base64url(answer: Answer, name: str, length: int) -> str:
    """The one base64url of `length` bytes."""
    text = read_text(answer, name)
    base64url.decode(text, length)
    return text


def read_object(answer: Answer, name: str) -> dict[str, Any]:
    value = answer[name]
    if not isinstance(value, dict):
        raise ValueError(f"{name}: not an object")
    return value


def read_objects(answer: Answer, name: str) -> list[dict[str, Any]]:
    values = answer[name]
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ValueError(f"{name}: not a list of objects")
    return values


def read_text_list(answer: Answer, name: str) -> tuple[str, ...]:
    """A list of texts."""
    values = answer[name]
    if not isinstance(values, list) or len(values) > MOST_FIELDS:
        raise ValueError(f"{name}: not a list of texts")
    return tuple(read_text({name: value}, name) for value in values)


def read_texts(answer: Answer, name: str) -> dict[str, str]:
    """An object of texts, like the fields of a form."""
    found = read_object(answer, name)
    if len(found) > MOST_FIELDS:
        raise ValueError(f"{name}: too many fields")
    return {key: read_text(found, key, LONGEST_URL) for key in found}


def read_optional(read: Callable[[Answer, str], T], answer: Answer, name: str) -> T | None:
    """What `read` finds; None where the field is null or missing."""
    return None if answer.get(name) is None else read(answer, name)
