"""Every state that opening has, and how somebody gets there.

Whatever holds for all of them (accessibility, width, pictures) is tested for each of these.
"""

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page, Route

from burnbag import Burnbag, PassphraseWrong
from burnbag.results import Sent
from tests.support.server import Served

TEXT: Final = "correct horse battery staple"
PASSPHRASE: Final = "rosebud"
LARGE: Final = 6 * 1024 * 1024
LOCKED_AFTER: Final = 5
API: Final = "**/v1/**"
# The button has been held for long enough, and maybe what comes next is there already.
HELD: Final = """() => {
  const hold = document.querySelector(".hold");
  return !hold || Number(hold.style.getPropertyValue("--held")) >= 1
    || document.querySelector(".error:not(:empty)");
}"""


@dataclass
class Visitor:
    """Somebody with a browser, and a burnbag that others send by."""

    page: Page
    context: BrowserContext
    served: Served
    burnbag: Burnbag
    sent: list[Sent] = field(default_factory=list)

    def send(self, content: Any = TEXT, **options: Any) -> str:
        """A link to something that was sent by the command's own client."""
        self.sent.append(self.burnbag.send(content, **options))
        return self.sent[-1].link

    def visit(self, link: str) -> None:
        """Open a link, and wait until the page says something else than before."""
        self.page.evaluate("document.querySelector('h1')?.setAttribute('data-before', '')")
        self.page.goto(link)
        self.page.wait_for_selector("main h1:not([data-before])")
        self.page.wait_for_selector(".waiting", state="detached")

    def hold(self, milliseconds: int | None = None) -> None:
        """Press and hold, so long or until that is long enough."""
        self.page.evaluate("document.querySelector('.error')?.replaceChildren()")
        self.page.locator(".hold").hover()
        self.page.mouse.down()
        if milliseconds is None:
            self.page.wait_for_function(HELD)
        else:
            self.page.wait_for_timeout(milliseconds)
        self.page.mouse.up()

    def take_steps(self) -> None:
        """The other way to open than holding; it takes no second."""
        gesture = self.page.locator(".gesture")
        if gesture.locator("fieldset").is_hidden():
            gesture.locator("[aria-expanded=false]").click()
        gesture.locator("input[value=open]").check()
        gesture.locator("fieldset button").click()

    def open(self, link: str) -> None:
        """Open a link and what is behind it."""
        self.visit(link)
        self.take_steps()
        self.page.wait_for_selector(".gesture", state="detached")

    def open_by_clock(self, link: str) -> None:
        """The same on a page whose clock only runs when told to."""
        self.visit(link)
        self.page.locator(".hold").hover()
        self.page.mouse.down()
        self.page.clock.run_for(1500)
        self.page.mouse.up()
        self.page.wait_for_selector(".gesture", state="detached")

    @property
    def said(self) -> str:
        """What the page shows, without what is around it."""
        return self.page.inner_text("main")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def wait_for(self, words: str) -> None:
        self.page.locator("main").get_by_text(words).first.wait_for()

    def reload(self) -> None:
        self.page.reload()
        self.page.wait_for_selector("main h1")

    @property
    def calls(self) -> list[str]:
        """What the page asked of the API, without ids."""
        found = (request.partition("/live/v1/secrets") for request in self.served.requests)
        return [
            f"{method}{re.sub('/[^/]{22}', '', path)}".strip() for method, _, path in found if path
        ]

    def guess(self, passphrase: str) -> None:
        self.page.get_by_label("Passphrase", exact=True).fill(passphrase)
        self.take_steps()

    def guess_wrongly(self, link: str, times: int) -> None:
        """Somebody else tries passphrases."""
        for number in range(times):
            try:
                self.burnbag.open(link, passphrase=f"wrong {number}")
            except PassphraseWrong:
                continue

    def answer(self, status: int, kind: str, urls: str = API, retry_after: int = 0) -> None:
        """Let burnbag answer with a problem from now on."""
        problem = {"type": f"urn:burnbag:problem:{kind}", "title": kind, "status": status}
        headers = {"Content-Type": "application/problem+json", "Retry-After": str(retry_after)}

        def refuse(route: Route) -> None:
            route.fulfill(status=status, body=json.dumps(problem), headers=headers)

        self.page.route(urls, refuse)

    def lose_answers(self, urls: str = "**/reveal", times: int | None = None) -> None:
        """Let burnbag do what it is asked for, and nobody hear of it."""

        def lose(route: Route) -> None:
            route.fetch()
            route.abort()

        self.page.route(urls, lose, times=times)

    def break_off(self, after: int) -> None:
        """Let the next download break off after so many bytes, and further ones not begin.

        More bytes than a browser takes in before somebody reads them: else it has the break first,
        and forgets them.
        """
        self.served.faults.cut.append(after)
        asked = 0

        def fetch(route: Route) -> None:
            nonlocal asked
            asked += 1
            route.continue_() if asked == 1 else route.abort()

        self.page.route("**/bucket/**", fetch)

    def url(self, fragment: str = "") -> str:
        return f"{self.served.url}/{fragment}"


Reach = Callable[[Visitor], None]


@dataclass(frozen=True)
class State:
    """How somebody gets there, what the browser complains of on the way, and whether the page is of
    no use to anybody else afterwards.
    """

    reach: Reach
    complaint: str | None
    alone: bool


STATES: Final[dict[str, State]] = {}


def state(complaint: str | None = None, *, alone: bool = False) -> Callable[[Reach], Reach]:
    def note(reach: Reach) -> Reach:
        STATES[reach.__name__.replace("_", "-")] = State(reach, complaint, alone)
        return reach

    return note


@state()
def start(visitor: Visitor) -> None:
    visitor.visit(visitor.url())


@state()
def start_elsewhere(visitor: Visitor) -> None:
    start(visitor)
    visitor.page.get_by_label("The link").fill(
        visitor.send().replace(visitor.served.url, "https://secrets.example.com")
    )
    visitor.press("Look")
    visitor.wait_for("secrets.example.com")


@state()
def link_incomplete(visitor: Visitor) -> None:
    visitor.visit(visitor.send()[:-3])


@state()
def link_without_key(visitor: Visitor) -> None:
    visitor.visit(visitor.send().rpartition(".")[0])


@state()
def link_none(visitor: Visitor) -> None:
    visitor.visit(visitor.url("#not.a.link.at.all"))


@state()
def closed_text(visitor: Visitor) -> None:
    visitor.visit(visitor.send())


@state()
def closed_text_by_server(visitor: Visitor) -> None:
    visitor.visit(visitor.send(server_side=True, views=3))


@state()
def closed_file(visitor: Visitor) -> None:
    visitor.visit(visitor.send(b"\0" * 5000, filename="report.pdf"))


@state()
def closed_passphrase(visitor: Visitor) -> None:
    visitor.visit(visitor.send(passphrase=PASSPHRASE))


@state(alone=True)
def holding(visitor: Visitor) -> None:
    closed_text(visitor)
    visitor.page.locator(".hold").hover()
    visitor.page.mouse.down()
    visitor.page.wait_for_timeout(400)
    visitor.page.evaluate("() => { requestAnimationFrame = () => 0; }")


@state()
def held_too_shortly(visitor: Visitor) -> None:
    closed_text(visitor)
    visitor.hold(200)


@state()
def two_steps(visitor: Visitor) -> None:
    closed_text(visitor)
    visitor.press("Open without holding")


@state(alone=True)
def opening(visitor: Visitor) -> None:
    visitor.page.route("**/reveal", lambda route: None)
    closed_text(visitor)
    visitor.hold()


@state()
def passphrase_missing(visitor: Visitor) -> None:
    closed_passphrase(visitor)
    visitor.hold()


@state()
def passphrase_wrong(visitor: Visitor) -> None:
    closed_passphrase(visitor)
    visitor.guess("rosebed")
    visitor.wait_for("That is not the passphrase")


@state()
def text(visitor: Visitor) -> None:
    visitor.open(visitor.send())


@state()
def text_of_many_views(visitor: Visitor) -> None:
    text = "postgres://admin:hunter2@db.example.com:5432/orders\n" * 40
    visitor.open(visitor.send(text, views=3))


@state()
def text_right_to_left(visitor: Visitor) -> None:
    visitor.open(visitor.send("הסיסמה היא: hunter2"))


@state()
def text_copied(visitor: Visitor) -> None:
    text(visitor)
    visitor.press("Copy")
    visitor.wait_for("Copied")


@state()
def text_kept(visitor: Visitor) -> None:
    text(visitor)
    visitor.press("Keep it here")


@state()
def hidden(visitor: Visitor) -> None:
    text_copied(visitor)
    visitor.press("Hide for good")


@state()
def file_ready(visitor: Visitor) -> None:
    visitor.open(visitor.send(b"\0" * 5000, filename="quarterly report.pdf"))


@state()
def file_saving(visitor: Visitor) -> None:
    visitor.served.faults.slow = 0.1
    visitor.open(visitor.send(os.urandom(LARGE), filename="backup.tar"))
    visitor.press("Save the file")
    visitor.page.wait_for_selector("progress")
    visitor.page.wait_for_timeout(1000)


@state("net::ERR")
def file_paused(visitor: Visitor) -> None:
    visitor.break_off(5_000_000)
    visitor.open(visitor.send(os.urandom(LARGE), filename="backup.tar"))
    visitor.press("Save the file")
    visitor.wait_for("broke off")


@state()
def file_saved(visitor: Visitor) -> None:
    file_ready(visitor)
    visitor.press("Save the file")
    visitor.wait_for("Saved on your device.")


@state()
def file_stopped(visitor: Visitor) -> None:
    file_saving(visitor)
    visitor.press("Stop")
    visitor.wait_for("Stopped")


@state()
def gone_revealed(visitor: Visitor) -> None:
    link = visitor.send()
    visitor.burnbag.open(link)
    visitor.visit(link)


@state()
def gone_revoked(visitor: Visitor) -> None:
    link = visitor.send()
    visitor.burnbag.revoke(visitor.sent[-1].id, visitor.sent[-1].receipt_token)
    visitor.visit(link)


@state()
def gone_locked(visitor: Visitor) -> None:
    link = visitor.send(passphrase=PASSPHRASE)
    visitor.guess_wrongly(link, LOCKED_AFTER)
    visitor.visit(link)


@state()
def gone_expired(visitor: Visitor) -> None:
    link = visitor.send()
    expire(visitor)
    visitor.visit(link)


def expire(visitor: Visitor) -> None:
    """Let the time of what was sent last be over."""
    store, sent = visitor.served.store, visitor.sent[-1]
    over = int(time.time()) - 10
    store.secrets[sent.id] = replace(store.secrets[sent.id], expires_at=over)
    store.receipts[sent.id] = replace(store.receipts[sent.id], expires_at=over)


@state()
def not_found(visitor: Visitor) -> None:
    link = visitor.send()
    del visitor.served.store.secrets[visitor.sent[-1].id]
    del visitor.served.store.receipts[visitor.sent[-1].id]
    visitor.visit(link)


@state()
def frozen(visitor: Visitor) -> None:
    link = visitor.send(passphrase=PASSPHRASE, on_lock="freeze")
    visitor.guess_wrongly(link, LOCKED_AFTER)
    visitor.visit(link)


@state()
def not_arrived(visitor: Visitor) -> None:
    link = visitor.send(os.urandom(LARGE), filename="backup.tar")
    visitor.served.files.objects.clear()
    visitor.visit(link)
    visitor.hold()
    visitor.wait_for("It has not arrived yet")


@state()
def damaged(visitor: Visitor) -> None:
    visitor.served.faults.change = lambda data: data[:-1] + bytes([data[-1] ^ 1])
    visitor.open(visitor.send(os.urandom(LARGE), filename="backup.tar"))
    visitor.press("Save the file")
    visitor.wait_for("What is stored is not what was sent")


@state("net::ERR")
def offline(visitor: Visitor) -> None:
    closed_text(visitor)
    visitor.page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    visitor.hold()
    visitor.wait_for("You are offline")
    visitor.context.set_offline(False)


@state("net::ERR")
def unanswered(visitor: Visitor) -> None:
    visitor.page.route(API, lambda route: route.abort())
    closed_text(visitor)


@state()
def throttled(visitor: Visitor) -> None:
    visitor.answer(429, "throttled")
    closed_text(visitor)


@state()
def throttled_for_long(visitor: Visitor) -> None:
    """As the rule against many reveals from one address answers."""
    visitor.answer(429, "throttled", retry_after=60)
    closed_text(visitor)


@state()
def busy(visitor: Visitor) -> None:
    visitor.answer(429, "busy", "**/reveal")
    closed_passphrase(visitor)
    visitor.guess(PASSPHRASE)
    visitor.wait_for("Just a moment")


@state()
def interrupted(visitor: Visitor) -> None:
    visitor.answer(503, "interrupted", "**/reveal")
    closed_text(visitor)
    visitor.hold()
    visitor.wait_for("The answer got lost")


@state()
def unavailable(visitor: Visitor) -> None:
    visitor.answer(503, "unavailable")
    closed_text(visitor)


@state()
def already_confirmed(visitor: Visitor) -> None:
    visitor.answer(409, "already-confirmed", "**/reveal")
    closed_text(visitor)
    visitor.hold()
    visitor.wait_for("You have opened this already")


@state("404", alone=True)
def outdated(visitor: Visitor) -> None:
    visitor.page.route("**/opening.js", lambda route: route.fulfill(status=404, body=""))
    closed_text(visitor)
    visitor.hold()
    visitor.wait_for("Please open the link again")


@state()
def internal(visitor: Visitor) -> None:
    visitor.answer(500, "internal")
    closed_text(visitor)


@state("net::ERR")
def once_more(visitor: Visitor) -> None:
    """A passphrase's view was used in this tab, and its answer was never shown."""
    link = visitor.send(passphrase=PASSPHRASE)
    visitor.lose_answers()
    visitor.visit(link)
    visitor.guess(PASSPHRASE)
    visitor.wait_for("No answer")
    visitor.page.unroute("**/reveal")
    visitor.press("Try again")
    visitor.wait_for("Once more")
