"""Opening links with the real page, from the deployed API and the real bucket, in a browser."""

import os
from collections.abc import Iterator

import botocore.session
import pytest
from playwright.sync_api import Page, expect

from burnbag import Burnbag
from tests.page.states import HELD
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.deployment import Deployment

TEXT = "over the real stack"
MIB = 2**20


@pytest.fixture
def page() -> Iterator[Page]:
    with browsers.launch() as browser, browsers.open_context(browser, Complaints()) as context:
        yield context.new_page()


@pytest.fixture
def burnbag(deployment: Deployment) -> Iterator[Burnbag]:
    session, keys = botocore.session.Session(), deployment.caller
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    with Burnbag(deployment.stack.api_url, session, region=deployment.stack.region) as client:
        yield client


def open_link(page: Page, link: str) -> None:
    """Visit a link, and press and hold."""
    page.goto(link)
    page.locator(".hold").hover()
    page.mouse.down()
    page.wait_for_function(HELD)
    page.mouse.up()


def test_a_text_that_the_command_sealed_is_opened_by_the_page(burnbag: Burnbag, page: Page) -> None:
    sent = burnbag.send(TEXT)
    open_link(page, sent.link)
    expect(page.locator(".secret")).to_have_text(TEXT)
    with page.expect_response("**/confirm"):
        page.get_by_role("button", name="Hide for good").click()
    assert burnbag.receipt(sent.id, sent.receipt_token).state == "revealed"


def test_a_base_without_its_slash_keeps_the_link(burnbag: Burnbag, page: Page) -> None:
    page.goto(burnbag.send(TEXT).link.replace("/#", "#"))
    expect(page.locator("h1")).to_have_text("Somebody sent you a text")
    assert "#" not in page.url


@pytest.mark.parametrize("size", [MIB, 34 * MIB], ids=["through the API", "from the bucket"])
def test_a_file_that_the_command_sealed_is_saved_by_the_page(
    size: int, burnbag: Burnbag, page: Page
) -> None:
    page.add_init_script("delete window.showSaveFilePicker")
    data = os.urandom(size)
    open_link(page, burnbag.send(data, filename="backup.tar").link)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the file").click()
    expect(page.locator("main")).to_contain_text("Saved on your device.")
    assert download.value.path().read_bytes() == data


def test_what_somebody_else_has_opened_says_so(burnbag: Burnbag, page: Page) -> None:
    link = burnbag.send(TEXT).link
    burnbag.open(link)
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Somebody was here first")
