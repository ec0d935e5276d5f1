"""What holds in every state: words of its own, nothing that axe finds, nothing that overflows."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from burnbag import Burnbag
from tests.page.appearance import look_everywhere
from tests.page.states import NO_PAUSES, STATES, Visitor
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.page import run_page

pytestmark = pytest.mark.full_argon2
HEADINGS: Final = {
    "start": "Open a link",
    "link-incomplete": "This link is incomplete",
    "link-without-key": "This link is incomplete",
    "link-none": "This is not a link to a secret",
    "closed-text": "Somebody sent you a text",
    "closed-file": "Somebody sent you a file",
    "text": "Here it is",
    "hidden": "Cleared from this page",
    "file-ready": "Your file is here",
    "gone-revealed": "Somebody was here first",
    "gone-revoked": "This was withdrawn",
    "gone-locked": "This was destroyed",
    "gone-expired": "This has expired",
    "not-found": "Nothing is here",
    "frozen": "This is frozen",
    "not-arrived": "It has not arrived yet",
    "offline": "You are offline",
    "unanswered": "No answer",
    "throttled": "Too much at once",
    "throttled-for-long": "Too much at once",
    "busy": "Just a moment",
    "interrupted": "The answer got lost",
    "unavailable": "This does not work right now",
    "already-confirmed": "You have opened this already",
    "outdated": "Please open the link again",
    "internal": "This is our fault",
    "once-more": "Once more",
}


@pytest.fixture(params=STATES)
def reached(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[str, Visitor]]:
    """Somebody with a small phone, in one state after the other."""
    state, complaints = STATES[request.param], Complaints()
    options: dict[str, Any] = {
        "locale": "en-GB",
        "permissions": ["clipboard-write"],
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "light",
    }
    with (
        run_page() as served,
        browsers.open_context(browser, complaints, **options) as context,
        Burnbag(served.url, region="us-east-1") as burnbag,
    ):
        context.add_init_script(NO_PAUSES)
        visitor = Visitor(context.new_page(), context, served, burnbag)
        state.reach(visitor)
        yield request.param, visitor
        if state.complaint:
            complaints.expect(state.complaint)


def test_every_state_can_be_read_and_used_by_everybody(reached: tuple[str, Visitor]) -> None:
    name, visitor = reached
    page = visitor.page
    assert page.locator("h1").inner_text() == HEADINGS.get(name, page.locator("h1").inner_text())
    look_everywhere(page, name)
