"""Where `burnbag open` writes, and where it does not."""

import base64
import json
from pathlib import Path

import pytest

from tests.support.cli import SECRET, WITHOUT_RIGHTS, Machine
from tests.support.server import Served, views_left

NOT_LOST = "no view is lost if the whole link is opened here within two minutes"


def test_a_file_is_not_shown_on_a_terminal(
    recipient: Machine, server: Served, file_link: str
) -> None:
    ran = recipient.type("open", "-y", file_link)
    error = "this is a file: use -o FILE, -o . to save it under its own name, or -o - to show it"
    assert (ran.code, ran.err) == (2, f"burnbag: {error}\n")
    assert views_left(server, file_link) == 1


def test_a_file_is_shown_on_a_terminal_to_who_insists(recipient: Machine, file_link: str) -> None:
    ran = recipient.type("open", "-y", "-o", "-", file_link)
    assert (ran.code, ran.err) == (0, "%PDF \x1b[0m")


@pytest.mark.parametrize("data", [b"\x1b]0;title\x07", b"\xff", b"caf\xc3", b"a\x00b"])
def test_what_could_command_a_terminal_is_refused_and_can_be_had_again(
    recipient: Machine, sender: Machine, data: bytes
) -> None:
    link = sender.run("send", stdin=data).text
    ran = recipient.type("open", "-y", link)
    error = "this is not plain text; run the same again within two minutes, with -o FILE or -o -"
    assert ran.code == 1
    assert ran.err.endswith(f"burnbag: {error}\n")
    assert "\x1b" not in ran.err
    assert recipient.run("open", "-o", "-", link).out == data


def test_a_file_keeps_its_name_in_a_folder(recipient: Machine, file_link: str) -> None:
    (recipient.work / "in").mkdir()
    ran = recipient.run("open", file_link, "-o", "in")
    assert (ran.code, ran.out, ran.err) == (0, b"", "")
    assert recipient.files() == {"in", "in/report.pdf"}


def test_a_terminal_is_told_where_the_file_is(recipient: Machine, file_link: str) -> None:
    ran = recipient.type("open", "-y", file_link, "-o", ".")
    assert (ran.code, ran.err) == (0, "saved report.pdf, 9 bytes\n")


def test_a_text_without_a_name_is_saved_as_secret(recipient: Machine, link: str) -> None:
    assert recipient.run("open", link, "-o", ".").code == 0
    assert recipient.files() == {"secret"}


def test_an_existing_file_is_refused_before_anything_is_used(
    recipient: Machine, server: Served, link: str
) -> None:
    (recipient.work / "out").write_text("mine")
    ran = recipient.run("open", link, "-o", "out")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err == "burnbag: out exists already; --force overwrites it\n"
    assert (recipient.work / "out").read_text() == "mine"
    assert views_left(server, link) == 1
    assert recipient.run("open", link, "-o", "out", "--force").code == 0
    assert (recipient.work / "out").read_text() == SECRET
    assert recipient.files() == {"out"}


def test_an_existing_file_of_the_senders_name_can_still_be_overwritten(
    recipient: Machine, file_link: str
) -> None:
    (recipient.work / "report.pdf").write_text("mine")
    ran = recipient.run("open", file_link, "-o", ".")
    error = "report.pdf exists already; run the same again within two minutes, with --force"
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")
    assert (recipient.work / "report.pdf").read_text() == "mine"
    assert recipient.run("open", file_link, "-o", ".", "-f").code == 0
    assert (recipient.work / "report.pdf").read_bytes().startswith(b"%PDF")
    assert recipient.files() == {"report.pdf"}


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
    recipient: Machine, server: Served, link: str, output: str, error: str
) -> None:
    (recipient.work / "locked").mkdir(mode=0o500)
    (recipient.work / "dangling").symlink_to("missing")
    (recipient.work / "loop").symlink_to("loop")
    ran = recipient.run("open", link, "-o", output, program=WITHOUT_RIGHTS)
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")
    assert views_left(server, link) == 1


def test_a_name_that_is_too_long_uses_nothing(
    recipient: Machine, server: Served, link: str
) -> None:
    ran = recipient.run("open", link, "-o", "x" * 300)
    assert (ran.code, ran.err) == (1, f"burnbag: {'x' * 300}: File name too long\n")
    assert views_left(server, link) == 1


def test_what_a_symbolic_link_leads_to_is_overwritten_and_the_link_stays(
    recipient: Machine, link: str
) -> None:
    (recipient.work / "kept").mkdir()
    (recipient.work / "kept" / "real").write_text("mine")
    (recipient.work / "out").symlink_to("kept/real")
    assert recipient.run("open", link, "-o", "out").code == 2
    assert recipient.run("open", link, "-o", "out", "-f").code == 0
    assert (recipient.work / "out").is_symlink()
    assert (recipient.work / "kept" / "real").read_text() == SECRET


def test_a_pipe_is_written_to_and_not_replaced(recipient: Machine, link: str) -> None:
    ran = recipient.shell('burnbag open "$1" -o >(tr a-z A-Z; echo .) | cat', link)
    assert (ran.code, ran.text) == (0, f"{SECRET.upper()}.")
    assert recipient.run("open", link, "-o", "/dev/null").code == 4
    assert not Path("/dev/null").is_file()


def test_json_has_a_text(recipient: Machine, link: str) -> None:
    ran = recipient.run("open", "--json", link)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {
        "kind": "text",
        "filename": None,
        "media_type": "application/octet-stream",
        "size": len(SECRET),
        "views_left": 0,
        "identified_as": None,
        "secret": SECRET,
    }


def test_json_has_bytes_in_base64(recipient: Machine, sender: Machine) -> None:
    link = sender.run("send", stdin=b"\xff\x00").text
    found = json.loads(recipient.run("open", "--json", link).out)
    assert base64.b64decode(found["secret_base64"]) == b"\xff\x00"
    assert "secret" not in found


def test_json_has_the_path_of_a_file(recipient: Machine, file_link: str) -> None:
    ran = recipient.run("open", "--json", "-o", ".", file_link)
    found = json.loads(ran.out)
    assert (found["path"], found["filename"]) == ("report.pdf", "report.pdf")
    assert not {"secret", "secret_base64"} & found.keys()


def test_json_and_the_secret_can_not_both_have_stdout(
    recipient: Machine, server: Served, link: str
) -> None:
    ran = recipient.run("open", "--json", "-o", "-", link)
    assert (ran.code, ran.err) == (2, "burnbag: --json and -o - both want stdout\n")
    assert views_left(server, link) == 1
