"""`burnbag open` and `burnbag peek`, as a person and as a script use them."""

import base64
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from burnbag.links import Link
from tests.support.cli import NOBODY, WITHOUT_RIGHTS, Machine
from tests.support.server import Served, serving

SECRET = "hunter2-canary"
NOT_LOST = "no view is lost if the whole link is opened here within two minutes"
ASKED = "Open it? This uses 1 of 1 views. [y/N] "


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.fixture
def machine(tmp_path: Path, server: Served) -> Machine:
    """The recipient's: it has no URL and no credentials."""
    machine = Machine(tmp_path)
    for name in [name for name in machine.env if name.startswith("AWS_")]:
        del machine.env[name]
    return machine


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


def views_left(server: Served, link: str) -> int:
    return server.store.secrets[Link.parse(link).id].views_left


def test_peek_shows_what_a_link_leads_to(machine: Machine, locked_link: str) -> None:
    ran = machine.run("peek", locked_link)
    assert (ran.code, ran.err) == (0, "")
    lines = dict(line.split("  ", 1) for line in ran.text.splitlines())
    assert {key: value.strip() for key, value in lines.items() if key != "expires"} == {
        "kind": "text",
        "size": "80 bytes",
        "views left": "1 of 1",
        "passphrase": "yes",
        "encrypted": "by the sender",
    }
    assert ran.text.splitlines()[3].endswith(" UTC")


def test_peek_for_scripts(machine: Machine, sender: Machine) -> None:
    link = sender.run("send", "--server-side", "--views", "2", stdin=b"four").text
    ran = machine.run("peek", "--json", link)
    found = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert found.pop("expires_at") - found.pop("created_at") == 86400
    assert found == {
        "id": Link.parse(link).id,
        "kind": "text",
        "size": 4,
        "passphrase": False,
        "max_views": 2,
        "views_left": 2,
        "key_in_link": False,
    }


def test_peek_uses_no_view(machine: Machine, server: Served, link: str) -> None:
    machine.run("peek", link)
    assert views_left(server, link) == 1


@pytest.mark.parametrize("args", [["peek"], ["peek", "-"], ["open"]])
def test_a_link_is_read_from_stdin(machine: Machine, link: str, args: list[str]) -> None:
    ran = machine.run(*args, stdin=f"{link}\nnot this\n".encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out


def test_a_link_is_typed_without_being_shown(machine: Machine, link: str) -> None:
    ran = machine.type("peek", answers=[("Link: ", f"{link}\n")])
    assert ran.code == 0
    assert ran.err.startswith("Link: \nkind ")
    assert Link.parse(link).token not in ran.err


def test_to_a_pipe_go_exactly_the_bytes(machine: Machine, link: str) -> None:
    ran = machine.run("open", link)
    assert (ran.code, ran.out, ran.err) == (0, SECRET.encode(), "")
    assert machine.files() == set()


@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_terminal_gets_a_final_newline(machine: Machine, sender: Machine, ending: str) -> None:
    link = sender.run("send", stdin=f"Grüße\nund\t{SECRET}{ending}".encode()).text
    ran = machine.type("open", link, answers=[(ASKED, "y\n")])
    assert ran.code == 0
    assert ran.err == f"{ASKED}y\nGrüße\nund\t{SECRET}\n"


@pytest.mark.parametrize("typed", ["n\n", "\n", "\x04"])
def test_who_declines_uses_no_view(machine: Machine, server: Served, link: str, typed: str) -> None:
    ran = machine.type("open", link, answers=[(ASKED, typed)])
    assert ran.code == 1
    assert ran.err.endswith("burnbag: not opened; no view was used\n")
    assert views_left(server, link) == 1


def test_a_piped_link_is_asked_about_on_the_terminal(
    machine: Machine, server: Served, link: str
) -> None:
    ran = machine.type("open", stdin=link.encode(), answers=[(ASKED, "n\n")])
    assert (ran.code, views_left(server, link)) == (1, 1)
    ran = machine.type("open", stdin=link.encode(), piped=True, answers=[(ASKED, "y\n")])
    assert (ran.code, ran.text) == (0, SECRET)


@pytest.mark.parametrize("around", ["<{}>", '"{}"', "'{}' "])
def test_what_stands_around_a_copied_link_does_not_matter(
    machine: Machine, link: str, around: str
) -> None:
    assert machine.run("peek", around.format(link)).code == 0
    assert machine.run("peek", stdin=around.format(link).encode()).code == 0


def test_a_passphrase_is_read_from_stdin_where_nothing_else_is(
    machine: Machine, locked_link: str
) -> None:
    both = f"{locked_link}\nopen sesame\n".encode()
    ran = machine.run("open", "--passphrase-file", "-", stdin=both)
    assert (ran.code, ran.err) == (2, "burnbag: stdin can't be the passphrase too\n")
    ran = machine.run("open", "--passphrase-file", "-", locked_link, stdin=b"open sesame\n")
    assert (ran.code, ran.text) == (0, SECRET)


def test_a_passphrase_from_stdin_is_typed_unseen_where_that_is_a_terminal(
    machine: Machine, locked_link: str
) -> None:
    answers = [("Passphrase: ", "open sesame\n")]
    ran = machine.type("open", "-y", "--passphrase-file", "-", locked_link, answers=answers)
    assert (ran.code, ran.err) == (0, f"Passphrase: \n{SECRET}\n")


def test_yes_is_not_asked(machine: Machine, link: str) -> None:
    assert machine.type("open", "--yes", link).err == f"{SECRET}\n"


def test_the_question_tells_how_many_views_there_are(machine: Machine, sender: Machine) -> None:
    link = sender.run("send", "--views", "3", stdin=b"x").text
    ran = machine.type("open", link, answers=[("[y/N] ", "yes\n")])
    assert ran.err.startswith("Open it? This uses 1 of 3 views. [y/N] ")
    assert ran.code == 0


def test_a_file_is_not_shown_on_a_terminal(
    machine: Machine, server: Served, file_link: str
) -> None:
    ran = machine.type("open", "-y", file_link)
    error = "this is a file: use -o FILE, -o . to save it under its own name, or -o - to show it"
    assert (ran.code, ran.err) == (2, f"burnbag: {error}\n")
    assert views_left(server, file_link) == 1


def test_a_file_is_shown_on_a_terminal_to_who_insists(machine: Machine, file_link: str) -> None:
    ran = machine.type("open", "-y", "-o", "-", file_link)
    assert (ran.code, ran.err) == (0, "%PDF \x1b[0m")


@pytest.mark.parametrize("data", [b"\x1b]0;title\x07", b"\xff", b"caf\xc3", b"a\x00b"])
def test_what_could_command_a_terminal_is_refused_and_can_be_had_again(
    machine: Machine, sender: Machine, data: bytes
) -> None:
    link = sender.run("send", stdin=data).text
    ran = machine.type("open", "-y", link)
    error = "this is not plain text; run the same again within two minutes, with -o FILE or -o -"
    assert ran.code == 1
    assert ran.err.endswith(f"burnbag: {error}\n")
    assert "\x1b" not in ran.err
    assert machine.run("open", "-o", "-", link).out == data


def test_a_file_keeps_its_name_in_a_folder(machine: Machine, file_link: str) -> None:
    (machine.work / "in").mkdir()
    ran = machine.run("open", file_link, "-o", "in")
    assert (ran.code, ran.out, ran.err) == (0, b"", "")
    assert machine.files() == {"in", "in/report.pdf"}


def test_a_terminal_is_told_where_the_file_is(machine: Machine, file_link: str) -> None:
    ran = machine.type("open", "-y", file_link, "-o", ".")
    assert (ran.code, ran.err) == (0, "saved report.pdf, 9 bytes\n")


def test_a_text_without_a_name_is_saved_as_secret(machine: Machine, link: str) -> None:
    assert machine.run("open", link, "-o", ".").code == 0
    assert machine.files() == {"secret"}


def test_an_existing_file_is_refused_before_anything_is_used(
    machine: Machine, server: Served, link: str
) -> None:
    (machine.work / "out").write_text("mine")
    ran = machine.run("open", link, "-o", "out")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err == "burnbag: out exists already; --force overwrites it\n"
    assert (machine.work / "out").read_text() == "mine"
    assert views_left(server, link) == 1
    assert machine.run("open", link, "-o", "out", "--force").code == 0
    assert (machine.work / "out").read_text() == SECRET
    assert machine.files() == {"out"}


def test_an_existing_file_of_the_senders_name_can_still_be_overwritten(
    machine: Machine, file_link: str
) -> None:
    (machine.work / "report.pdf").write_text("mine")
    ran = machine.run("open", file_link, "-o", ".")
    error = "report.pdf exists already; run the same again within two minutes, with --force"
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")
    assert (machine.work / "report.pdf").read_text() == "mine"
    assert machine.run("open", file_link, "-o", ".", "-f").code == 0
    assert (machine.work / "report.pdf").read_bytes().startswith(b"%PDF")
    assert machine.files() == {"report.pdf"}


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("missing/out", "missing is not a folder"),
        ("missing/", "missing is not a folder"),
        ("", "-o lacks the name of a file"),
        ("dangling", "dangling is a symbolic link that leads nowhere"),
        ("loop", "loop is a symbolic link that leads nowhere"),
        ("locked/out", "locked can't be written to"),
    ],
)
def test_a_place_that_can_not_be_written_uses_nothing(
    machine: Machine, server: Served, link: str, output: str, error: str
) -> None:
    (machine.work / "locked").mkdir(mode=0o500)
    (machine.work / "dangling").symlink_to("missing")
    (machine.work / "loop").symlink_to("loop")
    ran = machine.run("open", link, "-o", output, program=WITHOUT_RIGHTS)
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")
    assert views_left(server, link) == 1


def test_a_name_that_is_too_long_uses_nothing(machine: Machine, server: Served, link: str) -> None:
    ran = machine.run("open", link, "-o", "x" * 300)
    assert (ran.code, ran.err) == (1, f"burnbag: {'x' * 300}: File name too long\n")
    assert views_left(server, link) == 1


def test_what_a_symbolic_link_leads_to_is_overwritten_and_the_link_stays(
    machine: Machine, link: str
) -> None:
    (machine.work / "kept").mkdir()
    (machine.work / "kept" / "real").write_text("mine")
    (machine.work / "out").symlink_to("kept/real")
    assert machine.run("open", link, "-o", "out").code == 2
    assert machine.run("open", link, "-o", "out", "-f").code == 0
    assert (machine.work / "out").is_symlink()
    assert (machine.work / "kept" / "real").read_text() == SECRET


def test_a_pipe_is_written_to_and_not_replaced(machine: Machine, link: str) -> None:
    ran = machine.shell('burnbag open "$1" -o >(tr a-z A-Z; echo .) | cat', link)
    assert (ran.code, ran.text) == (0, f"{SECRET.upper()}.")
    assert machine.run("open", link, "-o", "/dev/null").code == 4
    assert not Path("/dev/null").is_file()


def test_json_has_a_text(machine: Machine, link: str) -> None:
    ran = machine.run("open", "--json", link)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {
        "kind": "text",
        "filename": None,
        "media_type": "application/octet-stream",
        "size": len(SECRET),
        "views_left": 0,
        "secret": SECRET,
    }


def test_json_has_bytes_in_base64(machine: Machine, sender: Machine) -> None:
    link = sender.run("send", stdin=b"\xff\x00").text
    found = json.loads(machine.run("open", "--json", link).out)
    assert base64.b64decode(found["secret_base64"]) == b"\xff\x00"
    assert "secret" not in found


def test_json_has_the_path_of_a_file(machine: Machine, file_link: str) -> None:
    ran = machine.run("open", "--json", "-o", ".", file_link)
    found = json.loads(ran.out)
    assert (found["path"], found["filename"]) == ("report.pdf", "report.pdf")
    assert not {"secret", "secret_base64"} & found.keys()


def test_json_and_the_secret_can_not_both_have_stdout(
    machine: Machine, server: Served, link: str
) -> None:
    ran = machine.run("open", "--json", "-o", "-", link)
    assert (ran.code, ran.err) == (2, "burnbag: --json and -o - both want stdout\n")
    assert views_left(server, link) == 1


def test_the_second_to_open_learns_that_it_is_gone(machine: Machine, link: str) -> None:
    machine.run("open", link)
    ran = machine.run("open", link)
    assert (ran.code, ran.out) == (4, b"")
    assert ran.err.startswith("burnbag: the secret is gone: revealed since 20")
    assert ran.err.count("\n") == 1


def test_what_was_revoked_is_not_tried(machine: Machine, sender: Machine, server: Served) -> None:
    link = sender.run("send", stdin=b"x").text
    sender.run("revoke", Link.parse(link).id)
    server.requests.clear()
    ran = machine.run("open", link)
    assert ran.code == 4
    assert ran.err.startswith("burnbag: the secret is gone: revoked since 20")
    assert len(server.requests) == 1


@pytest.mark.parametrize("command", ["open", "peek"])
def test_an_unknown_link_is_not_found(machine: Machine, link: str, command: str) -> None:
    other = replace(Link.parse(link), token="A" * 43).reveal()
    ran = machine.run(command, other)
    assert (ran.code, ran.out) == (3, b"")
    assert ran.err == "burnbag: no secret has this id and token\n"


def test_another_key_opens_nothing_and_writes_nothing(machine: Machine, link: str) -> None:
    ran = machine.run("open", replace(Link.parse(link), key=b"k" * 16).reveal(), "-o", "out")
    assert (ran.code, ran.out) == (1, b"")
    error = "what came does not decrypt: it was changed or cut short"
    assert ran.err == f"burnbag: {error}; {NOT_LOST}\n"
    assert machine.files() == set()
    assert machine.run("open", link).out == SECRET.encode()


def test_a_link_without_its_key_is_told_apart_and_loses_nothing(
    machine: Machine, link: str
) -> None:
    part = replace(Link.parse(link), key=None).reveal()
    assert (
        machine.run("peek", part).text.splitlines()[-1]
        == "encrypted   by the server, or the link lacks its key"
    )
    ran = machine.run("open", part)
    error = "the link is incomplete: its last part, the key, is missing"
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}; {NOT_LOST}\n")
    assert machine.run("open", link).out == SECRET.encode()


def test_a_passphrase_is_asked_for_until_it_is_right(machine: Machine, locked_link: str) -> None:
    wrong = ("Passphrase: ", "friend\n")
    right = ("Passphrase: ", "open sesame\n")
    ran = machine.type("open", "-y", locked_link, piped=True, answers=[wrong, wrong, right])
    assert (ran.code, ran.out) == (0, SECRET.encode())
    assert ran.err == (
        "Passphrase: \nburnbag: the passphrase is wrong (4 left)\n"
        "Passphrase: \nburnbag: the passphrase is wrong (3 left)\n"
        "Passphrase: \n"
    )


def test_the_fifth_wrong_passphrase_ends_the_secret(machine: Machine, locked_link: str) -> None:
    ran = machine.type("open", "-y", locked_link, answers=[("Passphrase: ", "friend\n")] * 5)
    assert ran.code == 5
    assert ran.err.endswith("burnbag: the passphrase is wrong (the secret is locked)\n")
    assert machine.run("open", locked_link).code == 4


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (["\n"], "the secret needs a passphrase"),
        (["friend\n", "\n"], "the passphrase is wrong (4 left)"),
    ],
)
def test_an_empty_passphrase_gives_up(
    machine: Machine, server: Served, locked_link: str, typed: list[str], error: str
) -> None:
    answers = [("Passphrase: ", text) for text in typed]
    ran = machine.type("open", "-y", locked_link, answers=answers)
    assert ran.code == 5
    assert ran.err.endswith(f"burnbag: {error}\n")
    assert views_left(server, locked_link) == 1


def test_without_a_terminal_a_passphrase_comes_from_a_file_alone(
    machine: Machine, sender: Machine, locked_link: str
) -> None:
    ran = machine.run("open", locked_link)
    assert (ran.code, ran.out) == (5, b"")
    assert ran.err == "burnbag: the secret needs a passphrase\n"
    (machine.work / "wrong").write_text("friend\n")
    ran = machine.run("open", locked_link, "--passphrase-file", "wrong")
    assert (ran.code, ran.err) == (5, "burnbag: the passphrase is wrong (4 left)\n")
    phrase = sender.work / "phrase"
    assert machine.run("open", locked_link, "--passphrase-file", phrase).out == SECRET.encode()


def test_an_unfinished_upload_uses_nothing(
    machine: Machine, sender: Machine, server: Served
) -> None:
    (sender.work / "big").write_bytes(b"b" * 5_000_000)
    link = sender.run("send", "big").text
    server.files.objects.clear()
    ran = machine.run("open", link)
    error = "the sender has not finished uploading; nothing was consumed"
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")


def test_a_large_file_arrives_whole(machine: Machine, sender: Machine) -> None:
    data = bytes(range(256)) * 20_000
    (sender.work / "big").write_bytes(data)
    link = sender.run("send", "big").text
    assert machine.run("open", link, "-o", "big").code == 0
    assert (machine.work / "big").read_bytes() == data


def test_a_bar_shows_what_takes_long_and_leaves_nothing_in_a_pipe(
    machine: Machine, sender: Machine, server: Served
) -> None:
    (sender.work / "big").write_bytes(b"b" * 5_000_000)
    links = [sender.run("send", "big").text for _ in range(3)]
    assert machine.type("open", "-y", links[2], "-o", "quick").err == "saved quick, 4.8 MiB\n"
    server.faults.slow = 0.03
    try:
        seen = machine.type("open", "-y", links[0], "-o", "one").err
        ran = machine.run("open", links[1], "-o", "two")
    finally:
        server.faults.slow = 0.0
    assert re.search(r"[\d.]+M/5\.00M \[00:0\d<00:0\d, [\d.]+MB/s\]", seen)
    assert seen.rpartition("\r")[2].strip() == "saved one, 4.8 MiB"
    assert (ran.code, ran.err) == (0, "")


KEY = """
import sys
from burnbag import Link
from burnbag.cli import machine
print(machine.idempotency_key(Link.parse(sys.argv[1])))
"""


def test_the_same_machine_has_the_same_key_and_another_one_has_not(
    machine: Machine, sender: Machine, link: str
) -> None:
    def key(of: Machine) -> str:
        return of.run("-c", KEY, link, program=(sys.executable,)).text

    assert re.fullmatch(r"[\w-]{43}", key(machine), re.ASCII)
    assert key(machine) == key(machine)
    assert key(machine) != key(sender)
    before = key(machine)
    (machine.state / "machine-secret").write_bytes(b"cut short")
    assert key(machine) == key(machine) != before
    assert [path.name for path in machine.state.iterdir()] == ["machine-secret"]


NO_LINKS = """
import os
def link(source, target): raise PermissionError(1, "Operation not permitted")
os.link = link
"""


def test_a_file_system_without_hard_links_keeps_a_secret_too(machine: Machine, link: str) -> None:
    keys = {
        machine.run("-c", NO_LINKS + KEY, link, program=(sys.executable,)).text for _ in range(2)
    }
    assert len(keys) == 1 and keys != {""}
    assert [path.name for path in machine.state.iterdir()] == ["machine-secret"]


def test_where_nothing_can_be_kept_only_yes_opens(
    machine: Machine, server: Served, link: str
) -> None:
    machine.state.parent.mkdir(parents=True)
    machine.state.write_text("no folder")
    error = (
        f"nothing can be kept in {machine.state}, so a view that breaks off could not be "
        "had again; --yes opens all the same"
    )
    ran = machine.run("open", link)
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")
    assert views_left(server, link) == 1
    assert machine.run("open", "--yes", link).out == SECRET.encode()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_who_has_no_home_can_open_all_the_same(machine: Machine, link: str) -> None:
    del machine.env["HOME"]
    ran = machine.run("open", link, program=NOBODY)
    assert (ran.code, ran.err.startswith("burnbag: nothing can be kept in ~, so")) == (1, True)
    ran = machine.run("open", link, "--yes", program=NOBODY)
    assert (ran.code, ran.text, ran.err) == (0, SECRET, "")


def test_where_nothing_can_be_kept_nobody_is_told_to_come_again(
    machine: Machine, sender: Machine
) -> None:
    machine.state.parent.mkdir(parents=True)
    machine.state.write_text("no folder")
    (machine.work / "report.pdf").write_text("mine")
    links = [sender.run("send", *args, stdin=b"\xff").text for args in ([], [], ["report.pdf"])]
    other = replace(Link.parse(links[0]), key=b"k" * 16).reveal()
    said = [
        machine.run("open", "-y", "-o", "/dev/full", links[0]).err,
        machine.type("open", "-y", links[1]).err,
        machine.run("open", "-y", "-o", ".", links[2]).err,
        machine.run("open", "-y", other).err,
    ]
    assert said[:3] == [
        "burnbag: /dev/full: No space left on device\n",
        "burnbag: this is not plain text\n",
        "burnbag: report.pdf exists already\n",
    ]
    assert "two minutes" not in said[3]


def test_many_that_start_at_once_agree_on_the_machines_secret(machine: Machine, link: str) -> None:
    started = [machine.start("-c", KEY, link, program=(sys.executable,)) for _ in range(6)]
    assert len({process.communicate(timeout=30)[0] for process in started}) == 1
    assert [path.name for path in machine.state.iterdir()] == ["machine-secret"]
