"""The receipt's page: what became of a secret, live, and what its sender can still do."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from burnbag import Burnbag, Gone, PassphraseError
from tests.page.sender import Sender, open_link
from tests.support.server import Served

FIVE = 5


@pytest.fixture
def facts() -> dict[str, Any]:
    return {}


@pytest.fixture
def burnbag(server: Served) -> Iterator[Burnbag]:
    with Burnbag(server.url, region="us-east-1") as client:
        yield client


@pytest.fixture
def sender(page: Page, server: Served) -> Sender:
    return Sender(page, server)


def show(sender: Sender, burnbag: Burnbag, **order: object) -> str:
    """Seal by the command, and look at the receipt by the page. Returns the link."""
    sent = burnbag.send("hunter2", **order)  # type: ignore[arg-type]
    sender.page.goto(f"{sender.server.url}/#receipt.{sent.id}.{sent.receipt_token}")
    expect(sender.heading("What becomes of it")).to_be_visible()
    return sent.link


def guess_wrong(link: str) -> None:
    for _ in range(FIVE):
        with pytest.raises(PassphraseError):
            open_link(link, passphrase="falsch")


def see_news(sender: Sender) -> None:
    """Come back to the tab, which makes it look at once."""
    sender.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_the_page_of_what_was_sent_leads_to_its_receipt(sender: Sender) -> None:
    sender.send_text("hunter2")
    sender.page.get_by_role("link", name="See the receipt").click()
    sender.says("Nobody has opened it yet.")


def test_the_address_of_a_receipt_can_be_kept(sender: Sender) -> None:
    sender.send_text("hunter2")
    address = sender.receipt_link()
    sender.page.goto("about:blank")
    sender.page.goto(address)
    sender.says("Nobody has opened it yet.")


def test_the_receipt_token_does_not_stay_in_the_address(sender: Sender, burnbag: Burnbag) -> None:
    show(sender, burnbag)
    sender.says("Nobody has opened it yet.")
    assert "#" not in sender.page.url
    sender.page.go_back()
    assert "receipt" not in sender.page.url


def test_it_says_that_it_was_opened_while_one_looks(sender: Sender, burnbag: Burnbag) -> None:
    link = show(sender, burnbag, views=2, label="for Jo")
    sender.says("Nobody has opened it yet.")
    sender.says("for Jo")
    open_link(link)
    sender.says("It was opened once, and can be opened again.")
    expect(sender.page.get_by_role("status")).to_have_text(
        "It was opened once, and can be opened again."
    )
    expect(sender.page.locator(".views")).to_contain_text("burnbag/")


def test_it_looks_at_once_when_somebody_comes_back(sender: Sender, burnbag: Burnbag) -> None:
    link = show(sender, burnbag)
    sender.says("Nobody has opened it yet.")
    open_link(link)
    see_news(sender)
    sender.says("The last view was used on")


@pytest.mark.alone
def test_once_everything_is_erased_nothing_is_asked_any_more(
    sender: Sender, burnbag: Burnbag, server: Served
) -> None:
    sender.page.clock.install()
    link = show(sender, burnbag)
    open_link(link)
    server.reap()
    see_news(sender)
    sender.says("Last trace erased")
    before = sender.calls("GET /live/people/receipts")
    see_news(sender)
    sender.page.clock.run_for(300_000)
    assert sender.calls("GET /live/people/receipts") == before


def test_a_secret_can_be_withdrawn(sender: Sender, burnbag: Burnbag) -> None:
    link = show(sender, burnbag)
    sender.press("Withdraw it")
    sender.says("Then nobody can open it any more.")
    expect(sender.page.get_by_role("button", name="Withdraw it")).to_be_focused()
    sender.press("Withdraw it")
    sender.says("You withdrew it on")
    with pytest.raises(Gone):
        open_link(link)
    expect(sender.page.get_by_role("button", name="Withdraw it")).to_have_count(0)


def test_withdrawing_can_be_thought_over(sender: Sender, burnbag: Burnbag) -> None:
    link = show(sender, burnbag)
    sender.press("Withdraw it")
    sender.press("No, leave it")
    expect(sender.page.get_by_role("button", name="Withdraw it")).to_be_focused()
    assert open_link(link).data == b"hunter2"


def test_withdrawing_what_was_just_opened_says_that_it_was_opened(
    sender: Sender, burnbag: Burnbag
) -> None:
    link = show(sender, burnbag)
    sender.press("Withdraw it")
    open_link(link)
    sender.press("Withdraw it")
    sender.says("The last view was used on")


def test_a_frozen_secret_can_be_given_five_more_tries(sender: Sender, burnbag: Burnbag) -> None:
    link = show(sender, burnbag, passphrase="richtig", on_lock="freeze")
    guess_wrong(link)
    see_news(sender)
    sender.says("five passphrases were wrong")
    sender.press("Allow five more tries")
    sender.says("Nobody has opened it yet.")
    assert open_link(link, passphrase="richtig").data == b"hunter2"


def test_a_locked_secret_says_so(sender: Sender, burnbag: Burnbag) -> None:
    link = show(sender, burnbag, passphrase="richtig")
    guess_wrong(link)
    see_news(sender)
    sender.says("Five passphrases were wrong, so it was destroyed on")


def test_a_receipt_that_is_not_there_says_so(sender: Sender, server: Served) -> None:
    sender.page.goto(f"{server.url}/#receipt.{'A' * 22}.{'A' * 43}")
    expect(sender.heading("Nothing is here")).to_be_visible()


@pytest.mark.parametrize("fragment", ["receipt", "receipt.AAAA.BBBB", "receipt.a.b.c"])
def test_an_address_that_was_cut_says_so(fragment: str, sender: Sender, server: Served) -> None:
    sender.page.goto(f"{server.url}/#{fragment}")
    expect(sender.heading("Nothing is here")).to_be_visible()
    sender.page.wait_for_load_state("networkidle")
    assert not sender.calls("GET /live/people/receipts")


def test_no_answer_is_said_and_the_last_one_stays(
    sender: Sender, burnbag: Burnbag, server: Served
) -> None:
    show(sender, burnbag)
    sender.says("Nobody has opened it yet.")
    server.faults.refuse += [("GET /live/people/receipts", 503)] * 5
    see_news(sender)
    sender.says("This does not work right now")
    sender.says("Nobody has opened it yet.")


def test_what_is_sent_is_in_the_list_once_somebody_wants_one(sender: Sender) -> None:
    sender.begin()
    sender.type("hunter2")
    sender.more(label="for Jo")
    sender.send()
    assert sender.page.evaluate("localStorage.length") == 0
    sender.press("Keep a list in this browser")
    sender.page.get_by_role("link", name="What you have sent").click()
    expect(sender.heading("What you have sent")).to_be_visible()
    sender.press("for Jo")
    sender.says("Nobody has opened it yet.")


def test_the_list_can_be_forgotten(sender: Sender) -> None:
    sender.send_text("hunter2")
    sender.press("Keep a list in this browser")
    sender.page.get_by_role("link", name="What you have sent").click()
    sender.press("Forget everything")
    sender.says("The list goes, and what you sent stays where it is.")
    sender.press("Forget everything")
    expect(sender.page.get_by_role("button", name="Keep a list in this browser")).to_be_focused()
    assert sender.page.evaluate("localStorage.length") == 0
