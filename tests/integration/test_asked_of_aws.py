"""What the services ask of AWS is what the pages about cost and performance were made of."""

import pytest

from benchmarks.embedded import run_aws
from benchmarks.measuring import observe
from benchmarks.results import Results
from benchmarks.scenarios import SCENARIOS
from benchmarks.usage import Usage


def asked(usage: Usage) -> object:
    """The calls of each run, and the units; those of the idle sweep's reading were left out."""
    return (
        usage.requests,
        [(run.function, dict(run.calls)) for run in usage.runs],
        usage.write_units,
    )


@pytest.mark.timeout(120)
def test_the_measured_calls_and_units_are_those_of_today() -> None:
    """Otherwise: `make bench PART=cost`."""
    measured = Results.load()["cost"].values
    with run_aws() as aws:
        for name, scenario in SCENARIOS.items():
            assert asked(observe(aws.environ, scenario)) == asked(Usage.of_json(measured[name])), (
                name
            )
