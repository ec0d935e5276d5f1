"""What `burnbag open` refuses, and passphrases."""

from dataclasses import replace

import pytest

from burnbag.cli.open import NOBODYS
from burnbag.cli.pasted import NO_LINK
from burnbag.links import MISTYPED, Link
from burnbag.opening import INCOMPLETE
from tests.support.cli import SECRET, Machine
from tests.support.server import Served, views_left

NOT_LOST = "no view is lost if the whole link is opened here within two minutes"


def test_the_second_to_open_learns_that_it_is_gone(recipient: Machine, link: str) -> None:
    recipient.run("open", link)
    ran = recipient.run("open", link)
    assert (ran.code, ran.out) == (4, b"")
    assert ran.err.startswith("burnbag: the secret is gone: revealed since 20")
    assert ran.err.count("\n") == 1


def test_what_was_revoked_is_not_tried(recipient: Machine, sender: Machine, server: Served) -> None:
    link = sender.run("send", stdin=b"x").text
    sender.run("revoke", Link.parse(link).id)
    server.requests.clear()
    ran = recipient.run("open", link)
    assert ran.code == 4
    assert ran.err.startswith("burnbag: the secret is gone: revoked since 20")
    assert len(server.requests) == 1


@pytest.mark.parametrize("command", ["open", "peek"])
def test_an_unknown_link_is_not_found(recipient: Machine, link: str, command: str) -> None:
    other = replace(Link.parse(link), token="A" * 43).reveal()
    ran = recipient.run(command, other)
    assert (ran.code, ran.out) == (3, b"")
    assert ran.err == f"burnbag: {NOBODYS}\n"


def test_another_key_opens_nothing_and_writes_nothing(recipient: Machine, link: str) -> None:
    ran = recipient.run("open", replace(Link.parse(link), key=b"k" * 16).reveal(), "-o", "out")
    assert (ran.code, ran.out) == (1, b"")
    error = "what came does not decrypt: it was changed or cut short"
    assert ran.err == f"burnbag: {error}; {NOT_LOST}\n"
    assert recipient.files() == set()
    assert recipient.run("open", link).out == SECRET.encode()


def test_a_link_without_its_key_is_told_apart_and_loses_nothing(
    recipient: Machine, link: str
) -> None:
    part = replace(Link.parse(link), key=None).reveal()
    assert (
        recipient.run("peek", part).text.splitlines()[-1]
        == "encrypted   by the sender, but the link lacks its key or a part of it"
    )
    ran = recipient.run("open", part)
    error = f"{INCOMPLETE}; no view was used"
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")
    assert recipient.run("open", link).out == SECRET.encode()


def host(link: str) -> str:
    return link.split("/")[2]


def test_a_passphrase_is_asked_for_until_it_is_right(recipient: Machine, locked_link: str) -> None:
    asked = f"Passphrase for {host(locked_link)}: "
    wrong, right = (asked, "friend\n"), (asked, "open sesame\n")
    ran = recipient.type("open", "-y", locked_link, piped=True, answers=[wrong, wrong, right])
    assert (ran.code, ran.out) == (0, SECRET.encode())
    assert ran.err == (
        f"{asked}\nburnbag: the passphrase is wrong (4 left)\n"
        f"{asked}\nburnbag: the passphrase is wrong (3 left)\n"
        f"{asked}\n"
    )


def test_the_fifth_wrong_passphrase_ends_the_secret(recipient: Machine, locked_link: str) -> None:
    ran = recipient.type("open", "-y", locked_link, answers=[("Passphrase for ", "friend\n")] * 5)
    assert ran.code == 5
    assert ran.err.endswith("burnbag: the passphrase is wrong (that was the last guess)\n")
    assert recipient.run("open", locked_link).code == 4


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (["\n"], "the secret needs a passphrase"),
        (["friend\n", "\n"], "the passphrase is wrong (4 left)"),
    ],
)
def test_an_empty_passphrase_gives_up(
    recipient: Machine, server: Served, locked_link: str, typed: list[str], error: str
) -> None:
    answers = [("Passphrase for ", text) for text in typed]
    ran = recipient.type("open", "-y", locked_link, answers=answers)
    assert ran.code == 5
    assert ran.err.endswith(f"burnbag: {error}\n")
    assert views_left(server, locked_link) == 1


def test_without_a_terminal_a_passphrase_comes_from_a_file_alone(
    recipient: Machine, sender: Machine, locked_link: str
) -> None:
    ran = recipient.run("open", locked_link)
    assert (ran.code, ran.out) == (5, b"")
    assert ran.err == "burnbag: the secret needs a passphrase\n"
    (recipient.work / "wrong").write_text("friend\n")
    ran = recipient.run("open", locked_link, "--passphrase-file", "wrong")
    assert (ran.code, ran.err) == (5, "burnbag: the passphrase is wrong (4 left)\n")
    phrase = sender.work / "phrase"
    assert recipient.run("open", locked_link, "--passphrase-file", phrase).out == SECRET.encode()


def test_an_unfinished_upload_uses_nothing(
    recipient: Machine, sender: Machine, server: Served
) -> None:
    (sender.work / "big").write_bytes(b"b" * 5_000_000)
    link = sender.run("send", "big").text
    server.files.objects.clear()
    ran = recipient.run("open", link)
    error = "the sender has not finished uploading; nothing was consumed"
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")


def broken(link: str) -> dict[str, tuple[str, str]]:
    """What people may have instead of a link, and what they are told."""
    whole = link[:-1] + ("A" if link[-1] != "A" else "B")
    lacks = "the link lacks what follows its #: ask its sender for all of it; nothing was used"
    return {
        "a character is another": (whole, MISTYPED),
        "its end was cut": (link[:-3], MISTYPED),
        "its middle is missing": (link[:70] + link[75:], MISTYPED),
        "only its address": (link.partition("#")[0], lacks),
        "something else": ("https://docs.example/guide#chapter-two", NO_LINK),
        "nothing": (" ", "no link was given"),
    }


@pytest.mark.parametrize("case", list(broken("https://x/#a.b.c")))
@pytest.mark.parametrize("command", ["open", "peek"])
def test_what_is_no_whole_link_is_refused_alike_typed_piped_and_as_an_argument(
    recipient: Machine, server: Served, link: str, command: str, case: str
) -> None:
    text, why = broken(link)[case]
    server.requests.clear()
    told = (2, f"burnbag: {why}\n")
    ran = recipient.run(command, text)
    assert (ran.code, ran.err) == told
    ran = recipient.run(command, stdin=text.encode())
    assert (ran.code, ran.err) == told
    ran = recipient.type(command, answers=[("Link: ", f"{text}\n")])
    assert (ran.code, ran.err.removeprefix("Link: \n")) == told
    # Nobody was asked, so no view was used.
    assert server.requests == [] and views_left(server, link) == 1


@pytest.mark.parametrize("command", ["receipt", "revoke", "unfreeze"])
def test_a_sender_who_names_a_broken_link_ends_nothing(
    sender: Machine, server: Served, link: str, command: str
) -> None:
    server.requests.clear()
    ran = sender.run(command, link[:-1])
    assert (ran.code, ran.err) == (2, f"burnbag: {MISTYPED}\n")
    assert server.requests == [] and views_left(server, link) == 1


def test_a_link_without_its_key_is_refused_before_anything_is_asked_of_a_person(
    recipient: Machine, server: Served, locked_link: str
) -> None:
    part = replace(Link.parse(locked_link), key=None).reveal()
    ran = recipient.type("open", part)
    assert (ran.code, ran.err) == (2, f"burnbag: {INCOMPLETE}; no view was used\n")
    assert views_left(server, locked_link) == 1


def test_a_link_to_something_that_is_not_burnbag_is_refused_with_its_host(
    recipient: Machine, server: Served, link: str
) -> None:
    server.faults.foreign = [(200, {"Content-Type": "text/html"}, b"<html>")]
    ran = recipient.run("open", link)
    host_there = f"{host(link)} answers 200 with a web page, and not as burnbag does"
    assert (ran.code, ran.err) == (1, f"burnbag: {host_there}; is the URL right?\n")
    assert views_left(server, link) == 1
