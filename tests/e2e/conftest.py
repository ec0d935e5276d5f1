"""One stack on the embedded AWS for the whole session: real Terraform, real zips, real IAM."""

from collections.abc import Iterator

import pytest

from tests.support.deployment import Deployment
from tools import stack


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    try:
        yield Deployment(stack.up("test"))
    finally:
        stack.down("test")


@pytest.fixture(scope="session", autouse=True)
def soon_expired(deployment: Deployment) -> list[dict[str, object]]:
    """Secrets sealed before any test runs, so that the one about expiry need not wait for long."""
    return [deployment.sealed(ttl=60, views=2, label=f"expiring {n}") for n in range(5)]
