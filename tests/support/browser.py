"""Chromium for the tests of the page, and whatever it complains about."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    WebError,
    expect,
    sync_playwright,
)

# The shell is Chromium without what only a window needs, and three times as fast with many pages.
PROGRAMS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Chromium tells the console of every answer that is an error; from the API they are expected.
ANSWERED: Final = "Failed to load resource: the server responded with a status of"
API: Final = re.compile(r"/(v1|people)/")
# How long, in milliseconds, a page and a browser may take on a loaded machine.
PATIENCE: Final = 60_000
expect.set_options(timeout=PATIENCE)


def find_program() -> str:
    """The path of Chromium."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert found, "Chromium is needed and was not found (Debian: apt install chromium)"
    return found


@contextmanager
def launch() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_program(), timeout=3 * PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


class Complaints(list[str]):
    """What went wrong in a browser: errors in its console, the policy's violations, exceptions."""

    def hear(self, context: BrowserContext) -> None:
        context.on("console", self.hear_console)
        context.on("weberror", self.hear_error)

    def leave(self, context: BrowserContext) -> None:
        """Hear no more of it."""
        context.remove_listener("console", self.hear_console)
        context.remove_listener("weberror", self.hear_error)

    def hear_console(self, message: ConsoleMessage) -> None:
        url = message.location["url"]
        answered = message.text.startswith(ANSWERED) and API.search(url)
        if message.type == "error" and not answered:
            self.append(f"{message.text} ({url})")

    def hear_error(self, error: WebError) -> None:
        self.append(str(error.error))

    def expect(self, pattern: str) -> None:
        """Take out what fits the pattern; at least one complaint has to."""
        before = len(self)
        self.forgive(pattern)
        assert len(self) < before, f"nobody complained of {pattern}, only of {self}"

    def forgive(self, pattern: str) -> None:
        """Take out what fits the pattern, if there is any."""
        self[:] = [complaint for complaint in self if not re.search(pattern, complaint)]


def make_context(browser: Browser, **options: Any) -> BrowserContext:
    """A context of its own, like a new profile."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    return context


@contextmanager
def open_context(
    browser: Browser, complaints: Complaints, **options: Any
) -> Iterator[BrowserContext]:
    """Have a context of its own. Any complaint that is left at its end fails."""
    context = make_context(browser, **options)
    complaints.hear(context)
    try:
        yield context
    finally:
        context.close()
    assert not complaints, "\n".join(complaints)
