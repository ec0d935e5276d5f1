"""Commands that are cut short: by a signal, a full disk, a reader who goes, a lost answer."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.cli import PATIENCE, Machine, Ran, handles_signals, interrupt, wait_until
from tests.support.server import Served
from tests.support.size import some

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
# In milliseconds.
WHILE_STARTING = [0, 5, 10, 15, 20, 30, 40, 50]
WHILE_IMPORTING = [0, 2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 250, 300]
BIG = bytes(range(256)) * 24_000  # 6 MB: too large for the API
SECRET = b"hunter2-canary"
AGAIN = "run the same again within two minutes"


@pytest.fixture
def machine(tmp_path: Path, server: Served) -> Iterator[Machine]:
    server.requests.clear()
    yield Machine(tmp_path, server.url)
    server.faults.slow = 0.0
    server.faults.unread.clear()
    # Temporary files go next to these two, and go away.
    assert {path.name for path in tmp_path.iterdir()} == {"home", "work"}


@pytest.fixture
def big_link(machine: Machine, server: Served) -> str:
    (machine.work / "big").write_bytes(BIG)
    link = machine.run("send", "big").text
    (machine.work / "big").unlink()
    server.requests.clear()
    return link


def was_asked(server: Served, what: str) -> bool:
    return any(what in request for request in server.requests)


@pytest.mark.parametrize("by", SIGNALS)
def test_an_interrupted_pipe_sends_nothing(machine: Machine, server: Served, by: int) -> None:
    process = machine.start("send")
    assert process.stdin
    process.stdin.write(BIG)
    process.stdin.flush()
    ran = interrupt(process, by)
    assert (ran.code, ran.out, ran.err) == (1, b"", "burnbag: interrupted\n")
    assert server.requests == []


@pytest.mark.parametrize("by", some(SIGNALS, 2))
def test_an_interrupted_upload_is_revoked(machine: Machine, server: Served, by: int) -> None:
    (machine.work / "big").write_bytes(BIG)
    # One that breaks off, and one that is not answered before the command has ended.
    server.faults.unread[:] = [1000]
    ended = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server.files, "put", lambda *_: ended.wait(PATIENCE))
        process = machine.start("send", "big")
        wait_until(lambda: server.requests.count("POST /bucket") == 2)
        ran = interrupt(process, by)
        ended.set()
    assert (ran.code, ran.out, ran.err) == (1, b"", "burnbag: interrupted\n")
    assert was_asked(server, "DELETE /live/v1/secrets/")
    assert machine.run("list", "--json").out == b"[]\n"
    server.faults.unread.clear()
    assert machine.run("send", "big").code == 0


@pytest.mark.parametrize("by", some(SIGNALS, 2))
def test_an_interrupted_download_leaves_no_file_and_is_had_again(
    machine: Machine, server: Served, big_link: str, by: int
) -> None:
    server.faults.slow = 0.1
    process = machine.start("open", big_link, "-o", "out")
    wait_until(lambda: was_asked(server, "GET /bucket/") and machine.files())
    ran = interrupt(process, by)
    assert (ran.code, ran.out, ran.err) == (1, b"", "burnbag: interrupted\n")
    assert machine.files() == set()
    server.faults.slow = 0.0
    assert machine.run("open", big_link, "-o", "out").code == 0
    assert (machine.work / "out").read_bytes() == BIG
    assert machine.files() == {"out"}


def test_an_interrupted_download_to_stdout_writes_nothing(
    machine: Machine, server: Served, big_link: str
) -> None:
    server.faults.slow = 0.1
    process = machine.start("open", big_link)
    wait_until(lambda: was_asked(server, "GET /bucket/"))
    ran = interrupt(process)
    assert (ran.code, ran.out, ran.err) == (1, b"", "burnbag: interrupted\n")
    server.faults.slow = 0.0
    assert machine.run("open", big_link).out == BIG


def test_an_interrupted_question_uses_nothing(machine: Machine) -> None:
    link = machine.run("send", stdin=SECRET).text
    ran = machine.type("open", link, answers=[("[y/N] ", "\x03")])
    assert ran.code == 1
    assert ran.err.endswith("burnbag: interrupted\n")
    assert machine.run("open", link).out == SECRET


def test_an_interrupted_prompt_says_so_on_its_own_line(machine: Machine) -> None:
    ran = machine.type("send", answers=[("Secret (", "hunter\x03")])
    assert (ran.code, ran.err.split("\n")[-2:]) == (1, ["burnbag: interrupted", ""])
    assert "hunter" not in ran.err


def test_what_ignores_a_hang_up_goes_on_doing_so(machine: Machine, server: Served) -> None:
    """As `nohup` has it."""
    script = 'trap "" HUP; exec "$0" -m burnbag send'
    process = machine.start("bash", "-c", script, sys.executable, program=())
    assert process.stdin
    process.stdin.write(BIG)
    process.stdin.flush()
    ran = interrupt(process, signal.SIGHUP)
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith(server.url)


@pytest.mark.parametrize("size", [10, 6_000_000])
def test_a_reader_who_goes_away_can_come_again(machine: Machine, size: int) -> None:
    link = machine.run("send", stdin=b"x" * size).text
    read, write = os.pipe()
    os.close(read)
    ran = machine.run("open", "-o", "-", link, stdout=write)
    os.close(write)
    assert (ran.code, ran.err) == (1, "burnbag: the reader of the output went away\n")
    assert machine.run("open", link).out == b"x" * size


def test_a_link_that_nobody_reads_is_recorded_and_can_be_revoked(machine: Machine) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = machine.run("send", stdin=SECRET, stdout=write)
    os.close(write)
    assert (ran.code, ran.err) == (1, "burnbag: the reader of the output went away\n")
    sent = json.loads(machine.run("list", "--json").out)[0]
    assert machine.run("revoke", sent["id"]).code == 0


@pytest.mark.parametrize(
    ("args", "place"),
    [
        ([], "stdout"),
        (["-o", "-"], "stdout"),
        (["--json"], "stdout"),
        (["-o", "/dev/full"], "/dev/full"),
    ],
)
def test_a_full_disk_is_told_of_and_the_secret_had_again(
    machine: Machine, args: list[str], place: str
) -> None:
    link = machine.run("send", stdin=SECRET).text
    with open("/dev/full", "wb") as full:
        ran = machine.run("open", *args, link, stdout=full)
    error = f"{place}: No space left on device; {AGAIN}"
    assert (ran.code, ran.err) == (1, f"burnbag: {error}\n")
    assert machine.run("open", link).out == SECRET


def test_a_link_is_recorded_before_it_is_printed(machine: Machine) -> None:
    """So also where it is killed between the two: here, as nobody reads yet."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    with suppress(BlockingIOError):
        while os.write(write, bytes(4096)):
            pass
    os.set_blocking(write, True)
    process = machine.start("send", stdout=write)
    os.close(write)
    assert process.stdin
    process.stdin.write(SECRET)
    process.stdin.close()
    process.stdin = None
    wait_until(lambda: b'"id"' in machine.run("list", "--json").out)
    assert process.poll() is None
    process.kill()
    process.communicate(timeout=PATIENCE)
    os.close(read)


def test_a_history_that_nothing_was_written_to_yet_is_empty(machine: Machine) -> None:
    machine.state.mkdir(parents=True)
    machine.history.touch(0o600)
    ran = machine.run("list", "--json")
    assert (ran.code, ran.out, ran.err) == (0, b"[]\n", "")


def test_a_history_that_was_being_written_is_still_read(machine: Machine) -> None:
    machine.run("send", stdin=SECRET)
    killed = """
import os, sqlite3, sys
history = sqlite3.connect(sys.argv[1], isolation_level=None)
history.execute("PRAGMA cache_size = 1")
history.execute("BEGIN")
for number in range(200):
    history.execute("INSERT INTO sent SELECT url, ?, receipt_token, ?, 1, label, 1, 1, NULL,"
                    " NULL, NULL FROM sent LIMIT 1", (str(number), "x" * 4000))
os._exit(0)
"""
    machine.run("-c", killed, machine.history, program=(sys.executable,))
    assert len(list(machine.state.glob("*-journal"))) == 1
    ran = machine.run("list", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert len(json.loads(ran.out)) == 1


@pytest.mark.parametrize("delay", some(WHILE_IMPORTING, 6))
def test_an_interruption_is_never_told_with_a_traceback(machine: Machine, delay: int) -> None:
    """`delay` is in ms from burnbag's first line on: while it imports, then while it reads."""
    process = machine.start("send")
    wait_until(lambda: handles_signals(process), every=0.0005)
    time.sleep(delay / 1000)
    assert interrupt(process) == Ran(1, b"", "burnbag: interrupted\n")


@pytest.mark.parametrize("delay", some(WHILE_STARTING, 4))
def test_an_interruption_before_the_first_line_does_nothing(machine: Machine, delay: int) -> None:
    """Python is still starting then, and ends as it likes; but not by a line of ours."""
    process = machine.start("send")
    time.sleep(delay / 1000)
    ran = interrupt(process)
    assert ran.code != 0 and ran.out == b""
    assert ran.err == "burnbag: interrupted\n" or ", in run\n" not in ran.err
    assert machine.kept() == b""


DEFERRED = """
import os, signal
from burnbag.cli import interrupts
interrupts.install()
try:
    with interrupts.defer():
        os.kill(os.getpid(), signal.SIGINT)
        print("imported")
    print("went on")
except KeyboardInterrupt:
    print("interrupted")
"""
LOST = """
import os, signal, time
from burnbag.cli import interrupts
class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        print("finalized")
interrupts.install()
try:
    Finalized()
    time.sleep(5)
    print("went on")
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupted_import_is_finished_first(machine: Machine) -> None:
    ran = machine.run("-c", DEFERRED, program=(sys.executable,))
    assert (ran.code, ran.out, ran.err) == (0, b"imported\ninterrupted\n", "")


def test_an_interruption_that_python_loses_is_made_again(machine: Machine) -> None:
    """A finalizer can't let an exception out: Python would print it and go on."""
    ran = machine.run("-c", LOST, program=(sys.executable,))
    assert (ran.code, ran.out, ran.err) == (0, b"interrupted\n", "")


TIDYING = """
import time
from burnbag.cli import interrupts
interrupts.install()
try:
    print("working", flush=True)
    time.sleep(30)
except KeyboardInterrupt:
    print("tidying", flush=True)
    time.sleep(0.5)
    print("tidied", flush=True)
"""
LATE = """
import atexit, os, sys
from burnbag import cli
for number in map(int, sys.argv[1:]):
    atexit.register(os.kill, os.getpid(), number)
sys.argv[1:] = ["--version"]
cli.run()
"""


@pytest.mark.parametrize("by", SIGNALS)
def test_a_second_signal_does_not_cut_the_tidying_short(machine: Machine, by: int) -> None:
    process = machine.start("-c", TIDYING, program=(sys.executable,))
    assert process.stdout
    assert process.stdout.readline() == b"working\n"
    process.send_signal(by)
    assert process.stdout.readline() == b"tidying\n"
    for other in SIGNALS:
        process.send_signal(other)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, b"tidied\n", b"")


def test_a_signal_after_the_end_changes_nothing(machine: Machine) -> None:
    ran = machine.run("-c", LATE, *map(int, SIGNALS), program=(sys.executable,))
    assert (ran.code, ran.err) == (0, "")


def test_a_full_disk_takes_no_link(machine: Machine) -> None:
    with open("/dev/full", "wb") as full:
        ran = machine.run("send", stdin=SECRET, stdout=full)
    assert (ran.code, ran.err) == (1, "burnbag: No space left on device\n")
    assert len(json.loads(machine.run("list", "--json").out)) == 1


def test_a_disk_that_fills_up_keeps_no_part_of_a_file(machine: Machine, big_link: str) -> None:
    """A limit on the size of files is a disk that fills up."""
    ran = machine.shell('trap "" XFSZ; ulimit -f 1000; burnbag open "$1" -o out', big_link)
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: out: File too large; {AGAIN}\n")
    assert machine.files() == set()
    assert machine.run("open", big_link, "-o", "out").code == 0
    assert (machine.work / "out").read_bytes() == BIG


def test_a_killed_command_is_simply_run_again(
    machine: Machine, server: Served, big_link: str
) -> None:
    server.faults.slow = 0.1
    process = machine.start("open", big_link, "-o", "out")
    wait_until(lambda: was_asked(server, "GET /bucket/"))
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
    assert not (machine.work / "out").exists()
    for left in machine.work.iterdir():
        left.unlink()
    server.faults.slow = 0.0
    assert machine.run("open", big_link, "-o", "out").code == 0
    assert (machine.work / "out").read_bytes() == BIG


def test_lost_answers_and_broken_downloads_are_made_good(
    machine: Machine, server: Served, big_link: str
) -> None:
    server.faults.drop[:] = ["/reveal"]
    server.faults.cut[:] = [100_000, 3_000_000]
    ran = machine.run("open", big_link)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == BIG
