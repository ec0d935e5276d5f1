"""Who asks by the page, who answers by it, and the same by the client."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Dialog, expect

from burnbag import Burnbag
from burnbag.results import Request
from tests.page.sender import SLOW, Form
from tests.support.server import Served

LABEL: Final = "API key for staging"


@dataclass
class Requester(Form):
    """Somebody in front of the page of a burnbag in memory."""

    server: Served

    def visit(self, link: str) -> None:
        """Open a link, as another program does that hands it over."""
        self.page.goto(link)

    # --- who asks ---

    def ask(self, label: str = LABEL) -> tuple[str, str]:
        """Ask for a secret; the link to send, and the one to keep."""
        self.visit(f"{self.server.url}/#ask")
        expect(self.heading("Ask for a secret")).to_be_visible()
        self.page.get_by_label("What it is for").fill(label)
        return self.make_links()

    def make_links(self) -> tuple[str, str]:
        self.press("Make the links")
        expect(self.heading("Your request is ready")).to_be_visible()
        send, keep = self.page.locator(".secret.link").all_inner_texts()
        return send, keep

    # --- who answers ---

    def begin_answer(self, link: str) -> None:
        """Look at what somebody asks for."""
        self.visit(link)
        expect(self.heading("You are asked for a secret")).to_be_visible()

    def answer(self) -> None:
        """Send what was put in."""
        self.press("Encrypt and send")

    def answer_with(self, link: str, text: str) -> None:
        self.begin_answer(link)
        self.type(text)
        self.answer()
        self.see_done()

    def answer_with_files(self, link: str, *paths: Path) -> None:
        self.begin_answer(link)
        self.choose(*paths)
        self.answer()
        self.see_done()

    def see_done(self) -> None:
        expect(self.heading("It has arrived")).to_be_visible(timeout=SLOW)

    @property
    def facts(self) -> str:
        return self.page.locator(".facts").inner_text()

    # --- who opens an answer ---

    def open(self) -> str:
        """Open what is closed; the text."""
        self.open_without_holding()
        expect(self.heading("Here it is")).to_be_visible(timeout=SLOW)
        return self.page.locator(".secret").inner_text()

    def open_without_holding(self) -> None:
        self.press("Open without holding")
        self.page.get_by_label("Yes, open it now").check()
        self.press("Continue")

    def calls(self, part: str) -> int:
        """How many requests of this kind came."""
        return sum(part in request for request in self.server.requests)


def accept(dialog: Dialog) -> None:
    """Leave, whatever the page asks."""
    dialog.accept()


def ask(server: Served, label: str | None = LABEL, **wish: object) -> Request:
    """Ask by the client, as the command does."""
    with Burnbag(server.url, region="us-east-1") as client:
        return client.request(label, **wish)  # type: ignore[arg-type]


def answer_text(server: Served, asked: Request) -> str:
    """What the client opens as the answer."""
    with Burnbag(server.url, region="us-east-1") as client:
        found: str = client.open_answer(asked.keep).text
        return found
