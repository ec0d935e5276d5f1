"""`burnbag send --resume`: a large file goes on where it was, in another process."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from burnbag.links import Link
from tests.support.cli import Machine, interrupt, wait_until
from tests.support.server import Served, hold_parts
from tests.support.services import load

MIB = 1024 * 1024
HINT = "burnbag: what has arrived is kept for a day: burnbag send --resume goes on\n"
DATA = os.urandom(64 * 1024) * 17 * 16


@pytest.fixture
def machine(tmp_path: Path, server: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setattr(load("create", "chalicelib.order"), "PART_SIZE", 2 * MIB)
    server.requests.clear()
    server.files.uploads.clear()
    made = Machine(tmp_path, server.url)
    (made.work / "disk.img").write_bytes(DATA)
    yield made
    server.faults.slow = 0.0
    server.faults.refuse.clear()


def notes(machine: Machine) -> list[Path]:
    return list(machine.state.glob("*.resume"))


def puts(server: Served) -> int:
    return sum("PUT /bucket/" in request for request in server.requests)


def send_until_the_middle(machine: Machine, server: Served, by: int = signal.SIGINT) -> str:
    """Send, and stop once two parts have arrived and three are on their way; what was said."""
    with hold_parts(server, after=2):
        process = machine.start("send", "disk.img")
        # No more than three are on their way at once, so nothing comes after these.
        wait_until(lambda: puts(server) == 5)
        ran = interrupt(process, by)
    assert ran.code != 0 and ran.out == b""
    server.requests.clear()
    return ran.err


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_upload_goes_on_in_another_process(
    machine: Machine, server: Served, by: int
) -> None:
    said = send_until_the_middle(machine, server, by)
    assert said == ("" if by == signal.SIGKILL else f"{HINT}burnbag: interrupted\n")
    (note,) = notes(machine)
    assert note.stat().st_mode & 0o777 == 0o600 and note.parent.stat().st_mode & 0o777 == 0o700
    ran = machine.run("send", "--resume")
    assert (ran.code, ran.err) == (0, "")
    assert 0 < puts(server) < 9
    assert notes(machine) == []
    assert machine.run("open", ran.text).out == DATA
    secret_id = Link.parse(ran.text).id
    assert server.store.receipts[secret_id].state == "revealed"
    assert secret_id in machine.run("list", "--json").text


def test_nothing_that_opens_is_kept_once_it_is_sent(machine: Machine, server: Served) -> None:
    link = Link.parse(machine.run("send", "disk.img").text)
    assert link.key and link.token.encode() not in machine.kept()
    assert link.key.hex().encode() not in machine.kept()
    assert notes(machine) == []


def test_a_server_that_went_away_is_waited_for_and_then_resumed(
    machine: Machine, server: Served
) -> None:
    send_until_the_middle(machine, server)
    server.faults.refuse = [("/parts", 403)]
    ran = machine.run("send", "--resume", "disk.img")
    assert ran.code == 1 and ran.err.startswith(HINT)
    assert machine.run("send", "--resume", "disk.img").code == 0


def test_a_file_that_has_changed_is_refused_and_forgotten(machine: Machine, server: Served) -> None:
    send_until_the_middle(machine, server)
    (machine.work / "disk.img").write_bytes(DATA + b"x")
    ran = machine.run("send", "--resume")
    assert (ran.code, ran.out) == (1, b"")
    assert ran.err == "burnbag: the file has changed since its upload began; send it again\n"
    assert notes(machine) == [] and puts(server) == 0
    assert machine.run("send", "--resume").err == "burnbag: there is no upload to resume\n"


def test_a_file_that_is_gone_is_named(machine: Machine, server: Served) -> None:
    send_until_the_middle(machine, server)
    file = machine.work / "disk.img"
    file.rename(machine.work / "moved")
    ran = machine.run("send", "--resume")
    assert ran.code == 1
    assert ran.err == f"{HINT}burnbag: {file}: No such file or directory\n"
    (machine.work / "moved").rename(file)
    assert machine.run("send", "--resume").code == 0


def test_of_several_uploads_one_is_named(machine: Machine, server: Served) -> None:
    send_until_the_middle(machine, server)
    (machine.work / "other.img").write_bytes(DATA)
    server.faults.refuse = [("/complete", 403)]
    machine.run("send", "other.img")
    ran = machine.run("send", "--resume")
    assert ran.code == 2 and "disk.img" in ran.err and "other.img" in ran.err
    ran = machine.run("send", "--resume", "third.img")
    assert (ran.code, ran.err) == (2, "burnbag: there is no upload to resume of this file\n")
    for name in ("disk.img", "other.img"):
        link = machine.run("send", "--resume", name).text
        opened = machine.run("open", link, "-o", ".", "--force")
        assert opened.code == 0 and (machine.work / name).read_bytes() == DATA


@pytest.mark.parametrize("option", [["--ttl", "2h"], ["--server-side"], ["--url", "https://x.y"]])
def test_an_order_is_not_changed_by_resuming(machine: Machine, option: list[str]) -> None:
    ran = machine.run("send", "--resume", *option)
    assert ran.code == 2 and "it takes no other order" in ran.err


def test_what_is_too_late_or_damaged_is_removed(machine: Machine, server: Served) -> None:
    send_until_the_middle(machine, server)
    (note,) = notes(machine)
    text = note.read_text()
    until = text.partition('"until": ')[2].partition(",")[0]
    note.write_text(text.replace(f'"until": {until}', '"until": 1800000'))
    (note.parent / "damaged.resume").write_text("{}")
    assert machine.run("send", "--resume").code == 2
    assert notes(machine) == []


def test_where_nothing_can_be_kept_a_file_is_sent_all_the_same(
    machine: Machine, server: Served
) -> None:
    machine.state.parent.mkdir(parents=True)
    machine.state.write_text("in the way")
    link = machine.run("send", "disk.img").text
    assert machine.run("open", "--yes", link).out == DATA
