"""A browser, and for each test a context and a page of its own.

Whatever the browser complains of fails the test: an error in its console, an exception, a violation
of the policy. A test that provokes one says so: `complaints.expect("Refused to")`.
"""

from collections.abc import Callable, Generator, Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from burnbag import Burnbag
from tests.page.formats import Formats
from tests.page.rooms import Room, Rooms, open_rooms
from tests.page.states import Visitor
from tests.support import browser as browsers
from tests.support import web
from tests.support.browser import Complaints
from tests.support.page import run_page
from tests.support.server import Served

FAILED: Final = pytest.StashKey[bool]()


# Not for the whole session: while it runs, no other test of this process can run an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsers.launch() as browser:
        yield browser


@pytest.fixture(scope="package")
def web_url() -> Iterator[str]:
    """Where the page's files are served, without any API."""
    with web.serve() as url:
        yield url


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def context(
    request: pytest.FixtureRequest, browser: Browser, complaints: Complaints
) -> Iterator[BrowserContext]:
    """That of the burnbag which the test asks for, or one by itself."""
    if "room" in request.fixturenames:
        room: Room = request.getfixturevalue("room")
        yield room.context
    else:
        with browsers.open_context(browser, complaints) as context:
            yield context


@pytest.fixture
def page(request: pytest.FixtureRequest, context: BrowserContext) -> Page:
    if "room" not in request.fixturenames:
        return context.new_page()
    room: Room = request.getfixturevalue("room")
    return room.page


@pytest.fixture
def blank(page: Page, web_url: str) -> Page:
    """A document without anything in it, to run the page's modules in."""
    page.goto(f"{web_url}/blank")
    return page


@pytest.fixture(scope="module")
def formats(browser: Browser, web_url: str) -> Iterator[Formats]:
    """The page's formats. Nothing they do leaves a trace, so a file of tests shares them."""
    with browsers.open_context(browser, Complaints()) as context:
        page = context.new_page()
        page.goto(f"{web_url}/blank")
        yield Formats(page)


@pytest.fixture(scope="package")
def rooms(browser: Browser) -> Iterator[Rooms]:
    with open_rooms(browser) as rooms:
        yield rooms


@pytest.fixture
def spoils(request: pytest.FixtureRequest) -> Callable[[], bool]:
    """Whether this test leaves what nobody else should find; known for sure at its end."""
    alone = request.node.get_closest_marker("alone") is not None
    return lambda: alone or request.node.stash.get(FAILED, False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def facts() -> dict[str, Any] | None:
    """What the page is told of its burnbag, if people may send there."""
    return None


@pytest.fixture
def room(
    rooms: Rooms,
    facts: dict[str, Any] | None,
    complaints: Complaints,
    spoils: Callable[[], bool],
) -> Iterator[Room]:
    with rooms.enter(complaints, facts, spoils=spoils) as room:
        yield room


@pytest.fixture
def visitor(room: Room) -> Iterator[Visitor]:
    """Somebody who opens links of a new and empty burnbag."""
    with Burnbag(room.served.url, region="us-east-1") as burnbag:
        yield Visitor(room.page, room.context, room.served, burnbag)


@pytest.fixture
def served() -> Iterator[Served]:
    """A new and empty burnbag with its page."""
    with run_page() as served:
        yield served


@pytest.fixture
def server(room: Room) -> Served:
    """A new and empty burnbag."""
    return room.served
