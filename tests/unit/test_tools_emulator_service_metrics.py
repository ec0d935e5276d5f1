"""Services of the embedded AWS measure themselves as AWS's do."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ministack import app
from ministack.services import apigateway_v1, cloudwatch, lambda_svc, sqs

from tests.support.corrected import corrected
from tools.emulator_differences import metric_points, service_metrics

FUNCTION = {"config": {"FunctionName": "reap"}}


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(lambda_svc, "_execute_function_warm", execute)
    monkeypatch.setattr(app, "_enforce_execute_api", refuse)
    monkeypatch.setattr(apigateway_v1, "_execute_in_scope", answer)
    with corrected(metric_points, service_metrics):
        yield
    apigateway_v1.reset()
    sqs.reset()


def execute(function: Any, event: Any, request_id: str) -> dict[str, Any]:
    """Fails if it is told to, and calls itself as often as it is told to."""
    if isinstance(event, dict) and event.get("again"):
        lambda_svc._execute_function_warm(function, {"again": event["again"] - 1}, request_id)
    return {"body": None, "error": event == "fail"}


def refuse(api: str, stage: str, method: str, *rest: Any, **options: Any) -> Any:
    return (403, {}, b"") if method == "DELETE" else None


async def answer(request: Any, api: str, stage: str, method: str, path: str, *rest: Any) -> Any:
    request["stage"] = {}
    if path == "/unknown":
        return apigateway_v1._gw_error("MISSING_AUTHENTICATION_TOKEN", "no such call")
    request["resource_path"] = "/v1/secrets"
    return int(path.strip("/")), {}, b""


def read(namespace: str, name: str, **dimensions: str) -> dict[str, float]:
    points = metric_points.find_points(namespace, name, dimensions)
    found: dict[str, float] = cloudwatch._calc_stats(points)
    return found


def test_each_execution_is_measured_whoever_calls() -> None:
    for event in ("run", "fail", "run"):
        lambda_svc._execute_function_warm(FUNCTION, event, "r")
    sums = {
        name: read("AWS/Lambda", name, FunctionName="reap")["Sum"]
        for name in ("Invocations", "Errors", "Throttles")
    }
    assert sums == {"Invocations": 3, "Errors": 1, "Throttles": 0}
    assert read("AWS/Lambda", "Duration", FunctionName="reap")["SampleCount"] == 3


def test_executions_at_one_time_are_counted() -> None:
    lambda_svc._execute_function_warm(FUNCTION, {"again": 2}, "r")
    lambda_svc._execute_function_warm(FUNCTION, {}, "r")
    for dimensions in ({"FunctionName": "reap"}, {}):
        assert read("AWS/Lambda", "ConcurrentExecutions", **dimensions)["Maximum"] == 3


def test_an_execution_that_breaks_is_no_longer_counted() -> None:
    for _ in range(2):
        with pytest.raises(TypeError):
            lambda_svc._execute_function_warm(FUNCTION, {"again": "x"}, "r")
    assert read("AWS/Lambda", "ConcurrentExecutions", FunctionName="reap")["Maximum"] == 1


def test_a_throttle_is_counted_once() -> None:
    lambda_svc._emit_lambda_metrics("reap", duration_ms=0.0, error=False, throttle=True)
    lambda_svc._emit_lambda_metrics("reap", duration_ms=3.0, error=False, throttle=True)
    lambda_svc._emit_lambda_metrics("reap", duration_ms=3.0, error=True, throttle=False)
    assert read("AWS/Lambda", "Throttles", FunctionName="reap")["Sum"] == 1
    assert read("AWS/Lambda", "Errors", FunctionName="reap") == {}


def test_a_batch_of_a_stream_has_the_age_of_its_last_record() -> None:
    written = [{"dynamodb": {"ApproximateCreationDateTime": time.time() - ago}} for ago in (90, 30)]
    lambda_svc._execute_function_warm(FUNCTION, {"Records": written}, "r")
    lambda_svc._execute_function_warm(FUNCTION, {"Records": [{"Sns": {}}]}, "r")
    age = read("AWS/Lambda", "IteratorAge", FunctionName="reap")
    assert age["SampleCount"] == 1
    assert age["Maximum"] == pytest.approx(30_000, abs=25_000)


def make_api(**settings: Any) -> str:
    api: str = json.loads(apigateway_v1._create_rest_api({"name": "burnbag"})[2])["id"]
    apigateway_v1._stages_v1[api] = {"live": {"methodSettings": settings}}
    return api


def request(api: str, *answers: str) -> None:
    for path in answers:
        call = apigateway_v1._handle_execute_in_scope(
            api, "live", "POST", f"/{path}", {}, b"", {}, "000000000000", "us-east-1"
        )
        asyncio.run(call)


API = {"ApiName": "burnbag", "Stage": "live"}
CALL = {**API, "Resource": "/v1/secrets", "Method": "POST"}


def test_requests_are_counted_by_their_answers() -> None:
    request(make_api(), "200", "404", "502", "unknown")
    found = {name: read("AWS/ApiGateway", name, **API) for name in ("4XXError", "5XXError")}
    assert {name: each["Sum"] for name, each in found.items()} == {"4XXError": 2, "5XXError": 1}
    assert found["4XXError"]["Average"] == 0.5
    for name in ("Count", "Latency"):
        assert read("AWS/ApiGateway", name, **API)["SampleCount"] == 4
    assert read("AWS/ApiGateway", "Count", **CALL) == {}


@pytest.mark.parametrize("key", ["~1v1~1secrets/POST", "*/*"])
def test_detailed_metrics_are_by_call_too(key: str) -> None:
    request(make_api(**{key: {"metricsEnabled": True}}), "200", "404", "unknown")
    assert read("AWS/ApiGateway", "Count", **CALL)["Sum"] == 2
    assert read("AWS/ApiGateway", "4XXError", **CALL)["Sum"] == 1
    assert read("AWS/ApiGateway", "Count", **API)["Sum"] == 3


def test_what_iam_refuses_is_a_request_too() -> None:
    api = make_api()
    assert app._enforce_execute_api(api, "live", "DELETE", "/", {}, {})[0] == 403
    assert app._enforce_execute_api(api, "live", "POST", "/", {}, {}) is None
    assert app._enforce_execute_api("unknown", "live", "DELETE", "/", {}, {})[0] == 403
    assert read("AWS/ApiGateway", "4XXError", **API)["Sum"] == 1


def test_a_queue_has_a_gauge_of_what_can_be_received() -> None:
    now = time.time()
    messages = [{"visible_at": now - 1}, {"visible_at": now - 2}, {"visible_at": now + 60}]
    sqs._queues["url"] = {"name": "dead-letters", "messages": messages}
    service_metrics.measure_queues()
    service_metrics.measure_queues()
    name = "ApproximateNumberOfMessagesVisible"
    gauge = read("AWS/SQS", name, QueueName="dead-letters")
    assert (gauge["SampleCount"], gauge["Maximum"]) == (1, 2)
