"""The main ways of opening, in Firefox."""

import os
from collections.abc import Iterator

import pytest

from burnbag import Burnbag
from tests.page.states import PASSPHRASE, TEXT
from tests.support.firefox import Firefox, run_firefox
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
    firefox.call("WebDriver:ElementClick", {"id": firefox.find("input[value=open]")})
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
