"""`python -m benchmarks [PART …]`: measure, and write docs/performance.md and docs/cost.md.

    cost        what a secret asks of AWS, and what that costs
    processor   the handlers' processor time, as a ratio to the same calls bare
    start       cold start and the sizes of the zips
    callers     latency and throughput by how many call at once
    scale       the same by how many records there are
    reaper      records per second
    reconcile   what a run among many receipts asks of AWS
    revoke      what it takes to revoke all that a role has open
    client      the client's throughput, memory and start-up

Without a part, all of them. `write` measures nothing and only writes the pages.
"""

import argparse
import os
from collections.abc import Callable
from typing import Final

from benchmarks import (
    cold_start,
    cost_page,
    measuring,
    performance_page,
    processor,
    reaping,
    reconciling,
    revoking,
    speed,
)
from benchmarks.embedded import run_aws
from benchmarks.results import Results, make_part
from tools.console import step

WRITE: Final = "write"


def main() -> None:
    description, _, parts = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=description,
        epilog=parts,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="all, if there is none")
    parser.add_argument("--records", type=int, default=speed.SIZES[-1], help="of the part scale")
    parser.add_argument("--mebibytes", type=int, default=1024, help="of the part client's file")
    arguments = parser.parse_args()
    measure = make_measures(arguments)
    if unknown := set(arguments.parts) - {*measure, WRITE}:
        parser.error(f"there is no part {unknown.pop()}")
    results = Results.load()
    for name in arguments.parts or measure:
        if name != WRITE:
            with step(f"measuring: {name}"):
                load = os.getloadavg()[0]
                results[name] = make_part(measure[name](), load)
            results.save()
    if measure.keys() <= results.keys():
        write(results)


def make_measures(arguments: argparse.Namespace) -> dict[str, Callable[[], object]]:
    """What measures each part, each on an embedded AWS of its own."""
    most = arguments.records
    sizes = [*(size for size in speed.SIZES if size < most), most]
    return {
        "cost": lambda: on_aws(lambda aws: measuring.measure(aws.environ)),
        "processor": lambda: on_aws(lambda aws: processor.measure(aws.environ)),
        "start": lambda: {"handlers": cold_start.measure(), "zips": cold_start.zip_sizes()},
        "callers": lambda: on_aws(speed.measure_callers),
        "scale": lambda: on_aws(lambda aws: speed.measure_scale(aws, sizes)),
        "reaper": lambda: on_aws(reaping.measure),
        "reconcile": lambda: on_aws(reconciling.measure),
        "revoke": lambda: on_aws(lambda aws: revoking.measure(aws.environ)),
        "client": lambda: measure_client(arguments.mebibytes),
    }


def on_aws(measure: Callable[..., object]) -> object:
    with run_aws() as aws:
        return measure(aws)


def measure_client(mebibytes: int) -> object:
    from benchmarks import client  # it brings moto, which makes every client of AWS slower

    return client.measure(mebibytes)


def write(results: Results) -> None:
    """Write the pages."""
    for page in (cost_page, performance_page):
        page.PAGE.write_text(page.render(results))


if __name__ == "__main__":
    main()
