"""A client, and a server that it can reach."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from burnbag import Burnbag
from tests.support.server import Served, run_server


@pytest.fixture
def server() -> Iterator[Served]:
    with run_server() as served:
        yield served


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client wanted to wait. It does not wait."""
    waited: list[float] = []
    monkeypatch.setattr("burnbag.retries.time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.fixture
def burnbag(server: Served, pauses: list[float]) -> Iterator[Burnbag]:
    with Burnbag(server.url, region="us-east-1") as client:
        yield client


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(5 * 1024 * 1024))
    return path
