"""`make test-aws ENV=local`: the command itself, on an embedded AWS that stands in for AWS."""

import subprocess
import sys

import pytest

from tests.support.size import FULL
from tools.checkout import ROOT

pytestmark = pytest.mark.skipif(not FULL, reason="a stack takes two minutes: BURNBAG_FULL=1")


@pytest.fixture(scope="module", autouse=True)
def embedded_aws() -> None:
    """Not here: the command starts one of its own."""


@pytest.mark.timeout(1800)
def test_applies_twice_tests_and_destroys() -> None:
    command = [sys.executable, "-m", "tools.test_aws", "local", "-k", "test_life or test_on_aws"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    for said in (
        "No changes.",
        "SKIPPED [1] tests/e2e/test_on_aws.py",
        "the embedded AWS speaks no TLS",
        "Destroy complete!",
        "Everything passed",
    ):
        assert said in done.stdout
