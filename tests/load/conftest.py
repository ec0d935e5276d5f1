"""A stack of its own: ten thousand secrets would keep the other end-to-end tests waiting."""

from collections.abc import Iterator

import pytest

from tests.support.deployment import Deployment
from tools import stack
from tools.emulator import find_free_port


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    try:
        yield Deployment(stack.up("load", find_free_port()))
    finally:
        stack.down("load")
