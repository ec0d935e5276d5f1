"""Opening links with the real page, from the deployed API and the real bucket, in a browser."""

import os
from collections.abc import Iterator

import botocore.session
import pytest
from playwright.sync_api import Browser, Page, expect

from burnbag import Burnbag
from tests.e2e.conftest import Expiring
from tests.page.sender import SLOW
from tests.page.states import HELD, LOCKED_AFTER, PASSPHRASE, TEXT
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.deployment import Deployment, until

# The page stretches passphrases as it does for everybody, so what seals them here must too.
pytestmark = pytest.mark.full_argon2
MIB = 2**20
GUESS = "rosebed"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browsers.open_context(browser, Complaints(), locale="en-GB") as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def burnbag(deployment: Deployment) -> Iterator[Burnbag]:
    session, keys = botocore.session.Session(), deployment.caller
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    with Burnbag(deployment.stack.api_url, session, region=deployment.stack.region) as client:
        yield client


def hold(page: Page) -> None:
    page.locator(".hold").hover()
    page.mouse.down()
    page.wait_for_function(HELD)
    page.mouse.up()


def open_link(page: Page, link: str) -> None:
    """Visit a link, and press and hold."""
    page.goto(link)
    hold(page)


def guess(page: Page, passphrase: str) -> None:
    page.get_by_label("Passphrase", exact=True).fill(passphrase)
    page.evaluate("document.querySelector('.error').replaceChildren()")
    hold(page)


def guess_wrongly(deployment: Deployment, **order: str) -> str:
    """A link whose five guesses somebody else has used up."""
    sealed = deployment.sealed(passphrase=PASSPHRASE, **order)
    for _ in range(LOCKED_AFTER):
        deployment.insist(sealed, passphrase=GUESS)
    link: str = sealed["link"]
    return link


def assert_titled(page: Page, title: str) -> None:
    expect(page.locator("h1")).to_have_text(title, timeout=SLOW)
    assert page.locator(".hold").count() == 0


def test_a_text_that_the_command_sealed_is_opened_by_the_page(burnbag: Burnbag, page: Page) -> None:
    sent = burnbag.send(TEXT)
    open_link(page, sent.link)
    expect(page.locator(".secret")).to_have_text(TEXT, timeout=SLOW)
    with page.expect_response("**/confirm"):
        page.get_by_role("button", name="Hide for good").click()
    assert burnbag.receipt(sent.id, sent.receipt_token).state == "revealed"


def test_a_base_without_its_slash_keeps_the_link(burnbag: Burnbag, page: Page) -> None:
    page.goto(burnbag.send(TEXT).link.replace("/#", "#"))
    expect(page.locator("h1")).to_have_text("Somebody sent you a text", timeout=SLOW)
    assert "#" not in page.url


@pytest.mark.parametrize("size", [MIB, 34 * MIB], ids=["through the API", "from the bucket"])
def test_a_file_that_the_command_sealed_is_saved_by_the_page(
    size: int, burnbag: Burnbag, page: Page
) -> None:
    page.add_init_script("delete window.showSaveFilePicker")
    data = os.urandom(size)
    open_link(page, burnbag.send(data, filename="backup.tar").link)
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name="Save the file").click()
    expect(page.locator("main")).to_contain_text("Saved on your device.", timeout=SLOW)
    assert download.value.path().read_bytes() == data


def test_a_wrong_passphrase_says_how_many_tries_are_left(burnbag: Burnbag, page: Page) -> None:
    page.goto(burnbag.send(TEXT, passphrase=PASSPHRASE).link)
    guess(page, GUESS)
    expect(page.locator(".error")).to_contain_text("You have 4 more tries", timeout=SLOW)
    guess(page, PASSPHRASE)
    expect(page.locator(".secret")).to_have_text(TEXT, timeout=SLOW)


def test_what_somebody_else_has_opened_says_so(burnbag: Burnbag, page: Page) -> None:
    link = burnbag.send(TEXT).link
    burnbag.open(link)
    page.goto(link)
    assert_titled(page, "Somebody was here first")


def test_what_was_withdrawn_says_so(deployment: Deployment, page: Page) -> None:
    sealed = deployment.sealed()
    deployment.revoke(sealed)
    page.goto(sealed["link"])
    assert_titled(page, "This was withdrawn")


def test_what_was_guessed_at_too_often_says_that_it_was_destroyed(
    deployment: Deployment, page: Page
) -> None:
    page.goto(guess_wrongly(deployment))
    assert_titled(page, "This was destroyed")


def test_what_was_guessed_at_too_often_says_that_it_is_frozen(
    deployment: Deployment, page: Page
) -> None:
    page.goto(guess_wrongly(deployment, on_lock="freeze"))
    assert_titled(page, "This is frozen")


def test_an_upload_that_has_not_arrived_says_so_and_uses_nothing(
    deployment: Deployment, burnbag: Burnbag, page: Page
) -> None:
    sent = burnbag.send(os.urandom(5 * MIB), filename="backup.tar")
    bucket = deployment.outputs["files_bucket_name"]
    deployment.client("s3").delete_object(Bucket=bucket, Key=f"files/{sent.id}")
    open_link(page, sent.link)
    assert_titled(page, "It has not arrived yet")
    assert burnbag.receipt(sent.id, sent.receipt_token).views_left == 1


def test_a_link_to_nothing_says_so(deployment: Deployment, page: Page) -> None:
    link: str = deployment.sealed()["link"]
    base, _, fragment = link.partition("#")
    page.goto(f"{base}#{'A' * 22}.{fragment.partition('.')[2]}")
    assert_titled(page, "Nothing is here")


@pytest.mark.last
def test_what_has_expired_says_so(deployment: Deployment, expiring: Expiring, page: Page) -> None:
    sealed = expiring.secrets[-1]
    until(lambda: deployment.peek(sealed).status_code, lambda status: status == 410)
    page.goto(sealed["link"])
    assert_titled(page, "This has expired")
