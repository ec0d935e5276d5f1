"""Every alarm rings by a real cause, and is told to an HTTP endpoint; and so is the watch-list.

Alarms that wait for several minutes wait for one here, and those that wait until something is late
take less for late: `hurry` says which. Everything else is as it was deployed.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import pytest

from tests.support.deployment import Deployment, until
from tests.support.inbox import Inbox, listen, subscribed
from tests.support.size import FULL
from tests.support.visitors import service

pytestmark = [
    pytest.mark.disturbing,
    pytest.mark.embedded("it breaks the stack, and listens on the loopback"),
]

# What an alarm is made of, as it is described and as it is put.
PARTS: Final = {
    *("AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions"),
    *("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period"),
    *("EvaluationPeriods", "Threshold", "ComparisonOperator", "TreatMissingData"),
}
SOONER: Final[dict[str, dict[str, float]]] = {
    "heartbeat": {"EvaluationPeriods": 1},
    "no-sweep": {"EvaluationPeriods": 1},
    "overdue": {"EvaluationPeriods": 1, "Threshold": 61},
    "reap-late": {"EvaluationPeriods": 1, "Threshold": 10_000},
    "audit-late": {"EvaluationPeriods": 1, "Threshold": 10_000},
    "sweep-errors": {"Threshold": 1},
    "no-reconcile": {"EvaluationPeriods": 1, "Period": 60},
    "latency": {"Threshold": 1},
}


class Bells:
    """The deployed alarms, and what the topic was told of them."""

    def __init__(self, deployment: Deployment, inbox: Inbox) -> None:
        self.cloudwatch = deployment.client("cloudwatch")
        self.inbox = inbox
        self.prefix = deployment.outputs["alarm_topic_arn"].rsplit(":", 1)[1].removesuffix("alarms")

    def describe(self) -> dict[str, dict[str, Any]]:
        """The alarms on metrics, by their names without the stack's."""
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=self.prefix, AlarmTypes=["MetricAlarm"]
        )
        found = [alarm for page in pages for alarm in page["MetricAlarms"]]
        return {alarm["AlarmName"].removeprefix(self.prefix): alarm for alarm in found}

    @contextmanager
    def hurry(self) -> Iterator[None]:
        deployed = {name: self.describe()[name] for name in SOONER}
        for name, alarm in deployed.items():
            self.put(alarm | SOONER[name])
        try:
            yield
        finally:
            for alarm in deployed.values():
                self.put(alarm)

    def put(self, alarm: dict[str, Any]) -> None:
        self.cloudwatch.put_metric_alarm(**{name: alarm[name] for name in PARTS & alarm.keys()})

    def wait_for(self, state: str, names: set[str]) -> None:
        until(lambda: names - self.told(state), lambda missing: not missing)

    def wait_for_ringing(self, names: set[str]) -> None:
        """Wait until they ring and have told of it.

        The embedded AWS tells once, and nobody may have heard it: one that rang before this test
        began, or on a busy machine. Such an alarm is made to find out anew that it rings.
        """

        def look() -> set[str]:
            unheard = names - self.told("ALARM")
            for name in unheard & self.ringing():
                self.cloudwatch.set_alarm_state(
                    AlarmName=self.prefix + name,
                    StateValue="INSUFFICIENT_DATA",
                    StateReason="nobody has heard it",
                )
                # Time enough to be heard before one looks again.
                time.sleep(2)
            return names - self.told("ALARM")

        until(look, lambda missing: not missing)

    def ringing(self) -> set[str]:
        return {name for name, it in self.describe().items() if it["StateValue"] == "ALARM"}

    def told(self, state: str) -> set[str]:
        return {name.removeprefix(self.prefix) for name in self.inbox.told(state)}

    def promises(self) -> str:
        answer = self.cloudwatch.describe_alarms(
            AlarmNames=[f"{self.prefix}keeps-its-promises"], AlarmTypes=["CompositeAlarm"]
        )
        state: str = answer["CompositeAlarms"][0]["StateValue"]
        return state


@pytest.fixture
def inbox(deployment: Deployment) -> Iterator[Inbox]:
    """Who is subscribed to the alarm topic while a test runs."""
    sns, topic = deployment.client("sns"), deployment.outputs["alarm_topic_arn"]
    with listen() as listening, subscribed(sns, topic, listening.url):
        yield listening


@pytest.mark.skipif(not FULL, reason="it takes five minutes of waiting: BURNBAG_FULL=1")
@pytest.mark.timeout(1800)
def test_every_alarm_rings_by_a_real_cause_and_says_when_it_is_over(
    deployment: Deployment, inbox: Inbox
) -> None:
    bells = Bells(deployment, inbox)
    # The embedded AWS sets nothing aside of what a rule can't deliver.
    everything = set(bells.describe()) - {"undelivered"}
    with bells.hurry(), without_poison(deployment):
        # In a new stack they ring until the first minute is over.
        until(bells.ringing, lambda names: not names & {"heartbeat", "no-sweep"})
        with ExitStack() as broken:
            misuse(deployment)
            break_functions(deployment, broken)
            bells.wait_for_ringing(everything - {"no-sweep", "erase-lag"})
            assert bells.promises() == "ALARM"
        # The next sweep deletes what has been overdue for longer than is promised.
        bells.wait_for_ringing({"erase-lag"})
        with stopped_sweep(deployment):
            bells.wait_for_ringing({"no-sweep"})
        over = {"heartbeat", "no-sweep", "overdue", "reap-late", "audit-late"}
        until(bells.ringing, lambda names: not names & over)
        bells.wait_for("OK", over)
    assert bells.told("ALARM") >= everything


@contextmanager
def without_poison(deployment: Deployment) -> Iterator[None]:
    """Leave nothing to later tests of what nobody can read."""
    try:
        yield
    finally:
        table = deployment.outputs["receipts_table_name"]
        deployment.client("dynamodb").delete_item(TableName=table, Key={"id": {"S": "poison"}})
        deployment.client("sqs").purge_queue(QueueUrl=deployment.outputs["reaper_dead_letters"])


def break_functions(deployment: Deployment, broken: ExitStack) -> None:
    """Take rights from functions until `broken` is closed, and give them something to fail at."""
    outputs, function = deployment.outputs, deployment.client("lambda")
    refused, overloaded = deployment.sealed(), deployment.sealed()
    broken.enter_context(deployment.denied("sweep", "dynamodb:PartiQLDelete"))
    broken.enter_context(deployment.denied("reap", "s3:DeleteObject"))
    broken.enter_context(deployment.denied("audit", "logs:PutLogEvents"))
    for _ in range(3):
        burned, _expiring = deployment.sealed(), deployment.sealed(ttl=60)
        assert deployment.reveal(burned).status_code == 200
    # Windows of five minutes: wherever one ends, the other has at least half of this.
    with deployment.denied("reveal", "kms:Decrypt", outputs["sealing_key_arn"]):
        for _ in range(45):
            assert deployment.reveal(refused).status_code == 503
    reveal = outputs["function_names"]["reveal"]
    function.put_function_concurrency(FunctionName=reveal, ReservedConcurrentExecutions=0)
    for _ in range(25):
        assert deployment.peek(overloaded).status_code in (429, 500, 502, 503)
    function.delete_function_concurrency(FunctionName=reveal)
    for name in ("create", "reveal", "page", "reap", "audit", "stray", "reconcile"):
        for _ in range(12):
            answer = function.invoke(FunctionName=outputs["function_names"][name], Payload=b"[]")
            assert answer["FunctionError"]


def misuse(deployment: Deployment) -> None:
    """Guess, come as somebody else, and leave a receipt and metrics that nobody can read.

    Reconcile finds the receipt, and has not run again a minute later.
    """
    locked = [deployment.sealed(passphrase="right") for _ in range(16)]
    for sealed in locked * 5:
        assert deployment.reveal(sealed, passphrase="wrong").status_code in (403, 410)
    named = deployment.sealed(recipients=["arn:aws:iam::111111111111:role/nobody"])
    with service(deployment, "stranger") as stranger:
        for _ in range(12):
            assert stranger.peek(named).json()["type"].endswith(":not-the-recipient")
    until(lambda: sum(map(is_refusal, deployment.events(named["id"]))), lambda count: count >= 5)
    for sealed in locked:  # their events have to be there before audit can't write any
        until(lambda sealed=sealed: list(map(is_erasure, deployment.events(sealed["id"]))), any)  # type: ignore[misc]
    table = deployment.outputs["receipts_table_name"]
    deployment.client("dynamodb").put_item(TableName=table, Item={"id": {"S": "poison"}})
    reconcile = deployment.outputs["function_names"]["reconcile"]
    deployment.client("lambda").invoke(FunctionName=reconcile, Payload=b"{}")
    logs, group = deployment.client("logs"), deployment.outputs["audit_log_group_name"]
    logs.create_log_stream(logGroupName=group, logStreamName="broken")
    now = int(time.time() * 1000)
    logs.put_log_events(
        logGroupName=group,
        logStreamName="broken",
        logEvents=[{"timestamp": now, "message": '{"_aws": {"CloudWatchMetrics": 7}}'}],
    )


def is_refusal(event: dict[str, Any]) -> bool:
    return bool(event["event"] == "secret.refused")


def is_erasure(event: dict[str, Any]) -> bool:
    return bool(event["event"] == "secret.erased")


@contextmanager
def stopped_sweep(deployment: Deployment) -> Iterator[None]:
    events, sweep = deployment.client("events"), deployment.outputs["function_names"]["sweep"]
    events.disable_rule(Name=sweep)
    try:
        yield
    finally:
        events.enable_rule(Name=sweep)


def test_a_change_of_what_separates_rights_is_told_with_who_made_it(
    deployment: Deployment, inbox: Inbox
) -> None:
    kms, key = deployment.client("kms"), deployment.outputs["sealing_key_arn"]
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    with deployment.denied("stray", "s3:DeleteObject"):
        for change in ("PutKeyPolicy", "PutRolePolicy"):
            until(lambda change=change: is_told(inbox, change), bool)  # type: ignore[misc]
    assert all("docs/watching.md" in each for each in inbox.messages if "PutKeyPolicy" in each)


def is_told(inbox: Inbox, change: str) -> bool:
    return any(f": {change} by " in message for message in inbox.messages)
