"""How many records a second the reaper's functions handle, when very many expire at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import embedded
from benchmarks.embedded import Aws
from benchmarks.records import batches, put_many
from benchmarks.streams import Record, Stream
from tests.support.services import LambdaContext

COUNT: Final = 10_000
# What triggers.tf hands to a run at most.
REAP_BATCH: Final = 1000
AUDIT_BATCH: Final = 300


@dataclass(frozen=True)
class Pace:
    """How many a function handled, a second of wall time and a second of processor time."""

    records: int
    per_second: float
    per_processor_second: float


def measure(aws: Aws, count: int = COUNT) -> dict[str, Pace]:
    """Secrets of a text's size expire: they are swept, reaped and audited."""
    burnbag = embedded.build(aws.environ)
    put_many(count, int(time.time()) - 1)
    secrets, receipts = Stream("secrets"), Stream("receipts")
    swept = pace(count, lambda: burnbag.sweep({}, LambdaContext()))
    gone = secrets.read()
    assert len(gone) == count, len(gone)
    reaped = pace(count, lambda: run_all(burnbag.reap, gone, REAP_BATCH))
    events = receipts.read()
    assert len(events) == count, len(events)
    audited = pace(count, lambda: run_all(burnbag.audit, events, AUDIT_BATCH))
    return {"sweep": swept, "reap": reaped, "audit": audited}


def run_all(function: Callable[..., Any], records: list[Record], size: int) -> None:
    for batch in batches(records, size):
        assert function({"Records": batch}, None) == {"batchItemFailures": []}


def pace(count: int, work: Callable[[], object]) -> Pace:
    started, processor = time.perf_counter(), time.process_time()
    work()
    took, spent = time.perf_counter() - started, time.process_time() - processor
    return Pace(count, count / took, count / spent)
