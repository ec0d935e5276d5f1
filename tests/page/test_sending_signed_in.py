"""Sending where people sign in: it costs nobody what they typed, and nothing is written down."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from burnbag import Burnbag
from tests.page.sender import Sender, open_link
from tests.support.browser import Complaints
from tests.support.provider import Provider
from tests.support.server import Served

NOT_SIGNED_IN = {"type": "urn:burnbag:problem:not-signed-in", "title": "Sign in first"}


@pytest.fixture
def facts() -> dict[str, Any]:
    return {"people_auth": "COGNITO"}


@pytest.fixture
def provider(server: Served) -> Provider:
    found: Provider = server.provider
    return found


@pytest.fixture
def sender(page: Page, server: Served, provider: Provider) -> Sender:
    return Sender(page, server)


def sign_in(sender: Sender) -> None:
    """Go where one sends, and sign in first."""
    sender.page.goto(f"{sender.server.url}/#send")
    sender.says("Whoever sends here signs in first.")
    sender.press("Sign in")
    expect(sender.heading("Send a secret")).to_be_visible()


def refuse_once(server: Served, request: str) -> None:
    server.faults.words = json.dumps(NOT_SIGNED_IN).encode()
    server.faults.refuse.append((request, 401))


def test_who_has_signed_in_sends_as_that_person(sender: Sender, provider: Provider) -> None:
    seen: list[str | None] = []
    sender.page.on("request", lambda request: seen.append(request.headers.get("authorization")))
    sign_in(sender)
    sender.says("Signed in as ada@example.com")
    sender.type("hunter2")
    assert open_link(sender.send()).data == b"hunter2"
    assert [token for token in seen if token] == provider.tokens


def test_coming_back_leaves_nothing_of_it_in_address_or_storage(
    sender: Sender, provider: Provider
) -> None:
    sign_in(sender)
    assert "?" not in sender.page.url
    kept = "JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])"
    found = sender.page.evaluate(kept)
    assert not any(word in found for word in ("verifier", "c0de", *provider.tokens))


def test_a_session_that_ends_in_the_middle_loses_nothing(sender: Sender, server: Served) -> None:
    sign_in(sender)
    sender.type("hunter2")
    sender.more(label="for Jo")
    refuse_once(server, "POST /live/people/secrets")
    sender.go()
    sender.says("Please sign in again")
    with sender.page.expect_popup() as other:
        sender.press("Sign in")
    expect(sender.page.get_by_text("Please sign in again")).to_have_count(0)
    assert sender.page.get_by_label("Label").input_value() == "for Jo"
    assert open_link(sender.send()).data == b"hunter2"
    if not other.value.is_closed():
        other.value.close()


def sign_in_beside(sender: Sender) -> Page:
    """The tab in which the provider is."""
    with sender.page.expect_popup() as other:
        sender.press("Sign in")
    other.value.wait_for_url("**/oauth2/authorize?*")
    return other.value


@pytest.fixture
def asked_again(sender: Sender, server: Served, provider: Provider) -> Sender:
    """Somebody who has typed something, and signs in again at a provider that asks."""
    sign_in(sender)
    sender.type("hunter2")
    refuse_once(server, "POST /live/people/secrets")
    sender.go()
    sender.says("Please sign in again")
    provider.asks = True
    return sender


def test_after_an_attempt_that_was_given_up_the_next_one_signs_in(
    asked_again: Sender, provider: Provider
) -> None:
    sign_in_beside(asked_again).close()
    provider.asks = False
    with asked_again.page.expect_popup():
        asked_again.press("Sign in")
    expect(asked_again.page.get_by_text("Please sign in again")).to_have_count(0)
    assert open_link(asked_again.send()).data == b"hunter2"


def test_an_answer_that_nobody_asked_for_does_not_spoil_an_attempt(
    asked_again: Sender, server: Served, provider: Provider, context: BrowserContext
) -> None:
    at_provider = sign_in_beside(asked_again)
    stranger = context.new_page()
    stranger.goto(f"{server.url}/?{urlencode({'code': 'x', 'state': 'x'})}")
    expect(stranger.get_by_text("Whoever sends here signs in first.")).to_be_visible()
    expect(asked_again.page.locator(".error:not(:empty)")).to_have_count(0)
    provider.asks = False
    at_provider.reload()
    expect(asked_again.page.get_by_text("Please sign in again")).to_have_count(0)
    assert open_link(asked_again.send()).data == b"hunter2"


def test_a_token_that_can_not_be_renewed_loses_nothing_either(
    sender: Sender, provider: Provider, complaints: Complaints
) -> None:
    provider.lifetime = 1  # seconds: it has to be renewed for the next call, and can't be
    sign_in(sender)
    sender.type("hunter2")
    sender.go()
    sender.says("Please sign in again")
    complaints.expect("status of 400.*oauth2/token")
    provider.lifetime = 900
    with sender.page.expect_popup():
        sender.press("Sign in")
    expect(sender.page.get_by_text("Please sign in again")).to_have_count(0)
    assert open_link(sender.send()).data == b"hunter2"


def test_a_receipt_is_shown_after_signing_in(sender: Sender, server: Served) -> None:
    with Burnbag(server.url, region="us-east-1") as client:
        sent = client.send("hunter2")
    sender.page.goto(f"{server.url}/#receipt.{sent.id}.{sent.receipt_token}")
    sender.says("It happens in a new tab. What is here stays.")
    with sender.page.expect_popup():
        sender.press("Sign in")
    sender.says("Nobody has opened it yet.")


def test_who_is_turned_away_is_told_why(sender: Sender, provider: Provider) -> None:
    provider.refusal = "Ada has left the company"
    sender.page.goto(f"{sender.server.url}/#send")
    sender.press("Sign in")
    sender.says("Signing in did not work. Ada has left the company")


def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    sender: Sender, server: Served, provider: Provider
) -> None:
    sender.page.goto(f"{server.url}/?{urlencode({'code': 'x', 'state': 'x'})}")
    expect(sender.heading("Sign in")).to_be_visible()
    assert not provider.tokens


def test_opening_needs_nobody_to_sign_in(sender: Sender, server: Served) -> None:
    with Burnbag(server.url, region="us-east-1") as client:
        link = client.send("hunter2").link
    sender.page.goto(link)
    expect(sender.heading("Somebody sent you a text")).to_be_visible()
