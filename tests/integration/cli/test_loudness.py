"""How much a command says: the bar, `-v`, `-q`, `help`; and what completes it."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from io import BytesIO

import pytest
from burnbag_format.base64url import encode

from burnbag.cli import tty
from burnbag.cli.bar import Bar
from burnbag.cli.chosen import choose_stream
from burnbag.cli.open import NOBODYS
from burnbag.links import Link
from tests.support.cli import PATIENCE, Machine
from tests.support.server import Served

SECRET = "hunter2-canary"
DRAWN = re.compile(r"\r(\[[# ]{24}\] .*?|waiting for .*?|all is sent.*?) *\r")


def release(event: threading.Event) -> Callable[[], str]:
    """What types nothing, and lets go on what waits for it."""

    def let_go() -> str:
        event.set()
        return ""

    return let_go


@pytest.fixture
def shown(machine: Machine) -> Machine:
    """A machine whose terminal can show a bar."""
    machine.env["TERM"] = "xterm"
    return machine


def test_a_server_that_takes_its_time_is_waited_for_visibly(shown: Machine, server: Served) -> None:
    link = shown.run("send", stdin=b"x").text
    is_shown = threading.Event()
    server.hooks.before("secret", lambda: is_shown.wait(PATIENCE))
    ran = shown.type("peek", link, answers=[("waiting for the server … ", release(is_shown))])
    assert re.search(r"waiting for the server … \d+ s", ran.err)
    # It is gone before the answer is shown.
    assert re.search(r"\r +\rkind +text", ran.err)


def test_a_download_shows_how_far_it_is_in_the_units_of_sizes(
    shown: Machine, server: Served
) -> None:
    (shown.work / "large").write_bytes(bytes(5_000_000))
    link = shown.run("send", "large").text
    server.faults.slow = 0.03
    ran = shown.type("open", "-y", link, "-o", "out", piped=True)
    server.faults.slow = 0.0
    bars = DRAWN.findall(ran.err)
    assert any(re.search(r"%  \d+\.\d [KM]iB of 4\.9 MiB", bar) for bar in bars), ran.err
    assert ran.err.endswith("saved out, 4.8 MiB\n")
    assert (shown.work / "out").read_bytes() == bytes(5_000_000)


@pytest.mark.parametrize("option", [["-q"], []])
def test_nothing_is_drawn_where_nobody_wants_it(
    shown: Machine, server: Served, option: list[str]
) -> None:
    if not option:
        shown.env["TERM"] = "dumb"
    server.faults.refuse = [("POST /live", 503)]
    server.faults.retry_after = "1"
    ran = shown.type("send", *option, stdin=b"x", piped=True)
    server.faults.retry_after = ""
    assert ran.code == 0 and "\r" not in ran.err
    assert (ran.err == "") == bool(option)


def test_the_bar_scales_to_what_the_user_sent() -> None:
    bar = Bar(size=1000 * 1024)
    assert bar.describe(bar.state.began + 3) == "waiting for the server … 3 s"
    bar(550_000, 1_100_000)
    assert bar.describe(bar.state.began + 1).endswith("]  50%  500.0 KiB of 1.0 MiB")
    assert bar.describe(bar.state.began + 10).endswith("50.0 KiB/s, 0:10 left")
    bar(1_100_000, 1_100_000)
    at = bar.state.full_at
    assert at and bar.describe(at + 2) == "all is sent; the server works … 2 s"
    # An upload that broke off starts again.
    bar(0, 1_100_000)
    assert bar.describe(bar.state.began + 1).endswith("0 bytes of 1.0 MiB")


def test_what_comes_from_a_pipe_is_counted_while_it_comes() -> None:
    secret = choose_stream(BytesIO(b"x" * 5000))
    bar = Bar(before=secret.describe_wait)
    secret.content.read(3000)  # type: ignore[union-attr]
    assert bar.describe(bar.state.began + 2) == "3000 bytes read … 2 s"
    while secret.content.read(3000):  # type: ignore[union-attr]
        pass
    assert bar.describe(bar.state.began + 61) == "waiting for the server … 1:01"
    assert secret.known_size() == 5000


def test_each_request_is_shown_and_nothing_secret(machine: Machine, server: Served) -> None:
    (machine.work / "phrase").write_text("canary-phrase")
    server.faults.refuse = [("POST /live/v1/secrets", 503)]
    machine.env["AWS_SECRET_ACCESS_KEY"] = "canary-key"
    sent = machine.run("send", "-v", "--passphrase-file", "phrase", stdin=SECRET.encode())
    link = Link.parse(sent.text)
    opened = machine.run("-v", "open", sent.text, "--passphrase-file", "phrase")
    assert opened.out == SECRET.encode()
    said = sent.err + opened.err
    assert re.search(rf"^\* POST {server.url}/v1/secrets: 503 after \d+\.\d\d s", said, re.M)
    assert "* try 2 comes in " in said
    assert f"* POST {server.url}/v1/secrets/{link.id}/reveal: 200 after " in said
    assert all(line.startswith("* ") for line in said.splitlines())
    for canary in ("canary", link.token, encode(link.key or b""), "Authorization", "AWS4", "#"):
        assert canary not in said


def test_an_unexpected_answer_is_told_with_the_id_that_finds_it(
    machine: Machine, server: Served
) -> None:
    words = b'{"type": "urn:burnbag:problem:internal", "title": "burnbag made a mistake"}'
    server.faults.foreign = [(500, {"X-Request-Id": "c6af9ac6-7b61"}, words)]
    ran = machine.run("send", stdin=b"x")
    assert ran.err == "burnbag: burnbag made a mistake (request id c6af9ac6-7b61)\n"


def test_what_was_to_be_expected_is_told_without_an_id(machine: Machine, server: Served) -> None:
    link = machine.run("send", stdin=b"x").text
    words = b'{"type": "urn:burnbag:problem:not-found", "request_id": "c6af9ac6"}'
    server.faults.foreign = [(404, {}, words)]
    ran = machine.run("peek", link)
    assert (ran.code, ran.err) == (3, f"burnbag: {NOBODYS}\n")


def test_a_folder_for_temporary_files_that_is_not_there_is_named(machine: Machine) -> None:
    machine.env["TMPDIR"] = "/no/such/folder"
    script = (
        "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/no/such/folder']\n"
        "import sys; sys.argv = ['burnbag', 'send']; import burnbag.cli; burnbag.cli.run()"
    )
    process = machine.start("-c", script, program=(sys.executable,))
    _, err = process.communicate(bytes(5_000_000), timeout=60)
    said = "there is no folder for temporary files; set TMPDIR to one that can be written to"
    assert (process.returncode, err.decode()) == (1, f"burnbag: {said} and has room\n")


def test_saying_more_and_less_at_once_is_refused(machine: Machine) -> None:
    ran = machine.run("list", "-v", "-q")
    assert (ran.code, ran.err) == (2, "burnbag: -v says more and -q says less: use one of them\n")


def test_help_of_a_command_is_what_its_own_option_shows(machine: Machine) -> None:
    assert machine.run("help", "receipt").text == machine.run("receipt", "--help").text
    assert machine.run("help").text == machine.run("--help").text
    ran = machine.run("help", SECRET)
    assert (ran.code, ran.err) == (2, "burnbag: there is no such command; see burnbag --help\n")


def test_fish_gets_descriptions_whole(machine: Machine) -> None:
    script = machine.run("completion", "fish").text
    assert 'string split --max 1 "," $completion' in script
    machine.env |= {"COMP_WORDS": "burnbag re", "COMP_CWORD": "re"}
    machine.env["_BURNBAG_COMPLETE"] = "fish_complete"
    assert machine.run().text.splitlines() == [
        "plain,request\tAsk for a secret, and print the link to answer by.",
        "plain,receipt\tShow what became of a secret: opened when, by whom, erased.",
        "plain,revoke\tEnd a secret now: nobody can open it any more.",
    ]


def test_an_earlier_history_gets_its_new_columns_and_its_version_can_still_write(
    machine: Machine,
) -> None:
    machine.state.mkdir(parents=True)
    earlier = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1])\n"
        "db.execute('CREATE TABLE IF NOT EXISTS sent (url TEXT NOT NULL, id TEXT PRIMARY KEY, "
        "receipt_token TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, label TEXT, "
        "created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL)')\n"
        "db.execute('INSERT INTO sent (url, id, receipt_token, kind, size, label, created_at, "
        "expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)', "
        "('u', sys.argv[2], 't', 'text', 294, None, 1, 9999999999))\n"
        "db.commit()"
    )

    def write(name: str) -> None:
        subprocess.run([sys.executable, "-c", earlier, machine.history, name], check=True)

    write("A" * 22)
    entries = json.loads(machine.run("list", "--json").out)
    assert [(each["filename"], each["content_size"]) for each in entries] == [(None, None)]
    machine.run("send", stdin=b"x")
    write("B" * 22)
    assert len(json.loads(machine.run("list", "--json").out)) == 3


def test_a_terminal_that_is_quiet_is_told_nothing_but_trouble(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tty, "wants_quiet", True)
    tty.tell("revoked")
    tty.say("trouble")
    assert capsys.readouterr().err == "burnbag: trouble\n"
