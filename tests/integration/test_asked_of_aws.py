"""What the services ask of AWS is what the pages about cost and performance were made of."""

import pytest
from botocore.config import Config
from burnbag_core import aws

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


def test_the_measured_calls_and_units_are_those_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise: `make bench PART=cost`."""
    # An embedded AWS that stands still for a moment is asked once, too.
    patient = aws.CONFIG.merge(Config(connect_timeout=60, read_timeout=60))
    monkeypatch.setattr(aws, "CONFIG", patient)
    measured = Results.load()["cost"].values
    with run_aws() as embedded:
        for name, scenario in SCENARIOS.items():
            assert asked(observe(embedded.environ, scenario)) == asked(
                Usage.of_json(measured[name])
            ), name
