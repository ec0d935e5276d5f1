"""Each state of sending can be seen, read and used by everybody."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.page.appearance import look_everywhere
from tests.page.sender import Sender
from tests.page.sending_states import STATES
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.sending import run_sending_page

PHONE: dict[str, Any] = {
    "locale": "en-GB",
    "permissions": ["clipboard-write"],
    "viewport": {"width": 390, "height": 844},
    "color_scheme": "light",
}


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_sending_can_be_read_and_used_by_everybody(
    name: str, browser: Browser, tmp_path: Path
) -> None:
    with (
        run_sending_page() as server,
        browsers.open_context(browser, Complaints(), **PHONE) as context,
    ):
        sender = Sender(context.new_page(), server)
        STATES[name](sender, tmp_path)
        look_everywhere(sender.page, name)


@pytest.mark.parametrize(
    ("name", "facts", "heading"),
    [
        ("send-by-command", {"people_auth": None}, "Send a secret"),
        ("sign-in", {"people_auth": "COGNITO"}, "Sign in"),
    ],
)
def test_who_may_not_send_at_once_can_read_why(
    name: str, facts: dict[str, Any], heading: str, browser: Browser
) -> None:
    with (
        run_sending_page(**facts) as server,
        browsers.open_context(browser, Complaints(), **PHONE) as context,
    ):
        sender = Sender(context.new_page(), server)
        sender.page.goto(f"{server.url}/#send")
        sender.heading(heading).wait_for()
        look_everywhere(sender.page, name)
