"""An alarm of the embedded AWS tells an HTTP endpoint, with nothing between that isn't real."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from tests.support.inbox import Inbox, listen
from tools import emulator

GROUP: Final = "/aws/lambda/beating"
# A missing heartbeat is noticed after three periods of ten seconds.
PATIENCE_SECONDS: Final = 300
Client = Callable[[str], Any]


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("CLOUDWATCH_ALARM_SECONDS", "1")
    started = emulator.start(tmp_path, emulator.find_free_port())
    session: Any = boto3.Session(emulator.ROOT_KEY, emulator.ROOT_KEY, region_name=emulator.REGION)
    yield lambda service: session.client(service, endpoint_url=started.url)
    emulator.stop(tmp_path)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with listen() as listening:
        yield listening


def wait_for(condition: Callable[[], bool], each_second: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        each_second()
        time.sleep(1)


def beat(logs: Any) -> None:
    """Log a heartbeat in the embedded metric format, to the second."""
    now = int(time.time() * 1000)
    metric = {"Name": "Heartbeats", "Unit": "Count", "StorageResolution": 1}
    directive = {"Namespace": "burnbag", "Dimensions": [["environment"]], "Metrics": [metric]}
    header = {"Timestamp": now, "CloudWatchMetrics": [directive]}
    message = json.dumps({"_aws": header, "environment": "test", "Heartbeats": 1})
    event = {"timestamp": now, "message": message}
    logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=[event])


def subscribe(sns: Any, inbox: Inbox) -> str:
    """The ARN of a topic that tells `inbox`, once that has confirmed."""
    topic: str = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=inbox.url)

    def is_confirmed() -> bool:
        attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        return bool(attributes["SubscriptionsConfirmed"] == "1")

    wait_for(is_confirmed, lambda: None)
    return topic


def put_alarm(cloudwatch: Any, topic: str) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName="no-heartbeat",
        Namespace="burnbag",
        MetricName="Heartbeats",
        Dimensions=[{"Name": "environment", "Value": "test"}],
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
        AlarmActions=[topic],
        OKActions=[topic],
    )


def test_heartbeats_that_stop_are_told_and_so_is_their_return(client: Client, inbox: Inbox) -> None:
    logs, cloudwatch = client("logs"), client("cloudwatch")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    put_alarm(cloudwatch, subscribe(client("sns"), inbox))

    def is_told(state: str) -> bool:
        return [each["NewStateValue"] for each in inbox.alarms][-1:] == [state]

    wait_for(lambda: is_told("OK"), lambda: beat(logs))
    wait_for(lambda: is_told("ALARM"), lambda: None)
    wait_for(lambda: is_told("OK"), lambda: beat(logs))
    [alarm] = cloudwatch.describe_alarms(AlarmNames=["no-heartbeat"])["MetricAlarms"]
    assert (alarm["StateValue"], inbox.alarms[-1]["AlarmName"]) == ("OK", "no-heartbeat")
