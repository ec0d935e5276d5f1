"""Nothing is lost on the way: lost answers, reloads, two tabs, the back button."""

import re

import pytest
from playwright.sync_api import Page, Route

from tests.page.states import API, PASSPHRASE, TEXT, Visitor
from tests.support.browser import Complaints
from tests.support.server import views_left

# What a tab remembers of what it opened would be that of other tests.
pytestmark = pytest.mark.alone


def test_a_lost_answer_is_asked_for_again(visitor: Visitor, complaints: Complaints) -> None:
    visitor.lose_answers(times=2)
    link = visitor.send(views=2)
    visitor.open(link)
    visitor.wait_for("Here it is")
    assert views_left(visitor.served, link) == 1
    complaints.expect("net::ERR")


def test_after_a_reload_the_same_tab_gets_the_same_view(
    visitor: Visitor, complaints: Complaints
) -> None:
    link = visitor.send()
    visitor.lose_answers()
    visitor.visit(link)
    visitor.hold()
    visitor.wait_for("No answer")
    visitor.page.unroute("**/reveal")
    visitor.reload()
    assert "Something was being opened in this tab" in visitor.said
    visitor.page.get_by_label("The link").fill(link)
    visitor.press("Look")
    visitor.wait_for("Here it is")
    assert visitor.page.inner_text(".secret") == TEXT
    complaints.expect("net::ERR")


def test_a_reload_right_after_it_was_shown_loses_nothing(visitor: Visitor) -> None:
    link = visitor.send(views=2)
    visitor.open(link)
    visitor.reload()
    assert TEXT not in visitor.page.content()
    visitor.open(link)
    assert visitor.page.inner_text(".secret") == TEXT
    assert views_left(visitor.served, link) == 1


def test_with_a_passphrase_the_same_view_takes_it_again(
    visitor: Visitor, complaints: Complaints
) -> None:
    link = visitor.send(passphrase=PASSPHRASE)
    visitor.lose_answers()
    visitor.visit(link)
    visitor.guess(PASSPHRASE)
    visitor.wait_for("No answer")
    visitor.page.unroute("**/reveal")
    visitor.press("Try again")
    visitor.wait_for("Once more")
    visitor.guess(PASSPHRASE)
    visitor.wait_for("Here it is")
    complaints.expect("net::ERR")


def test_another_tab_does_not_get_the_view_of_the_first(visitor: Visitor) -> None:
    link = visitor.send()
    visitor.open(link)
    other = other_tab(visitor)
    other.visit(link)
    assert "Somebody was here first" in other.said


def test_of_two_tabs_that_race_one_opens_and_the_other_hears_that_it_is_gone(
    visitor: Visitor,
) -> None:
    link = visitor.send()
    other = other_tab(visitor)
    for each in (visitor, other):
        each.visit(link)
        each.press("Open without holding")
        each.page.get_by_label("Yes, open it now").check()
    visitor.press("Continue")
    other.press("Continue")
    for each in (visitor, other):
        each.page.wait_for_selector(".gesture", state="detached")
    shown = sorted("Here it is" in each.said for each in (visitor, other))
    assert shown == [False, True]
    assert any("Somebody was here first" in each.said for each in (visitor, other))


def test_whoever_has_to_wait_long_is_told_how_long_and_asks_once(visitor: Visitor) -> None:
    visitor.answer(429, "throttled", retry_after=60)
    visitor.visit(visitor.send())
    assert re.search(r"You can try again in (1 minute|\d+ seconds)\.", visitor.said)
    visitor.page.unroute(API)
    visitor.press("Try again")
    visitor.wait_for("Somebody sent you a text")
    assert visitor.calls == ["GET"]


def test_of_two_links_in_one_tab_the_last_one_is_shown(visitor: Visitor) -> None:
    held: list[Route] = []
    slow, quick = visitor.send(views=2), visitor.send(views=3)
    visitor.page.route(f"**/secrets/{visitor.sent[0].id}", lambda route: held.append(route))
    visitor.page.goto(slow)
    visitor.wait_for("One moment")
    visitor.page.evaluate("(link) => { location.href = link; }", quick)
    visitor.wait_for("3 more times")
    with visitor.page.expect_response("**/v1/**"):
        held[0].continue_()
    visitor.page.wait_for_timeout(300)
    assert "3 more times" in visitor.said


def test_the_view_of_another_link_in_this_tab_gives_no_right_to_this_one(visitor: Visitor) -> None:
    visitor.open(visitor.send())
    other = visitor.send()
    visitor.burnbag.open(other)
    visitor.visit(other)
    assert "Somebody was here first" in visitor.said
    assert visitor.calls.count("POST /reveal") == 2


def test_after_a_reload_a_later_view_is_had_again_too(visitor: Visitor) -> None:
    link = visitor.send(views=3)
    visitor.open(link)
    with visitor.page.expect_response("**/confirm"):
        visitor.press("Hide for good")
    visitor.open(link)
    assert views_left(visitor.served, link) == 1
    visitor.open(link)
    assert visitor.page.inner_text(".secret") == TEXT
    assert views_left(visitor.served, link) == 1


def other_tab(visitor: Visitor) -> Visitor:
    return Visitor(visitor.context.new_page(), visitor.context, visitor.served, visitor.burnbag)


def go_away_and_back(page: Page, url: str) -> None:
    page.goto(url)
    page.go_back()
    page.wait_for_selector("main h1")


def test_the_back_button_brings_no_secret_back(visitor: Visitor) -> None:
    visitor.open(visitor.send())
    go_away_and_back(visitor.page, "about:blank")
    assert TEXT not in visitor.page.content()
    assert visitor.page.locator(".secret").count() == 0


def test_a_page_that_is_left_is_emptied_first(visitor: Visitor) -> None:
    """Browsers may keep a page that was left as it was, for the back button."""
    visitor.open(visitor.send())
    visitor.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert TEXT not in visitor.page.content()
    visitor.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    visitor.wait_for("You left this page, so it was cleared.")


def test_offline_and_online_again_nothing_is_lost(visitor: Visitor, complaints: Complaints) -> None:
    link = visitor.send()
    visitor.visit(link)
    visitor.page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    visitor.hold()
    visitor.wait_for("You are offline")
    visitor.context.set_offline(False)
    visitor.press("Try again")
    visitor.wait_for("Somebody sent you a text")
    visitor.hold()
    visitor.wait_for("Here it is")
    complaints.expect("net::ERR")


def test_where_the_browser_keeps_nothing_a_lost_answer_is_had_all_the_same(
    visitor: Visitor, complaints: Complaints
) -> None:
    refuse = "get() { throw new DOMException('no', 'SecurityError'); }"
    for name in ("sessionStorage", "localStorage"):
        visitor.page.add_init_script(f"Object.defineProperty(window, '{name}', {{ {refuse} }})")
    visitor.lose_answers(times=1)
    visitor.open(visitor.send())
    visitor.wait_for("Here it is")
    complaints.expect("net::ERR")
