"""Somebody who opens what is for named people only, and the provider that they sign in at."""

from playwright.sync_api import Page

from tests.page.states import TEXT, Visitor
from tests.support.provider import Provider

ROLE = "arn:aws:iam::123456789012:role/billing"
ADA = "ada@example.com"
EVE = "eve@example.com"


class Guest(Visitor):
    """Who has got a link that may name its recipients."""

    @property
    def provider(self) -> Provider:
        found: Provider = self.served.provider
        return found

    def send_to(self, *recipients: str, content: object = TEXT, **options: object) -> str:
        """A link that opens for those alone."""
        return self.send(content, recipients=list(recipients), **options)

    def meet(self, *recipients: str, **options: object) -> str:
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

    def pass_door(self, *recipients: str, **options: object) -> str:
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
