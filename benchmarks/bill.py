"""What a usage costs: USD for a million of it, line by line."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from benchmarks import prices
from benchmarks.functions import Function
from benchmarks.usage import Run, Usage

# The sweep runs every minute, whether there is something to do or not: the idle stack pays for it.
ANYWAY: Final = "sweep"
PUTS: Final = ("s3 PutObject",)
GETS: Final = ("s3 GetObject", "s3 HeadObject")


@dataclass(frozen=True)
class Terms:
    """What a bill depends on besides the usage: the functions, and days that things are kept.

    `cold_start_ms` is, by function, the processor time of a new instance before its first run.
    """

    functions: Mapping[str, Function]
    cold_start_ms: Mapping[str, float]
    receipt_days: float
    audit_log_days: float
    access_log_days: float


def make_bill(usage: Usage, terms: Terms) -> dict[str, float]:
    """USD for a million, by what is billed. The order is that of a request's way."""
    runs = [run for run in usage.runs if run.function != ANYWAY]
    calls = usage.calls
    lines = {
        "API Gateway": usage.requests * prices.API_REQUEST,
        "KMS": sum(n for call, n in calls.items() if call.startswith("kms ")) * prices.KMS_REQUEST,
        "DynamoDB, writes": usage.write_units * prices.WRITE_UNIT,
        "DynamoDB, reads": usage.read_units * prices.READ_UNIT,
        "S3": sum(calls[put] for put in PUTS) * prices.S3_PUT
        + sum(calls[get] for get in GETS) * prices.S3_GET,
        "Lambda, runs": len(runs) * prices.LAMBDA_REQUEST,
        "Lambda, time": sum(price_run(run, terms) for run in runs),
        "logs": price_logs(usage, terms),
        "storage": price_storage(usage, terms),
    }
    return {name: dollars * prices.MILLION for name, dollars in lines.items()}


def price_run(run: Run, terms: Terms) -> float:
    """Dollars for the time of a run, and for its share of a cold start."""
    ms = run_ms(run, terms) + prices.COLD_STARTS * terms.cold_start_ms[run.function]
    gigabytes = terms.functions[run.function].memory_mb / 1024
    return ms / 1000 * gigabytes * prices.LAMBDA_GB_SECOND


def run_ms(run: Run, terms: Terms) -> int:
    """Milliseconds that a run is billed for: computing, slower with less memory, and waiting."""
    computing = run.processor_ms * slowness(terms.functions[run.function])
    return math.ceil(computing + sum(wait_ms(call) * n for call, n in run.calls.items()))


def slowness(function: Function) -> float:
    """How many times as long as here a function computes."""
    share = min(1.0, function.memory_mb / prices.MEMORY_OF_ONE_PROCESSOR)
    return prices.PROCESSOR_FACTOR / share


def wait_ms(call: str) -> float:
    """How long a function waits for a call, such as `dynamodb GetItem`."""
    return prices.WAITS.get(call, prices.WAITS[call.split()[0]])


def price_logs(usage: Usage, terms: Terms) -> float:
    short_lived = usage.access_log_bytes + usage.function_log_bytes
    kept = price_kept(usage.audit_log_bytes, terms.audit_log_days, prices.LOG_GB_MONTH)
    kept += price_kept(short_lived, terms.access_log_days, prices.LOG_GB_MONTH)
    written = (usage.audit_log_bytes + short_lived) / prices.GB * prices.LOG_GB
    return written + kept * prices.LOG_COMPRESSION


def price_storage(usage: Usage, terms: Terms) -> float:
    """The receipt until its end, and record and object while the secret lives."""
    receipt = usage.receipt_bytes + prices.ITEM_OVERHEAD_BYTES
    record = usage.record_bytes + prices.ITEM_OVERHEAD_BYTES
    days, month = terms.receipt_days + prices.DAYS_SEALED, prices.TABLE_GB_MONTH
    return (
        price_kept(receipt, days, month + prices.RECOVERY_GB_MONTH)
        + price_kept(record, prices.DAYS_SEALED, month)
        + price_kept(usage.object_bytes, prices.DAYS_SEALED, prices.S3_GB_MONTH)
    )


def price_kept(size: float, days: float, gb_month: float) -> float:
    return size / prices.GB * days / prices.DAYS_PER_MONTH * gb_month


def transfer(usage: Usage) -> float:
    """USD for a million, if the answers go to the internet."""
    return usage.answered_bytes / prices.GB * prices.TRANSFER_GB * prices.MILLION


def total(lines: Mapping[str, float]) -> float:
    return sum(lines.values())


def largest(lines: Mapping[str, float], count: int = 3) -> Iterable[str]:
    """The names of the largest lines."""
    return sorted(lines, key=lambda name: -lines[name])[:count]


def total_in_batches(usage: Usage, terms: Terms) -> float:
    """USD for a million, if streams' runs are shared by so many records that they cost nothing."""
    shared = {"reap", "audit"}
    alone = tuple(run for run in usage.runs if run.function not in shared)
    lines, fewer = make_bill(usage, terms), make_bill(replace(usage, runs=alone), terms)
    return total(lines | {name: fewer[name] for name in ("Lambda, runs", "Lambda, time")})
