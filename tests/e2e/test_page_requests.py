"""Asking and answering with the real page: signed in at the embedded AWS, or with no account."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest
from playwright.sync_api import Browser, expect

from burnbag import Burnbag, RequestGone
from tests.page.sender import SLOW, Form
from tests.page.states import HELD, TEXT
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.deployment import Deployment
from tools.person import Person, add_person

pytestmark = [
    pytest.mark.embedded("its sign-in is a form that a test can fill in"),
    pytest.mark.full_argon2,
]
LABEL: Final = "API key for staging"
MIB: Final = 2**20
KEPT: Final = (
    "JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }) + document.cookie"
)


@dataclass
class Visitor(Form):
    """Somebody in a browser of their own."""

    def sign_in(self, person: Person) -> None:
        with self.page.expect_popup() as opened:
            self.press("Sign in")
        other = Form(opened.value)
        other.page.get_by_label("Username").fill(person.email)
        other.page.get_by_label("Password").fill(person.password)
        other.press("Sign in")

    def answer(self, link: str) -> None:
        """Look at what is asked for, and be asked by whom."""
        self.page.goto(link)
        expect(self.heading("You are asked for a secret")).to_be_visible(timeout=SLOW)

    def go(self) -> None:
        self.press("Encrypt and send")
        expect(self.heading("It has arrived")).to_be_visible(timeout=SLOW)

    def hold(self) -> None:
        self.page.locator(".hold").hover()
        self.page.mouse.down()
        self.page.wait_for_function(HELD)
        self.page.mouse.up()


@pytest.fixture(scope="module")
def ada(deployment: Deployment) -> Person:
    return add_person(deployment.stack, "ada.asks@example.com")


@pytest.fixture(scope="module")
def burnbag(deployment: Deployment) -> Iterator[Burnbag]:
    session, keys = botocore.session.Session(), deployment.caller
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    with Burnbag(deployment.stack.api_url, session, region=deployment.stack.region) as client:
        yield client


@pytest.fixture
def visitors(browser: Browser) -> Iterator[list[Visitor]]:
    """Two who know nothing of each other: who asks, and who answers."""
    complaints = Complaints()
    options: dict[str, Any] = {"locale": "en-GB", "permissions": ["clipboard-write"]}
    with (
        browsers.open_context(browser, complaints, **options) as one,
        browsers.open_context(browser, complaints, **options) as other,
    ):
        yield [Visitor(one.new_page()), Visitor(other.new_page())]
        # The sign-in has no icon.
        complaints.forgive("/favicon.ico")


def test_what_was_asked_in_the_page_is_answered_there_and_opened_after_signing_in(
    visitors: list[Visitor], deployment: Deployment, ada: Person
) -> None:
    asker, other = visitors
    asker.page.goto(f"{deployment.outputs['sign_in']['redirect_url']}#ask")
    asker.sign_in(ada)
    asker.says(f"Signed in as {ada.email}")
    asker.page.get_by_label("What it is for").fill(LABEL)
    asker.press("Make the links")
    expect(asker.heading("Your request is ready")).to_be_visible(timeout=SLOW)
    link, keep = asker.page.locator(".secret.link").all_inner_texts()
    asker.press("Copy the link to keep")
    asker.says("See whether it was answered")

    other.answer(link)
    facts = other.page.locator(".facts").inner_text()
    assert ada.email in facts
    assert LABEL in facts
    other.type(TEXT)
    other.go()

    # A new load of the page knows nobody any more.
    asker.page.goto("about:blank")
    asker.page.goto(keep)
    asker.sign_in(ada)
    expect(asker.heading("Somebody sent you a text")).to_be_visible(timeout=SLOW)
    kept = f"{asker.page.evaluate(KEPT)} {asker.page.url}"
    assert not [part for part in keep.partition("#")[2].split(".")[2:] if part in kept]
    asker.hold()
    expect(asker.page.locator(".secret")).to_have_text(TEXT, timeout=SLOW)

    other.page.goto("about:blank")
    other.page.goto(link)
    expect(other.heading("The request was answered")).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize(("size", "kind"), [(5000, "file"), (7 * MIB, "upload")])
def test_a_file_answers_what_a_service_asked_for(
    size: int, kind: str, visitors: list[Visitor], burnbag: Burnbag, tmp_path: Path
) -> None:
    path = tmp_path / "backup.bin"
    path.write_bytes(os.urandom(size))
    asked = burnbag.request(LABEL)
    visitors[0].answer(asked.link)
    visitors[0].choose(path)
    visitors[0].go()
    opened = burnbag.open_answer(asked.keep)
    assert (opened.kind, opened.filename, opened.data) == (kind, path.name, path.read_bytes())


def test_what_a_service_asked_for_is_withdrawn_in_the_page(
    visitors: list[Visitor], burnbag: Burnbag, ada: Person
) -> None:
    asked = burnbag.request(LABEL)
    visitors[0].page.goto(asked.keep)
    visitors[0].sign_in(ada)
    visitors[0].says("Nobody has answered yet.")
    visitors[0].press("Withdraw the request")
    visitors[0].press("Withdraw the request")
    expect(visitors[0].page.locator(".state")).to_contain_text("You withdrew it on", timeout=SLOW)
    with pytest.raises(RequestGone):
        burnbag.submit(asked.link, TEXT)
