"""Latency and throughput of the handlers, by how many call at once and how many records there are.

Every caller is a thread with functions of its own, as every running request on AWS has. They share
this process and the embedded AWS, which is one process too: so throughput is theirs, and says what
waits for what, but not how many a real stack bears.
"""

import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from burnbag_core import aws

from benchmarks import embedded
from benchmarks.embedded import Aws, Burnbag, MakeClient
from benchmarks.meter import Meter
from benchmarks.processor import call
from benchmarks.records import in_a_day, make_patient_client, put_many
from tests.support.services import LambdaContext

CALLERS: Final = (1, 8, 32)
SECONDS: Final = 8.0
ROUNDS: Final = 10
SIZES: Final = (1_000, 100_000)


@dataclass(frozen=True)
class Speed:
    """Milliseconds of each half of the calls and of the slowest in a hundred; pairs per second."""

    create_p50: float
    create_p99: float
    reveal_p50: float
    reveal_p99: float
    pairs: float


@dataclass(frozen=True)
class Scale:
    """With so many records in each table: the speed of one caller, the read units of an idle
    sweep, and the memory in bytes that the embedded AWS has them in."""

    records: int
    speed: Speed
    sweep_units: float
    memory: int


class Caller:
    """Creates and reveals, and notes how long each took."""

    def __init__(self, environ: Mapping[str, str], client: MakeClient = aws.client) -> None:
        self.burnbag = embedded.build(environ, client)
        self.creates: list[float] = []
        self.reveals: list[float] = []
        self.do_pair()
        self.creates.clear()
        self.reveals.clear()

    def do_pair(self) -> None:
        sealed = timed(self.creates, lambda: create(self.burnbag))
        timed(self.reveals, lambda: reveal(self.burnbag, sealed))

    def work_until(self, end: float, start: threading.Barrier) -> None:
        start.wait()
        while time.monotonic() < end:
            self.do_pair()


def timed(durations: list[float], work: Callable[[], Any]) -> Any:
    """What `work` returns; its milliseconds are added to `durations`."""
    started = time.perf_counter()
    result = work()
    durations.append((time.perf_counter() - started) * 1e3)
    return result


def create(burnbag: Burnbag) -> Any:
    return call(burnbag.create, "POST", "/v1/secrets", {"secret": "hunter2"})


def reveal(burnbag: Burnbag, sealed: Mapping[str, str]) -> Any:
    path = f"/v1/secrets/{sealed['id']}/reveal"
    return call(burnbag.reveal, "POST", path, None, sealed["token"])


def measure_callers(aws: Aws, seconds: float = SECONDS) -> dict[str, Speed]:
    """The speed by how many call at once."""
    callers = [Caller(aws.environ) for _ in range(max(CALLERS))]
    return {str(count): measure(callers[:count], seconds) for count in CALLERS}


def measure(callers: list[Caller], seconds: float) -> Speed:
    for caller in callers:
        caller.creates.clear()
        caller.reveals.clear()
    return summarize(callers, work(callers, seconds))


def work(callers: list[Caller], seconds: float) -> float:
    """Let them work at once; how many seconds it took."""
    barrier, started = threading.Barrier(len(callers)), time.monotonic()
    with ThreadPoolExecutor(len(callers)) as pool:
        tasks = [pool.submit(each.work_until, started + seconds, barrier) for each in callers]
    for each in tasks:
        each.result()
    return time.monotonic() - started


def summarize(callers: list[Caller], seconds: float) -> Speed:
    """Of what the callers did in so many seconds."""
    creates = [ms for caller in callers for ms in caller.creates]
    reveals = [ms for caller in callers for ms in caller.reveals]
    return Speed(*percentiles(creates), *percentiles(reveals), len(reveals) / seconds)


def percentiles(durations: list[float]) -> tuple[float, float]:
    """The median, and what one in a hundred exceeds."""
    cuts = statistics.quantiles(durations, n=100)
    return cuts[49], cuts[98]


def measure_scale(aws: Aws, sizes: Sequence[int] = SIZES, seconds: float = SECONDS) -> list[Scale]:
    """The same with few and with many records, in turn, in tables of their own.

    Without streams, which take the embedded AWS half of its time and memory to keep.
    """
    memory, callers, took = {}, {}, dict.fromkeys(sizes, 0.0)
    for size in sizes:
        before, suffix = aws.memory(), f"-{size}"
        embedded.make_tables(suffix, streamed=False)
        put_many(size, in_a_day(), suffix)
        memory[size] = aws.memory() - before
        callers[size] = Caller(environ_of(aws, size), make_patient_client)
    for _ in range(ROUNDS):
        for size in sizes:
            took[size] += work([callers[size]], seconds / ROUNDS)
    return [
        Scale(
            size,
            summarize([callers[size]], took[size]),
            measure_sweep(environ_of(aws, size)),
            memory[size],
        )
        for size in sizes
    ]


def environ_of(aws: Aws, size: int) -> dict[str, str]:
    """The functions' environment, with the tables that hold so many records."""
    tables = {"SECRETS_TABLE": f"secrets-{size}", "RECEIPTS_TABLE": f"receipts-{size}"}
    return {**aws.environ, **tables}


def measure_sweep(environ: Mapping[str, str]) -> float:
    """The read units of an idle sweep.

    Not its time: for a query of an index the embedded AWS looks at every record of the table.
    """
    meter = Meter()
    burnbag = embedded.build(environ, partial(meter.client, read_timeout=300))
    burnbag.sweep({}, LambdaContext())
    return meter.read_units
