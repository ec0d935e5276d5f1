"""CloudWatch Logs applies filter patterns: to searches, subscriptions and metric filters.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
"""

import functools
import json
from typing import Any, Final

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch_logs

from tools.emulator_differences.filter_patterns import Matches, compile_pattern, is_number, select
from tools.emulator_differences.internals import Internals, Record
from tools.emulator_differences.metric_points import keep_value

WRAPPED: Final[Internals] = {
    cloudwatch_logs: "_compile_filter_pattern _subscription_pattern_matches _filter_log_events"
    " _put_metric_filter _put_subscription_filter _metric_filters _fanout_to_subscription_filters"
}
compile_once: Final = functools.lru_cache(maxsize=256)(compile_pattern)


def correct() -> None:
    """Match as AWS does, and put the metrics of metric filters, which the emulator only stores.

    By itself it matches every message with a JSON pattern, and terms in any case.
    """
    cloudwatch_logs._compile_filter_pattern = lambda pattern: compile_once(pattern or "")
    cloudwatch_logs._subscription_pattern_matches = matches
    for name in ("_filter_log_events", "_put_metric_filter", "_put_subscription_filter"):
        setattr(cloudwatch_logs, name, refuse_bad_pattern(getattr(cloudwatch_logs, name)))
    forward = cloudwatch_logs._fanout_to_subscription_filters

    def measure_and_forward(group: str, stream: str, events: list[Record]) -> Any:
        for stored in cloudwatch_logs._metric_filters.values():
            if stored["logGroupName"] == group:
                apply_filter(stored, events)
        return forward(group, stream, events)

    cloudwatch_logs._fanout_to_subscription_filters = measure_and_forward


def matches(pattern: str, message: str) -> bool:
    return compile_once(pattern or "")(message or "")


def refuse_bad_pattern(act: Any) -> Any:
    def act_or_refuse(request: Record) -> Any:
        try:
            compile_once(request.get("filterPattern") or "")
        except ValueError as error:
            message = f"Invalid filter pattern: {error}"
            return error_response_json("InvalidParameterException", message, 400)
        return act(request)

    return act_or_refuse


def apply_filter(stored: Record, events: list[Record]) -> None:
    """Count what matches; where nothing does, put the default value, if there is one."""
    matches: Matches = compile_once(stored["filterPattern"])
    matched = [event for event in events if matches(event.get("message") or "")]
    for transformation in stored["metricTransformations"]:
        for event in matched:
            put_match(transformation, event)
        if events and not matched and transformation.get("defaultValue") is not None:
            put(transformation, float(transformation["defaultValue"]), {}, events[-1])


def put_match(transformation: Record, event: Record) -> None:
    document = read_document(event.get("message") or "")
    value = read_value(transformation["metricValue"], document)
    named = transformation.get("dimensions") or {}
    dimensions = {name: select(document, selector)[:1] for name, selector in named.items()}
    if value is not None and all(dimensions.values()):
        texts = {name: str(found[0]) for name, found in dimensions.items()}
        put(transformation, value, texts, event)


def put(transformation: Record, value: float, dimensions: dict[str, str], event: Record) -> None:
    at = event["timestamp"] / 1000 if event.get("timestamp") else None
    unit = transformation.get("unit") or "None"
    place = (transformation["metricNamespace"], transformation["metricName"])
    keep_value(*place, value, unit, dimensions, at)


def read_document(message: str) -> Any:
    try:
        return json.loads(message)
    except ValueError:
        return None


def read_value(value: str, document: Any) -> float | None:
    """A number, or that of the field which the transformation names."""
    if not value.startswith("$"):
        return float(value)
    found = [each for each in select(document, value) if is_number(each)]
    return float(found[0]) if found else None
