"""A stack of its own: ten thousand secrets would keep the other end-to-end tests waiting.

Its DynamoDB throttles what AWS would throttle: docs/emulator.md.
"""

from collections.abc import Iterator

import pytest

from tests.support.deployment import Deployment
from tools import stack
from tools.emulator import find_free_port


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYNAMODB_THROTTLING", "1")
        started = stack.up("load", find_free_port())
    try:
        yield Deployment(started)
    finally:
        stack.down("load")
