"""A client, and a server that it can reach."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from burnbag import Burnbag, sending, submitting
from burnbag._async import sending as async_sending
from burnbag._async import submitting as async_submitting
from tests.support.blocking import Blocking
from tests.support.server import Served, run_server
from tests.support.size import FULL


@pytest.fixture
def server() -> Iterator[Served]:
    with run_server() as served:
        yield served


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client wanted to wait. It does not wait."""
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("burnbag.retries.time", SimpleNamespace(sleep=waited.append))
    monkeypatch.setattr("burnbag._async.retries.anyio", SimpleNamespace(sleep=pause))
    return waited


# What is tested of both clients: where they wait, read and write. What is decided is decided by the
# same source, so the rest is tested of one.
OF_BOTH = (
    *("test_parts", "test_requests", "test_surface", "test_named"),
    *("TestOpening", "TestUploading"),
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "burnbag" in metafunc.fixturenames:
        places = {
            metafunc.module.__name__.rpartition(".")[2],
            getattr(metafunc.cls, "__name__", ""),
        }
        clients = {"": Burnbag, "async": Blocking} if places & {*OF_BOTH} else {"": Burnbag}
        metafunc.parametrize("burnbag", clients.values(), ids=clients, indirect=True)


@pytest.fixture
def burnbag(request: pytest.FixtureRequest, server: Served, pauses: list[float]) -> Iterator[Any]:
    """A client; in what is named above, one test each with a Burnbag and with an AsyncBurnbag."""
    with request.param(server.url, region="us-east-1") as client:
        yield client


@pytest.fixture
def synchronous(server: Served, pauses: list[float]) -> Iterator[Burnbag]:
    """A client whose inside a test looks at."""
    with Burnbag(server.url, region="us-east-1") as client:
        yield client


# A fourth of the largest file that is no upload: a MiB in full size, as it is for everybody.
PIECE: Final = 1024 * 1024 if FULL else 256 * 1024
# Made once: random numbers of this size take longer than to send them.
make_noise = cache(os.urandom)


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is larger than four pieces is uploaded."""
    for module in (sending, submitting, async_sending, async_submitting):
        monkeypatch.setattr(module, "LARGEST_FILE", 4 * PIECE)


@pytest.fixture
def large(small_files: None, tmp_path: Path) -> Path:
    """What is uploaded."""
    path = tmp_path / "large.bin"
    path.write_bytes(make_noise(5 * PIECE))
    return path
