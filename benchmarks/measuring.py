"""Measures what each scenario asks of AWS, and the processor time that its functions take."""

import logging
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import boto3
from burnbag_core.items import key

from benchmarks.account import Account, FunctionLog
from benchmarks.meter import Meter
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.usage import Run, Usage
from tools import capacity

TIMES: Final = 25


# Read units of a sweep that finds nothing: half a unit for each shard.
IDLE_READS: Final = 4.0


def measure(environ: Mapping[str, str], times: int = TIMES) -> dict[str, Usage]:
    """The usage of each scenario, and of a minute in which nothing is overdue."""
    minute = measure_minute(environ)
    found = {name: measure_scenario(environ, each, times) for name, each in SCENARIOS.items()}
    swept = found["never opened"]
    # A sweep reads all shards every minute anyway.
    found["never opened"] = replace(swept, read_units=max(0.0, swept.read_units - IDLE_READS))
    return found | {"minute": minute}


def measure_minute(environ: Mapping[str, str], times: int = 9) -> Usage:
    """A minute's sweep, and the runs that its heartbeat starts."""
    meter = Meter()
    account, rounds = Account(environ, meter, measures=True), []
    for _ in range(times + 2):
        account.forget()
        account.sweep()
        account.settle()
        rounds.append(list(account.runs))
    return Usage(
        runs=with_medians(rounds[-1], rounds[2:]),
        write_units=meter.write_units,
        read_units=meter.read_units,
        function_log_bytes=account.printed_bytes,
    )


def measure_scenario(environ: Mapping[str, str], scenario: Scenario, times: int) -> Usage:
    """What is asked is observed once; the processor time is that of others, unobserved."""
    usage = observe(environ, scenario)
    account, rounds = Account(environ), []
    for _ in range(times + 2):
        account.runs.clear()
        play(account, scenario)
        rounds.append(list(account.runs))
    return replace(usage, runs=with_medians(usage.runs, rounds[2:]))


def with_medians(runs: Sequence[Run], rounds: Sequence[Sequence[Run]]) -> tuple[Run, ...]:
    """The runs, each with the median of the processor times that it took."""
    names = [run.function for run in runs]
    assert all([run.function for run in each] == names for each in rounds), rounds
    places = zip(*rounds, strict=True)
    medians = [statistics.median(run.processor_ms for run in place) for place in places]
    return tuple(replace(run, processor_ms=ms) for run, ms in zip(runs, medians, strict=True))


def observe(environ: Mapping[str, str], scenario: Scenario) -> Usage:
    account, log = Account(environ, Meter()), FunctionLog()
    play(account, scenario)  # a new instance makes calls that later runs don't
    account.forget()
    logging.getLogger().addHandler(log)
    try:
        secret_id, record_bytes, object_bytes = play(account, scenario)
    finally:
        logging.getLogger().removeHandler(log)
    return account.usage(
        function_log_bytes=log.bytes,
        receipt_bytes=size_of("receipts", secret_id),
        record_bytes=record_bytes,
        object_bytes=object_bytes,
    )


def play(account: Account, scenario: Scenario) -> tuple[str, int, int]:
    """Do all of a scenario: the secret's id, and the bytes of its record and object."""
    steps = scenario(account)
    secret_id = next(steps)
    account.settle()
    sizes = size_of("secrets", secret_id), object_size(secret_id)
    for _ in steps:
        raise AssertionError("a scenario creates one secret")
    account.settle()
    return secret_id, *sizes


def size_of(table: str, secret_id: str) -> int:
    found: Any = boto3.client("dynamodb").get_item(TableName=table, Key=key(secret_id)).get("Item")
    return capacity.item_size(found)


def object_size(secret_id: str) -> int:
    found = boto3.client("s3").list_objects_v2(Bucket="files", Prefix=f"files/{secret_id}")
    return sum(entry["Size"] for entry in found.get("Contents", []))
