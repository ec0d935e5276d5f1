"""CloudWatch Logs keeps query definitions: PutQueryDefinition and its like.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final

from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    json_response,
    new_uuid,
)
from ministack.services import cloudwatch_logs

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {cloudwatch_logs: "handle_request"}
# AWS gives 1,000 at most with each answer.
MOST: Final = 1000
definitions: Final = AccountRegionScopedDict()


def correct() -> None:
    """Answer the three actions, which the emulator lacks. It runs queries as it did."""
    handle = cloudwatch_logs.handle_request

    async def handle_request(
        method: str, path: str, headers: Record, body: bytes, query: Any
    ) -> Any:
        action = ACTIONS.get(str(headers.get("x-amz-target", "")).rpartition(".")[2])
        if action is None:
            return await handle(method, path, headers, body, query)
        return action(json.loads(body or b"{}"))

    cloudwatch_logs.handle_request = handle_request


def put(request: Record) -> Any:
    name = str(request.get("queryDefinitionId") or new_uuid())
    if request.get("queryDefinitionId") and name not in definitions:
        return refuse(name)
    definitions[name] = {
        "queryDefinitionId": name,
        "name": request["name"],
        "queryString": request["queryString"],
        "logGroupNames": request.get("logGroupNames", []),
        "queryLanguage": request.get("queryLanguage", "CWLI"),
        "lastModified": int(time.time() * 1000),
    }
    return json_response({"queryDefinitionId": name})


def describe(request: Record) -> Any:
    prefix, start = request.get("queryDefinitionNamePrefix", ""), int(request.get("nextToken") or 0)
    found = [each for each in definitions.values() if each["name"].startswith(prefix)]
    found.sort(key=lambda each: each["name"])
    end = start + int(request.get("maxResults") or MOST)
    more = {"nextToken": str(end)} if end < len(found) else {}
    return json_response({"queryDefinitions": found[start:end], **more})


def delete(request: Record) -> Any:
    name = str(request["queryDefinitionId"])
    if definitions.pop(name, None) is None:
        return refuse(name)
    return json_response({"success": True})


def refuse(name: str) -> Any:
    message = f"The specified query definition does not exist: {name}"
    return error_response_json("ResourceNotFoundException", message, 400)


ACTIONS: Final[dict[str, Callable[[Record], Any]]] = {
    "PutQueryDefinition": put,
    "DescribeQueryDefinitions": describe,
    "DeleteQueryDefinition": delete,
}
