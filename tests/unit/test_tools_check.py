"""`make check` where it can't be seen on the embedded AWS: the metric, and how it finds AWS."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tools import check, stack, target
from tools.console import Problem
from tools.target import Target

OUTPUTS = {
    "api_url": "https://x.example/live",
    "audit_log_group_name": "/burnbag/dev/audit",
    "sealing_key_arn": "arn:aws-cn:kms:cn-north-1:123456789012:key/sealing",
}


class CloudWatch:
    """Has the metric from the third question on."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def get_metric_statistics(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Datapoints": [{"Sum": 2.0}] if len(self.asked) > 2 else []}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def test_waits_for_the_metric_of_the_environment(capsys: pytest.CaptureFixture[str]) -> None:
    cloudwatch = CloudWatch()
    deployed = Target(OUTPUTS, False, lambda service: cloudwatch, pytest.fail)
    check.wait_for_metric(deployed, datetime(2030, 1, 1, tzinfo=UTC))
    assert len(cloudwatch.asked) == 3
    assert cloudwatch.asked[0]["Dimensions"] == [{"Name": "environment", "Value": "dev"}]
    assert "- the metric SecretsErased counts them" in capsys.readouterr().out


def test_a_metric_that_does_not_come_is_a_problem() -> None:
    with pytest.raises(Problem, match="the metric took more than 0 s"):
        check.wait_for("the metric", 0, lambda: None)


def test_a_deployment_has_the_region_and_the_partition_of_its_keys() -> None:
    deployed = target.of_deployment(OUTPUTS)
    assert deployed.client("dynamodb").meta.region_name == "cn-north-1"
    assert (
        deployed.arn("dynamodb", "table/x") == "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/x"
    )


def test_without_a_stack_there_is_nothing_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "find", lambda: None)
    with pytest.raises(Problem, match="no stack is running: make up"):
        target.find("local")
