"""Somebody who opens what is for named people only, and the provider that they sign in at."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from playwright.sync_api import Browser, Page

from burnbag import Burnbag
from burnbag.links import Link
from tests.page.rooms import NO_PAUSES
from tests.page.states import TEXT, Visitor
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.provider import Provider
from tests.support.server import Served

ROLE = "arn:aws:iam::123456789012:role/billing"
ADA = "ada@example.com"
EVE = "eve@example.com"


class Guest(Visitor):
    """Who has got a link that may name its recipients."""

    @property
    def provider(self) -> Provider:
        found: Provider = self.served.provider
        return found

    def send_to(self, *recipients: str, content: Any = TEXT, **options: Any) -> str:
        """A link that opens for those alone."""
        return self.send(content, recipients=list(recipients), **options)

    def meet(self, *recipients: str, **options: Any) -> str:
        """Open such a link, as far as it goes for anybody."""
        link = self.send_to(*(recipients or (ADA,)), **options)
        self.visit(link)
        self.wait_for("This is for certain people only")
        return link

    def sign_in(self, words: str = "Sign in") -> Page:
        """Press the button, which opens another tab."""
        with self.page.expect_popup() as other:
            self.press(words)
        return other.value

    def pass_door(self, *recipients: str, **options: Any) -> str:
        """Sign in, and see what is there."""
        link = self.meet(*recipients, **options)
        self.sign_in()
        self.page.wait_for_selector(".hold")
        return link

    def doors(self) -> list[str]:
        """The recipient's calls so far: by which door, and what was asked."""
        found = []
        for request in self.served.requests:
            method, _, path = request.partition(" /live/")
            door, _, rest = path.partition("/secrets/")
            if rest:
                found.append(f"{method} {door} {rest[22:]}".strip())
        return found

    def refuse_once(self, request: str) -> None:
        """Let a call find nobody signed in."""
        problem = {"type": "urn:burnbag:problem:not-signed-in", "title": "Sign in first"}
        self.served.faults.words = json.dumps(problem).encode()
        self.served.faults.refuse.append((request, 401))

    def try_as(self, email: str, link: str) -> int:
        """Somebody else, who has the link, asks what is there; how that is answered."""
        known = {"aud": "page", "token_use": "id", "email_verified": "true"}
        self.served.people[email] = {**known, "email": email}
        found = Link.parse(link)
        headers = {"Authorization": email, "X-Burnbag-Token": found.token}
        url = f"{self.served.url}/people/secrets/{found.id}"
        return requests.get(url, headers=headers, timeout=60).status_code


@contextmanager
def visit(
    browser: Browser, complaints: Complaints, served: Served, **options: Any
) -> Iterator[Guest]:
    """A guest with a browser of their own."""
    options = {"locale": "en-GB", "permissions": ["clipboard-write"], **options}
    with (
        browsers.open_context(browser, complaints, **options) as context,
        Burnbag(served.url, region="us-east-1") as burnbag,
    ):
        context.add_init_script(NO_PAUSES)
        yield Guest(context.new_page(), context, served, burnbag)
        # Before their server, or what they still load fails.
        for page in context.pages:
            page.close()
