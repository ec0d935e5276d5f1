"""What is around the views: the page without scripts, its name, colour, version and look."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from tests.page.states import Visitor
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.page import FACTS, VERSION, PageHandler
from tests.support.server import Served, run_server

COMPANY: Final = {
    "name": "Example & Söhne",
    "accent": "#ffd700",
    "logo_url": None,
    "imprint_url": "javascript:alert(1)",
    "help_url": "https://help.example.com/secrets",
}
CONTRAST: Final = """async (element) => {
  const script = new URL("colour.js", document.querySelector("script[src]").src);
  const { contrast } = await import(script);
  const hex = (colour) => "#" + colour.match(/\\d+/g).slice(0, 3)
    .map((channel) => Number(channel).toString(16).padStart(2, "0")).join("");
  const style = getComputedStyle(element);
  return contrast(hex(style.color), hex(style.backgroundColor));
}"""


def test_without_scripts_the_page_explains_itself(
    browser: Browser, complaints: Complaints, served: Served
) -> None:
    with browsers.open_context(browser, complaints, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{served.url}/#a.b.c")
        said = page.inner_text("main")
    assert "This page needs JavaScript" in said and "Nothing was opened or used up." in said
    assert "takes long to load" not in said


@pytest.mark.alone
def test_a_page_whose_scripts_do_not_come_says_so(visitor: Visitor, complaints: Complaints) -> None:
    visitor.page.route("**/shell.js", lambda route: route.abort())
    visitor.page.goto(visitor.send())
    visitor.page.locator(".late").wait_for(state="visible", timeout=20_000)
    complaints.expect("net::ERR|module")


@pytest.mark.alone
def test_the_first_paint_waits_for_no_script(visitor: Visitor) -> None:
    visitor.page.route("**/page.js", lambda route: None)
    visitor.page.goto(visitor.url(), wait_until="commit")
    visitor.page.locator("#brand").wait_for()
    paint = "() => performance.getEntriesByName('first-contentful-paint').length > 0"
    visitor.page.wait_for_function(paint)


def test_the_page_shows_its_version(visitor: Visitor) -> None:
    visitor.visit(visitor.url())
    version = visitor.page.locator(".version")
    assert version.inner_text() == f"Page {VERSION[:8]}"
    assert version.get_attribute("title") == VERSION


@pytest.fixture
def company(browser: Browser, complaints: Complaints) -> Any:
    """A burnbag of a company, with its name and colour."""
    handler = type("Company", (PageHandler,), {"facts": {**FACTS, "brand": COMPANY}})
    with (
        run_server(handler) as served,
        browsers.open_context(browser, complaints) as context,
    ):
        page = context.new_page()
        page.goto(f"{served.url}/")
        page.wait_for_selector("text=Example & Söhne")
        yield page


def test_a_company_has_its_name_and_links_on_it(company: Any) -> None:
    assert company.title() == "Open a link \u2013 Example & Söhne"
    assert company.get_by_role("link", name="Help").get_attribute("href") == COMPANY["help_url"]
    assert company.get_by_role("link", name="Imprint").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.alone
def test_a_companys_colour_can_be_read_in_light_and_dark(scheme: Any, company: Any) -> None:
    company.emulate_media(color_scheme=scheme)
    button = company.get_by_role("button", name="Look")
    company.wait_for_function(
        "() => document.documentElement.style.getPropertyValue('--accent-dark')"
    )
    assert button.evaluate(CONTRAST) >= 4.5


@pytest.mark.alone
def test_a_stack_that_says_nothing_of_itself_opens_links_all_the_same(
    visitor: Visitor, complaints: Complaints
) -> None:
    visitor.page.route("**/config.json", lambda route: route.fulfill(status=500, body=""))
    visitor.open(visitor.send())
    assert re.search("Here it is", visitor.said)
    complaints.expect("500")


@pytest.mark.alone
def test_less_motion_is_less_motion(visitor: Visitor) -> None:
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.page.route("**/v1/**", lambda route: None)
    visitor.page.goto(visitor.send())
    waiting = visitor.page.locator(".waiting")
    waiting.wait_for()
    assert waiting.evaluate("(line) => getComputedStyle(line).animationDuration") == "0s"


def test_the_focus_goes_to_what_is_new(visitor: Visitor) -> None:
    focused = "() => document.activeElement.tagName + ' ' + document.activeElement.textContent"
    visitor.visit(visitor.send())
    assert visitor.page.evaluate(focused) == "H1 Somebody sent you a text"
    visitor.hold()
    visitor.wait_for("Here it is")
    assert visitor.page.evaluate(focused) == "H1 Here it is"
    visitor.press("Hide for good")
    assert visitor.page.evaluate(focused) == "H1 Cleared from this page"


def test_a_screen_reader_hears_what_happens(visitor: Visitor) -> None:
    heard = visitor.page.get_by_role("status")
    visitor.visit(visitor.send())
    visitor.page.locator(".hold").click()
    assert "That was too short" in heard.inner_text()
    visitor.hold()
    visitor.wait_for("Here it is")
    visitor.press("Copy")
    visitor.wait_for("Copied.")
    assert "Copied." in heard.inner_text()
