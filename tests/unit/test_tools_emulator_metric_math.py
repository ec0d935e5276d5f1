"""Metric math and GetMetricData of the embedded AWS answer as CloudWatch's do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch

from tests.support.corrected import corrected
from tools.emulator_differences import metric_data, metric_points
from tools.emulator_differences.metric_math import Expression, Series, Timeline
from tools.emulator_differences.metric_points import keep_value

KNOWN: dict[str, Series] = {
    "a": {0: 1.0, 60: 2.0, 120: 4.0},
    "b": {0: 2.0, 120: 0.0},
    "none": {},
}
Record = dict[str, Any]


def evaluate(text: str) -> Series:
    return Expression(Timeline(0, 60, 4), KNOWN.__getitem__, [*KNOWN]).evaluate(text)


@pytest.mark.parametrize(
    ("text", "series"),
    [
        ("a", KNOWN["a"]),
        ("a + b", {0: 3.0, 120: 4.0}),
        ("100 * a / b", {0: 50.0}),
        ("-(a - 1) ^ 2", {0: 0.0, 60: -1.0, 120: -9.0}),
        ("a >= 2", {0: 0.0, 60: 1.0, 120: 1.0}),
        ("a > 1 AND a < 4", {0: 0.0, 60: 1.0, 120: 0.0}),
        ("a == 1 || a == 4", {0: 1.0, 60: 0.0, 120: 1.0}),
        ("NOT (a > 1)", {0: 1.0, 60: 0.0, 120: 0.0}),
        ("FILL(b, 9)", {0: 2.0, 60: 9.0, 120: 0.0, 180: 9.0}),
        ("FILL(none, 0)", {0: 0.0, 60: 0.0, 120: 0.0, 180: 0.0}),
        ("FILL(b, REPEAT)", {0: 2.0, 60: 2.0, 120: 0.0, 180: 0.0}),
        ("FILL(b, LINEAR)", {0: 2.0, 60: 1.0, 120: 0.0}),
        ("FILL(b, a)", {0: 2.0, 60: 2.0, 120: 0.0}),
        ("IF(a > 1, a, 0)", {0: 0.0, 60: 2.0, 120: 4.0}),
        ("IF(a > 1, b)", {120: 0.0}),
        ("SUM([a, b])", {0: 3.0, 60: 2.0, 120: 4.0}),
        ("MAX([a, 3])", {0: 3.0, 60: 3.0, 120: 4.0}),
        ("AVG(METRICS())", {0: 1.5, 60: 2.0, 120: 2.0}),
        ('SUM(METRICS("b"))', {0: 2.0, 120: 0.0}),
        ("a / SUM(a) * 7", {0: 1.0, 60: 2.0, 120: 4.0}),
        ("a - MIN(a)", {0: 0.0, 60: 1.0, 120: 3.0}),
        ("RUNNING_SUM(a)", {0: 1.0, 60: 3.0, 120: 7.0}),
        ("DIFF(a)", {60: 1.0, 120: 2.0}),
        ("RATE(a) * PERIOD(a)", {60: 1.0, 120: 2.0}),
        ("TIME_SERIES(5)", {0: 5.0, 60: 5.0, 120: 5.0, 180: 5.0}),
        ("CEIL(a / 3)", {0: 1.0, 60: 1.0, 120: 2.0}),
        ("FLOOR(a / 3)", {0: 0.0, 60: 0.0, 120: 1.0}),
        ("ABS(0 - a)", KNOWN["a"]),
    ],
)
def test_expressions(text: str, series: Series) -> None:
    assert evaluate(text) == pytest.approx(series)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a +", "5", "SUM(a)", "SORT(a)", "unknown", "a.b", "a[0]", "a if b else a"),
        *("__import__('os')", "lambda: 1", "FILL(a)", "a in b", "1 < a < 2"),
    ],
)
def test_what_is_no_series_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        evaluate(text)


@pytest.fixture(autouse=True)
def metrics() -> Iterator[None]:
    with corrected(metric_points, metric_data):
        for second in range(180):
            dimensions = {"FunctionName": "f"}
            keep_value("AWS/Lambda", "Duration", second, "Milliseconds", dimensions, 600.0 + second)
        keep_value("AWS/Lambda", "Duration", 5000, "Milliseconds", {}, 600.0)
        yield


def get(*queries: Record, **options: Any) -> Any:
    request = {"StartTime": 600, "EndTime": 780, "MetricDataQueries": [*queries], **options}
    status, _, body = cloudwatch._get_metric_data({}, request, False, True)
    return status, json.loads(body)


def ask(name: str, statistic: str, **changes: Any) -> Record:
    dimensions = [{"Name": "FunctionName", "Value": "f"}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Duration", "Dimensions": dimensions}
    return {
        "Id": name,
        "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic},
        **changes,
    }


@pytest.mark.parametrize(
    ("statistic", "values"),
    [
        ("SampleCount", [60, 60, 60]),
        ("Maximum", [179, 119, 59]),
        ("p50", [149.5, 89.5, 29.5]),
        ("p99", [178.41, 118.41, 58.41]),
    ],
)
def test_statistics_come_newest_first(statistic: str, values: list[float]) -> None:
    status, answer = get(ask("m", statistic))
    [found] = answer["MetricDataResults"]
    assert (status, found["Values"]) == (200, pytest.approx(values))
    assert found["Timestamps"] == [720, 660, 600]
    assert (found["Label"], found["StatusCode"]) == ("Duration", "Complete")


def test_expressions_come_with_the_metrics_that_are_asked_for() -> None:
    share = {"Id": "share", "Expression": "100 * low / high", "Label": "share"}
    queries = (share, ask("low", "Minimum", ReturnData=False), ask("high", "Maximum"))
    _, answer = get(*queries, ScanBy="TimestampAscending")
    first, second = answer["MetricDataResults"]
    assert (first["Label"], first["Values"]) == (
        "share",
        pytest.approx([0, 100 * 60 / 119, 100 * 120 / 179]),
    )
    assert (second["Id"], second["Values"]) == ("high", [59, 119, 179])


@pytest.mark.parametrize(
    "query",
    [
        {"Id": "e", "Expression": "e + 1"},
        {"Id": "e", "Expression": "absent"},
        ask("m", "tm99"),
    ],
)
def test_what_can_t_be_evaluated_is_refused(query: Record) -> None:
    status, answer = get(query)
    assert (status, answer["__type"]) == (400, "ValidationError")
