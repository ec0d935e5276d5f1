"""The main ways of opening, of sending, of asking and of answering, in Firefox."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from burnbag import Burnbag
from burnbag.request_links import AnswerLink, RequestLink
from burnbag.results import OpenedInMemory, Request
from burnbag.sealed_keys import make_pair
from tests.page.named import ADA, EVE
from tests.page.sender import open_link
from tests.page.states import PASSPHRASE, TEXT
from tests.support.firefox import Firefox, run_firefox
from tests.support.sending import run_sending_page
from tests.support.server import Served, views_left

pytestmark = pytest.mark.full_argon2
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with run_firefox(tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox


@pytest.fixture
def burnbag(served: Served) -> Iterator[Burnbag]:
    with Burnbag(served.url, region="us-east-1") as burnbag:
        yield burnbag


def test_a_text_is_opened_by_holding(firefox: Firefox, burnbag: Burnbag, served: Served) -> None:
    link = burnbag.send(TEXT).link
    firefox.visit(link)
    firefox.wait_for("Somebody sent you a text")
    assert firefox.run("return location.href") == f"{served.url}/"
    assert views_left(served, link) == 1
    firefox.hold(until="Here it is")
    assert firefox.run("return document.querySelector('.secret').textContent") == TEXT
    firefox.press("Hide for good")
    firefox.wait_for("Cleared from this page")
    assert TEXT not in firefox.run("return document.documentElement.outerHTML")


def test_a_click_does_not_open(firefox: Firefox, burnbag: Burnbag, served: Served) -> None:
    link = burnbag.send(TEXT).link
    firefox.visit(link)
    firefox.wait_for("Somebody sent you a text")
    firefox.press("Press and hold to open")
    firefox.wait_for("That was too short")
    firefox.run("document.querySelectorAll('main *').forEach((each) => each.click())")
    assert views_left(served, link) == 1


def test_two_steps_and_a_passphrase_open(firefox: Firefox, burnbag: Burnbag) -> None:
    firefox.visit(burnbag.send(TEXT, passphrase=PASSPHRASE).link)
    firefox.wait_for("Passphrase")
    firefox.type("input[type=password]", PASSPHRASE)
    firefox.press("Open without holding")
    firefox.click("input[value=open]")
    firefox.press("Continue")
    firefox.wait_for("Here it is")


@pytest.mark.parametrize("size", [5000, 33 * MEBIBYTE], ids=["memory", "worker"])
def test_a_file_is_saved_as_it_comes(size: int, firefox: Firefox, burnbag: Burnbag) -> None:
    data = os.urandom(size)
    firefox.visit(burnbag.send(data, filename=f"backup-{size}.bin").link)
    firefox.wait_for("Somebody sent you a file")
    firefox.hold(until="Your file is here")
    firefox.press("Save the file")
    firefox.wait_for("Saved on your device.")
    assert firefox.wait_for_download(f"backup-{size}.bin") == data


def test_the_back_button_brings_no_secret_back(firefox: Firefox, burnbag: Burnbag) -> None:
    firefox.visit(burnbag.send(TEXT).link)
    firefox.wait_for("Somebody sent you a text")
    firefox.hold(until="Here it is")
    firefox.call("WebDriver:Navigate", {"url": "about:blank"})
    firefox.call("WebDriver:Back", {})
    firefox.wait_for("Open a link")
    assert TEXT not in firefox.run("return document.documentElement.outerHTML")


@pytest.fixture
def form(firefox: Firefox) -> Iterator[Firefox]:
    """Where one sends, with nothing put in yet."""
    with run_sending_page() as served:
        firefox.visit(f"{served.url}/#send")
        firefox.wait_for("Encrypt and get a link")
        yield firefox
        firefox.visit("about:blank")


def send(form: Firefox) -> str:
    """Send what was put in, and take the link."""
    form.press("Encrypt and get a link")
    form.wait_for("Your link is ready")
    link: str = form.run("return document.querySelector('.secret.link').textContent")
    return link


def test_a_text_that_was_typed_is_opened_by_the_client(form: Firefox) -> None:
    form.type("textarea", "hunter2\n  Grüße, 秘密")
    form.click("details.more > summary")
    form.type("details.more input[dir=ltr]", PASSPHRASE)
    form.type("details.more input[dir=auto]", "for Jo")
    opened = open_link(send(form), passphrase=PASSPHRASE)
    assert (opened.kind, opened.data) == ("text", "hunter2\n  Grüße, 秘密".encode())
    form.click("details:not(.more) > summary")
    form.wait_for_element("svg.qr")
    form.press("Copy the link")
    form.wait_for("Copied")


@pytest.mark.parametrize(
    ("size", "kind"),
    [(5000, "file"), (6 * MEBIBYTE, "upload"), (33 * MEBIBYTE, "upload")],
    ids=["through the API", "from memory", "from disk"],
)
def test_a_file_that_was_chosen_is_opened_by_the_client(
    size: int, kind: str, form: Firefox, tmp_path: Path
) -> None:
    path = tmp_path / "backup.bin"
    path.write_bytes(os.urandom(size))
    form.click(".tabs label + label")
    form.type("input[type=file]", str(path))
    opened = open_link(send(form))
    assert (opened.kind, opened.filename) == (kind, path.name)
    assert opened.data == path.read_bytes()


@pytest.fixture
def people() -> Iterator[Served]:
    """A burnbag where people sign in."""
    with run_sending_page(people_auth="COGNITO") as served:
        yield served


def sign_in(firefox: Firefox, words: str) -> None:
    """Press the button, which opens another tab that closes itself."""
    firefox.press(words)
    firefox.wait_for_tabs(1)


def test_a_link_for_named_people_opens_after_signing_in_beside(
    firefox: Firefox, people: Served
) -> None:
    people.provider.email, people.provider.others = EVE, [ADA]
    with Burnbag(people.url, region="us-east-1") as burnbag:
        link = burnbag.send(TEXT, recipients=[ADA]).link
    firefox.visit(link)
    firefox.wait_for("This is for certain people only")
    kept = "return JSON.stringify([{ ...sessionStorage }, { ...localStorage }, location.href])"
    sign_in(firefox, "Sign in")
    firefox.wait_for("This is the wrong account")
    assert EVE in firefox.said
    sign_in(firefox, "Sign in as somebody else")
    firefox.wait_for("Somebody sent you a text")
    assert f"Signed in as {ADA}" in firefox.said
    assert not any(part in firefox.run(kept) for part in link.partition("#")[2].split("."))
    firefox.hold(until="Here it is")
    assert firefox.run("return document.querySelector('.secret').textContent") == TEXT
    firefox.visit("about:blank")


def test_where_firefox_opens_no_tab_a_link_does(firefox: Firefox, people: Served) -> None:
    with Burnbag(people.url, region="us-east-1") as burnbag:
        link = burnbag.send(TEXT, recipients=[ADA]).link
    firefox.visit(link)
    firefox.wait_for("This is for certain people only")
    firefox.run("window.open = () => null")
    firefox.press("Sign in")
    firefox.wait_for("Your browser has not opened the new tab.")
    firefox.click("main a[target=_blank]")
    firefox.wait_for("Somebody sent you a text")
    firefox.visit("about:blank")


@pytest.fixture
def nobody() -> Iterator[Served]:
    """A burnbag where anybody may ask."""
    with run_sending_page() as served:
        yield served


@pytest.fixture
def asked(nobody: Served, firefox: Firefox) -> Iterator[Request]:
    """What the client has asked for."""
    with Burnbag(nobody.url, region="us-east-1") as burnbag:
        yield burnbag.request("API key for staging")
    firefox.visit("about:blank")


def answer(firefox: Firefox) -> None:
    firefox.press("Encrypt and send")
    firefox.wait_for("It has arrived")


def open_answer(server: Served, keep: str) -> OpenedInMemory:
    with Burnbag(server.url, region="us-east-1") as burnbag:
        return burnbag.open_answer(keep)


def test_a_request_of_the_client_is_answered_in_firefox(
    firefox: Firefox, nobody: Served, asked: Request
) -> None:
    firefox.visit(asked.link)
    firefox.wait_for("You are asked for a secret")
    assert "API key for staging" in firefox.said
    assert firefox.run("return location.href") == f"{nobody.url}/"
    firefox.type("textarea", TEXT)
    answer(firefox)
    assert TEXT not in firefox.run("return document.documentElement.outerHTML")
    assert open_answer(nobody, asked.keep).text == TEXT


@pytest.mark.parametrize("size", [5000, 6 * MEBIBYTE], ids=["through the API", "upload"])
def test_a_file_answers_in_firefox(
    size: int, firefox: Firefox, nobody: Served, asked: Request, tmp_path: Path
) -> None:
    path = tmp_path / "backup.bin"
    path.write_bytes(os.urandom(size))
    firefox.visit(asked.link)
    firefox.wait_for("You are asked for a secret")
    firefox.click(".tabs label + label")
    firefox.type("input[type=file]", str(path))
    answer(firefox)
    opened = open_answer(nobody, asked.keep)
    assert (opened.filename, opened.data) == (path.name, path.read_bytes())


def test_what_was_asked_in_firefox_is_opened_there(firefox: Firefox, nobody: Served) -> None:
    firefox.visit(f"{nobody.url}/#ask")
    firefox.wait_for("Ask for a secret")
    firefox.press("Make the links")
    firefox.wait_for("Your request is ready")
    links = "return [...document.querySelectorAll('.secret.link')].map((each) => each.textContent)"
    link, keep = firefox.run(links)
    firefox.press("Copy the link to keep")
    firefox.wait_for("See whether it was answered")
    with Burnbag() as burnbag:
        burnbag.submit(link, TEXT)
    firefox.visit(keep)
    firefox.wait_for("Somebody sent you a text")
    firefox.hold(until="Here it is")
    assert firefox.run("return document.querySelector('.secret').textContent") == TEXT
    firefox.visit("about:blank")


def test_links_that_are_no_key_pair_are_refused_in_firefox(
    firefox: Firefox, nobody: Served, asked: Request
) -> None:
    """Browsers check different things when they take keys in."""
    kept, request = AnswerLink.parse(asked.keep), RequestLink.parse(asked.link)
    another = replace(kept, private_key=make_pair()[0]).reveal()
    nowhere = replace(request, public_key=b"\x01" * len(request.public_key)).reveal()
    for link in (another, nowhere):
        firefox.visit("about:blank")
        firefox.visit(link)
        firefox.wait_for("This link is incomplete")
