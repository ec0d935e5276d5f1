"""API Gateway's access log: a line for each request, in the format that Terraform sets.

The embedded AWS writes none, so the line is made here of what API Gateway would fill in.
"""

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from tools.checkout import TERRAFORM

STAGE: Final = TERRAFORM / "modules" / "burnbag" / "modules" / "api" / "stage.tf"
FIELD: Final = re.compile(r'(\w+) += "\$context\.([\w.]+)"')


def read_format() -> dict[str, str]:
    """The names in a line, and what of the request's context stands there."""
    found = dict(FIELD.findall(STAGE.read_text()))
    assert "request_id" in found, "the access log's format was not found"
    return found


def make_line(event: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """The line of a request; durations have two digits."""
    identity = event["requestContext"]["identity"]
    context = {
        "requestId": str(uuid.uuid4()),
        "integration.requestId": str(uuid.uuid4()),
        "requestTimeEpoch": "1800000000000",
        "httpMethod": event["httpMethod"],
        "resourcePath": event["resource"],
        "status": str(answer["statusCode"]),
        "responseLatency": "55",
        "integrationLatency": "50",
        "error.responseType": "-",
        "identity.userArn": identity.get("userArn", "-"),
        "identity.sourceIp": identity["sourceIp"],
        "responseLength": str(len(answer["body"])),
    }
    line = {name: context[place] for name, place in read_format().items()}
    return json.dumps(line, separators=(",", ":"))
