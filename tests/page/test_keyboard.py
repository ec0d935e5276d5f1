"""Sending by the keyboard alone: Tab, Enter, and what is typed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from burnbag import Gone
from burnbag.links import Link
from tests.page.sender import Sender, open_link
from tests.support.server import Served

# More than there are on any view.
MOST_STOPS: Final = 30
NAME: Final = """() => {
  const { activeElement: focused } = document;
  const named = focused.labels?.[0] ?? focused.closest("label") ?? focused;
  return focused.getAttribute("aria-label") ?? named.textContent;
}"""

STAY_CLOSED: Final = """(picker) => picker.addEventListener("click", (event) => {
  event.preventDefault();
  picker.dataset.pressed = "";
}, { once: true })"""


@pytest.fixture
def facts() -> dict[str, Any]:
    return {}


@pytest.fixture
def sender(page: Page, server: Served) -> Iterator[Sender]:
    """Somebody without a mouse, who has come to where one sends."""
    sender = Sender(page, server)
    page.goto(server.url + "/")
    expect(sender.heading("Open a link")).to_be_focused()
    go_to(page, "Send a secret")
    page.keyboard.press("Enter")
    expect(sender.heading("Send a secret")).to_be_focused()
    yield sender


def go_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what has this name, and can be seen there."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(NAME))
        if passed[-1] == name:
            return expect(page.locator("label:focus-within, :focus").first).to_be_in_viewport()
    pytest.fail(f"no {name} among {passed}")


def enter(page: Page, name: str) -> None:
    go_to(page, name)
    page.keyboard.press("Enter")


def fill(page: Page, name: str, text: str) -> None:
    go_to(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def send(sender: Sender) -> str:
    enter(sender.page, "Encrypt and get a link")
    expect(sender.heading("Your link is ready")).to_be_focused()
    return sender.link()


def test_a_text_is_sent_and_withdrawn(sender: Sender, server: Served) -> None:
    page = sender.page
    page.context.grant_permissions(["clipboard-write"])
    fill(page, "What is secret", "hunter2")
    go_to(page, "Destroyed after")
    page.keyboard.type("7")
    fill(page, "How often it can be opened", "2")
    enter(page, "Passphrase and label")
    fill(page, "Passphrase", "korrekt pferd")
    fill(page, "Label", "for Jo")
    link = send(sender)
    stored = server.store.secrets[Link.parse(link).id]
    assert (stored.max_views, stored.expires_at - stored.created_at) == (2, 7 * 86400)
    assert open_link(link, passphrase="korrekt pferd").data == b"hunter2"
    enter(page, "Copy the link")
    sender.says("Copied")
    enter(page, "QR code")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    enter(page, "See the receipt")
    sender.says("It was opened once, and can be opened again.")
    enter(page, "Withdraw it")
    page.keyboard.press("Enter")
    sender.says("You withdrew it on")
    with pytest.raises(Gone):
        open_link(link, passphrase="korrekt pferd")


def test_a_file_is_chosen_and_sent(sender: Sender, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hunter2")
    go_to(sender.page, "Text")
    sender.page.keyboard.press("ArrowRight")
    picker = sender.page.get_by_label("Choose files")
    # What the browser opens then is the browser's, and under load it is late to hand that over.
    picker.evaluate(STAY_CLOSED)
    enter(sender.page, "Choose files")
    expect(picker).to_have_attribute("data-pressed", "")
    picker.set_input_files(tmp_path / "note.txt")
    sender.says("note.txt")
    opened = open_link(send(sender))
    assert (opened.filename, opened.data) == ("note.txt", b"hunter2")
