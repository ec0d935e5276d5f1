"""Asking for a secret by the page, and opening the answer: the private key stays with who asks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from burnbag import Burnbag, Gone, RequestGone
from burnbag.request_links import AnswerLink, RequestLink
from tests.page.requester import LABEL, Requester, accept, answer_text, ask
from tests.page.test_canary import STORED
from tests.page.test_sending_trouble import paste
from tests.support.browser import Complaints
from tests.support.sending import run_sending_page
from tests.support.server import Served, views_left

SECRET = "hunter2\n  Grüße, 秘密"
COPY = "Copy the link to keep"


@pytest.fixture
def facts() -> dict[str, Any]:
    return {}


@pytest.fixture
def requester(page: Page, server: Served) -> Iterator[Requester]:
    page.on("dialog", accept)
    yield Requester(page, server)
    page.remove_listener("dialog", accept)


def submit(link: str, text: str) -> None:
    """Answer by the client."""
    with Burnbag() as client:
        client.submit(link, text)


def open_answer(server: Served, keep: str) -> str:
    with Burnbag(server.url, region="us-east-1") as client:
        found: str = client.open_answer(keep).text
        return found


def test_what_was_asked_in_the_page_is_answered_by_the_client_and_opened_in_the_page(
    requester: Requester,
) -> None:
    send, keep = requester.ask()
    submit(send, SECRET)
    requester.visit(keep)
    expect(requester.heading("Somebody sent you a text")).to_be_visible()
    assert requester.open() == SECRET
    requester.says("That was the last view.")


def test_what_was_asked_in_the_page_is_answered_there_and_opened_by_the_client(
    requester: Requester, server: Served
) -> None:
    send, keep = requester.ask()
    requester.answer_with(send, SECRET)
    assert open_answer(server, keep) == SECRET


def test_what_was_asked_by_the_client_is_opened_in_the_page(
    requester: Requester, server: Served
) -> None:
    asked = ask(server)
    submit(asked.link, SECRET)
    requester.visit(asked.keep)
    assert requester.open() == SECRET


def test_what_is_asked_for_is_what_was_put_in(requester: Requester, server: Served) -> None:
    requester.visit(f"{server.url}/#ask")
    requester.page.get_by_label("What it is for").fill("for Jo")
    requester.page.get_by_label("Can be answered for").select_option("604800")
    requester.page.get_by_label("A text only").check()
    send, _ = requester.make_links()
    with Burnbag() as client:
        found = client.peek_request(send)
    assert (found.label, found.ttl, found.kinds) == ("for Jo", 7 * 86400, ("text",))
    assert "for Jo" in requester.facts


def test_a_request_needs_no_label(requester: Requester) -> None:
    send, _ = requester.ask(label="")
    with Burnbag() as client:
        found = client.peek_request(send)
    assert (found.label, found.kinds) == (None, ("text", "file", "upload"))


def test_it_is_found_from_the_start_page(requester: Requester, server: Served) -> None:
    requester.visit(f"{server.url}/")
    requester.press("Ask for a secret")
    expect(requester.heading("Ask for a secret")).to_be_visible()


def test_both_links_can_be_copied_and_the_one_to_send_scanned(requester: Requester) -> None:
    requester.page.context.grant_permissions(["clipboard-write"])
    send, keep = requester.ask()
    for words, link in (("Copy the link", send), (COPY, keep)):
        requester.press(words)
        expect(requester.page.get_by_role("button", name="Copied").first).to_be_visible()
        assert paste(requester.page) == link
    requester.page.get_by_text("QR code").click()
    expect(requester.page.locator("svg.qr")).to_be_visible()


def decline_dialogs(page: Page) -> list[str]:
    """The kinds of dialogs that somebody declines from now on."""
    asked: list[str] = []

    def decline(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", decline)
    return asked


@pytest.mark.alone
def test_leaving_without_the_kept_link_asks_first(page: Page, server: Served) -> None:
    page.context.grant_permissions(["clipboard-write"])
    requester = Requester(page, server)
    asked = decline_dialogs(page)
    _, keep = requester.ask()
    requester.press("Copy the link")
    page.evaluate("setTimeout(() => location.reload())")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert requester.page.locator(".secret.link").last.inner_text() == keep
    requester.press(COPY)
    expect(page.get_by_role("link", name="See whether it was answered")).to_be_visible()
    page.reload()
    assert asked == ["beforeunload"]
    page.close()


def test_the_kept_link_counts_as_kept_if_it_is_copied_by_hand(requester: Requester) -> None:
    requester.ask()
    expect(requester.page.get_by_text("See whether it was answered")).to_have_count(0)
    requester.page.evaluate(
        "getSelection().selectAllChildren(document.querySelector('.secret.keep'))"
    )
    requester.page.keyboard.press("Control+C")
    expect(requester.page.get_by_text("See whether it was answered")).to_be_visible()


def test_who_waits_sees_the_answer_come(requester: Requester) -> None:
    requester.page.context.grant_permissions(["clipboard-write"])
    send, _ = requester.ask()
    requester.press(COPY)
    requester.page.get_by_role("link", name="See whether it was answered").click()
    requester.says("Nobody has answered yet.")
    assert "#" not in requester.page.url
    submit(send, SECRET)
    requester.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(requester.heading("Somebody sent you a text")).to_be_visible()
    assert requester.open() == SECRET


def test_looking_uses_nothing_up(requester: Requester, server: Served) -> None:
    asked = ask(server)
    submit(asked.link, SECRET)
    for _ in range(2):
        requester.visit(asked.keep)
        expect(requester.heading("Somebody sent you a text")).to_be_visible()
    with Burnbag(server.url, region="us-east-1") as client:
        assert views_left(server, client.find_answer(asked.keep).reveal()) == 1


def test_a_request_can_be_withdrawn(requester: Requester, server: Served) -> None:
    asked = ask(server)
    requester.visit(asked.keep)
    requester.says("Nobody has answered yet.")
    requester.press("Withdraw the request")
    requester.says("Then nobody can answer it any more.")
    requester.press("Withdraw the request")
    requester.says(re.compile("You withdrew it on"))
    with pytest.raises(RequestGone):
        submit(asked.link, SECRET)
    requester.visit(asked.keep)
    requester.says(re.compile("You withdrew it on"))


def test_what_was_opened_already_says_when_and_from_where(
    requester: Requester, server: Served
) -> None:
    asked = ask(server)
    submit(asked.link, SECRET)
    assert answer_text(server, asked) == SECRET
    requester.visit(asked.keep)
    requester.says(re.compile("The last view was used on"))
    expect(requester.page.locator(".views")).to_contain_text("burnbag/")


def test_what_nobody_answered_in_time_says_so(requester: Requester, server: Served) -> None:
    asked = ask(server)
    store, receipt = server.store, server.store.receipts[asked.id]
    store.write(asked.id, expires_at=receipt.created_at + 1)
    requester.visit(asked.keep)
    requester.says(re.compile("Nobody answered until"))


@pytest.mark.alone
def test_an_answer_whose_reveal_was_lost_comes_back_in_this_tab(
    requester: Requester, server: Served, complaints: Complaints
) -> None:
    asked = ask(server)
    submit(asked.link, SECRET)
    server.faults.drop += [f"POST /live/v1/secrets/{asked.id}/reveal"] * 5
    requester.visit(asked.keep)
    requester.press("Open without holding")
    requester.page.get_by_label("Yes, open it now").check()
    requester.press("Continue")
    expect(requester.heading("No answer")).to_be_visible()
    server.faults.drop.clear()
    requester.page.goto(f"{server.url}/")
    requester.page.get_by_label("The link").fill(asked.keep)
    requester.press("Look")
    expect(requester.heading("Here it is")).to_be_visible()
    assert requester.page.locator(".secret").inner_text() == SECRET
    complaints[:] = [said for said in complaints if "net::ERR" not in said]


def test_the_receipt_of_a_request_says_that_nobody_has_answered(
    requester: Requester, server: Served
) -> None:
    asked = ask(server)
    requester.visit(f"{server.url}/#receipt.{asked.id}.{asked.receipt_token}")
    requester.says("Nobody has answered yet.")
    assert LABEL in requester.facts


def forge_sealed_key(server: Served, asked_id: str, sealed_key: bytes | None) -> None:
    server.store.write(asked_id, sealed_key=sealed_key)


@pytest.mark.parametrize("forged", [b"\x04" + b"k" * 128, b"", b"x"], ids=["key", "empty", "short"])
def test_an_answer_that_a_server_has_put_in_its_place_does_not_open(
    forged: bytes, requester: Requester, server: Served
) -> None:
    asked = ask(server)
    submit(asked.link, SECRET)
    forge_sealed_key(server, asked.id, forged)
    requester.visit(asked.keep)
    if forged:
        expect(requester.heading("This is damaged")).to_be_visible()
    assert not requester.calls("/reveal")


@pytest.mark.parametrize(
    "fragment",
    ["answer", "answer.", "answer.a.b.c", "answer.<b>.x.y", "answer." + "A" * 100_000],
    ids=lambda text: text[:12],
)
def test_a_kept_link_that_was_cut_asks_nothing(
    fragment: str, requester: Requester, server: Served
) -> None:
    requester.visit(f"{server.url}/#{fragment}")
    expect(requester.heading("This link is incomplete")).to_be_visible()
    assert not requester.calls("/people/receipts/")


def test_the_private_key_goes_and_stays_nowhere(requester: Requester, server: Served) -> None:
    requests: list[Request] = []
    requester.page.on("request", lambda request: requests.append(request))
    send, keep = requester.ask()
    scalar = AnswerLink.parse(keep).private_key
    secrets = [keep.rpartition(".")[2], send.rpartition(".")[2], scalar.hex()]
    submit(send, "canary in a coal mine")
    requester.visit(keep)
    requester.open()
    requester.press("Hide for good")
    for request in requests:
        told = f"{request.url} {request.all_headers()} {request.post_data}"
        assert request.url == "about:blank" or request.url.startswith(server.url), request.url
        assert not [secret for secret in secrets if secret in told], request.url
    left: dict[str, Any] = {
        "stored": requester.page.evaluate(STORED),
        "document": requester.page.evaluate("document.documentElement.outerHTML"),
    }
    for where, found in left.items():
        assert "canary" not in found, where
        assert not [secret for secret in secrets if secret in found], where


def test_nothing_of_a_new_request_is_stored(requester: Requester) -> None:
    send, keep = requester.ask()
    stored = requester.page.evaluate(STORED)
    for link in (send, keep):
        assert not [part for part in link.partition("#")[2].split(".")[2:] if part in stored]
    assert RequestLink.parse(send).public_key == AnswerLink.parse(keep).public_key


def test_a_label_that_the_server_refuses_is_said_at_its_field(requester: Requester) -> None:
    requester.visit(f"{requester.server.url}/#ask")
    requester.page.get_by_label("What it is for").fill("\u202etxt.exe")
    requester.press("Make the links")
    requester.says("The server does not take this.")
    expect(requester.page.get_by_label("What it is for")).to_be_focused()


@pytest.mark.alone
def test_what_can_not_be_asked_now_is_still_there(requester: Requester, server: Served) -> None:
    server.faults.refuse += [("POST /live/people/requests", 503)] * 5
    requester.visit(f"{server.url}/#ask")
    requester.page.get_by_label("What it is for").fill(LABEL)
    requester.press("Make the links")
    requester.says("What you put in is still here.")
    assert requester.page.get_by_label("What it is for").input_value() == LABEL
    requester.make_links()


def test_a_lost_answer_makes_one_request(
    requester: Requester, server: Served, complaints: Complaints
) -> None:
    server.faults.drop.append("POST /live/v1/requests")
    requester.ask()
    assert len(server.store.receipts) == 1
    complaints[:] = [said for said in complaints if "net::ERR" not in said]


def test_where_nobody_sends_the_command_is_named(page: Page) -> None:
    with run_sending_page(people_auth=None) as server:
        requester = Requester(page, server)
        requester.visit(f"{server.url}/#ask")
        requester.says("burnbag request")
        requester.visit(ask(server).keep)
        requester.says("burnbag request open")
        page.close()


def test_by_the_keyboard_alone(requester: Requester, server: Served) -> None:
    requester.page.context.grant_permissions(["clipboard-write"])
    requester.visit(f"{server.url}/#ask")
    expect(requester.heading("Ask for a secret")).to_be_focused()
    press = requester.page.keyboard.press
    press("Tab")
    requester.page.keyboard.type(LABEL)
    press("Enter")
    expect(requester.heading("Your request is ready")).to_be_focused()
    for _ in range(12):
        press("Tab")
        if requester.page.evaluate("document.activeElement.textContent") == COPY:
            break
    press("Enter")
    requester.says("See whether it was answered")
    for _ in range(4):
        press("Tab")
        if "answered" in requester.page.evaluate("document.activeElement.textContent"):
            break
    press("Enter")
    expect(requester.heading("What you asked for")).to_be_focused()
    requester.says("Nobody has answered yet.")


def test_an_answer_that_was_revoked_is_gone(requester: Requester, server: Served) -> None:
    asked = ask(server)
    submit(asked.link, SECRET)
    with Burnbag(server.url, region="us-east-1") as client:
        client.revoke(asked.id, asked.receipt_token)
        with pytest.raises(Gone):
            client.open_answer(asked.keep)
    requester.visit(asked.keep)
    requester.says(re.compile("You withdrew it on"))
