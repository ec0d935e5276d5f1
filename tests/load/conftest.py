"""In full size a stack of its own: ten thousand secrets would keep the end-to-end tests waiting.

Its DynamoDB throttles what AWS would throttle, as the shared one does at a desk: docs/emulator.md.
"""

from collections.abc import Iterator

import pytest

from tests.support.deployment import Deployment
from tests.support.size import FULL
from tools import stack
from tools.emulator import find_free_port


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    if not FULL:
        yield request.getfixturevalue("stack_of_tests")
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYNAMODB_THROTTLING", "1")
        started = stack.up("load", find_free_port())
    try:
        yield Deployment(started)
    finally:
        stack.down("load")
