"""Query definitions of the embedded AWS are kept, found by their prefix, and deleted."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch_logs

from tests.support.corrected import corrected
from tools.emulator_differences import query_definitions


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    with corrected(query_definitions):
        yield
    query_definitions.definitions.clear()


def call(action: str, **request: Any) -> tuple[int, Any]:
    headers = {"x-amz-target": f"Logs_20140328.{action}"}
    body = json.dumps(request).encode()
    answer = cloudwatch_logs.handle_request("POST", "/", headers, body, {})
    status, _, written = asyncio.run(answer)
    return status, json.loads(written or b"{}")


def put(name: str, **request: Any) -> str:
    query = {"name": name, "queryString": "fields @message", **request}
    status, answer = call("PutQueryDefinition", **query)
    assert status == 200
    return str(answer["queryDefinitionId"])


def describe(prefix: str = "", **request: Any) -> Any:
    asked = {"queryDefinitionNamePrefix": prefix, **request} if prefix else request
    return call("DescribeQueryDefinitions", **asked)[1]


def test_a_definition_is_kept_changed_and_deleted() -> None:
    name = put("burnbag/local/who", logGroupNames=["/burnbag/local/audit"])
    assert put("burnbag/local/who", queryDefinitionId=name, queryString="limit 1") == name
    [found] = describe("burnbag/local")["queryDefinitions"]
    assert (found["queryString"], found["logGroupNames"]) == ("limit 1", [])
    assert (found["queryDefinitionId"], found["queryLanguage"]) == (name, "CWLI")
    assert call("DeleteQueryDefinition", queryDefinitionId=name) == (200, {"success": True})
    assert describe()["queryDefinitions"] == []


def test_a_definition_that_isn_t_there_is_neither_changed_nor_deleted() -> None:
    absent = {"queryDefinitionId": "absent", "name": "n", "queryString": "q"}
    for action in ("PutQueryDefinition", "DeleteQueryDefinition"):
        status, answer = call(action, **absent)
        assert (status, answer["__type"]) == (400, "ResourceNotFoundException")


def test_definitions_come_by_prefix_in_pages() -> None:
    for name in ("b/2", "b/1", "b/3", "c/1"):
        put(name)
    first = describe("b/", maxResults=2)
    second = describe("b/", maxResults=2, nextToken=first["nextToken"])
    names = [each["name"] for page in (first, second) for each in page["queryDefinitions"]]
    assert (names, "nextToken" in second) == (["b/1", "b/2", "b/3"], False)


def test_other_actions_are_answered_as_before() -> None:
    assert call("CreateLogGroup", logGroupName="/g")[0] == 200
