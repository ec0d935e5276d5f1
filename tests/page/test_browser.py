"""What the other tests of the page rely on: that nothing goes wrong in the browser unnoticed."""

import pytest
from playwright.sync_api import Browser, Page

from tests.support import browser as browsers
from tests.support.browser import Complaints

STYLE = "document.body.setAttribute('style', 'color: red')"
SCRIPT = "document.body.innerHTML = '<img src=x onerror=alert(1)>'"
LATER = "setTimeout(() => { throw new Error('too late') })"


@pytest.mark.parametrize(
    ("does", "complaint"),
    [
        (STYLE, "Content Security Policy"),
        (SCRIPT, "TrustedHTML"),
        (LATER, "too late"),
        ("console.error('oh')", "oh"),
        ("fetch('/missing').then(() => {})", "404"),
        ("import('https://example.org/x.js').catch(() => {})", "Content Security Policy"),
    ],
)
def test_whatever_the_browser_complains_of_is_heard(
    does: str, complaint: str, page: Page, web_url: str, complaints: Complaints
) -> None:
    page.goto(f"{web_url}/blank")
    page.evaluate(f"async () => {{ try {{ await ({does}); }} catch {{}} }}")
    page.evaluate("new Promise((done) => setTimeout(done, 10))")
    complaints.expect(complaint)


def test_a_complaint_fails_whoever_did_not_expect_it(browser: Browser, web_url: str) -> None:
    with (
        pytest.raises(AssertionError, match="oh"),
        browsers.open_context(browser, Complaints()) as context,
    ):
        context.new_page().evaluate("console.error('oh')")


def test_an_expected_complaint_must_come() -> None:
    with pytest.raises(AssertionError, match="nobody complained"):
        Complaints().expect("oh")


def test_nothing_of_one_context_is_in_the_next(browser: Browser, web_url: str) -> None:
    for _ in range(2):
        with browsers.open_context(browser, Complaints()) as context:
            page = context.new_page()
            page.goto(f"{web_url}/blank")
            assert page.evaluate("localStorage.length") == 0
            page.evaluate("localStorage.setItem('a', 'b')")
