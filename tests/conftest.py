"""What every suite shares: no test may reach an AWS that it did not start."""

import gc
import os
import signal
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from burnbag_core import sealing
from xdist.scheduler import LoadScopeScheduling

from burnbag import keys
from tests.support import light_moto, shared
from tests.support.services import ENVIRON
from tests.support.size import FULL, examples

if TYPE_CHECKING:
    from tests.support.deployment import Deployment
    from tests.support.endpoint import Endpoint

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
# Nor may what somebody has configured at home change a result.
os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
os.environ.update({name: ENVIRON[name] for name in ENVIRON if name.startswith("AWS_")})

# A background job may be started with Ctrl-C ignored, and its children inherit that. The tests
# that interrupt their children need them to start with the default.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGQUIT") and signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# `nohup` starts the tests with hang-ups ignored, and they should go on ignoring them. A handler
# that does nothing has that effect, but children do not inherit it. The workers are such children.
if hasattr(signal, "SIGHUP") and (
    signal.getsignal(signal.SIGHUP) is signal.SIG_IGN or "PYTEST_XDIST_WORKER" in os.environ
):
    signal.signal(signal.SIGHUP, lambda number, frame: None)

shared.share_keys()
shared.share_certificates()
shared.share_handlers()
shared.sign_digests()
light_moto.lighten_moto()

# How fast an example runs says something about the machine, nothing about the code.
hypothesis.settings.register_profile("burnbag", deadline=None, max_examples=examples(100))
hypothesis.settings.load_profile("burnbag")


@pytest.fixture(autouse=True)
def cheap_passphrases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Argon2id and PBKDF2 cost nearly nothing in this process: they are slow on purpose.

    Tests of the cost itself and of the published vectors carry the marker `full_argon2`. The
    functions on the embedded AWS are other processes, so there it costs what it does on AWS.
    """
    if request.node.get_closest_marker("full_argon2") is None:
        monkeypatch.setattr(sealing, "ARGON2_MEMORY_KIB", 8)
        monkeypatch.setattr(sealing, "ARGON2_PASSES", 1)
        monkeypatch.setattr(keys, "ROUNDS", 1)


@pytest.fixture(scope="session")
def endpoint() -> Iterator["Endpoint"]:
    """Whom the shared stack tells of its events."""
    from tests.support.endpoint import serve

    with serve() as listening:
        yield listening


@pytest.fixture(scope="session")
def stack_of_tests(endpoint: "Endpoint") -> Iterator["Deployment"]:
    """One stack on the embedded AWS for the whole session: real Terraform, real zips, real IAM.

    At a desk its DynamoDB throttles what AWS would throttle, for tests/load. In full size these
    tests have a stack of their own.
    """
    from tests.support.deployment import Deployment
    from tests.support.notified import notifications
    from tools import emulator, stack

    variables = {"notifications": notifications(endpoint.url)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYNAMODB_THROTTLING", "" if FULL else "1")
        started = stack.up("test", emulator.find_free_port(), variables)
    try:
        yield Deployment(started)
    finally:
        stack.down("test")


# Enough to be behind, and not so much that a browser's test would wait for its page in vain.
NICENESS = 5

# What waits for a stack, and the part that it belongs to; the first that fits. With several workers
# a part stays in one. In full size, tests/load has an embedded AWS of its own. The files of the
# last have one each, but all at once would apply so much that the first's sweep comes late: two
# halves, by time.
STACKS = {
    "tests/e2e/": "e2e",
    "tests/load/": "load" if FULL else "e2e",
    "tests/infrastructure/test_st": "infrastructure, first half",
    "tests/infrastructure/test_survival": "infrastructure, first half",
    "tests/infrastructure/": "infrastructure, second half",
}


class BySuite(LoadScopeScheduling):  # type: ignore[misc]
    """Sends a part that waits for a stack to one worker, and everything else by file."""

    def _split_scope(self, nodeid: str) -> str:
        parts = (part for start, part in STACKS.items() if nodeid.startswith(start))
        return next(parts, nodeid.split("::", 1)[0])


def pytest_configure(config: pytest.Config) -> None:
    """Say where pytest-terraform finds modules; here, as the unit tests do without that plugin."""
    config.option.dest_tf_mod_dir = "build/infrastructure"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BySuite:
    return BySuite(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start what waits for Terraform first; in it go by the markers."""
    items.sort(key=lambda item: (not item.nodeid.startswith(tuple(STACKS)), turn(item)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the tests that need no stack give way: those that share one are the longest chain."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.nodeid.startswith(tuple(STACKS)):
        give_way()


@cache
def give_way() -> None:
    """Once for each worker: what it does afterwards needs no stack either, by the order above."""
    if hasattr(os, "nice"):  # Windows has none, and no stack that would need it
        os.nice(NICENESS)


def pytest_collection_finish() -> None:
    """Look for garbage among what tests leave, not again and again among all that was imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def turn(item: pytest.Item) -> int:
    """In which part of its suite a test runs."""
    turns = {"disturbing": 0, "last": 2}
    return next((turn for name, turn in turns.items() if item.get_closest_marker(name)), 1)
