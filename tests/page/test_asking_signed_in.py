"""Asking, and opening an answer, where people sign in: no link is lost by it, or written down."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from burnbag import Burnbag
from burnbag.results import Request as Asked
from tests.page.requester import LABEL, Requester, accept, ask
from tests.support.provider import Provider
from tests.support.server import Served

KEPT = "JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])"
NOT_SIGNED_IN = {"type": "urn:burnbag:problem:not-signed-in", "title": "Sign in first"}


@pytest.fixture
def facts() -> dict[str, Any]:
    return {"people_auth": "COGNITO"}


@pytest.fixture
def requester(page: Page, server: Served) -> Iterator[Requester]:
    page.on("dialog", accept)
    yield Requester(page, server)
    page.remove_listener("dialog", accept)


@pytest.fixture
def answered(server: Served) -> Asked:
    """What the command asked for, and somebody has answered."""
    asked = ask(server)
    with Burnbag() as other:
        other.submit(asked.link, "hunter2")
    return asked


def sign_in(requester: Requester) -> None:
    with requester.page.expect_popup() as other:
        requester.press("Sign in")
    if not other.value.is_closed():
        other.value.wait_for_event("close")


def test_who_asks_signs_in_and_comes_back_to_where_one_asks(requester: Requester) -> None:
    requester.visit(f"{requester.server.url}/#ask")
    expect(requester.heading("Sign in")).to_be_visible()
    sign_in(requester)
    expect(requester.heading("Ask for a secret")).to_be_visible()
    requester.says("Signed in as ada@example.com")
    requester.make_links()


def test_a_session_that_ends_in_the_middle_loses_nothing(
    requester: Requester, server: Served
) -> None:
    requester.visit(f"{server.url}/#ask")
    sign_in(requester)
    requester.page.get_by_label("What it is for").fill(LABEL)
    server.faults.words = json.dumps(NOT_SIGNED_IN).encode()
    server.faults.refuse.append(("POST /live/people/requests", 401))
    requester.press("Make the links")
    requester.says("Please sign in again")
    sign_in(requester)
    assert requester.page.get_by_label("What it is for").input_value() == LABEL
    requester.make_links()


def test_signing_in_for_an_answer_keeps_its_link_in_the_tab_alone(
    requester: Requester, server: Served, answered: Asked
) -> None:
    provider: Provider = server.provider
    provider.asks = True
    requester.visit(answered.keep)
    requester.says("Sign in to see whether it was answered. Your link stays in this tab alone.")
    with requester.page.expect_popup() as other:
        requester.press("Sign in")
    at_provider = other.value
    at_provider.wait_for_url("**/oauth2/authorize?*")
    secrets = answered.keep.partition("#")[2].split(".")[2:]
    for page in (requester.page, at_provider):
        told = page.url + page.evaluate(KEPT) + page.evaluate("JSON.stringify(history.state)")
        assert not [secret for secret in secrets if secret in told]
    provider.asks = False
    at_provider.reload()
    expect(requester.heading("Somebody sent you a text")).to_be_visible()
    assert requester.open() == "hunter2"
    told = "".join(json.dumps(asked) for asked in provider.asked) + "".join(server.requests)
    assert not [secret for secret in secrets if secret in told]
    assert urlsplit(requester.page.url).query == ""


def test_who_is_signed_in_already_looks_at_once(
    requester: Requester, server: Served, answered: Asked
) -> None:
    requester.visit(f"{server.url}/#ask")
    sign_in(requester)
    requester.page.evaluate("(hash) => { location.hash = hash }", answered.keep.partition("#")[2])
    expect(requester.heading("Somebody sent you a text")).to_be_visible()


def test_who_answers_signs_in_nowhere(requester: Requester, server: Served) -> None:
    asked = ask(server)
    requester.answer_with(asked.link, "hunter2")
    assert not server.provider.asked
