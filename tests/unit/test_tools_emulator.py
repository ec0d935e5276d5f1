"""The embedded AWS listens on the loopback alone, stays in its folder, and leaves nothing."""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import emulator
from tools.console import Problem


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    emulator.stop(tmp_path)


def read_link(file: Path) -> str:
    """What a descriptor leads to; nothing if it was closed meanwhile."""
    try:
        return str(file.readlink())
    except FileNotFoundError:
        return ""


def find_listeners(pid: int) -> set[str]:
    """The local addresses, as the kernel writes them, on which the process listens."""
    files = (Path("/proc") / str(pid) / "fd").iterdir()
    sockets = {link for link in map(read_link, files) if link.startswith("socket:")}
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            waiting = fields[3] == "0A" or table.startswith("udp")
            if waiting and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1])
    return found


def test_listens_on_one_loopback_port_and_leaves_nothing_behind(stack: Path) -> None:
    started = emulator.start(stack, emulator.find_free_port())
    assert emulator.find_running(stack) == started
    assert find_listeners(started.pid) == {f"0100007F:{started.port:04X}"}
    assert emulator.stop(stack)
    assert emulator.find_processes(stack) == []
    assert emulator.find_running(stack) is None
    assert not emulator.own_folder(stack).exists()


def test_knows_its_own_listener_from_anothers() -> None:
    """Two checkouts may choose one port at the same moment: one of them must notice."""
    with socket.create_server((emulator.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert emulator.listens(os.getpid(), port)
        assert not emulator.listens(os.getppid(), port)
    assert not emulator.listens(os.getpid(), port)


def test_serves_only_what_is_needed_and_enforces_iam(stack: Path) -> None:
    started = emulator.start(stack, emulator.find_free_port())
    connection = http.client.HTTPConnection(emulator.HOST, started.port)
    connection.request("GET", "/_ministack/health")
    health = json.loads(connection.getresponse().read())
    assert health["auth"] == "enabled"
    assert health["iot_mtls"] == "disabled"
    assert len(health["services"]) == len(emulator.SERVICES.split(","))


def test_inherits_nothing_of_the_user(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("GITHUB_TOKEN", "x")
    environment = emulator.environment(stack, 4566)
    assert not [name for name in environment if name.startswith(("AWS_", "GITHUB_"))]
    assert all(environment[name].startswith(str(stack)) for name in ("HOME", "TMPDIR"))


def test_tells_why_it_did_not_start(stack: Path) -> None:
    with socket.socket() as other:
        other.bind((emulator.HOST, 0))
        other.listen()
        with pytest.raises(Problem, match=r"ended with status 1:(.|\n)*in use"):
            emulator.start(stack, other.getsockname()[1])
    assert emulator.find_processes(stack) == []


def test_a_busy_port_that_was_asked_for_is_refused() -> None:
    with socket.socket() as other:
        other.bind((emulator.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Problem, match=f"port {port} is busy"):
            emulator.choose_port(port)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(Problem, match="not a port"):
        emulator.choose_port(port)


def test_a_record_of_a_process_that_is_gone_is_not_believed(stack: Path) -> None:
    (stack / "emulator.json").write_text('{"pid": 1, "port": 1}')
    assert emulator.find_running(stack) is None
    assert not emulator.stop(stack)
