"""CloudWatch Logs makes metrics of the embedded metric format, as AWS does."""

import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

from tests.support.corrected import corrected
from tools.emulator_differences import function_logs, metric_points, metrics
from tools.emulator_differences.metric_points import keep_sample, keep_value

GROUP = "/burnbag/test/audit"
Record = dict[str, Any]


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    with corrected(metric_points, metrics):
        cloudwatch_logs._create_log_group({"logGroupName": GROUP})
        cloudwatch_logs._create_log_stream({"logGroupName": GROUP, "logStreamName": "s"})
        yield


def log(*messages: str) -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    put = {"logGroupName": GROUP, "logStreamName": "s", "logEvents": events}
    assert cloudwatch_logs._put_log_events(put)[0] == 200


def emf(value: Any = 1, **changes: Any) -> Record:
    directive = {
        "Namespace": "burnbag",
        "Dimensions": [["environment"]],
        "Metrics": [{"Name": "SecretsCreated", "Unit": "Count"}],
        **changes,
    }
    header = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": header, "environment": "test", "SecretsCreated": value}


def points(namespace: str, name: str, **dimensions: str) -> list[Record]:
    return metric_points.find_points(namespace, name, dimensions)


def errors() -> dict[str, float]:
    names = ("EMFParsingErrors", "EMFValidationErrors")
    found = {name: points("AWS/Logs", name, LogGroupName=GROUP) for name in names}
    return {name: sum(each["Count"] for each in found[name]) for name in names}


def test_puts_what_a_log_event_measures_at_its_own_time() -> None:
    event, then = emf(3), time.time() - 3600
    event["_aws"]["Timestamp"] = then * 1000
    log(json.dumps(event))
    [point] = points("burnbag", "SecretsCreated", environment="test")
    assert (point["Value"], point["Unit"], point["Count"]) == (3.0, "Count", 1.0)
    assert point["Timestamp"] == then // 60 * 60
    assert errors() == {"EMFParsingErrors": 0, "EMFValidationErrors": 0}


def test_puts_what_a_function_prints() -> None:
    """The emulator writes a function's output without PutLogEvents."""
    function = {"config": {"FunctionName": "sweep"}}
    lambda_svc._emit_lambda_logs(function, "r", f"plain\n{json.dumps(emf(7))}", False, 5)
    assert points("burnbag", "SecretsCreated", environment="test")[0]["Value"] == 7.0


def test_puts_each_value_of_an_array_for_each_set_of_dimensions() -> None:
    log(json.dumps(emf([1, 2, 2], Dimensions=[["environment"], []])))
    for dimensions in ({"environment": "test"}, {}):
        found = points("burnbag", "SecretsCreated", **dimensions)
        assert [(each["Value"], each["Count"]) for each in found] == [(1.0, 1.0), (2.0, 2.0)]


def test_a_metric_of_high_resolution_keeps_its_second() -> None:
    event = emf(Metrics=[{"Name": "SecretsCreated", "StorageResolution": 1}])
    log(json.dumps(event))
    [point] = points("burnbag", "SecretsCreated", environment="test")
    assert point["Timestamp"] == event["_aws"]["Timestamp"] // 1000


@pytest.mark.parametrize(
    "message",
    [
        "START RequestId: 1",
        "",
        "{not JSON",
        json.dumps({"event": "secret.created"}),
        json.dumps({"_aws": {"Timestamp": 1}}),
        json.dumps(["_aws"]),
        " plain",
    ],
)
def test_another_format_is_no_error(message: str) -> None:
    log(message)
    assert errors() == {"EMFParsingErrors": 0, "EMFValidationErrors": 0}


@pytest.mark.parametrize(
    "message",
    [
        '{"_aws": {"CloudWatchMetrics": []',
        json.dumps({"_aws": {"CloudWatchMetrics": []}}),
        json.dumps({"_aws": {"CloudWatchMetrics": {}, "Timestamp": time.time() * 1000}}),
        json.dumps(emf(Namespace=1)),
        json.dumps(emf(Metrics="SecretsCreated")),
        json.dumps(emf(Dimensions=["environment"])),
    ],
    ids=count(),
)
def test_a_wrong_structure_is_an_error_of_parsing(message: str) -> None:
    log(message)
    assert errors() == {"EMFParsingErrors": 1, "EMFValidationErrors": 0}


@pytest.mark.parametrize(
    "event",
    [
        emf("1"),
        emf(None),
        emf(True),
        emf([]),
        emf([1] * 101),
        emf(float("nan")),
        emf(Dimensions=[["absent"]]),
        emf(Metrics=[{"Name": "SecretsCreated", "Unit": "Secrets"}]),
        emf(Metrics=[{"Name": "SecretsCreated", "StorageResolution": 5}]),
        emf(Metrics=[{"Name": "SecretsCreated"}] * 101),
        {**emf(), "_aws": {**emf()["_aws"], "Timestamp": 1}},
        {**emf(), "_aws": {**emf()["_aws"], "Timestamp": (time.time() + 86400) * 1000}},
    ],
    ids=count(),
)
def test_a_wrong_metric_is_an_error_of_validation_and_counts_nothing(event: Record) -> None:
    log(json.dumps(event))
    assert errors() == {"EMFParsingErrors": 0, "EMFValidationErrors": 1}
    assert points("burnbag", "SecretsCreated", environment="test") == []


@given(st.lists(st.integers(0, 3), min_size=1, max_size=50))
def test_equal_values_of_a_minute_are_one_point_and_the_statistics_stay(values: list[int]) -> None:
    cloudwatch.reset()
    for value in values:
        keep_value("n", "m", value, at=60.0 + value)
    found = points("n", "m")
    assert len(found) == len(set(values))
    statistics = cloudwatch._calc_stats(found)
    assert statistics["Sum"] == sum(values)
    assert statistics["SampleCount"] == len(values)


def test_a_gauge_has_one_value_a_minute_its_newest() -> None:
    keep_value("AWS/SQS", "Visible", 9, "Count", {"QueueName": "q"}, at=60.0)
    for value in (1, 2):
        keep_sample("AWS/SQS", "Visible", value, "Count", {"QueueName": "q"})
    assert [each["Value"] for each in points("AWS/SQS", "Visible", QueueName="q")] == [9.0, 2.0]


LATER = {"level": "WARN", "timestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("logging", "said", "kept"),
    [
        ({"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, LATER, True),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, {}, False),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, {"level": "WARN"}, False),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, {**LATER, "timestamp": "x"}, False),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "ERROR"}, LATER, False),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}, {}, True),
        ({"LogFormat": "JSON"}, {}, True),
        ({"LogFormat": "JSON"}, {**LATER, "level": "debug"}, False),
        ({"LogFormat": "Text", "ApplicationLogLevel": "WARN"}, {}, True),
        ({}, {}, True),
    ],
)
def test_what_a_function_prints_below_its_log_level_is_dropped(
    logging: Record, said: Record, kept: bool
) -> None:
    function = {"config": {"FunctionName": "sweep", "LoggingConfig": logging}}
    printed = f"plain\n{json.dumps({**emf(), **said})}\n[1]"
    with corrected(function_logs):
        lambda_svc._emit_lambda_logs(function, "r", printed, False, 5)
        search = {"logGroupName": "/aws/lambda/sweep"}
        events = json.loads(cloudwatch_logs._filter_log_events(search)[2])["events"]
    messages = [each["message"] for each in events]
    assert ("plain" in messages, "[1]" in messages) == (True, True)
    assert any("_aws" in message for message in messages) is kept
