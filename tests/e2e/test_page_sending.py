"""Sending by the form of the real page: signed in at the embedded AWS's sign-in, in a browser."""

import hashlib
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, expect

from burnbag import Gone
from tests.page.sender import SLOW, Form, open_link
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.deployment import Deployment
from tools.person import Person, add_person

pytestmark = [
    pytest.mark.embedded("its sign-in is a form that a test can fill in"),
    # The page stretches passphrases as it does for everybody, so what opens them here must too.
    pytest.mark.full_argon2,
]
TEXT: Final = "hunter2\n  Grüße, 秘密 🔑"
PASSPHRASE: Final = "korrekt pferd batterie"
MIB: Final = 2**20
HOUR: Final = 3600
KEPT: Final = (
    "JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }) + document.cookie"
)


@pytest.fixture(scope="module")
def person(deployment: Deployment) -> Person:
    return add_person(deployment.stack, "grace@example.com")


@pytest.fixture(scope="module")
def signed_in(deployment: Deployment, person: Person, browser: Browser) -> Iterator[Form]:
    """Somebody who went to where one sends, and signed in on the way."""
    complaints = Complaints()
    options: dict[str, Any] = {"locale": "en-GB", "permissions": ["clipboard-write"]}
    with browsers.open_context(browser, complaints, **options) as context:
        form = Form(context.new_page())
        form.page.goto(f"{deployment.outputs['sign_in']['redirect_url']}#send")
        form.press("Sign in")
        form.page.get_by_label("Username").fill(person.email)
        form.page.get_by_label("Password").fill(person.password)
        form.press("Sign in")
        form.says(f"Signed in as {person.email}")
        yield form
        complaints.forgive("/favicon.ico")  # of the sign-in, which has none


@pytest.fixture
def form(signed_in: Form) -> Form:
    """The form, empty, in the tab that is signed in: another load of the page would not be."""
    for fragment, heading in (("history", "What you have sent"), ("send", "Send a secret")):
        signed_in.page.evaluate(f"location.hash = '{fragment}'")
        expect(signed_in.heading(heading)).to_be_visible(timeout=SLOW)
    signed_in.page.get_by_label("Text", exact=True).check()
    return signed_in


def send_text(form: Form) -> str:
    form.type(TEXT)
    return form.send()


def look_at_receipt(form: Form) -> None:
    form.page.get_by_role("link", name="See the receipt").click()
    form.says("Nobody has opened it yet.")


def test_signing_in_leaves_nothing_in_address_or_storage(
    form: Form, deployment: Deployment
) -> None:
    assert form.page.url == f"{deployment.outputs['sign_in']['redirect_url']}#send"
    assert form.page.evaluate(KEPT) == "{}{}"


def test_what_was_typed_into_the_form_is_opened_by_the_client(
    form: Form, deployment: Deployment, person: Person
) -> None:
    form.page.get_by_label("What is secret").press_sequentially(TEXT)
    form.page.get_by_label("Destroyed after").select_option("1 hour")
    form.page.get_by_label("How often it can be opened").fill("2")
    form.more(passphrase=PASSPHRASE, label="for Jo")
    link = form.send()
    opened = open_link(link, passphrase=PASSPHRASE)
    assert (opened.data, opened.kind) == (TEXT.encode(), "text")
    _, secret_id, receipt_token = form.receipt_link().split("#")[1].split(".")
    receipt = deployment.receipt({"id": secret_id, "receipt_token": receipt_token})
    assert (receipt["created_by"], receipt["label"]) == (person.email, "for Jo")
    assert (receipt["max_views"], receipt["views_left"], receipt["passphrase"]) == (2, 1, True)
    assert receipt["expires_at"] - receipt["created_at"] == HOUR


def test_a_phone_reads_the_link_from_the_screen(form: Form) -> None:
    link = send_text(form)
    form.page.get_by_text("QR code").click()
    picture = form.page.get_by_role("img", name="QR code").screenshot()
    kind = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)), formats=kind)
    assert found.text == link


def test_a_file_that_is_too_large_for_the_api_arrives_whole(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    path.write_bytes(os.urandom(7 * MIB))
    form.choose(path)
    opened = open_link(form.send())
    assert (opened.kind, opened.filename) == ("upload", "backup.tar")
    assert opened.data == path.read_bytes()


def test_the_receipt_says_that_it_was_opened(form: Form) -> None:
    link = send_text(form)
    look_at_receipt(form)
    open_link(link)
    form.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    form.says("The last view was used on")


def test_what_was_sent_can_be_withdrawn(form: Form) -> None:
    link = send_text(form)
    look_at_receipt(form)
    form.press("Withdraw it")
    form.press("Withdraw it")
    form.says("You withdrew it on")
    with pytest.raises(Gone):
        open_link(link)


@pytest.fixture
def used_up(deployment: Deployment, person: Person) -> Iterator[None]:
    """The person has sent as much as one may, in this hour and the next."""
    table = deployment.outputs["receipts_table_name"].removesuffix("receipts") + "people"
    dynamodb, hour = deployment.client("dynamodb"), int(time.time()) // HOUR * HOUR
    keys = [
        {"id": {"S": hashlib.sha256(f"{ends} {person.email}".encode()).hexdigest()}}
        for ends in (hour + HOUR, hour + 2 * HOUR)
    ]
    for key in keys:
        item = {**key, "sent": {"N": "60"}, "purge_at": {"N": str(hour + 2 * HOUR)}}
        dynamodb.put_item(TableName=table, Item=item)
    yield
    for key in keys:
        dynamodb.delete_item(TableName=table, Key=key)


def test_who_has_sent_too_much_is_told_when_it_goes_on(form: Form, used_up: None) -> None:
    form.type(TEXT)
    form.go()
    form.says("That is a lot")
    form.says("You can try again in ")
    assert form.page.get_by_label("What is secret").input_value() == TEXT
