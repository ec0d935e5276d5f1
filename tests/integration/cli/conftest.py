"""Machines of senders and recipients, and a server that they can reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import SECRET, Machine, make_stranger
from tests.support.server import Served, run_server


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with run_server() as served:
        yield served


@pytest.fixture
def machine(tmp_path: Path, server: Served) -> Machine:
    server.requests.clear()
    return Machine(tmp_path, server.url)


@pytest.fixture
def recipient(tmp_path: Path) -> Machine:
    """A machine without a URL and without credentials."""
    return make_stranger(tmp_path / "recipient")


@pytest.fixture
def sender(tmp_path: Path, server: Served) -> Machine:
    (tmp_path / "sender").mkdir()
    sender = Machine(tmp_path / "sender", server.url)
    (sender.work / "phrase").write_text("open sesame")
    (sender.work / "report.pdf").write_bytes(b"%PDF \x1b[0m")
    return sender


@pytest.fixture
def link(sender: Machine) -> str:
    return sender.run("send", stdin=SECRET.encode()).text


@pytest.fixture
def file_link(sender: Machine) -> str:
    return sender.run("send", "report.pdf").text


@pytest.fixture
def locked_link(sender: Machine) -> str:
    return sender.run("send", "--passphrase-file", "phrase", stdin=SECRET.encode()).text
