"""HTTP, for both Chalice services: what a request says, and how it is answered.

Errors become RFC 9457 problem documents here, and nowhere else.
"""

import base64
import functools
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from burnbag_core import fields
from burnbag_core.errors import (
    BadRequest,
    BurnbagError,
    InternalError,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
    describe,
)
from burnbag_core.records import Caller
from chalice.app import Chalice, Request, Response

logger = logging.getLogger("burnbag")
F = TypeVar("F", bound=Callable[..., Any])

# What every answer has, and every problem document: API Gateway's own id of the request, by which
# the access log and the functions' logs name it too.
REQUEST_ID: Final = "X-Request-Id"

# What a recipient sends is a passphrase at most. Strangers can send it too, so no more is read.
SMALL: Final = 16 * 1024
# A product, and the version that it may have: tokens, of a length that programs really use.
PRODUCT: Final = re.compile(
    r"[\w!#$%&'*+.^`|~-]{1,40}(/[\w!#$%&'*+.^`|~-]{1,40})?(?=[ \t]|$)", re.ASCII
)
# Any media type reaches the view, which refuses in the same words as everything else.
ANY_MEDIA_TYPE: Final = ["*/*"]
# No cache and no page may keep or guess at what passes here.
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def current_request(app: Chalice) -> Request:
    """The request being answered."""
    if app.current_request is None:
        raise RuntimeError("outside a request")
    return app.current_request


def request_id(request: Request) -> str:
    """What API Gateway calls this request."""
    return str((request.context or {}).get("requestId", ""))


def token(request: Request) -> str | None:
    """The token a request carries: paths and query strings would end up in access logs."""
    text: str | None = request.headers.get("x-burnbag-token")
    return text


def idempotency_key(request: Request) -> str | None:
    """The key under which a caller may ask again (the header `Idempotency-Key`), if it has one.

    Raises BadRequest.
    """
    key: str | None = request.headers.get("idempotency-key")
    return None if key is None else fields.check_idempotency_key(key)


def create_key(request: Request) -> str | None:
    """The key under which a sender may order again. Its secret is made of it, so it has at least
    the 22 characters of 128 random bits. Raises BadRequest.
    """
    key: str | None = request.headers.get("idempotency-key")
    return None if key is None else fields.check_idempotency_key(key, shortest=22)


def required_idempotency_key(request: Request) -> str:
    """The same, for a call that makes no sense without. Raises BadRequest."""
    return fields.check_idempotency_key(request.headers.get("idempotency-key") or "")


def accepts_json(request: Request) -> bool:
    """Whether the caller names JSON among what it accepts."""
    return accepts(request, "application/json")


def accepts(request: Request, media_type: str) -> bool:
    """Whether the caller names this very media type among what it accepts."""
    ranges = str(request.headers.get("accept") or "").lower().split(",")
    return media_type in {each.split(";")[0].strip() for each in ranges}


def media_type(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return str(request.headers.get("content-type") or "").split(";")[0].strip().lower()


def body(request: Request) -> bytes:
    """The body's bytes, as they were sent. Raises BadRequest for base64 that is none."""
    try:
        raw = request.raw_body or b""
    except ValueError:
        raise BadRequest("body", "The body can't be decoded.") from None
    return raw.encode() if isinstance(raw, str) else raw


def refuse_large_body(request: Request) -> None:
    """Raise TooLarge for a body that no recipient sends, before any work is done on it."""
    event = request.to_original_event()
    sent = event.get("body") or ""
    length = len(sent)
    if event.get("isBase64Encoded"):
        length = length * 3 // 4 - sent[-2:].count("=")
    if length > SMALL:
        raise TooLarge("body", f"At most {SMALL} bytes are read here.")


def refuse_content(request: Request) -> None:
    """Raise TooLarge, UnsupportedMedia or BadRequest for a body that holds anything."""
    refuse_large_body(request)
    sent = body(request).strip()
    if sent and media_type(request) != "application/json":
        raise UnsupportedMedia("Content-Type", "Send application/json.")
    if sent not in (b"", b"{}"):
        raise BadRequest("body", "Send no body, or an empty JSON object.")


def json_object(request: Request, known: frozenset[str]) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object.

    Raises UnsupportedMedia for other media types, BadRequest as `fields.read_json_object` does.
    """
    sent = body(request)
    if sent.strip() and media_type(request) != "application/json":
        raise UnsupportedMedia("Content-Type", "Send application/json.")
    return fields.read_json_object(sent, known)


def query(request: Request, known: frozenset[str]) -> dict[str, str]:
    """The parameters in the query string. Raises BadRequest for unknown and repeated ones."""
    sent = request.query_params
    if sent is None:
        return {}
    for name in sent:
        if name not in known or len(sent.getlist(name)) != 1:
            detail = f"Known parameters, each at most once: {', '.join(sorted(known))}."
            raise BadRequest(name if name in known else "query", detail)
    return dict(sent)


def source_ip(request: Request, recorded: bool) -> str | None:
    """The caller's address as API Gateway saw it, where addresses are recorded at all."""
    return identity(request).get("sourceIp") if recorded else None


def caller_arn(request: Request) -> str | None:
    """The IAM ARN that signed the request, where the method demands a signature."""
    return identity(request).get("userArn")


def caller(request: Request, records_ip: bool) -> Caller:
    """Who is calling; its address only where addresses are recorded at all."""
    return Caller(caller_arn(request), source_ip(request, records_ip), user_agent(request))


def claims(request: Request) -> dict[str, Any]:
    """What the caller's token says, where API Gateway demands one and has checked it."""
    found = ((request.context or {}).get("authorizer") or {}).get("claims")
    return found if isinstance(found, dict) else {}


def user_agent(request: Request) -> str | None:
    """The first product of the User-Agent (RFC 9110), such as `curl/8.5.0`.

    Not the rest, which says more of a person's machine than an audit needs. None for anything else
    that is sent there: it would end up in logs.
    """
    found = PRODUCT.match(str(request.headers.get("user-agent") or ""))
    return found[0] if found else None


def identity(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = (request.context or {}).get("identity") or {}
    return found


class BinaryResponse(Response):
    """Bytes as they are: base64 on their way through Lambda, decoded by API Gateway."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        encoded = base64.b64encode(self.body).decode()
        return super().to_dict([]) | {"body": encoded, "isBase64Encoded": True}


def respond(content: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer."""
    return make_response(json.dumps(content), status, {"Content-Type": "application/json"})


def respond_empty() -> Response:
    """An answer that says no more than that it was done."""
    return make_response("", 204, {"Content-Type": "application/json"})


def respond_bytes(data: bytes, headers: Mapping[str, str]) -> Response:
    """An answer of bytes."""
    return BinaryResponse(body=data, status_code=200, headers={**HEADERS, **headers})


def respond_problem(error: BurnbagError, request_id: str) -> Response:
    """The answer that tells a caller of `error`, and what to name it by when they ask about it."""
    headers = {"Content-Type": "application/problem+json"}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    document = error.problem() | {"request_id": request_id}
    return make_response(json.dumps(document), error.status, headers)


def make_response(content: str, status: int, headers: Mapping[str, str]) -> Response:
    return Response(body=content, status_code=status, headers={**HEADERS, **headers})


def answer_errors(app: Chalice) -> Callable[[F], F]:
    """Make the decorator for the app's views: every answer has the request's id, and every
    exception becomes a problem document.

    What is logged of an unexpected exception is its type and place, never its message: a
    message may quote what the caller sent.
    """

    def answering(view: F) -> F:
        @functools.wraps(view)
        def wrapped(*args: Any, **kwargs: Any) -> Response:
            known_as = request_id(current_request(app))
            try:
                response: Response = view(*args, **kwargs)
            except BurnbagError as error:
                if isinstance(error, Unavailable) and error.cause:
                    logger.error("AWS failed: %s (request %s)", error.cause, known_as)
                response = respond_problem(error, known_as)
            except Exception as error:
                logger.error("unexpected: %s (request %s)", describe(error), known_as)
                response = respond_problem(InternalError(), known_as)
            response.headers[REQUEST_ID] = known_as
            return response

        return wrapped  # type: ignore[return-value]

    return answering
