"""Nothing secret stays or goes anywhere: history, storage, console, requests, the document."""

from typing import Any, Final

import pytest
from playwright.sync_api import ConsoleMessage, Request

from tests.page.states import Visitor

SECRET: Final = "canary in a coal mine"
PASSPHRASE: Final = "canary in a cage"
STORED: Final = """async () => {
  const databases = await indexedDB.databases();
  const caches = await window.caches.keys();
  const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
  return JSON.stringify([...kept, databases, caches, history.state, name, location.href]);
}"""


class Watched:
    """Whatever leaves the page, and what of it is secret."""

    def __init__(self, visitor: Visitor, link: str) -> None:
        self.visitor = visitor
        self.id, *self.secrets = link.partition("#")[2].split(".")
        self.secrets += [SECRET, PASSPHRASE]
        self.said: list[str] = []
        self.requests: list[Request] = []
        visitor.context.on("console", self.hear)
        visitor.context.on("request", lambda request: self.requests.append(request))

    def hear(self, message: ConsoleMessage) -> None:
        # Chromium names what it does not know of the headers.
        if "Permissions-Policy" not in message.text:
            self.said.append(message.text)

    def find(self, text: str) -> list[str]:
        """The secrets in a text."""
        return [secret for secret in self.secrets if secret in text]

    def history(self) -> str:
        """What the tab's history has, as the browser itself tells.

        Beside it Chromium keeps the address that it was told to go to, which no page can change.
        """
        session = self.visitor.context.new_cdp_session(self.visitor.page)
        entries: Any = session.send("Page.getNavigationHistory")["entries"]
        return str([[entry["url"], entry["title"]] for entry in entries])


@pytest.fixture
def watched(visitor: Visitor) -> Watched:
    return Watched(visitor, visitor.send(SECRET, passphrase=PASSPHRASE, views=2))


def open_it(watched: Watched) -> None:
    link = watched.visitor.sent[-1].link
    watched.visitor.visit(link)
    watched.visitor.guess(PASSPHRASE)
    watched.visitor.wait_for("Here it is")


def test_storage_and_history_hold_nothing_secret(watched: Watched) -> None:
    open_it(watched)
    visitor = watched.visitor
    assert watched.find(visitor.page.evaluate(STORED)) == []
    assert watched.find(watched.history()) == []
    visitor.press("Hide for good")
    assert watched.find(visitor.page.evaluate(STORED)) == []
    assert watched.find(watched.history()) == []


@pytest.mark.alone
def test_the_address_is_cut_before_anything_else_is_loaded(visitor: Visitor) -> None:
    """Also where nothing else of the page can be loaded."""
    visitor.page.route("**/shell.js", lambda route: None)
    link = visitor.send(SECRET)
    visitor.page.goto(link)
    visitor.page.wait_for_function("() => location.hash === ''")
    assert visitor.page.url == visitor.url()


def test_the_console_says_nothing(watched: Watched) -> None:
    open_it(watched)
    assert watched.said == []


def test_only_the_api_is_told_the_token_and_nobody_the_rest(watched: Watched) -> None:
    open_it(watched)
    token, key, *others = watched.secrets
    for request in watched.requests:
        told = f"{request.url} {request.all_headers()} {request.post_data}"
        assert key not in told and not any(other in told for other in others), request.url
        is_api = request.url.startswith(watched.visitor.url(f"v1/secrets/{watched.id}"))
        assert (token in told) == is_api, request.url
        assert token not in request.url
        assert request.url.startswith(watched.visitor.url())
    assert sum(watched.id in request.url for request in watched.requests) >= 2


def test_no_request_says_where_it_comes_from(watched: Watched) -> None:
    open_it(watched)
    for request in watched.requests:
        assert "referer" not in request.all_headers(), request.url


def test_the_document_holds_nothing_secret_after_hiding(watched: Watched) -> None:
    open_it(watched)
    watched.visitor.press("Hide for good")
    everything = "document.documentElement.outerHTML + document.title + getSelection()"
    assert watched.find(watched.visitor.page.evaluate(everything)) == []
    fields = "[...document.querySelectorAll('input, textarea')].map((each) => each.value).join()"
    assert watched.find(watched.visitor.page.evaluate(fields)) == []


def test_the_passphrase_leaves_the_document_with_the_question(watched: Watched) -> None:
    open_it(watched)
    assert PASSPHRASE not in watched.visitor.page.content()


def test_no_cookie_is_ever_set(watched: Watched) -> None:
    open_it(watched)
    assert watched.visitor.context.cookies() == []
