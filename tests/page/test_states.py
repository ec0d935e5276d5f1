"""What holds in every state: words of its own, nothing that axe finds, nothing that overflows.

Pictures of each are left in `build/page/`, for a person to look at.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from burnbag import Burnbag
from tests.page.states import NO_PAUSES, STATES, Visitor
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.page import run_page
from tests.support.services import ROOT

pytestmark = pytest.mark.full_argon2
PICTURES: Final = ROOT / "build" / "page"
# As WCAG 2.2 has it for level AAA; what is in a line of text may be smaller.
TOUCH: Final = 44
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
    "busy": "Just a moment",
    "interrupted": "The answer got lost",
    "unavailable": "This does not work right now",
    "already-confirmed": "You have opened this already",
    "outdated": "Please open the link again",
    "internal": "This is our fault",
    "once-more": "Once more",
}
OVERFLOWS: Final = """() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *:not(.unseen)")]
    .filter((each) => each.getClientRects().length > 0)
    .filter((each) => each.getBoundingClientRect().right > wide + 1
      || each.getBoundingClientRect().left < -1 || each.scrollWidth > each.clientWidth + 1
      && !["auto", "scroll"].includes(getComputedStyle(each).overflowX)
      && each.tagName !== "INPUT" && getComputedStyle(each).display !== "inline")
    .map((each) => `${each.tagName} ${each.className}: ${each.textContent.slice(0, 40)}`);
}"""
SMALL: Final = f"""() => [...document.querySelectorAll("button, select, input, a")]
  .filter((each) => each.getClientRects().length > 0 && !each.closest(".choice"))
  .map((each) => [each.textContent, each.getBoundingClientRect().height])
  .filter(([, height]) => height < {TOUCH})"""


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
    assert "undefined" not in page.inner_text("body") and "{" not in visitor.said
    assert page.evaluate(SMALL) == []
    assert_nothing_found(page, name)
    take_picture(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    assert_nothing_found(page, f"{name}, dark")
    take_picture(page, f"{name}-dark")
    page.set_viewport_size({"width": 320, "height": 700})
    page.get_by_label("Language").select_option("de")
    assert page.evaluate(OVERFLOWS) == []
    take_picture(page, f"{name}-german-small")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_label("Sprache").select_option("en")
    assert page.evaluate(OVERFLOWS) == []
    take_picture(page, f"{name}-desktop")
    # As Arabic would be: the same words from right to left.
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate(OVERFLOWS) == []
    take_picture(page, f"{name}-right-to-left")


def assert_nothing_found(page: Page, where: str) -> None:
    """Nothing that axe knows to look for, the best practices included."""
    found = Axe().run(page).response["violations"]
    assert not found, [
        (where, each["id"], [node["html"] for node in each["nodes"]]) for each in found
    ]


def take_picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
