"""The tables of docs/cost.md, made of what was measured and of the prices."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from burnbag_core.items import serialize

from benchmarks import bill, prices
from benchmarks.bill import Terms, make_bill, total
from benchmarks.functions import count_routes, read_default, read_functions
from benchmarks.results import Results
from benchmarks.tables import fill, number, table, usd
from benchmarks.usage import Run, Usage
from tools import capacity, manifest, visit
from tools.checkout import ROOT

PAGE: Final = ROOT / "docs" / "cost.md"
MINUTE: Final = "minute"
KEYS: Final = 3
ROTATED_KEYS: Final = 2
# AWS charges for a key's first two rotations, and for no later one.
ROTATIONS: Final = 2
# API Gateway counts these of each call: requests, errors of two kinds, and two latencies.
METRICS_OF_A_CALL: Final = 5
# services/reaper/metrics.py, the sweep's gauges, and the metric of refusals by KMS. Those of locks,
# wrong passphrases, requests and answers, revocations and refusals cost in an hour only in which
# there are any.
OWN_METRICS: Final = 18
# terraform/modules/burnbag/tests/alarms.tftest.hcl counts them.
ALARMED_METRICS: Final = 34
# An eventually consistent read takes half a unit for 4 KB, and a page of a scan has 1 MB.
UNITS_PER_PAGE: Final = 128
# services/reaper/comparison.py
RECONCILING_THREADS: Final = 4
# What a further KB of a text in the record is written by: the transactions that create and end it.
UNITS_PER_KB: Final = 4
# A role whose ARN is as long as most are.
CREATOR: Final = "arn:aws:iam::123456789012:role/orders-production"
LONGEST_PAGE: Final = 100
# What a leaked role has open, in docs/operations.md.
REVOKED: Final = 10_000
# Each visit asks for config.json too.
CONFIG: Final = 1


def render(results: Results) -> str:
    """The page, with its tables anew."""
    usages, terms = read_usages(results), make_terms(results)
    secrets = {name: usage for name, usage in usages.items() if name != MINUTE}
    return fill(
        PAGE.read_text(),
        {
            "idle": idle_table(usages[MINUTE], terms),
            "monthly": monthly_table(),
            "million": million_table(secrets, terms),
            "calls": calls_table(secrets),
            "runs": runs_table(secrets["REST text"], terms),
            "more": more_table(secrets, terms),
            "reconcile": reconcile_table(results["reconcile"].values, terms),
            "index": index_table(terms),
            "revoke": revoke_table(results["revoke"].values, terms),
            "assumptions": assumptions_table(),
        },
    )


def read_usages(results: Results) -> dict[str, Usage]:
    return {name: Usage.of_json(each) for name, each in results["cost"].values.items()}


def make_terms(results: Results) -> Terms:
    starts: dict[str, Any] = results["start"].values["handlers"]
    return Terms(
        functions=read_functions(),
        cold_start_ms={name: found["handler"] for name, found in starts.items()},
        receipt_days=read_default("receipt_retention_days"),
        audit_log_days=read_default("audit_retention_days"),
        access_log_days=read_default("log_retention_days"),
    )


def idle_bill(minute: Usage, terms: Terms) -> dict[str, float]:
    """USD a month for a stack that nobody uses."""
    each = sum(prices.LAMBDA_REQUEST + run_price(run, terms) for run in minute.runs)
    units = minute.read_units * prices.READ_UNIT + minute.write_units * prices.WRITE_UNIT
    return {
        "KMS": KEYS * prices.KMS_KEY_MONTH,
        "sweep and heartbeat, Lambda": prices.MINUTES_PER_MONTH * each,
        "sweep and heartbeat, DynamoDB": prices.MINUTES_PER_MONTH * units,
        "sweep and heartbeat, logs": prices.MINUTES_PER_MONTH * bill.price_logs(minute, terms),
    }


def run_price(run: Run, terms: Terms) -> float:
    """Dollars for the time of a run by an instance that is kept warm by its own schedule."""
    gigabytes = terms.functions[run.function].memory_mb / 1024
    return bill.run_ms(run, terms) / 1000 * gigabytes * prices.LAMBDA_GB_SECOND


def idle_table(minute: Usage, terms: Terms) -> str:
    lines, runs = idle_bill(minute, terms), f"{prices.MINUTES_PER_MONTH:,} runs"
    how = {
        "KMS": f"{KEYS} keys of {usd(prices.KMS_KEY_MONTH)}",
        "sweep and heartbeat, Lambda": f"{len(minute.runs)} times {runs},"
        f" of {sum(bill.run_ms(run, terms) for run in minute.runs)} ms together",
        "sweep and heartbeat, DynamoDB": f"{runs} of {number(minute.read_units)} read"
        f" and {number(minute.write_units)} write units",
        "sweep and heartbeat, logs": f"{runs} of {minute.function_log_bytes} bytes",
    }
    rows = [[name, how[name], usd(amount)] for name, amount in lines.items()]
    return table(["", "", "USD"], [*rows, ["", "", f"**{usd(total(lines))}**"]])


def monthly_table() -> str:
    calls = count_routes()
    rows = {
        "KMS, from the third year": (
            f"{ROTATIONS} versions more of each of {ROTATED_KEYS} keys",
            ROTATIONS * ROTATED_KEYS * prices.KMS_KEY_MONTH,
        ),
        "API Gateway's metrics": (
            f"{METRICS_OF_A_CALL} metrics of each of {calls} calls",
            METRICS_OF_A_CALL * calls * prices.METRIC_MONTH,
        ),
        "burnbag's own metrics": (f"{OWN_METRICS} metrics", OWN_METRICS * prices.METRIC_MONTH),
        "`alarms`": (
            f"alarms on {ALARMED_METRICS} metrics, and one above them",
            ALARMED_METRICS * prices.ALARM_METRIC_MONTH + prices.COMPOSITE_ALARM_MONTH,
        ),
        "`dashboard`": ("one of up to 50 metrics", prices.DASHBOARD_MONTH),
    }
    return table(["at most", "", "USD"], [[name, how, usd(d)] for name, (how, d) in rows.items()])


def million_table(usages: Mapping[str, Usage], terms: Terms) -> str:
    bills = {name: make_bill(usage, terms) for name, usage in usages.items()}
    lines = list(next(iter(bills.values())))
    rows = [[line, *(usd(found[line]) for found in bills.values())] for line in lines]
    sums = ["", *(f"**{usd(total(found))}**" for found in bills.values())]
    batched = ["with the reaper's runs in batches, at least"]
    batched += [usd(bill.total_in_batches(usage, terms)) for usage in usages.values()]
    internet = ["if the answers go to the internet, plus"]
    internet += [usd(bill.transfer(usage)) for usage in usages.values()]
    return table(["USD", *bills], [*rows, sums, batched, internet])


def calls_table(usages: Mapping[str, Usage]) -> str:
    operations = list(dict.fromkeys(call for usage in usages.values() for call in usage.calls))
    rows = [["requests", *(number(usage.requests) for usage in usages.values())]]
    rows += [
        [f"{call}", *(some(usage.calls[call]) for usage in usages.values())] for call in operations
    ]
    fields = {
        "write units": "write_units",
        "read units": "read_units",
        "bytes of audit log": "audit_log_bytes",
        "bytes of access log": "access_log_bytes",
        "bytes of the functions' logs": "function_log_bytes",
        "bytes of the record": "record_bytes",
        "bytes of the object": "object_bytes",
        "bytes of the receipt at the end": "receipt_bytes",
    }
    for name, field in fields.items():
        rows.append([name, *(number(getattr(usage, field)) for usage in usages.values())])
    return table(["for each secret", *usages], rows)


def some(count: int) -> str:
    return str(count) if count else ""


def runs_table(usage: Usage, terms: Terms) -> str:
    rows = [
        [
            run.function,
            f"{run.processor_ms:.1f}",
            f"{run.processor_ms * bill.slowness(terms.functions[run.function]):.0f}",
            number(sum(bill.wait_ms(call) * n for call, n in run.calls.items())),
            number(bill.run_ms(run, terms)),
        ]
        for run in usage.runs
    ]
    return table(["run", "processor, ms", "on its share, ms", "waiting, ms", "billed, ms"], rows)


def more_table(usages: Mapping[str, Usage], terms: Terms) -> str:
    peek = next(
        run
        for run in usages["command text"].runs
        if run.function == "reveal" and set(run.calls) == {"dynamodb GetItem"}
    )
    request = Usage(requests=1, runs=(peek,), read_units=1.0)
    further = total(make_bill(request, terms)) - total(make_bill(Usage(), terms))
    million = prices.MILLION
    first = len(visit.list_first(manifest.read_files())) + CONFIG
    rows = {
        "a further call (`peek`, a receipt)": further,
        f"a first visit of the page, in {first} requests": first * price_file(peek, terms),
        "a later visit, for its HTML and config.json": (1 + CONFIG) * price_file(peek, terms),
        "a signed receipt": further + prices.KMS_SIGNATURE * million,
        "a further KB of a text up to 4 KB, in write units": UNITS_PER_KB
        * prices.WRITE_UNIT
        * million,
        "a further MB of a file, kept for a day": bill.price_kept(
            1024**2, prices.DAYS_SEALED, prices.S3_GB_MONTH
        )
        * million,
        "a KB of answers to the internet": 1024 / prices.GB * prices.TRANSFER_GB * million,
        "an event on the event bus": prices.EVENT * million,
        "a call of a webhook, or of Slack": prices.DESTINATION_CALL * million,
        "a mail": prices.MAIL * million,
    }
    return table(["a million of", "USD"], [[name, usd(cost)] for name, cost in rows.items()])


def price_file(peek: Run, terms: Terms) -> float:
    """USD for a million requests for a file of the page: at most what looking at a secret takes,
    and no call of AWS.
    """
    request = Usage(requests=1, runs=(replace(peek, function="page", calls={}),))
    return total(make_bill(request, terms)) - total(make_bill(Usage(), terms))


def reconcile_table(runs: Mapping[str, Any], terms: Terms) -> str:
    """A daily run where there is nothing, and among a million receipts."""
    scale = prices.MILLION / runs["many"]["receipts"]
    nothing = {**runs["nothing"], "pages": runs["nothing"]["calls"]["dynamodb Scan"]}
    many = {
        "read_units": runs["many"]["read_units"] * scale,
        "processor_ms": runs["many"]["processor_ms"] * scale,
        "pages": runs["many"]["read_units"] * scale / UNITS_PER_PAGE,
    }
    rows = []
    for name, run in (("nothing", nothing), ("a million receipts", many)):
        waiting = run["pages"] * prices.WAITS["dynamodb Scan"] / RECONCILING_THREADS
        seconds = (run["processor_ms"] + waiting) / 1000
        gigabytes = terms.functions["reconcile"].memory_mb / 1024
        each = run["read_units"] * prices.READ_UNIT
        each += prices.LAMBDA_REQUEST + seconds * gigabytes * prices.LAMBDA_GB_SECOND
        rows.append(
            [
                name,
                number(round(run["read_units"])),
                f"{seconds:.0f}",
                f"{each:.3f}",
                usd(each * prices.DAYS_PER_MONTH),
            ]
        )
    return table(["among", "read units", "seconds", "USD a run", "USD a month"], rows)


def index_table(terms: Terms) -> str:
    """What the index of receipts adds, and what lists read."""
    entry = {"id": "x" * 22, "creator": CREATOR, "created_at": 1_800_000_000}
    size = capacity.item_size(serialize(entry))
    days = terms.receipt_days + prices.DAYS_SEALED
    kept = bill.price_kept(size + prices.ITEM_OVERHEAD_BYTES, days, prices.TABLE_GB_MONTH)
    # An index is read as it was a moment ago, its receipts as they are: one unit each.
    units = capacity.read_units(LONGEST_PAGE * size) + LONGEST_PAGE
    rows = {
        "a secret: a write unit, at its creation": prices.WRITE_UNIT * prices.MILLION,
        f"a secret: {size} bytes, kept as long as the receipt": kept * prices.MILLION,
        f"a page of {LONGEST_PAGE} receipts: {number(units)} read units": units
        * prices.READ_UNIT
        * prices.MILLION,
    }
    return table(["a million of", "USD"], [[name, usd(cost)] for name, cost in rows.items()])


def revoke_table(measured: Mapping[str, Any], terms: Terms) -> str:
    """What it takes to revoke ten thousand secrets, until nothing of them is left."""
    usage, scale = Usage.of_json(measured["usage"]), REVOKED / measured["secrets"]
    lines = {
        name: dollars / prices.MILLION * scale
        for name, dollars in make_bill(usage, terms).items()
        if name != "storage"  # the receipts are kept anyway
    }
    asked = {
        "API Gateway": f"{number(usage.requests * scale)} requests",
        "DynamoDB, writes": f"{number(round(usage.write_units * scale))} write units",
        "DynamoDB, reads": f"{number(round(usage.read_units * scale))} read units",
        "Lambda, runs": f"{number(round(len(usage.runs) * scale))} runs",
    }
    rows = [[name, asked.get(name, ""), f"{d:.3f}"] for name, d in lines.items() if d]
    return table(["", "", "USD"], [*rows, ["", "", f"**{total(lines):.2f}**"]])


def assumptions_table() -> str:
    waits = [[f"waiting for {name}", f"{ms:.0f} ms"] for name, ms in prices.WAITS.items()]
    rows = [
        *waits,
        ["a function's share of a processor", f"its MB / {prices.MEMORY_OF_ONE_PROCESSOR:,}"],
        ["runs that wait for a new instance", f"{prices.COLD_STARTS:.0%}"],
        ["days until a secret is opened or expires", f"{prices.DAYS_SEALED:.0f}"],
        ["a log's size once it is compressed", f"{prices.LOG_COMPRESSION:.0%}"],
        ["prices as they were in", prices.AS_OF],
    ]
    return table(["assumed", ""], rows)
