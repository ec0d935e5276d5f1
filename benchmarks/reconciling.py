"""What one run of reconcile asks of AWS, among many receipts of which nothing is amiss."""

import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from burnbag_core import aws as core
from burnbag_core.items import serialize

from benchmarks.embedded import Aws, Clock
from benchmarks.meter import Meter
from benchmarks.records import in_a_day, put_many
from tests.support.services import LambdaContext, load

# Receipts, and how many of them are of secrets that live: as if each lived for a day, and its
# receipt was kept for ninety.
COUNT: Final = 20_000
LIVING: Final = COUNT // 90
LAMBDA_MILLISECONDS: Final = 900_000


@dataclass(frozen=True)
class Run:
    """A run among so many receipts: its calls, its read units, and its processor time."""

    receipts: int
    calls: dict[str, int]
    read_units: float
    processor_ms: float


def measure(aws: Aws, count: int = COUNT) -> dict[str, Run]:
    """A run where there is nothing, and one among many."""
    nothing = run(aws, 0)
    put_many(LIVING, in_a_day())
    put_erased(count - LIVING)
    return {"nothing": nothing, "many": run(aws, count)}


def run(aws: Aws, receipts: int) -> Run:
    """The second of two runs, because a new instance makes connections first."""
    meter = Meter()
    reconcile = load("reaper", "reconcile").build(aws.environ, meter.client, Clock())
    answer: dict[str, Any] = {}
    spent = 0.0
    for _ in range(2):
        meter.forget()
        started = time.process_time()
        with redirect_stdout(StringIO()):
            answer = reconcile({}, LambdaContext(LAMBDA_MILLISECONDS))
        spent = time.process_time() - started
    assert not answer["found"] and not answer["left"], answer
    return Run(receipts, dict(meter.calls), meter.read_units, spent * 1e3)


def put_erased(count: int) -> None:
    """Receipts as they are for most of their time, put as their secrets would have left them."""
    put_many(count, int(time.time()) - 1000)
    dynamodb = core.client("dynamodb")
    now = int(time.time())
    found = dynamodb.get_paginator("scan").paginate(
        TableName="receipts", ProjectionExpression="id, expires_at"
    )
    for page in found:
        for item in page["Items"]:
            if int(item["expires_at"]["N"]) <= now:
                settle(dynamodb, item["id"]["S"], int(item["expires_at"]["N"]))


def settle(dynamodb: Any, secret_id: str, at: int) -> None:
    key = {"id": {"S": secret_id}}
    dynamodb.delete_item(TableName="secrets", Key=key)
    dynamodb.update_item(
        TableName="receipts",
        Key=key,
        UpdateExpression="SET #state = :state, ended_at = :at, removed_at = :at, erased_at = :at",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues=serialize({":state": "revealed", ":at": at}),
    )
