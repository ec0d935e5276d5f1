"""`burnbag request` and `burnbag submit`: asked on one machine, answered on a stranger's."""

import json
import os
import stat
import time
from pathlib import Path

import pytest

from burnbag.request_links import AnswerLink, RequestLink
from tests.support.cli import PATIENCE, SECRET, WITHOUT_RIGHTS, Machine, interrupt, wait_until
from tests.support.server import Served, hold_parts

PROMPT = "Secret (not shown; Enter and Ctrl-D end it): "
QUESTION = "Answer it? That can be done once. [y/N] "
LABEL = "API key for staging"


def ask(machine: Machine, *options: str) -> str:
    """The link that a request prints."""
    ran = machine.run("request", "--label", LABEL, *options)
    assert (ran.code, ran.err) == (0, "")
    return ran.text


def id_of(link: str) -> str:
    return RequestLink.parse(link).id


def keys(machine: Machine) -> list[Path]:
    return list(machine.state.glob("*.request"))


def submitted(server: Served) -> bool:
    return any(request.endswith("/submit") for request in server.requests)


def test_a_secret_is_asked_for_given_and_opened(
    machine: Machine, recipient: Machine, server: Served
) -> None:
    ran = machine.run("request", "--label", LABEL, "--ttl", "2h")
    assert (ran.code, ran.err) == (0, "") and ran.out == ran.text.encode() + b"\n"
    link = RequestLink.parse(ran.text)
    assert link.base == server.url
    receipt = server.store.receipts[link.id]
    assert (receipt.label, receipt.expires_at - receipt.created_at) == (LABEL, 7200)
    ran = recipient.run("submit", ran.text, stdin=SECRET.encode())
    assert (ran.code, ran.out) == (0, b"")
    assert f"for       {LABEL}\n" in ran.err
    assert "takes     a text or a file, at most " in ran.err and " GiB encrypted\n" in ran.err
    assert ran.err.splitlines()[-1].startswith("answered; only who asked can open it, until ")
    assert QUESTION not in ran.err and SECRET not in ran.err
    ran = machine.run("request", "open", link.id)
    assert (ran.code, ran.out, ran.err) == (0, SECRET.encode(), "")
    assert server.store.receipts[link.id].state == "revealed"


def test_the_private_key_is_in_a_file_of_ones_own_until_the_answer_was_opened(
    machine: Machine, recipient: Machine
) -> None:
    link = ask(machine)
    (file,) = keys(machine)
    assert file.name == f"{id_of(link)}.request"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keep = AnswerLink.parse(json.loads(file.read_text())["keep"])
    # The link to send is not kept: who reads the folder could answer.
    assert RequestLink.parse(link).token.encode() not in machine.kept()
    recipient.run("submit", link, stdin=SECRET.encode())
    assert machine.run("request", "open", "-o", "answer", "--", id_of(link)[:6]).code == 0
    assert (machine.work / "answer").read_text() == SECRET
    kept = machine.kept()
    assert keys(machine) == [] and keep.reveal()[-100:].encode() not in kept
    assert keep.private_key not in kept and SECRET.encode() not in kept
    ran = machine.run("request", "open", id_of(link))
    assert ran.code == 3 and "no request that was made here, and is open" in ran.err


def test_a_key_that_can_not_be_kept_takes_the_request_back(
    machine: Machine, server: Served
) -> None:
    machine.state.mkdir(parents=True)
    machine.state.chmod(0o500)
    before = set(server.store.receipts)
    ran = machine.run("request", "--label", LABEL, program=WITHOUT_RIGHTS)
    assert (ran.code, ran.out) == (1, b"")
    assert "the private key can't be kept: Permission denied; the request was revoked" in ran.err
    (made,) = server.store.receipts.keys() - before
    assert server.store.receipts[made].state == "revoked"
    ran = machine.run("request", "--json", program=WITHOUT_RIGHTS)
    assert ran.code == 0 and "only the link to keep in the JSON opens the answer" in ran.err
    assert AnswerLink.parse(json.loads(ran.out)["keep"])
    machine.state.chmod(0o700)


def test_json_has_everything_and_the_link_to_keep_opens_elsewhere(
    machine: Machine, recipient: Machine, sender: Machine
) -> None:
    options = ["--kind", "text", "--max-size", "20KiB", "--ttl", "90m"]
    asked = json.loads(machine.run("request", "--json", "--label", LABEL, *options).out)
    assert list(asked) == [
        *("id", "link", "keep", "receipt_token", "kinds", "max_bytes", "ttl"),
        *("created_at", "expires_at", "label"),
    ]
    assert (asked["kinds"], asked["ttl"], asked["label"]) == (["text"], 5400, LABEL)
    assert 20 * 1024 < asked["max_bytes"] < 24 * 1024
    recipient.run("submit", asked["link"], stdin=b"x" * 20 * 1024)
    # Another machine with the same credentials, and a link that a mail program has wrapped.
    wrapped = f"> {asked['keep'][:90]}\n> {asked['keep'][90:]}\n"
    ran = sender.run("open", "-", stdin=wrapped.encode())
    assert (ran.code, ran.out) == (0, b"x" * 20 * 1024)
    # Here the key is of no use any more, and is forgotten.
    assert len(keys(machine)) == 1
    ran = machine.run("request", "open", asked["id"])
    assert ran.code == 4 and "revealed" in ran.err
    assert keys(machine) == []


def test_a_request_link_is_not_opened_and_it_is_said_what_to_do(
    machine: Machine, recipient: Machine
) -> None:
    link = ask(machine)
    advice = "this link asks for a secret and opens none: answer it with burnbag submit"
    for command in ("open", "peek"):
        ran = recipient.run(command, link)
        assert (ran.code, ran.err) == (2, f"burnbag: {advice}\n")
    sent = machine.run("send", stdin=b"x").text
    ran = recipient.run("submit", sent)
    assert (ran.code, ran.err) == (2, "burnbag: this link opens a secret: burnbag open\n")


def test_a_person_sees_who_asks_for_what_and_is_asked_before_anything_is_typed(
    machine: Machine, recipient: Machine, server: Served
) -> None:
    link = ask(machine)
    ran = recipient.type("submit", link, answers=[(QUESTION, "n\n")])
    assert ran.code == 1 and "not answered; nothing was sent" in ran.err
    assert ran.err.index(f"for       {LABEL}") < ran.err.index(QUESTION)
    assert "asked by  " in ran.err and PROMPT not in ran.err and not submitted(server)
    answers = [(QUESTION, "y\n"), (PROMPT, f"{SECRET}\nsecond line\n\x04")]
    ran = recipient.type("submit", "-q", link, answers=answers)
    assert f"for       {LABEL}" in ran.err
    assert ran.code == 0 and SECRET not in ran.err
    assert machine.run("request", "open", id_of(link)).out == f"{SECRET}\nsecond line\n".encode()


def test_yes_asks_nothing(machine: Machine, recipient: Machine) -> None:
    link = ask(machine)
    ran = recipient.type("submit", "--yes", link, answers=[(PROMPT, f"{SECRET}\n\x04")])
    assert ran.code == 0 and QUESTION not in ran.err
    assert machine.run("request", "open", id_of(link)).out == SECRET.encode()


def test_the_link_is_typed_unseen_or_comes_from_stdin(machine: Machine, recipient: Machine) -> None:
    link, other = ask(machine), ask(machine)
    (recipient.work / "key.pem").write_bytes(b"-----BEGIN")
    ran = recipient.run("submit", "-", "key.pem", stdin=f"It is at {link}.\n".encode())
    assert ran.code == 0, ran.err
    assert machine.run("request", "open", id_of(link), "-o", ".").code == 0
    assert (machine.work / "key.pem").read_bytes() == b"-----BEGIN"
    answers = [("Link: ", f"{other}\n"), (QUESTION, "y\n"), (PROMPT, f"{SECRET}\n\x04")]
    ran = recipient.type("submit", answers=answers)
    assert ran.code == 0 and other not in ran.err
    ran = recipient.run("submit", "-", "key.pem", stdin=other.encode())
    assert ran.code == 4
    third = ask(machine)
    ran = recipient.run("submit", "-", stdin=third.encode())
    error = "burnbag: stdin is the link, so it can't be the secret too: name a file\n"
    assert (ran.code, ran.err) == (2, error)


def test_files_and_folders_go_as_they_do_by_send(machine: Machine, recipient: Machine) -> None:
    link, other = ask(machine), ask(machine, "--kind", "file")
    folder = recipient.work / "keys"
    folder.mkdir()
    (folder / "a.pem").write_bytes(b"a")
    assert recipient.run("submit", link, "keys").code == 0
    opened = json.loads(machine.run("request", "open", id_of(link), "--json").out)
    assert opened["filename"] == "keys.zip"
    assert recipient.run("submit", other, "--name", "dump.sql", stdin=b"").code == 0
    opened = json.loads(machine.run("request", "open", id_of(other), "--json").out)
    assert (opened["filename"], opened["secret"]) == ("dump.sql", "")


def test_what_is_edited_is_sent(machine: Machine, recipient: Machine) -> None:
    link = ask(machine)
    recipient.env["EDITOR"] = "sh -c 'printf hunter2 > \"$1\"' sh"
    assert recipient.type("submit", "--yes", "--edit", link).code == 0
    assert machine.run("request", "open", id_of(link)).out == b"hunter2"


@pytest.mark.parametrize(
    ("kind", "arguments", "error"),
    [
        ("text", ["report.pdf"], "the request takes a text and no file: pipe it in, or type it"),
        ("text", ["--name", "x"], "the request takes a text and no file: pipe it in, or type it"),
        ("file", [], "the request takes a file: name one, or give what is piped in a --name"),
    ],
)
def test_what_was_not_asked_for_is_refused_before_it_is_read(
    machine: Machine,
    recipient: Machine,
    server: Served,
    kind: str,
    arguments: list[str],
    error: str,
) -> None:
    (recipient.work / "report.pdf").write_bytes(b"%PDF")
    ran = recipient.run("submit", ask(machine, "--kind", kind), *arguments, stdin=SECRET.encode())
    assert ran.code == 2 and f"burnbag: {error}" in ran.err
    assert not submitted(server)


def test_too_much_is_refused_with_the_limit(machine: Machine, recipient: Machine) -> None:
    link = ask(machine, "--max-size", "1KiB")
    ran = recipient.run("submit", link, stdin=b"x" * 100_000)
    assert ran.code == 1 and "the request takes at most " in ran.err
    assert recipient.run("submit", link, stdin=b"x" * 1024).code == 0


def test_an_end_is_said_in_words_of_its_own(machine: Machine, recipient: Machine) -> None:
    answered, revoked = ask(machine), ask(machine)
    recipient.run("submit", answered, stdin=b"x")
    assert machine.run("request", "revoke", id_of(revoked)).err == "revoked\n"
    for link, words in (
        (answered, "the request was answered already on "),
        (revoked, "the request was revoked by who made it on "),
    ):
        ran = recipient.run("submit", link, stdin=SECRET.encode())
        assert (ran.code, ran.out) == (4, b"") and words in ran.err
        assert len(ran.err.splitlines()) == 1


def test_an_unknown_request_says_what_that_may_mean(machine: Machine, recipient: Machine) -> None:
    link = RequestLink.parse(ask(machine))
    wrong = RequestLink(link.base, "A" * 22, link.token, link.public_key)
    ran = recipient.run("submit", wrong.reveal(), stdin=b"x")
    assert ran.code == 3 and "no request has this id and token" in ran.err


def test_nobody_has_answered_yet_has_an_exit_code_of_its_own(machine: Machine) -> None:
    link = ask(machine)
    ran = machine.run("request", "open", id_of(link))
    assert (ran.code, ran.err) == (11, "burnbag: nobody has answered the request yet\n")
    ran = machine.run("request", "open", id_of(link), "--wait", "--timeout", "1s")
    assert ran.code == 11
    assert len(keys(machine)) == 1


def test_waiting_ends_with_the_answer(machine: Machine, recipient: Machine) -> None:
    link = ask(machine)
    waiting = machine.start("request", "open", "--wait", id_of(link))
    time.sleep(0.5)
    assert recipient.run("submit", link, stdin=SECRET.encode()).code == 0
    out, err = waiting.communicate(timeout=PATIENCE)
    assert (waiting.returncode, out) == (0, SECRET.encode()), err


def test_the_list_says_how_each_stands_and_forgets_what_has_ended(
    machine: Machine, recipient: Machine, sender: Machine
) -> None:
    waits, answered, gone = ask(machine), ask(machine), ask(machine)
    recipient.run("submit", answered, stdin=b"x")
    kept = json.loads((machine.state / f"{id_of(gone)}.request").read_text())
    token = AnswerLink.parse(kept["keep"]).token
    # On another machine of the same account.
    assert sender.run("request", "revoke", "--", id_of(gone), stdin=token.encode()).code == 0
    listed = json.loads(machine.run("request", "list", "--json").out)
    states = {each["id"]: each["state"] for each in listed}
    assert states == {
        id_of(waits): "requested",
        id_of(answered): "answered",
        id_of(gone): "revoked",
    }
    assert not {"keep", "receipt_token", "link"} & set(listed[0])
    assert len(keys(machine)) == 2
    ran = machine.run("request", "list")
    assert ran.text.splitlines()[0].split() == [
        *("id", "state", "asked", "expires", "takes", "label"),
    ]
    assert id_of(waits) in ran.text and LABEL in ran.text and id_of(gone) not in ran.text


def test_revoking_by_either_command_forgets_the_key(machine: Machine, server: Served) -> None:
    for command in (["request", "revoke"], ["revoke"]):
        link = ask(machine)
        assert machine.run(*command, id_of(link)).code == 0
        assert keys(machine) == [] and server.store.receipts[id_of(link)].state == "revoked"
    ran = machine.run("request", "list")
    assert (ran.code, ran.err) == (0, "no request that was made here is open\n")


def test_a_key_of_what_is_over_is_forgotten_when_a_command_looks(machine: Machine) -> None:
    link = ask(machine)
    (file,) = keys(machine)
    found = json.loads(file.read_text())
    file.write_text(json.dumps(found | {"over_at": int(time.time()) - 3601}))
    (machine.state / "damaged.request").write_text("{")
    assert machine.run("request", "open", id_of(link)).code == 3
    assert [file.name for file in keys(machine)] == ["damaged.request"]


def test_receipt_and_list_know_requests(machine: Machine, recipient: Machine) -> None:
    link = ask(machine)
    ran = machine.run("receipt", link)
    assert ran.code == 0
    assert "state    requested\n" in ran.text + "\n" and "takes    a text or a file" in ran.text
    assert "views left" not in ran.text and "size" not in ran.text
    assert f"{id_of(link)}  " in machine.run("list").text
    recipient.run("submit", link, stdin=b"x")
    shown = machine.run("receipt", id_of(link)).text
    assert "answered    " in shown and " from 192.0.2.7" in shown
    entry = next(
        line for line in machine.run("list", "--remote").text.splitlines() if id_of(link) in line
    )
    assert "sealed" in entry
    receipt = json.loads(machine.run("receipt", "--json", id_of(link)).out)
    assert len(receipt["sealed_key"]) == 172


def test_a_large_file_goes_on_where_it_broke_off(
    machine: Machine, recipient: Machine, server: Served
) -> None:
    data = os.urandom(64 * 1024) * 17 * 16
    (recipient.work / "disk.img").write_bytes(data)
    link = ask(machine)
    server.files.uploads.clear()
    with hold_parts(server, after=1):
        process = recipient.start("submit", link, "disk.img")
        # All three of its parts are on their way at once.
        wait_until(lambda: sum("PUT /bucket/" in request for request in server.requests) == 3)
        wait_until(lambda: any(server.files.uploads.values()))
        ran = interrupt(process)
    assert ran.code == 1
    assert "what has arrived is kept for a day: burnbag submit --resume goes on\n" in ran.err
    assert recipient.run("send", "--resume").code == 2
    ran = recipient.run("submit", "--resume")
    assert ran.code == 0 and ran.err.startswith("answered; only who asked can open it")
    assert list(recipient.state.glob("*.resume")) == []
    assert machine.run("request", "open", id_of(link), "-o", "copy").code == 0
    assert (machine.work / "copy").read_bytes() == data


def test_an_answer_that_shows_nothing_plain_can_be_had_again(
    machine: Machine, recipient: Machine
) -> None:
    link = ask(machine)
    recipient.run("submit", link, stdin=b"\x1b[2J")
    ran = machine.type("request", "open", "--yes", id_of(link))
    assert ran.code == 1 and "not plain text; run the same again within two minutes" in ran.err
    assert machine.run("request", "open", id_of(link)).out == b"\x1b[2J"
    assert keys(machine) == []


def test_nothing_of_an_answer_is_kept_where_it_was_given(
    machine: Machine, recipient: Machine
) -> None:
    link = ask(machine)
    recipient.run("submit", link, stdin=SECRET.encode())
    kept = recipient.kept()
    assert SECRET.encode() not in kept and RequestLink.parse(link).token.encode() not in kept
