"""What API Gateway says of a request to the page's function, and the answers that it takes."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core.errors import BurnbagError, MethodNotAllowed

NOT_AT_ALL: Final = "no-store"
Answer = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """What API Gateway says of a request.

    `path` has the stage in front, if the base URL has it, and `asked` has not. `accepted` are the
    codings that the caller can read.
    """

    id: str
    resource: str
    method: str
    path: str
    asked: str
    parameters: Mapping[str, str]
    accepted: str

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> "Visit":
        headers = {name.lower(): value for name, value in (event["headers"] or {}).items()}
        return cls(
            event["requestContext"]["requestId"],
            event["resource"],
            event["httpMethod"],
            event["requestContext"]["path"],
            event["path"],
            event["pathParameters"] or {},
            headers.get("accept-encoding", ""),
        )

    @property
    def accepts_gzip(self) -> bool:
        """Whether the caller says that it can read gzip (RFC 9110, section 12.5.3)."""
        for coding in self.accepted.lower().split(","):
            name, _, weight = (part.strip() for part in coding.partition(";"))
            if name == "gzip":
                return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
        return False


def respond_problem(error: BurnbagError, request_id: str) -> Answer:
    """The problem document (RFC 9457) that tells a caller of `error`."""
    headers = {"Content-Type": "application/problem+json", "X-Content-Type-Options": "nosniff"}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    document = error.problem() | {"request_id": request_id}
    return respond(error.status, headers, json.dumps(document))


def respond_bytes(data: bytes, headers: Mapping[str, str]) -> Answer:
    """Bytes as they are."""
    return {**respond(200, headers, base64.b64encode(data).decode()), "isBase64Encoded": True}


def respond(status: int, headers: Mapping[str, str], body: str = "") -> Answer:
    """An answer for API Gateway. It is cached nowhere, unless `headers` say so."""
    return {"statusCode": status, "headers": {"Cache-Control": NOT_AT_ALL, **headers}, "body": body}
