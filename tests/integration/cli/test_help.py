"""`burnbag` as it introduces itself, and as it answers what it does not understand."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from burnbag.cli import interrupts
from burnbag.cli.main import group, run_command
from burnbag.cli.manual import all_commands
from burnbag.cli.pasted import NO_LINK, NO_REQUEST
from burnbag.links import MISTYPED
from tests.support.cli import Machine

COMMANDS = [name for name, _ in all_commands(group)]
SLOW = {"httpx", "botocore", "cryptography", "segno", "pyperclip", "sqlite3", "jwt"}
SECRET = "hunter2-canary"
LINK = f"https://burnbag.example/#{SECRET}.token"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_fits_a_screen(machine: Machine, option: str) -> None:
    ran = machine.run(option)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.text.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert "pg_dump mydb | burnbag send" in ran.text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_of_its_own(machine: Machine, command: str) -> None:
    ran = machine.run(*command.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith(f"Usage: burnbag {command} ")


def test_no_arguments_show_the_help_as_an_error(machine: Machine) -> None:
    ran = machine.run()
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("Usage: burnbag [--help] [--version] COMMAND")


def test_the_version_is_that_of_the_package(machine: Machine) -> None:
    import burnbag

    version = machine.run("--version").text
    assert re.fullmatch(
        rf"burnbag {re.escape(burnbag.__version__)} \(commit ([0-9a-f]{{7,40}}(-dirty)?|unknown)\)",
        version,
    )


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["send", "--help"], ["completion", "bash"]]
)
def test_what_needs_no_network_imports_nothing_that_takes_long(
    machine: Machine, args: list[str]
) -> None:
    script = (
        "import sys; sys.argv[0] = 'burnbag'\n"
        "import burnbag.cli\n"
        "try: burnbag.cli.run()\n"
        "except SystemExit: pass\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    command = [sys.executable, "-c", script, *args]
    ran = subprocess.run(command, env=machine.env, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in ran.stderr.split()}
    assert "click" in loaded
    assert not SLOW & loaded


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(machine: Machine, shell: str) -> None:
    ran = machine.run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert f"_BURNBAG_COMPLETE={shell}_complete" in ran.text


def test_bash_can_read_its_completion_and_completes_with_it(machine: Machine) -> None:
    script = machine.run("completion", "bash").text
    assert machine.shell('bash -n <<< "$1"', script).code == 0
    machine.env |= {"COMP_WORDS": "burnbag re", "COMP_CWORD": "1"}
    machine.env["_BURNBAG_COMPLETE"] = "bash_complete"
    assert machine.run().text.splitlines() == [
        "plain,request",
        "plain,receipt",
        "plain,revoke",
    ]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ([LINK], "there is no such command; see burnbag --help"),
        (["peek", LINK, LINK], "there is an argument too many; see burnbag peek --help"),
        (
            ["send", "--views", SECRET],
            "the value of --views can't be used; see burnbag send --help",
        ),
        (["send", "--views", "0"], "the value of --views can't be used; see burnbag send --help"),
        (["send", "--ttl", SECRET], "--ttl is in seconds, or like 90s, 15m, 1h30m, 7d, 2w"),
        (["send", f"--{SECRET}"], "there is no such option; see burnbag send --help"),
        (
            ["send", f"--vieuws={SECRET}"],
            "there is no such option, perhaps --views; see burnbag send --help",
        ),
        (["send", f"--copy={SECRET}"], "--copy lacks its value, or takes none; see burnbag --help"),
        (["send", "--label"], "--label lacks its value, or takes none; see burnbag --help"),
        (
            ["completion", SECRET],
            "the value of bash|zsh|fish can't be used; see burnbag completion --help",
        ),
        (["receipt"], "ID is missing; see burnbag receipt --help"),
        (["request", SECRET], "there is no such command; see burnbag request --help"),
        (["request", "open"], "ID is missing; see burnbag request open --help"),
        (
            ["request", "--label", SECRET, "list"],
            "options go behind list, open and revoke, and make no request there",
        ),
        (["request", "--max-size", SECRET], "--max-size is in bytes, or like 500KiB, 20MiB, 2GiB"),
        (["request", "--max-size", "0"], "--max-size is in bytes, or like 500KiB, 20MiB, 2GiB"),
        (["submit", SECRET], NO_REQUEST),
        (["submit"], "stdin is the link, so it can't be the secret too: name a file"),
        (["submit", "-", "file"], "no link was given"),
        (
            ["submit", "--resume", "--name", SECRET, "x"],
            "--resume goes on with what was begun; it takes no other answer",
        ),
        (["peek", LINK], MISTYPED),
        (["peek", SECRET], NO_LINK),
        (
            ["open", LINK.replace("https", "http")],
            MISTYPED,
        ),
        (["peek"], "no link was given"),
        (["open"], "no link was given"),
    ],
)
def test_a_usage_error_is_one_line_that_repeats_no_value(
    machine: Machine, args: list[str], error: str
) -> None:
    ran = machine.run(*args)
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")


def test_a_link_over_plain_http_is_refused(machine: Machine) -> None:
    token = "A" * 43
    ran = machine.run("peek", f"http://burnbag.example/#{'A' * 22}.{token}")
    assert (ran.code, ran.err) == (2, "burnbag: the URL must begin with https://\n")


@pytest.fixture
def signals() -> Iterator[None]:
    """A command ends with every signal ignored; this process, and all that it starts, goes on."""
    before = {number: signal.getsignal(number) for number in [*interrupts.STOPPING, signal.SIGALRM]}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_an_unexpected_error_tells_only_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise ValueError(SECRET)

    assert run_command(broken) == 1
    assert capsys.readouterr().err == "burnbag: unexpected ValueError; this is a defect\n"


def test_a_closed_stdout_is_refused_before_anything_is_done(machine: Machine) -> None:
    ran = machine.shell("burnbag list >&-")
    assert (ran.code, ran.err) == (1, "burnbag: stdout is closed\n")


def test_a_closed_stdin_and_stderr_do_no_harm(machine: Machine) -> None:
    ran = machine.shell("burnbag list --json <&- 2>&-")
    assert (ran.code, ran.out) == (0, b"[]\n")


def test_help_that_nobody_reads_says_so(machine: Machine) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = machine.run("--help", stdout=write)
    os.close(write)
    assert (ran.code, ran.err) == (1, "burnbag: the reader of the output went away\n")
