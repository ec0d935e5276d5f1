"""`burnbag open`, as a person and as a script use it."""

import re

import pytest

from burnbag.links import Link
from tests.support.cli import SECRET, Machine
from tests.support.server import Served, views_left

ASKED = "Open it? This uses 1 of 1 views. [y/N] "


@pytest.mark.parametrize("args", [["peek"], ["peek", "-"], ["open"]])
def test_a_link_is_read_from_stdin(recipient: Machine, link: str, args: list[str]) -> None:
    ran = recipient.run(*args, stdin=f"{link}\nnot this\n".encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out


def test_a_link_is_typed_without_being_shown(recipient: Machine, link: str) -> None:
    ran = recipient.type("peek", answers=[("Link: ", f"{link}\n")])
    assert ran.code == 0
    assert ran.err.startswith("Link: \nkind ")
    assert Link.parse(link).token not in ran.err


def test_a_mail_may_be_piped_or_pasted_as_it_is(recipient: Machine, link: str) -> None:
    mail = f"Here it is:\n> {link[:70]}\n> {link[70:]}\nBest wishes\n"
    assert recipient.run("peek", stdin=mail.encode()).code == 0
    ran = recipient.type("peek", answers=[("Link: ", mail)])
    assert ran.code == 0
    assert Link.parse(link).token not in ran.err


def test_two_links_are_refused_and_nothing_is_asked(
    recipient: Machine, server: Served, link: str
) -> None:
    other = link.replace("127.0.0.1", "localhost")
    ran = recipient.run("open", stdin=f"{link} or {other}".encode())
    assert ran.err == "burnbag: there is more than one link in it; give one of them\n"
    assert views_left(server, link) == 1


def test_to_a_pipe_go_exactly_the_bytes(recipient: Machine, link: str) -> None:
    ran = recipient.run("open", link)
    assert (ran.code, ran.out, ran.err) == (0, SECRET.encode(), "")
    assert recipient.files() == set()


@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_terminal_gets_a_final_newline(recipient: Machine, sender: Machine, ending: str) -> None:
    link = sender.run("send", stdin=f"Grüße\nund\t{SECRET}{ending}".encode()).text
    ran = recipient.type("open", link, answers=[(ASKED, "y\n")])
    assert ran.code == 0
    assert ran.err == f"{ASKED}y\nGrüße\nund\t{SECRET}\n"


@pytest.mark.parametrize("typed", ["n\n", "\n", "\x04"])
def test_who_declines_uses_no_view(
    recipient: Machine, server: Served, link: str, typed: str
) -> None:
    ran = recipient.type("open", link, answers=[(ASKED, typed)])
    assert ran.code == 1
    assert ran.err.endswith("burnbag: not opened; no view was used\n")
    assert views_left(server, link) == 1


def test_a_piped_link_is_asked_about_on_the_terminal(
    recipient: Machine, server: Served, link: str
) -> None:
    ran = recipient.type("open", stdin=link.encode(), answers=[(ASKED, "n\n")])
    assert (ran.code, views_left(server, link)) == (1, 1)
    ran = recipient.type("open", stdin=link.encode(), piped=True, answers=[(ASKED, "y\n")])
    assert (ran.code, ran.text) == (0, SECRET)


@pytest.mark.parametrize("around", ["<{}>", '"{}"', "'{}' "])
def test_what_stands_around_a_copied_link_does_not_matter(
    recipient: Machine, link: str, around: str
) -> None:
    assert recipient.run("peek", around.format(link)).code == 0
    assert recipient.run("peek", stdin=around.format(link).encode()).code == 0


def test_a_passphrase_is_read_from_stdin_where_nothing_else_is(
    recipient: Machine, locked_link: str
) -> None:
    both = f"{locked_link}\nopen sesame\n".encode()
    ran = recipient.run("open", "--passphrase-file", "-", stdin=both)
    assert (ran.code, ran.err) == (2, "burnbag: stdin can't be the passphrase too\n")
    ran = recipient.run("open", "--passphrase-file", "-", locked_link, stdin=b"open sesame\n")
    assert (ran.code, ran.text) == (0, SECRET)


def test_a_passphrase_from_stdin_is_typed_unseen_where_that_is_a_terminal(
    recipient: Machine, locked_link: str
) -> None:
    answers = [("Passphrase: ", "open sesame\n")]
    ran = recipient.type("open", "-y", "--passphrase-file", "-", locked_link, answers=answers)
    assert (ran.code, ran.err) == (0, f"Passphrase: \n{SECRET}\n")


def test_yes_is_not_asked(recipient: Machine, link: str) -> None:
    assert recipient.type("open", "--yes", link).err == f"{SECRET}\n"


def test_the_question_tells_how_many_views_there_are(recipient: Machine, sender: Machine) -> None:
    link = sender.run("send", "--views", "3", stdin=b"x").text
    ran = recipient.type("open", link, answers=[("[y/N] ", "yes\n")])
    assert ran.err.startswith("Open it? This uses 1 of 3 views. [y/N] ")
    assert ran.code == 0


def test_a_large_file_arrives_whole(recipient: Machine, sender: Machine) -> None:
    data = bytes(range(256)) * 20_000
    (sender.work / "big").write_bytes(data)
    link = sender.run("send", "big").text
    assert recipient.run("open", link, "-o", "big").code == 0
    assert (recipient.work / "big").read_bytes() == data


def test_a_bar_shows_what_takes_long_and_leaves_nothing_in_a_pipe(
    recipient: Machine, sender: Machine, server: Served
) -> None:
    (sender.work / "big").write_bytes(b"b" * 5_000_000)
    links = [sender.run("send", "big").text for _ in range(3)]
    assert recipient.type("open", "-y", links[2], "-o", "quick").err == "saved quick, 4.8 MiB\n"
    recipient.env["TERM"] = "xterm"
    server.faults.slow = 0.03
    try:
        seen = recipient.type("open", "-y", links[0], "-o", "one").err
        ran = recipient.run("open", links[1], "-o", "two")
    finally:
        server.faults.slow = 0.0
    assert re.search(r"\d\d%  [\d.]+ [KM]iB of 4\.9 MiB, [\d.]+ [KM]iB/s, 0:0\d left", seen)
    assert seen.rpartition("\r")[2].strip() == "saved one, 4.8 MiB"
    assert (ran.code, ran.err) == (0, "")
