"""What a request says: its JSON body, strictly, and who sent it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from chalice.app import Chalice, Request

from burnbag_core.errors import BadRequest, OutOfRange, UnsupportedMedia

LONGEST_PASSPHRASE: Final = 1024


def current(app: Chalice) -> Request:
    """The request being answered."""
    if app.current_request is None:
        raise RuntimeError("outside a request")
    return app.current_request


def token(request: Request) -> str | None:
    """The capability a request carries: paths and query strings would end up in access logs."""
    text: str | None = request.headers.get("x-burnbag-token")
    return text


def idempotency_key(request: Request) -> str | None:
    """The key under which a caller may ask again (the header `Idempotency-Key`)."""
    key: str | None = request.headers.get("idempotency-key")
    return key


def wants_json(request: Request) -> bool:
    """Whether the caller names JSON among what it accepts."""
    return "application/json" in str(request.headers.get("accept") or "").lower()


def media_type(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return str(request.headers.get("content-type") or "").split(";")[0].strip().lower()


def raw_body(request: Request) -> bytes:
    """The body's bytes, as they were sent."""
    raw = request.raw_body or b""
    return raw.encode() if isinstance(raw, str) else raw


def json_object(request: Request, fields: frozenset[str]) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object.

    Raises UnsupportedMedia for other media types, BadRequest for anything that is not one
    object of known, unrepeated fields.
    """
    raw = raw_body(request)
    if not raw.strip():
        return {}
    if media_type(request) != "application/json":
        raise UnsupportedMedia("Content-Type", "Send application/json.")
    return known(parsed(raw), fields)


def parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode(), object_pairs_hook=unrepeated, parse_constant=refuse)
    except BadRequest:
        raise
    except (ValueError, RecursionError):
        raise BadRequest("body", "The body is not JSON.") from None


def known(body: Any, fields: frozenset[str]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequest("body", "The body is not a JSON object.")
    for name in body:
        if name not in fields:
            raise BadRequest(printable(name), f"Known fields: {', '.join(sorted(fields))}.")
    return body


def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are unique: of two values, no reader could know which one counts."""
    body = dict(pairs)
    if len(body) != len(pairs):
        raise BadRequest("body", "A field is repeated.")
    return body


def text_field(fields: Mapping[str, Any], name: str, longest: int) -> str | None:
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
    encoded(name, value)
    return value


def encoded(name: str, value: str) -> bytes:
    """A text in UTF-8. Raises BadRequest for half a surrogate pair, which has no encoding."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise BadRequest(name, "Must be valid Unicode.") from None


def refuse(constant: str) -> None:
    raise ValueError(constant)


def printable(name: str) -> str:
    """An unknown field's name, safe to repeat."""
    return name[:64] if name.isprintable() else "body"


def source_ip(request: Request, recorded: bool) -> str | None:
    """The caller's address as API Gateway saw it, where addresses are recorded at all."""
    return identity(request).get("sourceIp") if recorded else None


def caller_arn(request: Request) -> str | None:
    """The IAM ARN that signed the request, where the method demands a signature."""
    return identity(request).get("userArn")


def identity(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = (request.context or {}).get("identity") or {}
    return found
