"""Somebody who sends by the page: what they fill in and press, in their own words."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from burnbag import Burnbag, Opened
from tests.support.server import Served

# A passphrase costs 600,000 rounds, and the machine may be busy.
SLOW = 60_000


@dataclass
class Form:
    """The page where one sends, wherever it comes from."""

    page: Page

    def type(self, text: str) -> None:
        self.page.get_by_label("What is secret").fill(text)

    def choose(self, *paths: Path) -> None:
        self.page.get_by_label("Files", exact=True).check()
        self.page.get_by_label("Choose files").set_input_files(list(paths))

    def more(self, *, passphrase: str = "", label: str = "") -> None:
        self.page.get_by_text("Passphrase and label").click()
        self.page.get_by_label("Passphrase", exact=True).fill(passphrase)
        self.page.get_by_label("Label").fill(label)

    def name(self, recipients: str) -> None:
        """Say who alone may open it."""
        field = self.page.get_by_label("Only for", exact=True)
        if field.is_hidden():
            self.page.get_by_text("Only for certain people").click()
        field.fill(recipients)

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def go(self) -> None:
        self.press("Encrypt and get a link")

    def send(self) -> str:
        """Send what was put in, and take the link."""
        self.go()
        expect(self.heading("Your link is ready")).to_be_visible(timeout=SLOW)
        return self.link()

    def link(self) -> str:
        return self.page.locator(".secret.link").inner_text()

    def receipt_link(self) -> str:
        return self.page.locator("section .link").inner_text()

    def heading(self, words: str) -> Locator:
        return self.page.get_by_role("heading", level=1, name=words)

    def says(self, words: str | re.Pattern[str]) -> None:
        """Wait until the page says this where it can be seen."""
        expect(self.page.locator("main").get_by_text(words)).to_be_visible(timeout=SLOW)


@dataclass
class Sender(Form):
    """The same beside a burnbag in memory."""

    server: Served

    def begin(self) -> None:
        """Go to where one sends."""
        self.page.goto(f"{self.server.url}/#send")
        expect(self.heading("Send a secret")).to_be_visible()

    def send_text(self, text: str) -> str:
        self.begin()
        self.type(text)
        return self.send()

    def refuse_too_many(self, seconds: int) -> None:
        """Let the next secret be one too many, for so long."""
        faults, problem = self.server.faults, "urn:burnbag:problem:too-many"
        faults.words = json.dumps({"type": problem, "title": "Too many", "limit": 60}).encode()
        faults.retry_after = str(seconds)
        faults.refuse.append(("POST /live/people/secrets", 429))

    def calls(self, part: str) -> int:
        """How many requests of this kind came."""
        return sum(part in request for request in self.server.requests)


def open_link(link: str, **options: Any) -> Opened:
    """Open a link as the command does."""
    with Burnbag() as client:
        opened: Opened = client.open(link, **options)
        return opened
