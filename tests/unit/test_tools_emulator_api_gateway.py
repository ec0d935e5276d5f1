"""API Gateway answers as AWS does: what Terraform reads back is what it wrote."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack import app
from ministack.services import apigateway_v1

from tools.emulator_differences import api_gateway

REVEAL = "~1v1~1secrets~1{id}~1reveal/POST"


@pytest.fixture(autouse=True)
def corrected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for owner, names in api_gateway.WRAPPED.items():
        for name in names.split():
            monkeypatch.setattr(owner, name, getattr(owner, name))
    api_gateway.correct()
    yield
    apigateway_v1.reset()


def test_a_call_s_settings_are_kept_by_its_escaped_path_and_found_by_its_plain_one() -> None:
    stage: dict[str, Any] = {}
    for name, value in (("rateLimit", "5"), ("burstLimit", "7")):
        operation = {"op": "replace", "path": f"/{REVEAL}/throttling/{name}", "value": value}
        apigateway_v1._apply_stage_patch(stage, [operation])
    assert [*stage["methodSettings"]] == [REVEAL]
    found = apigateway_v1._method_throttle_settings(stage, "/v1/secrets/{id}/reveal", "POST")
    assert (found["throttlingRateLimit"], found["throttlingBurstLimit"]) == (5.0, 7)
    assert apigateway_v1._method_throttle_settings(stage, "/v1/secrets", "POST") is None


@pytest.mark.parametrize("path", [{}, {"basePath": ""}, {"basePath": "(none)"}])
def test_a_mapping_without_a_path_is_called_none(path: dict[str, str]) -> None:
    apigateway_v1._create_domain_name({"domainName": "secrets.example.com"})
    mapping = {"restApiId": "a", "stage": "live", **path}
    apigateway_v1._create_base_path_mapping("secrets.example.com", mapping)
    status, _, body = apigateway_v1._get_base_path_mapping("secrets.example.com", "(none)")
    assert (status, json.loads(body)["restApiId"]) == (200, "a")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_switch_is_answered_as_a_truth_value(text: str, value: bool) -> None:
    made = json.loads(apigateway_v1._create_rest_api({"name": "x"})[2])
    switch = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": text}
    name = {"op": "replace", "path": "/name", "value": "true"}
    answer = apigateway_v1._update_rest_api(made["id"], {"patchOperations": [switch, name]})
    api = json.loads(answer[2])
    assert (api["disableExecuteApiEndpoint"], api["name"]) == (value, "true")


@pytest.mark.parametrize(
    ("called", "told"),
    [("/live", "/live"), ("/live/", "/live/"), ("/live/v1/keys", "/live/v1/keys")],
)
def test_a_function_is_told_whether_the_stage_was_called_with_its_slash(
    called: str, told: str
) -> None:
    parsed = app._parse_execute_api_url("127.0.0.1", f"/_aws/execute-api/a{called}")
    assert parsed is not None and parsed[:2] == ("a", "live")
    event = apigateway_v1._build_lambda_event_v1(
        "a", "live", {}, {"id": "r", "path": "/"}, parsed[2], "GET", {}, b"", {}, {}
    )
    assert event["requestContext"]["path"] == told
    assert event["path"] == told.removeprefix("/live") or (event["path"], told) == ("/", "/live")


def test_what_is_no_call_of_an_api_stays_none() -> None:
    assert app._parse_execute_api_url("127.0.0.1", "/bucket/key") is None
