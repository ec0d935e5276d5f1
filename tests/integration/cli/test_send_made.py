"""What `burnbag send` makes itself: several lines, an editor's text, an archive, a password."""

import io
import json
import os
import re
import stat
import sys
import time
import zipfile
from pathlib import Path

import pytest

from burnbag.cli import editor
from burnbag.links import Link
from tests.support.cli import WITHOUT_RIGHTS, Machine
from tests.support.server import Served

PROMPT = "Secret (not shown; Enter and Ctrl-D end it): "
CANARY = "hunter2-canary"


def link_of(shown: str) -> str:
    found = re.search(r"http://\S+#\S+", shown)
    assert found, shown
    return found[0]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("first\nsecond\n\x04", b"first\nsecond\n"),
        ("first\nsecond\x04\x04", b"first\nsecond"),
        ("one line\x04\x04", b"one line"),
        ("tpyo\x7f\x7f\x7fypo\n\x04", b"typo"),
        ("x" * 3000 + "\n" + "y" * 3000 + "\n\x04", b"x" * 3000 + b"\n" + b"y" * 3000 + b"\n"),
    ],
)
def test_several_lines_are_typed_until_ctrl_d_and_only_one_loses_its_end(
    machine: Machine, typed: str, sent: bytes
) -> None:
    ran = machine.type("send", answers=[(PROMPT, typed)])
    assert ran.code == 0
    assert not any(line in ran.err for line in ("first", "second", "typo", "x" * 12))
    assert machine.run("open", link_of(ran.err)).out == sent


@pytest.fixture
def edited(machine: Machine) -> Path:
    """An editor that notes where its file is and who may read it, and writes what it is told to."""
    program, note = machine.work / "editor", machine.work / "note"
    lines = [
        "#!/bin/sh",
        "for file; do :; done",
        'folder=$(dirname "$file")',
        f'stat -c "%n %a" "$file" "$folder" > {note}',
        "test -t 0 && test -t 1 || exit 9",
        'touch "$folder/.secret.txt.swp"',
        'printf "$TEXT" > "$file"',
        'if [ "$SIGNAL" ]; then kill -"$SIGNAL" $PPID; exec sleep 60; fi',
        'exit "${CODE:-0}"',
    ]
    program.write_text("\n".join(lines))
    program.chmod(0o755)
    machine.env |= {"VISUAL": f"{program} --wait", "EDITOR": "false", "TEXT": f"{CANARY}\\n"}
    return note


def test_a_text_is_written_in_an_editor_on_a_private_file_that_is_removed(
    machine: Machine, edited: Path
) -> None:
    ran = machine.type("send", "--edit", piped=True)
    assert ran.code == 0
    assert machine.run("open", ran.text).out == CANARY.encode()
    file, mode, folder, folder_mode = edited.read_text().split()
    assert (mode, folder_mode) == ("600", "700")
    assert Path(file).name == "secret.txt" and not Path(folder).exists()
    assert CANARY not in ran.err


@pytest.mark.parametrize(
    ("env", "code", "error"),
    [
        ({"TEXT": " \\n\\n"}, 1, "nothing was written, so nothing is sent"),
        ({"CODE": "3"}, 1, "the editor failed (3), so nothing is sent"),
        ({"TEXT": "\\377"}, 2, "what was written is not UTF-8"),
        ({"VISUAL": "no-such-editor"}, 2, "the editor can't be found: set VISUAL or EDITOR"),
        ({"VISUAL": "'"}, 2, "the editor can't be found: set VISUAL or EDITOR"),
    ],
)
def test_what_an_editor_leaves_undone_sends_nothing(
    machine: Machine, server: Served, edited: Path, env: dict[str, str], code: int, error: str
) -> None:
    machine.env |= env
    ran = machine.type("send", "--edit", piped=True)
    assert (ran.code, ran.out) == (code, b"")
    assert f"burnbag: {error}" in ran.err
    assert server.requests == []
    assert not edited.exists() or not Path(edited.read_text().split()[0]).exists()


@pytest.mark.parametrize("signal", ["TERM", "HUP", "QUIT"])
def test_a_signal_ends_the_editor_and_removes_its_file(
    machine: Machine, server: Served, edited: Path, signal: str
) -> None:
    machine.env["SIGNAL"] = signal
    began = time.monotonic()
    ran = machine.type("send", "--edit", piped=True)
    assert (ran.code, ran.out) == (1, b"") and time.monotonic() - began < 60
    assert ran.err.endswith("burnbag: interrupted\n")
    assert not Path(edited.read_text().split()[0]).exists()
    assert server.requests == []


# The signal comes when the editor runs, and `Popen` has not returned yet.
STARTING = """
import os, signal, subprocess
from pathlib import Path
from burnbag.cli import editor, interrupts
class Slow(subprocess.Popen):
    def __init__(self, *args, **options):
        global pid
        super().__init__(*args, **options)
        pid = self.pid
        os.kill(os.getpid(), signal.SIGTERM)
subprocess.Popen = Slow
interrupts.install()
try:
    editor.run(["sh", "-c", "exec sleep 60"], Path("file"))
except KeyboardInterrupt:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        print("the editor has ended")
"""


def test_a_signal_ends_an_editor_that_is_just_starting(machine: Machine) -> None:
    ran = machine.run("-c", STARTING, program=(sys.executable,))
    assert (ran.code, ran.out, ran.err) == (0, b"the editor has ended\n", "")


def test_ctrl_c_is_the_editors_while_it_runs(machine: Machine, edited: Path) -> None:
    machine.env["SIGNAL"] = "INT"
    script = (machine.work / "editor").read_text().replace("exec sleep 60", "sleep 0.3")
    (machine.work / "editor").write_text(script)
    ran = machine.type("send", "--edit", piped=True)
    assert machine.run("open", ran.text).out == CANARY.encode()


def test_the_editors_file_is_in_memory_where_the_system_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(editor, "FOUND_IN", str(mounts))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    mounts.write_text(f"rootfs / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n")
    assert editor.find_memory() == tmp_path
    mounts.write_text("rootfs / ext4 rw 0 0\n")
    assert editor.find_memory() is None


def test_where_there_is_no_memory_for_it_that_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor, "FOUND_IN", "/no/such/file")
    with editor.make_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "secret.txt~").write_text("x")
    assert not folder.exists()
    assert "the text is on its disk while you write" in capsys.readouterr().err


def test_a_folder_is_sent_as_one_zip_with_its_name(machine: Machine, server: Served) -> None:
    photos = machine.work / "photos"
    photos.mkdir()
    (photos / "large.jpg").write_bytes(os.urandom(5_000_000))
    (photos / "link").symlink_to("large.jpg")
    ran = machine.run("send", "photos")
    left_out = "left out, because an archive keeps only files: 1 symbolic link"
    assert (ran.code, ran.err) == (0, f"burnbag: {left_out}\n")
    assert machine.run("open", ran.text, "-o", "photos.zip").code == 0
    with zipfile.ZipFile(machine.work / "photos.zip") as zipped:
        assert zipped.namelist() == ["photos/", "photos/large.jpg"]
        assert zipped.read("photos/large.jpg") == (photos / "large.jpg").read_bytes()


def test_several_files_are_sent_as_one_zip(machine: Machine) -> None:
    for name in ("a.txt", "b.txt"):
        (machine.work / name).write_text(name)
    opened = json.loads(
        machine.run("open", "--json", machine.run("send", "a.txt", "b.txt").text).out
    )
    assert (opened["filename"], opened["media_type"]) == ("files.zip", "application/zip")
    named = machine.run("send", "a.txt", "b.txt", "--name", "mine.zip").text
    assert machine.run("open", named, "-o", ".").code == 0
    with zipfile.ZipFile(io.BytesIO((machine.work / "mine.zip").read_bytes())) as zipped:
        assert zipped.namelist() == ["a.txt", "b.txt"]


def test_a_file_that_can_not_be_read_stops_the_archive(machine: Machine, server: Served) -> None:
    (machine.work / "all").mkdir()
    for name in ("a", "b"):
        (machine.work / "all" / name).write_text(name)
    (machine.work / "all" / "b").chmod(0)
    ran = machine.run("send", "all", program=WITHOUT_RIGHTS)
    assert (ran.code, ran.err) == (1, "burnbag: all/b: Permission denied; nothing was sent\n")
    assert server.requests == []


def test_what_is_no_file_among_several_is_not_repeated(machine: Machine, server: Served) -> None:
    (machine.work / "a").write_text("a")
    ran = machine.run("send", "a", CANARY)
    assert ran.code == 2 and CANARY not in ran.err
    assert server.requests == []


def test_a_generated_secret_is_shown_once_and_sent(machine: Machine) -> None:
    ran = machine.type("send", "--generate", "characters", piped=True)
    found = re.search(
        r"^secret: (\S{20})  \(20 characters, 116 bits; it is shown only now\)$", ran.err, re.M
    )
    assert found, ran.err
    assert machine.run("open", ran.text).out == found[1].encode()
    assert found[1].encode() not in machine.kept()


def test_a_generated_passphrase_opens_the_secret_and_is_kept_nowhere(machine: Machine) -> None:
    args = ["send", "--passphrase", "--generate"]
    ran = machine.type(*args, stdin=b"x", piped=True)
    found = re.search(r"^passphrase: (\S+)  \(5 words, 80 bits; ", ran.err, re.MULTILINE)
    assert found, ran.err
    (machine.work / "phrase").write_text(found[1])
    assert machine.run("open", ran.text, "--passphrase-file", "phrase").out == b"x"
    assert found[1].encode() not in machine.kept()


def test_a_script_gets_what_was_generated_by_json_alone(machine: Machine, server: Served) -> None:
    made = json.loads(machine.run("send", "--generate", "--json").out)
    assert machine.run("open", made["link"]).out == made["generated"].encode()
    server.requests.clear()
    ran = machine.run("send", "--generate")
    error = "there is no terminal to show what is made on; --json prints it"
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")
    assert server.requests == []


@pytest.mark.parametrize(
    ("args", "first"),
    [
        (["a", "--generate", "--json"], "--generate makes the secret"),
        (["a", "--edit"], "--edit makes the secret"),
        (["--edit", "--generate", "--json"], "--edit makes the secret"),
        (
            ["a", "--passphrase", "--generate", "--json", "--passphrase-file", "b"],
            "--passphrase makes one, --passphrase-file reads one",
        ),
    ],
)
def test_two_secrets_or_two_passphrases_are_one_too_many(
    machine: Machine, server: Served, args: list[str], first: str
) -> None:
    (machine.work / "a").write_text("a")
    ran = machine.run("send", *args)
    assert ran.code == 2 and ran.err.startswith(f"burnbag: {first}")
    assert server.requests == []


def test_the_list_has_names_and_the_sizes_of_what_was_sent(machine: Machine) -> None:
    (machine.work / "report.pdf").write_bytes(b"%PDF" * 3)
    machine.run("send", "report.pdf")
    machine.run("send", "--label", "db", stdin=b"hunter2")
    entries = json.loads(machine.run("list", "--json").out)
    assert [(each["filename"], each["content_size"]) for each in entries] == [
        (None, 7),
        ("report.pdf", 12),
    ]
    shown = machine.run("list").text.splitlines()
    headings = ["id", "sent", "expires", "kind", "size", "name", "label", "for"]
    assert shown[0].split() == headings
    assert "7 bytes" in shown[1] and "12 bytes" in shown[2] and "report.pdf" in shown[2]
    receipt = machine.run("receipt", "--", entries[0]["id"]).text
    assert re.search(r"^size +7 bytes$", receipt, re.MULTILINE)
    peeked = machine.run("peek", Link.parse(machine.run("send", stdin=b"x").text).reveal()).text
    assert re.search(r"^size +\d+ bytes encrypted$", peeked, re.MULTILINE)
