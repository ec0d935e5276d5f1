"""A stack of its own: ten thousand secrets would keep the other end-to-end tests waiting."""

from collections.abc import Iterator

import pytest

from tests.support.deployment import Deployment
from tools import stack


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    try:
        yield Deployment(stack.up("load"))
    finally:
        stack.down("load")
