"""CloudWatch's Query protocol says as much as its others."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from ministack.services import cloudwatch

from tests.support.corrected import corrected
from tools.emulator_differences import alarms, metric_data, query_protocol
from tools.emulator_differences.metric_points import keep_value

MODEL = query_protocol.load_model()
METRIC = {
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "reap & sweep"}],
}
QUERIES = [
    {"Id": "share", "Expression": "100 * FILL(m, 0)", "Label": "share", "ReturnData": True},
    {
        "Id": "m",
        "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "p99"},
        "ReturnData": False,
    },
]
ALARM = {
    "AlarmName": "errors",
    "ActionsEnabled": True,
    "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:alarms"],
    "OKActions": ["arn:aws:sns:us-east-1:000000000000:alarms"],
    "InsufficientDataActions": [],
    "EvaluationPeriods": 5,
    "DatapointsToAlarm": 3,
    "Threshold": 0.5,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


@pytest.fixture(autouse=True)
def cloudwatch_of_aws() -> Iterator[None]:
    with corrected(alarms, metric_data, query_protocol):
        yield


def call(action: str, **request: Any) -> Any:
    """As an SDK sends it, and reads the answer."""
    operation: Any = MODEL.operation_model(action)
    sent = create_serializer("query").serialize_to_request(request, operation)
    body = "&".join(
        f"{name}={quote_plus(str(value))}" for name, value in sent["body"].items()
    ).encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = asyncio.run(cloudwatch.handle_request("POST", "/", headers, body, {}))
    status, answered, written = answer
    response = {"status_code": status, "headers": answered, "body": written}
    return create_parser("query").parse(response, operation.output_shape)


@pytest.mark.parametrize(
    "metric",
    [
        {"Metrics": QUERIES},
        {**METRIC, "Period": 300, "Statistic": "Sum", "Unit": "Count"},
        {
            **METRIC,
            "Period": 60,
            "ExtendedStatistic": "p99",
            "EvaluateLowSampleCountPercentile": "ignore",
        },
    ],
)
def test_an_alarm_is_described_as_it_was_put(metric: Any) -> None:
    assert call("PutMetricAlarm", **ALARM, **metric)["ResponseMetadata"]["HTTPStatusCode"] == 200
    [found] = call("DescribeAlarms", AlarmNames=["errors"])["MetricAlarms"]
    own = {name: found[name] for name in (*ALARM, *metric)}
    assert own == {**ALARM, **metric}
    assert not {"MetricName", "Statistic", "Metrics"} & ({*found} - {*metric})


def test_metric_data_are_answered() -> None:
    minute = time.time() // 60 * 60
    dimensions = {"FunctionName": "reap & sweep"}
    keep_value("AWS/Lambda", "Errors", 3, "Count", dimensions, at=minute)
    asked = {"MetricDataQueries": QUERIES, "StartTime": minute, "EndTime": minute + 120}
    [found] = call("GetMetricData", **asked)["MetricDataResults"]
    assert (found["Id"], found["Values"]) == ("share", [0.0, 300.0])
    assert [each.timestamp() for each in found["Timestamps"]] == [minute + 60, minute]


def test_other_protocols_are_answered_as_before() -> None:
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    path = "/service/GraniteServiceVersion20100801/operation/ListDashboards"
    answer = asyncio.run(cloudwatch.handle_request("POST", path, headers, b"\xa1aa\xff", {}))
    assert answer[0] == 200


def test_an_error_is_told() -> None:
    answer = call("GetDashboard", DashboardName="absent")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert answer["Error"]["Code"] == "ResourceNotFound"
