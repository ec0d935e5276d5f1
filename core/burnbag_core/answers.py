"""From errors to answers, in one place: RFC 9457 problems for both Chalice services."""

import base64
import functools
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Response

from burnbag_core.errors import BurnbagError, InternalError, Unavailable

logger = logging.getLogger("burnbag")
F = TypeVar("F", bound=Callable[..., Any])

# Any media type reaches the view, which refuses in the same words as everything else.
ANY_MEDIA_TYPE: Final = ["*/*"]
# No cache and no page may keep or guess at what passes here.
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def answer(body: Mapping[str, Any] | None, status: int = 200, **headers: str) -> Response:
    """A JSON answer, or an empty one."""
    text = "" if body is None else json.dumps(body)
    return response(text, status, {"Content-Type": "application/json"} | headers)


class Raw(Response):
    """Bytes as they are: base64 on their way through Lambda, decoded by API Gateway."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        encoded = base64.b64encode(self.body).decode()
        return super().to_dict([]) | {"body": encoded, "isBase64Encoded": True}


def raw(data: bytes, headers: Mapping[str, str]) -> Response:
    """An answer of bytes."""
    return Raw(body=data, status_code=200, headers={**HEADERS, **headers})


def problems(view: F) -> F:
    """The view, with every exception turned into a problem document.

    What is logged of an unexpected exception is its type and place, never its message: a
    message may quote what the caller sent.
    """

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Response:
        try:
            answered: Response = view(*args, **kwargs)
            return answered
        except BurnbagError as error:
            return problem(error)
        except (ClientError, BotoCoreError) as error:
            logger.error("AWS failed: %s", describe(error))
            return problem(Unavailable())
        except Exception as error:
            logger.error("unexpected: %s", describe(error))
            return problem(InternalError())

    return wrapped  # type: ignore[return-value]


def problem(error: BurnbagError) -> Response:
    """The answer that tells a caller of `error`."""
    headers = {"Content-Type": "application/problem+json"}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return response(json.dumps(error.problem()), error.status, headers)


def response(body: str, status: int, headers: Mapping[str, str]) -> Response:
    return Response(body=body, status_code=status, headers={**HEADERS, **headers})


def describe(error: BaseException) -> str:
    """An exception's type, AWS operation and code, and the line that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "nowhere"
    if isinstance(error, ClientError):
        return f"{error.operation_name} {error.response['Error']['Code']}"
    return f"{type(error).__name__} at {place}"
