"""The page and the command: each answers what the other asks for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from burnbag.request_links import RequestLink
from tests.page.requester import LABEL, Requester, accept
from tests.page.sender import SLOW
from tests.support.cli import Machine, make_stranger
from tests.support.server import Served

SECRET = "hunter2\n  Grüße, 秘密"


@pytest.fixture
def facts() -> dict[str, Any]:
    return {}


@pytest.fixture
def somebody(page: Page, server: Served) -> Iterator[Requester]:
    page.on("dialog", accept)
    yield Requester(page, server)
    page.remove_listener("dialog", accept)


def test_what_the_command_asks_for_is_answered_in_the_page(
    somebody: Requester, server: Served, tmp_path: Path
) -> None:
    machine = Machine(tmp_path, server.url)
    link = machine.run("request", "--label", LABEL).text
    somebody.answer_with(link, SECRET)
    opened = machine.run("request", "open", RequestLink.parse(link).id)
    assert (opened.code, opened.text) == (0, SECRET)


def test_what_the_page_asks_for_is_answered_by_the_command(
    somebody: Requester, tmp_path: Path
) -> None:
    stranger = make_stranger(tmp_path / "stranger")
    (stranger.work / "note.txt").write_text(SECRET)
    link, keep = somebody.ask()
    assert stranger.run("submit", link, "note.txt").code == 0
    somebody.visit(keep)
    somebody.open_without_holding()
    with somebody.page.expect_download(timeout=SLOW) as saved:
        somebody.press("Save the file")
    assert saved.value.suggested_filename == "note.txt"
    assert saved.value.path().read_text() == SECRET
