"""The fields of a request, read strictly: one JSON object, known names, texts within limits."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from burnbag_core.errors import BadRequest, OutOfRange

LONGEST_PASSPHRASE: Final = 1024
NAME: Final = re.compile(r"[A-Za-z_]{1,32}")
SHORTEST_KEY: Final = 16
LONGEST_KEY: Final = 128
LARGEST_EXACT: Final = 2**53 - 1


def read_json_object(body: bytes, known: frozenset[str]) -> dict[str, Any]:
    """The JSON object in `body`; an empty body is an empty object.

    Raises BadRequest for anything that is not one object of known, unrepeated fields.
    """
    if not body.strip():
        return {}
    found = parse_json(body)
    if not isinstance(found, dict):
        raise BadRequest("body", "The body is not a JSON object.")
    for name in found:
        if name not in known:
            # A name is repeated only if it looks like one: somebody may have put a secret there.
            shown = name if NAME.fullmatch(name) else "body"
            raise BadRequest(shown, f"Known fields: {', '.join(sorted(known))}.")
    return found


def parse_json(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=refuse_repeated,
            parse_constant=refuse_constant,
            parse_float=read_number,
        )
    except BadRequest:
        raise
    except (ValueError, RecursionError):
        raise BadRequest("body", "The body is not JSON.") from None


def refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are unique: of two values, no reader could know which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("body", "A field is repeated.")
    return found


def read_number(text: str) -> int | float:
    """A number as it is, however it is written: JSON knows no difference between 2.0 and 2.

    Only up to where a double still has every whole number (RFC 8259, section 6).
    """
    number = float(text)
    return int(number) if abs(number) <= LARGEST_EXACT and number.is_integer() else number


def refuse_constant(constant: str) -> None:
    """Python's parser takes NaN and Infinity, which JSON does not have."""
    raise ValueError(constant)


def read_text(fields: Mapping[str, Any], name: str, longest: int) -> str | None:
    """An optional text. One that is sent and empty is a mistake, not an absence.

    Raises BadRequest, or OutOfRange above `longest` characters.
    """
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, str) or not value:
        raise BadRequest(name, "Must be a string that is not empty.")
    if len(value) > longest:
        raise OutOfRange(name, f"Must have at most {longest} characters.")
    encode_text(name, value)
    return value


def encode_text(name: str, value: str) -> bytes:
    """A text in UTF-8. Raises BadRequest for half a surrogate pair, which has no encoding."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise BadRequest(name, "Must be valid Unicode.") from None


def read_time(fields: Mapping[str, Any], name: str) -> int | None:
    """An optional time in epoch seconds. Raises BadRequest."""
    value = fields.get(name)
    if value is not None and type(value) is not int:
        raise BadRequest(name, "Must be a time in epoch seconds.")
    return value


def read_flag(fields: Mapping[str, Any], name: str) -> bool:
    """An optional yes or no. Raises BadRequest."""
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(name, "Must be true or false.")
    return value


def check_idempotency_key(key: str, shortest: int = SHORTEST_KEY) -> str:
    """The key, if it has `shortest` to 128 visible ASCII characters: so nobody guesses another's.

    Raises BadRequest.
    """
    fits = shortest <= len(key) <= LONGEST_KEY
    if not fits or not all("!" <= character <= "~" for character in key):
        limits = f"{shortest} to {LONGEST_KEY}"
        raise BadRequest("Idempotency-Key", f"Must be {limits} visible ASCII characters.")
    return key
