"""What the services ask of AWS is what the pages about cost and performance were made of."""

import pytest

from benchmarks.embedded import run_aws
from benchmarks.measuring import observe
from benchmarks.results import Results
from benchmarks.scenarios import SCENARIOS
from benchmarks.usage import Usage

# Units that come on top where the clock goes on by a second within a scenario: an answer then
# expires later than its request, so its entry in the index is taken out and put in again.
A_SECOND_LATER = {"asked for": 2}


def asked(usage: Usage) -> object:
    """The calls of each run."""
    return usage.requests, [(run.function, dict(run.calls)) for run in usage.runs]


@pytest.mark.timeout(120)
def test_the_measured_calls_and_units_are_those_of_today() -> None:
    """Otherwise: `make bench PART=cost`."""
    measured = Results.load()["cost"].values
    with run_aws() as aws:
        for name, scenario in SCENARIOS.items():
            seen, known = observe(aws.environ, scenario), Usage.of_json(measured[name])
            assert asked(seen) == asked(known), name
            # Those of the idle sweep's reading were left out.
            more = seen.write_units - known.write_units
            assert more in (0, A_SECOND_LATER.get(name, 0)), name
