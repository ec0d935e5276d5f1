"""What a request says: its JSON body, strictly, and who sent it."""

import json
from typing import Any

from chalice.app import Chalice, Request

from burnbag_core.errors import BadRequest, UnsupportedMedia


def current(app: Chalice) -> Request:
    """The request being answered."""
    if app.current_request is None:
        raise RuntimeError("outside a request")
    return app.current_request


def token(request: Request) -> str | None:
    """The capability a request carries: paths and query strings would end up in access logs."""
    text: str | None = request.headers.get("x-burnbag-token")
    return text


def json_object(request: Request, fields: frozenset[str]) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object.

    Raises UnsupportedMedia for other media types, BadRequest for anything that is not one
    object of known, unrepeated fields.
    """
    raw = request.raw_body or b""
    raw = raw.encode() if isinstance(raw, str) else raw
    if not raw.strip():
        return {}
    media_type = str(request.headers.get("content-type") or "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMedia("Content-Type", "Send application/json.")
    return known(parsed(raw), fields)


def parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw, object_pairs_hook=unrepeated, parse_constant=refuse)
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
