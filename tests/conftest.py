"""What every suite shares: no test may reach an AWS that it did not start."""

import os
from pathlib import Path

import pytest

from tests.support.services import ENVIRON

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update({name: ENVIRON[name] for name in ENVIRON if name.startswith("AWS_")})

# Suites that share one embedded AWS each; with several workers, a suite stays in one.
STACKS = {"e2e", "infrastructure"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the suites that share a stack, and start the one that waits longest first."""
    for item in items:
        suite = Path(item.path).parent.name
        if suite in STACKS:
            item.add_marker(pytest.mark.xdist_group(suite))
    items.sort(key=lambda item: Path(item.path).parent.name not in STACKS)
