"""Saying who alone may open it: what is taken, what is refused, and what the server makes of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Route, expect

from burnbag import Burnbag, Gone, NotTheRecipient, RecipientRequired
from burnbag.links import Link
from burnbag.recipients import normalize_recipients
from tests.page.named import ADA, EVE, ROLE, Guest
from tests.page.rooms import Room
from tests.page.sender import Sender, open_link

PATH: Final = "arn:aws:iam::123456789012:role/service-role/team/billing"
USER: Final = "arn:aws-us-gov:iam::123456789012:user/Ada,Lovelace+1@x"
SESSION: Final = "arn:aws:sts::123456789012:assumed-role/billing/1"
READ: Final = """async (text) => {
  const { normalizeRecipients, readRecipients } = await import("/scripts/send/recipients.js");
  return normalizeRecipients(readRecipients(text));
}"""
WRONG: Final = """async ([entry, people]) =>
  (await import("/scripts/send/recipients.js")).whatIsWrong(entry, people)"""


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.com",
        "  Ada@Example.COM\n\n@Example.org\r\n",
        "ada@example.com,bob@example.com;@example.org eve@example.com, ",
        f"{PATH}\n{ROLE},\n{USER}",
        f"{USER}, {ROLE}; ada@example.com",
    ],
)
def test_a_list_is_read_as_the_client_reads_it(text: str, blank: Page) -> None:
    entries = blank.evaluate(READ, text)
    assert entries == normalize_recipients(entries)
    lines = text.replace(f"{ROLE},", ROLE).replace(f"{USER},", USER).split()
    bare = [part for line in lines for part in ([line] if "arn:" in line else line.split(","))]
    each = [part.strip(";") for line in bare for part in line.split(";")]
    assert entries == normalize_recipients([entry for entry in each if entry])


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", []),
        (" ,;\n", []),
        ("Ada Lovelace <Ada@example.com>, Bob, Jr. <bob@example.com>", None),
        ("<ada@example.com>;<ada@example.com>", ["ada@example.com"]),
        ('"Ada" <ada@example.com>\nEve <eve@example.com>', ["ada@example.com", "eve@example.com"]),
        # The Kelvin sign, which is none of ASCII, and a k in lower case.
        ("\u212aurt@example.com", ["\u212aurt@example.com"]),
    ],
)
def test_what_a_mail_program_copies_is_read(
    text: str, entries: list[str] | None, blank: Page
) -> None:
    found = blank.evaluate(READ, text)
    if entries is None:
        assert {"ada@example.com", "bob@example.com"} <= set(found)
    else:
        assert found == entries


@pytest.mark.parametrize(
    ("entry", "people", "why"),
    [
        (ADA, True, None),
        ("@example.com", True, None),
        (ROLE, True, None),
        (PATH, False, None),
        (USER, False, None),
        (ADA, False, "people"),
        ("@example.com", False, "people"),
        (SESSION, True, "session"),
        ("arn:aws:iam::123456789012:root", True, "none"),
        ("arn:aws:iam::123456789012:group/admins", True, "none"),
        ("arn:aws:iam::123456789012:role/*", True, "none"),
        ("arn:aws:iam::123456789012:role/team-*/billing", True, "none"),
        ("arn:aws:iam::12345:role/billing", True, "none"),
        (f"{ROLE}\n{ROLE}", True, "none"),
        ("arn:aws:sts::123456789012:federated-user/ada", True, "none"),
        ("role/billing", True, "none"),
        ("ada", True, "none"),
        ("ada@localhost", True, "none"),
        ("ada@*.com", True, "none"),
        ("\u212aurt@example.com", True, "none"),
        (f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.com", True, "none"),
    ],
)
def test_what_can_not_be_named_is_told_before_anything_is_encrypted(
    entry: str, people: bool, why: str | None, blank: Page
) -> None:
    assert blank.evaluate(WRONG, [entry, people]) == why


@pytest.fixture
def people() -> str:
    return "COGNITO"


@pytest.fixture
def facts(people: str | None) -> dict[str, Any]:
    """A burnbag where people sign in."""
    return {"people_auth": people}


@pytest.fixture
def guest(room: Room) -> Iterator[Guest]:
    with Burnbag(room.served.url, region="us-east-1") as burnbag:
        yield Guest(room.page, room.context, room.served, burnbag)


@pytest.fixture
def sender(guest: Guest, people: str) -> Sender:
    """Where one sends, signed in if that is needed."""
    sender = Sender(guest.page, guest.served)
    guest.page.goto(guest.url("#send"))
    if people == "COGNITO":
        sender.press("Sign in")
    expect(sender.heading("Send a secret")).to_be_visible()
    return sender


def named(sender: Sender, link: str) -> tuple[str, ...]:
    """Whom the server keeps it for."""
    found: tuple[str, ...] = sender.server.store.secrets[Link.parse(link).id].recipients
    return found


def send(sender: Sender, recipients: str) -> str:
    sender.type("hunter2")
    sender.name(recipients)
    return sender.send()


def test_who_is_named_opens_it_and_nobody_else(sender: Sender, guest: Guest) -> None:
    link = send(sender, f"Ada@Example.com, {ROLE}s")
    assert named(sender, link) == (ADA, f"{ROLE}s")
    assert sender.page.locator(".names li").all_inner_texts() == [ADA, f"{ROLE}s"]
    # The client is somebody with AWS credentials, of the role without the s.
    with pytest.raises(NotTheRecipient):
        open_link(link)
    assert guest.try_as(EVE, link) == 403
    assert guest.try_as(ADA, link) == 200
    guest.page.goto("about:blank")
    guest.visit(link)
    guest.sign_in()
    guest.wait_for("Somebody sent you a text")
    guest.take_steps()
    guest.wait_for("Here it is")
    assert guest.page.inner_text(".secret") == "hunter2"


@pytest.mark.parametrize(("size", "kind"), [(5000, "file"), (6_000_000, "upload")])
def test_files_are_for_named_people_too(
    size: int, kind: str, sender: Sender, tmp_path: Path
) -> None:
    (tmp_path / "backup.bin").write_bytes(bytes(size))
    sender.choose(tmp_path / "backup.bin")
    sender.name(f"{USER}\n{ADA}\n@example.org")
    link = sender.send()
    assert named(sender, link) == ("@example.org", ADA, USER)
    assert sender.server.store.secrets[Link.parse(link).id].kind == kind


def test_without_names_it_is_for_whoever_has_the_link(sender: Sender) -> None:
    link = send(sender, " \n")
    assert named(sender, link) == ()
    assert sender.page.locator(".names").count() == 0
    assert open_link(link).data == b"hunter2"


@pytest.mark.parametrize(
    ("recipients", "says"),
    [
        ("ada@example.com, bob", "“bob” is neither an e-mail address, nor a domain"),
        (SESSION, "is a session, and ends soon. Name the role itself"),
        ("\n".join(f"ada{n}@example.com" for n in range(21)), "At most 20 can be named."),
        ("<img src=x onerror=alert(1)>", "is neither an e-mail address"),
    ],
)
def test_a_name_that_is_none_is_said_and_nothing_is_sent(
    recipients: str, says: str, sender: Sender
) -> None:
    sender.type("hunter2")
    sender.name(recipients)
    # The mistake is seen, also where it was folded away.
    sender.page.get_by_text("Only for certain people").click()
    sender.go()
    sender.says(says)
    expect(sender.page.get_by_label("Only for", exact=True)).to_be_focused()
    assert sender.calls("POST /live/people/secrets") == 0
    sender.name(ADA)
    assert named(sender, sender.send()) == (ADA,)


@pytest.mark.parametrize("people", ["NONE"])
def test_where_nobody_signs_in_only_roles_can_be_named(sender: Sender) -> None:
    sender.type("hunter2")
    sender.name(ADA)
    sender.says("ARNs of IAM roles or users, one on each line.")
    sender.go()
    sender.says(f"Nobody signs in here, so “{ADA}” can\u2019t be named")
    sender.name(ROLE)
    assert named(sender, sender.send()) == (ROLE,)


def test_what_the_server_refuses_of_it_is_said_there(sender: Sender) -> None:
    problem = {"type": "urn:burnbag:problem:out-of-range", "title": "x", "field": "recipients"}
    sender.server.faults.words = json.dumps(problem).encode()
    sender.server.faults.refuse.append(("POST /live/people/secrets", 422))
    sender.type("hunter2")
    sender.name(ADA)
    sender.go()
    sender.says("The server does not take this.")
    expect(sender.page.get_by_label("Only for", exact=True)).to_be_focused()


@pytest.mark.parametrize("kept", [None, [], [EVE], [ADA, EVE], [f"{ADA},{EVE}"], "x", {}])
def test_a_server_that_keeps_it_for_others_is_not_trusted_with_it(
    kept: Any, sender: Sender
) -> None:
    def answer(route: Route) -> None:
        found = route.fetch()
        body = {**found.json(), "recipients": kept}
        route.fulfill(response=found, json=body)

    sender.page.route("**/people/secrets", answer)
    sender.type("hunter2")
    sender.name(ADA)
    sender.go()
    sender.says("What you put in is still here.")
    (receipt,) = sender.server.store.receipts.values()
    assert receipt.state == "revoked"


def test_the_names_leave_the_form_with_what_was_sent(sender: Sender) -> None:
    send(sender, ADA)
    sender.press("Send something else")
    expect(sender.heading("Send a secret")).to_be_visible()
    sender.page.get_by_text("Only for certain people").click()
    assert sender.page.get_by_label("Only for", exact=True).input_value() == ""


def test_the_receipt_says_who_is_named_and_who_else_tried(sender: Sender, guest: Guest) -> None:
    link = send(sender, ADA)
    sender.page.get_by_role("link", name="See the receipt").click()
    sender.says("Nobody has opened it yet.")
    assert sender.page.locator(".names li").all_inner_texts() == [ADA]
    assert "got nothing" not in guest.said
    for _ in range(2):
        assert guest.try_as(EVE, link) == 403
    sender.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    sender.says("Tried without being named, and got nothing: 2")
    expect(sender.page.locator(".views")).to_contain_text(EVE)
    sender.press("Withdraw it")
    sender.press("Withdraw it")
    sender.says("You withdrew it on")
    with pytest.raises((Gone, RecipientRequired)):
        open_link(link)
