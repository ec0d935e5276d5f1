"""Opening what is for named people with the real page: signed in beside, at the embedded AWS."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import botocore.session
import pytest
from playwright.sync_api import Browser, Page, expect

from burnbag import Burnbag
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
MIB: Final = 2**20
KEPT: Final = (
    "JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }) + document.cookie"
)


@pytest.fixture(scope="module")
def ada(deployment: Deployment) -> Person:
    return add_person(deployment.stack, "ada.byron@example.com")


@pytest.fixture(scope="module")
def eve(deployment: Deployment) -> Person:
    return add_person(deployment.stack, "eve@example.net")


@pytest.fixture(scope="module")
def burnbag(deployment: Deployment) -> Iterator[Burnbag]:
    session, keys = botocore.session.Session(), deployment.caller
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    with Burnbag(deployment.stack.api_url, session, region=deployment.stack.region) as client:
        yield client


@dataclass
class Guest(Form):
    """Somebody with a link for named people, who signs in at the sign-in's own form."""

    def visit(self, link: str) -> None:
        self.page.goto(link)
        expect(self.heading("This is for certain people only")).to_be_visible(timeout=SLOW)

    def sign_in(self, person: Person, words: str = "Sign in") -> None:
        with self.page.expect_popup() as opened:
            self.press(words)
        other = Form(opened.value)
        other.page.get_by_label("Username").fill(person.email)
        other.page.get_by_label("Password").fill(person.password)
        other.press("Sign in")

    def hold(self) -> None:
        self.page.locator(".hold").hover()
        self.page.mouse.down()
        self.page.wait_for_function(HELD)
        self.page.mouse.up()


@pytest.fixture
def guest(browser: Browser) -> Iterator[Guest]:
    complaints = Complaints()
    options: dict[str, Any] = {"locale": "en-GB", "permissions": ["clipboard-write"]}
    with browsers.open_context(browser, complaints, **options) as context:
        yield Guest(context.new_page())
        # The sign-in has neither an icon nor a way to revoke tokens.
        complaints.forgive("/favicon.ico|/oauth2/revoke")


def find_secrets(page: Page, link: str) -> list[str]:
    """What of a link is kept by a page, or is in its address."""
    kept = f"{page.evaluate(KEPT)} {page.url}"
    return [part for part in link.partition("#")[2].split(".") if part in kept]


def test_who_is_named_signs_in_beside_and_opens_it_and_others_do_not(
    guest: Guest, burnbag: Burnbag, ada: Person, eve: Person
) -> None:
    sent = burnbag.send(TEXT, recipients=[ada.email])
    guest.visit(sent.link)
    guest.sign_in(eve)
    guest.says("This is the wrong account")
    guest.says(f"You are signed in as {eve.email}, whom the sender has not named.")
    guest.sign_in(ada, "Sign in as somebody else")
    guest.says(f"Signed in as {ada.email}")
    assert find_secrets(guest.page, sent.link) == []
    guest.hold()
    expect(guest.page.locator(".secret")).to_have_text(TEXT, timeout=SLOW)
    with guest.page.expect_response("**/people/secrets/*/confirm") as confirmed:
        guest.press("Hide for good")
    assert confirmed.value.status == 204
    receipt = burnbag.receipt(sent.id, sent.receipt_token)
    assert [view.by for view in receipt.views] == [ada.email]
    assert receipt.refusals == 1
    assert receipt.last_refusal
    assert receipt.last_refusal.by == eve.email


def test_a_file_in_the_bucket_is_saved_by_who_is_named(
    guest: Guest, burnbag: Burnbag, ada: Person
) -> None:
    data = os.urandom(7 * MIB)
    sent = burnbag.send(data, filename="backup.tar", recipients=["@example.com"])
    guest.visit(sent.link)
    guest.sign_in(ada)
    expect(guest.heading("Somebody sent you a file")).to_be_visible(timeout=SLOW)
    guest.hold()
    with guest.page.expect_download(timeout=SLOW) as download:
        guest.press("Save the file")
    assert download.value.path().read_bytes() == data


def test_what_the_page_sends_to_somebody_opens_for_nobody_else(
    guest: Guest, deployment: Deployment, ada: Person
) -> None:
    guest.page.goto(f"{deployment.outputs['sign_in']['redirect_url']}#send")
    guest.press("Sign in")
    guest.page.get_by_label("Username").fill(ada.email)
    guest.page.get_by_label("Password").fill(ada.password)
    guest.press("Sign in")
    guest.says(f"Signed in as {ada.email}")
    guest.type(TEXT)
    guest.name(ada.email.upper())
    link = guest.send()
    expect(guest.page.locator(".names li")).to_have_text([ada.email])
    guest.page.evaluate("(link) => { location.href = link; }", link)
    # It is the same tab, so it knows already who this is.
    guest.says(f"Signed in as {ada.email}")
    guest.hold()
    expect(guest.page.locator(".secret")).to_have_text(TEXT, timeout=SLOW)


def test_what_is_for_a_role_is_left_to_the_command(guest: Guest, burnbag: Burnbag) -> None:
    role = "arn:aws:iam::000000000000:role/billing"
    guest.visit(burnbag.send(TEXT, recipients=[role]).link)
    guest.says("burnbag open")
    assert guest.page.locator("main button").count() == 0
