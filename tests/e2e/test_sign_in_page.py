"""Signing in from the real page, in a real browser, at the embedded AWS's sign-in."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.deployment import Deployment
from tools.person import add_person

pytestmark = pytest.mark.embedded("its sign-in is a form that a test can fill in")
# The page's own modules, where its HTML says that they are.
MODULE = """const scripts = new URL('.', document.querySelector('script[src]').src);
const signing = await import(new URL('sign-in.js', scripts));
const facts = (await (await fetch('config.json')).json()).sign_in;"""
SIGN_IN = f"async () => {{ {MODULE} await signing.signIn(facts); }}"
SEND = f"""async (search) => {{
  {MODULE}
  const session = await signing.finishSignIn(facts, search);
  const headers = await session.authorize({{ 'Content-Type': 'application/json' }});
  const body = JSON.stringify({{ secret: 'hunter2' }});
  const answer = await fetch('people/secrets', {{ method: 'POST', headers, body }});
  return [session.email, answer.status, await answer.json()];
}}"""
KEPT = (
    "JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }) + document.cookie"
)


@pytest.fixture
def page() -> Iterator[Page]:
    complaints = Complaints()
    with browsers.launch() as browser, browsers.open_context(browser, complaints) as context:
        yield context.new_page()
        complaints.expect("/favicon.ico")  # of the sign-in, which has none


def test_a_person_signs_in_in_a_browser_and_sends(deployment: Deployment, page: Page) -> None:
    person = add_person(deployment.stack, "grace@example.com")
    page.goto(deployment.outputs["sign_in"]["redirect_url"])
    page.evaluate(SIGN_IN)
    page.get_by_label("Username").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/live/?code=*")
    (search,) = {f"?{url.partition('?')[2]}" for url in visited if "code=" in url}
    found: list[Any] = page.evaluate(SEND, search)
    assert found[:2] == ["grace@example.com", 201]
    assert deployment.receipt(found[2])["created_by"] == "grace@example.com"
    assert page.evaluate(KEPT) == "{}{}"
    assert page.url == deployment.outputs["sign_in"]["redirect_url"]
