"""A page that stays loaded while tests come and go.

To load the page costs half a second of a processor: forty scripts in a new process. To show another
view in it costs a thirtieth of that. So a test gets a burnbag that is new and empty, but at a place
and in a page that were there before. What the test before has left is gone: the page shows a view
without anything in it and waits for nothing, its storage is empty, other tabs are closed.

What can't be undone, such as a script for every document or a clock, needs the marker `alone`: then
page and place are new, and nobody else gets them.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, Request, TimeoutError

from burnbag import keys
from tests.page.appearance import HEIGHT, WIDTH
from tests.support.browser import Complaints, make_context
from tests.support.page import PageHandler
from tests.support.sending import begin_sending, configure
from tests.support.server import Place, Served, run_place

# Retries without their pauses: they are random, and this is the smallest of random numbers.
NO_PAUSES: Final = "Math.random = () => 0"
# A link that is none: the page says so without asking anybody.
NOTHING: Final = "no.link.at.all"
NOTHING_SAID: Final = "This is not a link to a secret"
# The view before is left with everything that belongs to it, and what it has kept is forgotten.
LEAVE: Final = f"""() => {{
  localStorage.clear();
  sessionStorage.clear();
  location.hash = "{NOTHING}";
}}"""
# All of it was loaded, and it says what it says in English.
IS_USUAL: Final = """() => document.documentElement.lang === "en"
  && document.querySelector("select.language") !== null && document.querySelector("h1") !== null"""
EMPTY: Final = f"""() => document.querySelector("h1")?.textContent === "{NOTHING_SAID}"
  && sessionStorage.length + localStorage.length === 0"""
# What is asked for by a page that keeps what was begun, or who has signed in, while it is loaded.
KEEPERS: Final = re.compile(r"/send/send\.js$|/request/ask\.js$|/oauth2/")
# How long, in milliseconds, to wait for what nobody needs any more; it decides what the next test
# costs, which gets a new page then.
PATIENCE: Final = 2000
STEP: Final = 20
OPTIONS: Final[dict[str, Any]] = {"locale": "en-GB", "permissions": ["clipboard-write"]}
PHONE: Final[dict[str, Any]] = {
    **OPTIONS,
    "viewport": {"width": WIDTH, "height": HEIGHT},
    "color_scheme": "light",
}


class Room:
    """A place where one burnbag after the other is, and the page of it in a browser."""

    def __init__(self, browser: Browser, place: Place, options: Mapping[str, Any]) -> None:
        self.browser = browser
        self.place = place
        self.options = options
        self.stack = ExitStack()
        self.pages: list[Page] = []
        self.waiting: set[Request] = set()
        # Whether the page may keep something in memory until it is loaded anew.
        self.is_kept = False

    @property
    def page(self) -> Page:
        return self.pages[0]

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def served(self) -> Served:
        return self.place.served

    def begin(self) -> None:
        """A new burnbag, in the page that is there or a new one."""
        if self.place.handler is PageHandler:
            self.place.begin()
        else:
            begin_sending(self.place)
        if not self.pages:
            self.open()

    def open(self) -> None:
        context = make_context(self.browser, **self.options)
        self.stack.callback(context.close)
        context.on("request", self.note)
        context.on("requestfinished", lambda request: self.waiting.discard(request))
        context.on("requestfailed", lambda request: self.waiting.discard(request))
        context.add_init_script(NO_PAUSES)
        self.pages.append(context.new_page())

    def note(self, request: Request) -> None:
        self.waiting.add(request)
        self.is_kept = self.is_kept or KEEPERS.search(request.url) is not None

    def leave(self) -> None:
        """Make it as it was, or give it up if that can't be."""
        page, context = self.page, self.context
        if page.is_closed() or not page.evaluate(IS_USUAL):
            return self.close()
        for other in context.pages:
            if other is not page:
                other.close()
        context.unroute_all()
        page.unroute_all()
        context.clear_cookies()
        page.mouse.up()
        try:
            self.empty()
        except TimeoutError:
            # Something that the test began still goes on in it.
            return self.close()
        for _ in range(0, PATIENCE, STEP):
            if not self.waiting:
                return
            page.wait_for_timeout(STEP)
        self.close()

    def empty(self) -> None:
        """Show nothing and keep nothing. Raises TimeoutError if the page does not come to rest."""
        self.show_nothing()
        if self.is_kept:
            self.page.reload()
            self.page.wait_for_selector("main h1")
            self.show_nothing()
            self.is_kept = False

    def show_nothing(self) -> None:
        self.page.evaluate(LEAVE)
        self.page.wait_for_function(EMPTY, timeout=PATIENCE)

    def close(self) -> None:
        self.stack.close()
        self.pages.clear()
        self.waiting.clear()
        self.is_kept = False


class Rooms:
    """Those that are there, by what their page is told of its burnbag and its browser."""

    def __init__(self, browser: Browser, stack: ExitStack) -> None:
        self.browser = browser
        self.stack = stack
        self.found: dict[Hashable, Room] = {}

    def find(self, facts: Mapping[str, Any] | None, options: Mapping[str, Any]) -> Room:
        # The page's own rounds are those of the client.
        key = repr((facts, options, keys.ROUNDS))
        if key not in self.found:
            handler = PageHandler if facts is None else configure(**facts)
            place = self.stack.enter_context(run_place(handler))
            room = self.found[key] = Room(self.browser, place, options)
            self.stack.callback(room.close)
        return self.found[key]

    @contextmanager
    def enter(
        self,
        complaints: Complaints,
        facts: Mapping[str, Any] | None,
        options: Mapping[str, Any] = OPTIONS,
        spoils: Callable[[], bool] = lambda: False,
    ) -> Iterator[Room]:
        """Have a room for oneself. Any complaint that is left at its end fails."""
        room = self.find(facts, options)
        if spoils():
            room.close()
        room.begin()
        complaints.hear(room.context)
        try:
            yield room
        except BaseException:
            room.close()
            raise
        if spoils():
            room.close()
        else:
            room.leave()
            if room.pages:
                complaints.leave(room.context)
        assert not complaints, "\n".join(complaints)


@contextmanager
def open_rooms(browser: Browser) -> Iterator[Rooms]:
    with ExitStack() as stack:
        yield Rooms(browser, stack)
