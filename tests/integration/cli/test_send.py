"""`burnbag send`, as a person and as a script use it."""

import base64
import io
import json
import stat
import sys
import time

import pytest
import segno

from burnbag.cli.clipboard import INSTALL
from burnbag.links import Link
from tests.support.cli import PATIENCE, Machine
from tests.support.server import Served

SECRET = "hunter2-canary"
PROMPT = "Secret (not shown; Enter and Ctrl-D end it): "
END = "\n\x04"
NOT_KEPT = (
    "so the receipt token is not kept: without it (--json prints it) "
    "the secret can't be revoked and shows no receipt"
)


def test_stdin_is_sealed_and_only_the_link_is_printed(machine: Machine, server: Served) -> None:
    ran = machine.run("send", stdin=SECRET.encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == ran.text.encode() + b"\n"
    link = Link.parse(ran.text)
    assert link.base == server.url and link.key is not None
    assert server.store.receipts[link.id].kind == "text"
    assert machine.files() == set()
    assert machine.run("open", ran.text).out == SECRET.encode()


@pytest.mark.parametrize("argument", [[], ["-"]])
def test_bytes_that_are_no_text_come_back_as_they_were(
    machine: Machine, argument: list[str]
) -> None:
    data = bytes(range(256)) * 3
    link = machine.run("send", *argument, stdin=data).text
    assert machine.run("open", link).out == data


def test_a_file_is_sent_under_its_own_name(machine: Machine, server: Served) -> None:
    (machine.work / "report.pdf").write_bytes(b"%PDF")
    ran = machine.run("send", "report.pdf")
    assert (ran.code, ran.err) == (0, "")
    opened = json.loads(machine.run("open", "--json", ran.text).out)
    assert (opened["filename"], opened["media_type"]) == ("report.pdf", "application/pdf")


def test_a_name_makes_a_file_of_stdin(machine: Machine) -> None:
    link = machine.run("send", "--name", "dump.sql", stdin=b"").text
    assert machine.run("open", link, "-o", ".").code == 0
    assert machine.files() == {"dump.sql"}


def test_the_options_are_passed_on(machine: Machine, server: Served) -> None:
    options = ["--ttl", "15m", "--views", "3", "--label", "staging"]
    sent = json.loads(machine.run("send", "--json", *options, stdin=b"x").out)
    receipt = server.store.receipts[sent["id"]]
    assert (receipt.label, receipt.max_views) == ("staging", 3)
    assert receipt.expires_at - receipt.created_at == 15 * 60
    assert json.loads(machine.run("send", "--json", "--ttl", "90", stdin=b"x").out)["id"]


def test_json_has_everything(machine: Machine) -> None:
    ran = machine.run("send", "--json", "--views", "2", stdin=b"x")
    sent = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert list(sent) == [
        "id",
        "link",
        "receipt_token",
        "kind",
        "size",
        "passphrase",
        "max_views",
        "created_at",
        "expires_at",
        "label",
        "encrypted",
        "on_lock",
        "recipients",
    ]
    assert sent["expires_at"] - sent["created_at"] == 86400
    assert abs(sent["created_at"] - time.time()) < 60


def test_server_side_gives_a_link_without_a_key(machine: Machine) -> None:
    link = machine.run("send", "--server-side", stdin=b"x").text
    assert Link.parse(link).key is None
    assert machine.run("open", link).out == b"x"


def test_curl_opens_what_was_encrypted_on_the_server(machine: Machine) -> None:
    link = Link.parse(machine.run("send", "--server-side", stdin=b"x").text)
    (machine.work / "token").write_text(f"X-Burnbag-Token: {link.token}")
    url = f"{link.base}/v1/secrets/{link.id}/reveal"
    ran = machine.shell('curl -sS -X POST "$1" -H @token', url)
    assert json.loads(ran.out)["secret"] == "x"


def test_a_secret_is_typed_without_being_shown(machine: Machine) -> None:
    ran = machine.type("send", answers=[(PROMPT, f"{SECRET}{END}")])
    assert ran.code == 0
    assert SECRET not in ran.err
    prompt, link, note, end = ran.err.split("\n")
    assert (prompt, end) == (PROMPT, "")
    expires = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400))
    assert note.startswith(f"sealed; expires {expires} ")
    assert note.endswith(f" UTC, 1 view; burnbag receipt {Link.parse(link).id}")
    assert machine.run("open", link).out == SECRET.encode()


def test_stdout_has_the_link_alone_even_if_stderr_is_a_terminal(machine: Machine) -> None:
    ran = machine.type("send", "--views", "2", stdin=b"x", piped=True)
    assert Link.parse(ran.text).reveal().encode() + b"\n" == ran.out
    assert ", 2 views; burnbag receipt " in ran.err


@pytest.mark.parametrize("typed", [END, "\x04"])
def test_nothing_typed_is_nothing_sent(machine: Machine, server: Served, typed: str) -> None:
    ran = machine.type("send", answers=[(PROMPT, typed)])
    assert ran.code == 2
    assert "burnbag: nothing was typed\n" in ran.err
    assert server.requests == []


def test_an_empty_pipe_sends_nothing(machine: Machine, server: Served) -> None:
    ran = machine.run("send")
    assert (ran.code, ran.out, ran.err) == (2, b"", "burnbag: stdin is empty\n")
    assert server.requests == []


def test_what_is_no_file_is_not_repeated(machine: Machine, server: Served) -> None:
    ran = machine.run("send", SECRET)
    error = "there is no such file; a secret itself is piped in or typed when asked for"
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")
    assert server.requests == []


def test_trouble_with_reading_names_the_file(machine: Machine) -> None:
    ran = machine.run("send", "/proc/self/mem")
    assert (ran.code, ran.err) == (1, "burnbag: /proc/self/mem: Input/output error\n")


def test_a_passphrase_is_asked_for_twice_and_not_shown(machine: Machine, server: Served) -> None:
    asked = [("Passphrase: ", "open sesame\n"), ("The same again: ", "open sesame\n")]
    ran = machine.type("send", "--passphrase", answers=[(PROMPT, f"x{END}"), *asked])
    assert ran.code == 0
    assert "sesame" not in ran.err
    link = ran.err.split("\n")[3]
    assert server.store.receipts[Link.parse(link).id].passphrase


def test_a_passphrase_is_asked_for_on_the_terminal_when_stdin_is_the_secret(
    machine: Machine,
) -> None:
    asked = [("Passphrase: ", "open sesame\n"), ("The same again: ", "open sesame\n")]
    ran = machine.type("send", "--passphrase", stdin=b"x", piped=True, answers=asked)
    (machine.work / "phrase").write_text("open sesame\nnot this\n")
    assert machine.run("open", "--passphrase-file", "phrase", ran.text).out == b"x"


def test_two_passphrases_that_differ_are_asked_for_again(machine: Machine) -> None:
    mistyped = [("Passphrase: ", "open sesame\n"), ("again: ", "open sesami\n")]
    typed = [("Passphrase: ", "open sesame\n"), ("again: ", "open sesame\n")]
    ran = machine.type("send", "--passphrase", stdin=b"x", piped=True, answers=mistyped + typed)
    assert "burnbag: the two passphrases differ; once more\n" in ran.err
    (machine.work / "phrase").write_text("open sesame\n")
    assert machine.run("open", "--passphrase-file", "phrase", ran.text).out == b"x"


def test_an_empty_passphrase_sends_nothing(machine: Machine, server: Served) -> None:
    answers = [("Passphrase: ", "\n")]
    ran = machine.type("send", "--passphrase", stdin=b"x", piped=True, answers=answers)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.endswith("burnbag: the passphrase is empty\n")
    assert server.requests == []


def test_a_passphrase_comes_from_a_pipe(machine: Machine) -> None:
    script = "burnbag send --passphrase-file <(printf 'open sesame\\r\\n') <<< x"
    link = machine.shell(script).text
    (machine.work / "phrase").write_text("open sesame")
    assert machine.run("open", "--passphrase-file", "phrase", link).out == b"x\n"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (
            ["--passphrase"],
            "there is no terminal to ask for a passphrase on; use --passphrase-file",
        ),
        (
            ["--passphrase", "--passphrase-file", "empty"],
            "--passphrase asks, --passphrase-file reads: use one of them",
        ),
        (["--passphrase-file", SECRET], "the passphrase file: No such file or directory"),
        (["--passphrase-file", "empty"], "the passphrase file has an empty first line"),
        (["--passphrase-file", "bytes"], "the passphrase file is not UTF-8"),
    ],
)
def test_without_a_passphrase_nothing_is_sent(
    machine: Machine, server: Served, args: list[str], error: str
) -> None:
    (machine.work / "empty").write_bytes(b"\nsecond line")
    (machine.work / "bytes").write_bytes(b"\xff\xfe")
    ran = machine.run("send", *args, stdin=b"x")
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")
    assert server.requests == []


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--ttl", "1s"], "ttl: Must be from 1m to 30d."),
        (["--views", "100000"], "views: Must be from 1 to 100."),
    ],
)
def test_what_the_server_refuses_of_the_options_is_said_in_its_words(
    machine: Machine, args: list[str], error: str
) -> None:
    ran = machine.run("send", *args, stdin=b"x")
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")


OTHERWISE = "pipe it in, send a file, or use --edit"


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("x" * 4095 + END, f"a terminal cuts long lines; {OTHERWISE}"),
        ("x" * 6000 + END, f"a terminal cuts long lines; {OTHERWISE}"),
        ("caf\udce9" + END, "what was typed is not UTF-8"),
    ],
)
def test_what_a_terminal_would_take_a_part_of_is_not_sent(
    machine: Machine, server: Served, typed: str, error: str
) -> None:
    ran = machine.type("send", answers=[(PROMPT, typed)])
    assert (ran.code, ran.err) == (2, f"{PROMPT}\nburnbag: {error}\n")
    assert server.requests == []


def test_the_longest_line_that_can_be_typed_is_sent(machine: Machine) -> None:
    ran = machine.type("send", answers=[(PROMPT, "x" * 4094 + END)])
    assert machine.run("open", ran.err.split("\n")[1]).out == b"x" * 4094


def test_what_a_shell_substitutes_is_a_text_without_a_name(machine: Machine) -> None:
    link = machine.shell("burnbag send <(echo hunter2)").text
    opened = json.loads(machine.run("open", "--json", link).out)
    assert (opened["kind"], opened["filename"], opened["secret"]) == ("text", None, "hunter2\n")


def test_a_substituted_command_that_fails_sends_nothing(machine: Machine, server: Served) -> None:
    ran = machine.shell("burnbag send <(exit 1)")
    assert (ran.code, ran.out, ran.err) == (2, b"", "burnbag: the pipe is empty\n")
    assert server.requests == []


def test_the_passphrase_of_a_file_comes_from_stdin(machine: Machine) -> None:
    (machine.work / "report.pdf").write_bytes(b"%PDF")
    args = ["--passphrase-file", "-"]
    link = machine.run("send", "report.pdf", *args, stdin=b"open sesame\n").text
    assert machine.run("open", link, *args, stdin=b"open sesame").out == b"%PDF"
    ran = machine.run("send", *args, stdin=b"open sesame\n")
    assert (ran.code, ran.err) == (2, "burnbag: stdin can't be the passphrase too\n")


def test_no_server_is_said_in_one_line(machine: Machine) -> None:
    ran = machine.run("send", "--url", "http://127.0.0.1:1", stdin=b"x")
    assert (ran.code, ran.out) == (1, b"")
    why = "it is refused, nothing listens there"
    assert ran.err == f"burnbag: the connection to 127.0.0.1:1 could not be made: {why}\n"


def test_the_qr_code_is_that_of_the_link_and_on_stderr(machine: Machine) -> None:
    ran = machine.run("send", "--qr", stdin=b"x")
    drawn = io.StringIO()
    segno.make_qr(ran.text, error="l").terminal(out=drawn, compact=True)
    assert ran.code == 0
    assert ran.err == drawn.getvalue()
    assert ran.out.count(b"\n") == 1


def test_a_qr_code_that_can_not_be_shown_is_a_warning(machine: Machine) -> None:
    machine.env["PYTHONIOENCODING"] = "ascii"
    ran = machine.run("send", "--qr", stdin=b"x")
    assert (ran.code, ran.err) == (0, "burnbag: no QR code: ascii has no characters for it\n")
    assert machine.run("open", ran.text).out == b"x"


def test_klipper_gets_no_link_as_it_would_be_an_argument(machine: Machine) -> None:
    for name in ("klipper", "qdbus"):
        helper(machine, name, 'echo "$@" >> "$KEPT"')
    machine.env["PATH"] = str(machine.home / "bin")
    ran = machine.run("send", "--copy", stdin=b"x")
    assert ran.code == 1
    assert "Klipper would show it to every user of this machine" in ran.err
    kept = machine.work / "kept"
    assert not kept.exists() or ran.text not in kept.read_text()


def test_the_link_is_copied(machine: Machine) -> None:
    helper(machine, "xclip", 'if [ "$3" ]; then cat "$KEPT"; else cat > "$KEPT"; sleep 60 & fi')
    began = time.monotonic()
    ran = machine.run("send", "--copy", stdin=b"x")
    assert (ran.code, ran.err) == (0, "")
    assert (machine.work / "kept").read_text() == ran.text
    # The helper that stays behind holds nothing of ours open.
    assert time.monotonic() - began < 50


@pytest.mark.parametrize(
    ("helpers", "env", "why"),
    [
        (["xclip"], {"DISPLAY": ":0"}, "xclip did not take it"),
        ([], {"DISPLAY": ":0"}, f"there is no helper for the clipboard; {INSTALL}"),
        (["xclip"], {}, "there is no display here, and no terminal that could be asked"),
    ],
)
def test_a_link_that_is_not_copied_is_printed_all_the_same_and_it_is_said_why(
    machine: Machine, helpers: list[str], env: dict[str, str], why: str
) -> None:
    for name in helpers:
        helper(machine, name, "exit 1")
    machine.env.pop("DISPLAY", None)
    # No helper of the system's own.
    machine.env |= env | {"PATH": str(machine.home / "bin")}
    ran = machine.run("send", "--copy", stdin=b"x")
    assert ran.code == 1
    error = f"the secret is sealed and the link printed, but could not be copied: {why}"
    assert ran.err == f"burnbag: {error}\n"
    assert machine.run("open", ran.text).out == b"x"


def test_over_ssh_the_terminal_is_asked_to_copy(machine: Machine) -> None:
    machine.env |= {"SSH_CONNECTION": "192.0.2.7 1 192.0.2.8 22", "TERM": "xterm-256color"}
    ran = machine.type("send", "--copy", stdin=b"x", piped=True)
    encoded = base64.b64encode(ran.text.encode()).decode()
    assert ran.code == 0
    assert f"\x1b]52;c;{encoded}\a" in ran.err
    assert "the terminal was asked to copy the link" in ran.err


def helper(machine: Machine, name: str, script: str) -> None:
    """A program for the clipboard, which may keep what it is given in a file."""
    program = machine.home / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    kept = machine.work / "kept"
    path = f"{program.parent}:{machine.env['PATH']}"
    machine.env |= {"DISPLAY": ":0", "KEPT": str(kept), "PATH": path}


def test_what_is_kept_opens_nothing_and_is_private(machine: Machine) -> None:
    (machine.work / "name-canary.txt").write_text(SECRET)
    (machine.work / "phrase").write_text("open sesame")
    sent = machine.run("send", "--json", "name-canary.txt", "--passphrase-file", "phrase")
    link = Link.parse(json.loads(sent.out)["link"])
    machine.run("open", link.reveal(), "--passphrase-file", "phrase")
    kept = machine.kept()
    assert json.loads(sent.out)["receipt_token"].encode() in kept
    assert b"name-canary.txt" in kept
    for canary in (SECRET, "sesame", link.token, link.reveal().rpartition(".")[2]):
        assert canary.encode() not in kept
    assert stat.S_IMODE(machine.state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in machine.state.iterdir()} == {0o600}


def test_a_history_that_can_not_be_written_is_a_warning(machine: Machine) -> None:
    machine.state.parent.mkdir(parents=True)
    machine.state.write_text("no folder")
    ran = machine.run("send", stdin=b"x")
    assert ran.code == 0
    assert ran.err == f"burnbag: the history can't be used: File exists; {NOT_KEPT}\n"
    assert machine.run("open", "--yes", ran.text).out == b"x"


def test_many_send_at_once(machine: Machine) -> None:
    processes = [machine.start("send") for _ in range(6)]
    for process in processes:
        assert process.stdin
        process.stdin.write(b"x")
        process.stdin.close()
        process.stdin = None
    ended = [
        (process.communicate(timeout=PATIENCE)[1], process.returncode) for process in processes
    ]
    assert ended == [(b"", 0)] * 6
    assert len(json.loads(machine.run("list", "--json").out)) == 6


RECORD = """
import datetime, secrets
from burnbag import Sent
from burnbag.cli import history
now = datetime.datetime.now(datetime.UTC)
for _ in range(40):
    id = secrets.token_urlsafe(16)
    history.record("https://x", Sent(id, "", "token", "text", 1, False, 1, now, now))
"""


def test_no_entry_is_lost_to_others_who_write(machine: Machine) -> None:
    started = [machine.start("-c", RECORD, program=(sys.executable,)) for _ in range(4)]
    ended = [(process.communicate(timeout=PATIENCE)[1], process.returncode) for process in started]
    assert ended == [(b"", 0)] * 4
    assert len(json.loads(machine.run("list", "--json").out)) == 160
