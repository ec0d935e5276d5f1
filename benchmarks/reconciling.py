"""What one run of reconcile asks of AWS, among many receipts of which nothing is amiss."""

import os
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from burnbag_core import aws as core
from burnbag_core.items import serialize
from burnbag_format.base64url import encode

from benchmarks.embedded import Aws, Clock
from benchmarks.meter import Meter
from benchmarks.records import BATCH, batches, in_a_day, make_receipt, put_many
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
    """Receipts as they are for most of their time: of secrets that were erased."""
    dynamodb, at = core.client("dynamodb"), int(time.time()) - 1000
    ended = {"state": "revealed", "ended_at": at, "removed_at": at, "erased_at": at}
    for batch in batches(range(count), BATCH):
        items = [make_receipt(encode(os.urandom(16)), at) | serialize(ended) for _ in batch]
        puts = [{"PutRequest": {"Item": item}} for item in items]
        assert not dynamodb.batch_write_item(RequestItems={"receipts": puts})["UnprocessedItems"]
