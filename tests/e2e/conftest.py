"""The shared stack, and what expires on it while other tests run.

`make test-aws` runs the same tests against a deployment of its own (tests/support/aws.py).
"""

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support import aws
from tests.support import browser as browsers
from tests.support.deployment import Deployment, until
from tests.support.size import FULL
from tools import load
from tools.stories import SMALL, Cast


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    if not aws.is_chosen():
        yield request.getfixturevalue("stack_of_tests")
        return
    deployed = aws.AwsDeployment()
    try:
        yield deployed
    finally:
        deployed.close()


# Not for the whole session: while it runs, no other test of this process can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.launch() as browser:
        yield browser


@dataclass
class Expiring:
    """Secrets with a minute to live, and when the first of them was last found readable."""

    secrets: list[dict[str, Any]]
    last_readable: Future[float]


@pytest.fixture(scope="session")
def expiring(deployment: Deployment) -> Iterator[Expiring]:
    secrets = [deployment.sealed(ttl=60, views=2, label=f"expiring {n}") for n in range(6)]
    with ThreadPoolExecutor(1) as pool:
        yield Expiring(secrets, pool.submit(peek_until_gone, deployment, secrets[0]))


@pytest.fixture(scope="session")
def unanswered(deployment: Deployment) -> dict[str, Any]:
    """A request with a minute to live."""
    answer = deployment.sender.call("POST", "/v1/requests", body={"ttl": 60})
    assert answer.status_code == 201, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


def peek_until_gone(deployment: Deployment, sealed: dict[str, Any]) -> float:
    """When the last peek was sent that still found the secret."""
    last = 0.0

    def peek() -> int:
        nonlocal last
        sent = time.time()
        status = deployment.peek(sealed).status_code
        if status == 200:
            last = sent
        return status

    until(peek, lambda status: status == 410)
    return last


@pytest.fixture(autouse=True)
def seal_what_expires_meanwhile(request: pytest.FixtureRequest) -> None:
    """Seal what expires after the tests that load or break the stack, and before the others.

    It expires while those run. The test that looks at it works in any order, but waits longer.
    """
    if not request.node.get_closest_marker("disturbing"):
        request.getfixturevalue("expiring")
        request.getfixturevalue("unanswered")
        request.getfixturevalue("large")
        if not aws.is_chosen():
            request.getfixturevalue("played")


@pytest.fixture(scope="session")
def played(deployment: Deployment) -> Iterator[Cast]:
    """A load in which nothing happens any more, except what time ends while other tests run."""
    with load.gather(deployment.stack) as cast:
        load.play(cast, SMALL)
        yield cast


@pytest.fixture(scope="session")
def large(deployment: Deployment) -> list[dict[str, Any]]:
    """Large texts that expire at the same moment: a hundred, or ten to spare the embedded AWS."""
    text, end = "x" * 200_000, time.time() + 90

    def seal(number: int) -> dict[str, Any]:
        """As a client does: what a busy machine has interrupted is asked for again."""
        ttl = max(60, int(end - time.time()))
        order = {"secret": text, "ttl": ttl, "label": f"large {number}"}
        key = {"Idempotency-Key": secrets.token_urlsafe(32)}
        answer = until(
            lambda: deployment.sender.call("POST", "/v1/secrets", body=order, extra=key),
            lambda found: found.status_code != 503,
        )
        assert answer.status_code == 201, answer.text
        sealed: dict[str, Any] = answer.json()
        return sealed

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(seal, range(100 if deployment.real or FULL else 10)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    marker = item.get_closest_marker("embedded")
    if marker and aws.is_chosen():
        pytest.skip(f"embedded AWS only: {marker.args[0]}")
