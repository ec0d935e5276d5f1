"""The right to read a stream is one on that stream, by its ARN, as on AWS.

The emulator knows no resource of the calls that read streams, so that only a right to everything
would do.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

import json
from typing import Any, Final

from ministack.core import iam_actions
from ministack.services import dynamodb_streams

from tools.emulator_differences.internals import Internals

WRAPPED: Final[Internals] = {
    iam_actions: "extract_resource_arn",
    dynamodb_streams: "_decode_iterator",
}


def correct() -> None:
    """Name the stream that a call is about."""
    extract = iam_actions.extract_resource_arn

    def extract_stream(
        service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any
    ) -> Any:
        if service == "dynamodbstreams" and (arn := find_stream(json.loads(body or b"{}"))):
            return arn
        return extract(service, method, path, headers, body, *rest)

    iam_actions.extract_resource_arn = extract_stream


def find_stream(request: dict[str, Any]) -> str | None:
    """The stream's ARN: in the request, or in the iterator that another call has given."""
    if "StreamArn" in request:
        return str(request["StreamArn"])
    iterator = dynamodb_streams._decode_iterator(request.get("ShardIterator", "")) or {}
    return iterator.get("arn")
