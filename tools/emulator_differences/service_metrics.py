"""Metrics that AWS's services make of themselves: Lambda, API Gateway and SQS.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import threading
import time
from collections import Counter
from typing import Any, Final

from ministack import app
from ministack.core.responses import request_scope
from ministack.services import apigateway_v1, lambda_svc, sqs

from tools.emulator_differences.internals import (
    Internals,
    Record,
    name_of,
    repeat_in_background,
)
from tools.emulator_differences.metric_points import keep_sample, keep_value

WRAPPED: Final[Internals] = {
    app: "_enforce_execute_api",
    apigateway_v1: "_execute_in_scope _gateway_error_response _GatewayError _rest_apis _stages_v1"
    " find_api_scope",
    lambda_svc: "_emit_lambda_metrics _execute_function_warm",
    sqs: "_queues",
}
# AWS measures queues once a minute. A test shouldn't wait for the minute.
SAMPLE_SECONDS: Final = 10


def correct() -> None:
    measure_functions()
    measure_api()
    repeat_in_background("queue metrics", SAMPLE_SECONDS, measure_queues)


def measure_functions() -> None:
    """Measure each execution, whoever calls; the emulator measures calls of Invoke only.

    It knows neither ConcurrentExecutions nor IteratorAge.
    """
    execute, running, lock = lambda_svc._execute_function_warm, Counter[str](), threading.Lock()

    def execute_measured(function: Record, event: Record, request_id: str) -> Any:
        name, started = name_of(function), time.monotonic()
        dimensions = {"FunctionName": name}
        with lock:
            running[name] += 1
            executions = running[name], running.total()
        keep_value("AWS/Lambda", "ConcurrentExecutions", executions[0], "Count", dimensions)
        keep_value("AWS/Lambda", "ConcurrentExecutions", executions[1], "Count")
        measure_iterator_age(event, dimensions)
        try:
            answer = execute(function, event, request_id)
        finally:
            with lock:
                running[name] -= 1
        measure_execution(answer, time.monotonic() - started, dimensions)
        return answer

    lambda_svc._execute_function_warm = execute_measured
    lambda_svc._emit_lambda_metrics = count_throttle


def measure_iterator_age(event: Any, dimensions: dict[str, str]) -> None:
    """How long ago the stream got the last record of the batch."""
    records = event.get("Records") if isinstance(event, dict) else None
    if records and isinstance(records, list) and "dynamodb" in records[-1]:
        written = records[-1]["dynamodb"]["ApproximateCreationDateTime"]
        age = max(0, round((time.time() - written) * 1000))
        keep_value("AWS/Lambda", "IteratorAge", age, "Milliseconds", dimensions)


def measure_execution(answer: Record, seconds: float, dimensions: dict[str, str]) -> None:
    counts = {"Invocations": 1, "Errors": int(bool(answer.get("error"))), "Throttles": 0}
    for name, count in counts.items():
        keep_value("AWS/Lambda", name, count, "Count", dimensions)
    duration = round(seconds * 1000)
    keep_value("AWS/Lambda", "Duration", duration, "Milliseconds", dimensions)


def count_throttle(function: str, duration_ms: float, error: bool, throttle: bool) -> None:
    """In place of the emulator's own: it tells of a throttle twice, the first time without time."""
    if throttle and not duration_ms:
        keep_value("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": function})


def measure_api() -> None:
    """Measure each request to a stage, and to a call where the stage has detailed metrics.

    The emulator makes no metrics of APIs. A request that IAM refuses is one of them.
    """
    execute, enforce = apigateway_v1._execute_in_scope, app._enforce_execute_api

    async def execute_measured(request: Record, api: str, stage: str, *call: Any) -> Any:
        started = time.monotonic()
        answer = await execute(request, api, stage, *call)
        refused = isinstance(answer, apigateway_v1._GatewayError)
        shown = apigateway_v1._gateway_error_response(answer, request) if refused else answer
        where = (api, stage, str(request["resource_path"]), str(call[0]))
        measure_request(*where, int(shown[0]), time.monotonic() - started)
        return answer

    def enforce_measured(api: str, stage: str, *call: Any, **options: Any) -> Any:
        started = time.monotonic()
        answer = enforce(api, stage, *call, **options)
        if answer and (scope := apigateway_v1.find_api_scope(api)):
            with request_scope(*scope):
                measure_request(api, stage, "", "", int(answer[0]), time.monotonic() - started)
        return answer

    apigateway_v1._execute_in_scope = execute_measured
    app._enforce_execute_api = enforce_measured


def measure_request(
    api: str, stage: str, resource: str, method: str, status: int, seconds: float
) -> None:
    name = (apigateway_v1._rest_apis.get(api) or {}).get("name")
    settings = (apigateway_v1._stages_v1.get(api) or {}).get(stage)
    if name is None or settings is None:
        return
    places = [{"ApiName": name, "Stage": stage}]
    if resource and is_detailed(settings, resource, method):
        places.append({**places[0], "Resource": resource, "Method": method})
    counts = {"Count": 1, "4XXError": int(status // 100 == 4), "5XXError": int(status // 100 == 5)}
    for dimensions in places:
        for metric, count in counts.items():
            keep_value("AWS/ApiGateway", metric, count, "Count", dimensions)
        latency = round(seconds * 1000)
        keep_value("AWS/ApiGateway", "Latency", latency, "Milliseconds", dimensions)


def is_detailed(stage: Record, resource: str, method: str) -> bool:
    settings = stage.get("methodSettings") or {}
    call = settings.get(f"{resource.lstrip('/').replace('/', '~1')}/{method}")
    escaped = settings.get(f"{resource.replace('/', '~1')}/{method}")
    chosen = call or escaped or settings.get("*/*") or {}
    return str(chosen.get("metricsEnabled", False)).lower() == "true"


def measure_queues() -> None:
    """ApproximateNumberOfMessagesVisible of every queue, once a minute."""
    for (account, region, _), queue in sqs._queues.all_items():
        now, name = time.time(), str(queue["name"])
        visible = sum(message["visible_at"] <= now for message in list(queue["messages"]))
        with request_scope(account, region):
            dimensions = {"QueueName": name}
            metric = "ApproximateNumberOfMessagesVisible"
            keep_sample("AWS/SQS", metric, visible, "Count", dimensions)
