"""What lets `burnbag open` be run again: this machine's idempotency keys."""

import os
import re
import sys
from dataclasses import replace

import pytest

from burnbag.links import Link
from tests.support.cli import NOBODY, PATIENCE, SECRET, Machine
from tests.support.server import Served, views_left

KEY = """
import sys
from burnbag import Link
from burnbag.cli import idempotency
print(idempotency.make_keys(Link.parse(sys.argv[1]))(0))
"""


def test_the_same_machine_has_the_same_key_and_another_one_has_not(
    recipient: Machine, sender: Machine, link: str
) -> None:
    def key(of: Machine) -> str:
        return of.run("-c", KEY, link, program=(sys.executable,)).text

    assert re.fullmatch(r"[\w-]{43}", key(recipient), re.ASCII)
    assert key(recipient) == key(recipient)
    assert key(recipient) != key(sender)
    before = key(recipient)
    (recipient.state / "machine-secret").write_bytes(b"cut short")
    assert key(recipient) == key(recipient) != before
    assert [path.name for path in recipient.state.iterdir()] == ["machine-secret"]


NO_LINKS = """
import os
def link(source, target): raise PermissionError(1, "Operation not permitted")
os.link = link
"""


def test_a_file_system_without_hard_links_keeps_a_secret_too(recipient: Machine, link: str) -> None:
    keys = {
        recipient.run("-c", NO_LINKS + KEY, link, program=(sys.executable,)).text for _ in range(2)
    }
    assert len(keys) == 1 and keys != {""}
    assert [path.name for path in recipient.state.iterdir()] == ["machine-secret"]


def test_where_nothing_can_be_kept_only_yes_opens(
    recipient: Machine, server: Served, link: str
) -> None:
    recipient.state.parent.mkdir(parents=True)
    recipient.state.write_text("no folder")
    error = (
        f"nothing can be kept in {recipient.state}, so a view that breaks off could not be "
        "had again; --yes opens all the same"
    )
    ran = recipient.run("open", link)
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")
    assert views_left(server, link) == 1
    assert recipient.run("open", "--yes", link).out == SECRET.encode()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_who_has_no_home_can_open_all_the_same(recipient: Machine, link: str) -> None:
    del recipient.env["HOME"]
    ran = recipient.run("open", link, program=NOBODY)
    assert (ran.code, ran.err.startswith("burnbag: nothing can be kept in ~, so")) == (1, True)
    ran = recipient.run("open", link, "--yes", program=NOBODY)
    assert (ran.code, ran.text, ran.err) == (0, SECRET, "")


def test_where_nothing_can_be_kept_nobody_is_told_to_come_again(
    recipient: Machine, sender: Machine
) -> None:
    recipient.state.parent.mkdir(parents=True)
    recipient.state.write_text("no folder")
    (recipient.work / "report.pdf").write_text("mine")
    links = [sender.run("send", *args, stdin=b"\xff").text for args in ([], [], ["report.pdf"])]
    other = replace(Link.parse(links[0]), key=b"k" * 16).reveal()
    said = [
        recipient.run("open", "-y", "-o", "/dev/full", links[0]).err,
        recipient.type("open", "-y", links[1]).err,
        recipient.run("open", "-y", "-o", ".", links[2]).err,
        recipient.run("open", "-y", other).err,
    ]
    assert said[:3] == [
        "burnbag: /dev/full: No space left on device\n",
        "burnbag: this is not plain text\n",
        "burnbag: report.pdf exists already\n",
    ]
    assert "two minutes" not in said[3]


def test_many_that_start_at_once_agree_on_the_machines_secret(
    recipient: Machine, link: str
) -> None:
    started = [recipient.start("-c", KEY, link, program=(sys.executable,)) for _ in range(6)]
    assert len({process.communicate(timeout=PATIENCE)[0] for process in started}) == 1
    assert [path.name for path in recipient.state.iterdir()] == ["machine-secret"]
