"""What opens a link, and what does not: the gesture that a view is used by."""

import pytest
from playwright.sync_api import Locator

from tests.page.states import PASSPHRASE, TEXT, Visitor
from tests.support.server import views_left

# What a scanner may do that runs scripts: click whatever there is, and dispatch what a hand would.
CLICK_ALL = """
for (const each of document.querySelectorAll("main *")) each.click();
"""
DISPATCH_ALL = """
const names = ["pointerdown", "mousedown", "touchstart", "mouseup", "click", "submit"];
for (const each of document.querySelectorAll("*")) {
  for (const name of names) each.dispatchEvent(new Event(name, { bubbles: true }));
  each.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, isPrimary: true }));
  each.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, key: "Enter" }));
}
"""


def assert_nothing_used(visitor: Visitor, link: str, views: int = 1) -> None:
    assert visitor.calls == ["GET"]
    assert views_left(visitor.served, link) == views


@pytest.fixture
def closed(visitor: Visitor) -> str:
    """A link that was looked at and not opened yet."""
    link = visitor.send()
    visitor.visit(link)
    return link


def test_a_click_does_not_open(visitor: Visitor, closed: str) -> None:
    visitor.page.locator(".hold").click()
    visitor.wait_for("That was too short")
    visitor.page.locator(".hold").dblclick()
    assert_nothing_used(visitor, closed)


def test_continuing_twice_guesses_once(visitor: Visitor) -> None:
    """A key that is held repeats itself, and a wrong guess is counted each time it arrives."""
    visitor.visit(visitor.send(passphrase=PASSPHRASE))
    visitor.page.get_by_label("Passphrase", exact=True).fill("wrong")
    visitor.press("Open without holding")
    visitor.page.get_by_label("Yes, open it now").check()
    visitor.page.get_by_role("button", name="Continue").dblclick()
    visitor.wait_for("That is not the passphrase")
    assert visitor.calls == ["GET", "POST /reveal"]


def test_letting_go_too_early_does_not_open(visitor: Visitor, closed: str) -> None:
    visitor.hold(700)
    visitor.wait_for("That was too short")
    visitor.hold(700)
    visitor.page.wait_for_timeout(700)
    assert_nothing_used(visitor, closed)


def test_leaving_the_button_does_not_open(visitor: Visitor, closed: str) -> None:
    visitor.page.locator(".hold").hover()
    visitor.page.mouse.down()
    visitor.page.mouse.move(5, 5)
    visitor.page.wait_for_timeout(1300)
    visitor.page.mouse.up()
    assert_nothing_used(visitor, closed)


def test_another_button_of_the_mouse_does_not_open(visitor: Visitor, closed: str) -> None:
    visitor.page.locator(".hold").hover()
    visitor.page.mouse.down(button="right")
    visitor.page.wait_for_timeout(1300)
    visitor.page.mouse.up(button="right")
    assert_nothing_used(visitor, closed)


@pytest.mark.alone
def test_a_page_that_stood_still_through_a_click_does_not_open(
    visitor: Visitor, closed: str
) -> None:
    """The button's release waits behind a script that takes long."""
    block = "for (const end = Date.now() + 2000; Date.now() < end;);"
    visitor.page.evaluate(f"addEventListener('pointerdown', () => {{ {block} }})")
    visitor.page.locator(".hold").click(timeout=20_000)
    visitor.wait_for("That was too short")
    assert_nothing_used(visitor, closed)


@pytest.mark.parametrize("key", ["Enter", " "])
def test_holding_a_key_opens(key: str, visitor: Visitor, closed: str) -> None:
    visitor.page.locator(".hold").focus()
    visitor.page.keyboard.down(key)
    visitor.page.wait_for_timeout(1400)
    visitor.page.keyboard.up(key)
    visitor.wait_for("Here it is")


@pytest.mark.parametrize("key", ["Enter", " "])
def test_pressing_a_key_does_not_open(key: str, visitor: Visitor, closed: str) -> None:
    visitor.page.locator(".hold").focus()
    for _ in range(5):
        visitor.page.keyboard.press(key)
    visitor.wait_for("That was too short")
    assert_nothing_used(visitor, closed)


def test_two_steps_open_too(visitor: Visitor, closed: str) -> None:
    visitor.press("Open without holding")
    visitor.page.get_by_label("Yes, open it now").check()
    visitor.press("Continue")
    visitor.wait_for("Here it is")
    assert visitor.page.inner_text(".secret") == TEXT


def test_two_steps_open_by_the_keyboard(visitor: Visitor, closed: str) -> None:
    keyboard = visitor.page.keyboard
    visitor.page.get_by_role("button", name="Open without holding").focus()
    for key in ("Enter", "Tab", "ArrowUp", "Tab", "Enter"):
        keyboard.press(key)
    visitor.wait_for("Here it is")


def test_one_step_of_the_two_does_not_open(visitor: Visitor, closed: str) -> None:
    visitor.press("Open without holding")
    visitor.press("Continue")
    announced = visitor.page.get_by_role("status")
    assert announced.inner_text() == "It stays closed. Nothing was used up."
    assert_nothing_used(visitor, closed)


def test_the_steps_take_a_passphrase_like_the_gesture(visitor: Visitor) -> None:
    visitor.visit(visitor.send(passphrase=PASSPHRASE))
    visitor.press("Open without holding")
    visitor.page.get_by_label("Yes, open it now").check()
    visitor.press("Continue")
    visitor.wait_for("Type the passphrase first.")
    assert visitor.calls == ["GET"]


def test_a_scanner_that_clicks_everything_by_script_opens_nothing(
    visitor: Visitor, closed: str
) -> None:
    for _ in range(3):
        visitor.page.evaluate(CLICK_ALL)
    visitor.page.wait_for_timeout(200)
    assert_nothing_used(visitor, closed)


def test_a_scanner_that_dispatches_events_opens_nothing(visitor: Visitor, closed: str) -> None:
    for _ in range(3):
        visitor.page.evaluate(DISPATCH_ALL)
    visitor.page.wait_for_timeout(1200)
    assert_nothing_used(visitor, closed)


def test_a_scanner_that_drives_a_browser_and_clicks_everything_once_opens_nothing(
    visitor: Visitor, closed: str
) -> None:
    """Its clicks are as good as a hand's. It clicks what is there, and then what has appeared."""
    seen: list[str] = []
    for _ in range(3):
        for each in clickable(visitor):
            name = each.evaluate("(element) => element.textContent + element.value + element.type")
            if name not in seen and each.is_visible():
                seen.append(name)
                each.click()
    assert len(seen) >= 6
    assert_nothing_used(visitor, closed)


def clickable(visitor: Visitor) -> list[Locator]:
    return visitor.page.locator("main").locator("button, input, label").all()


def test_loading_the_page_opens_nothing_however_often(visitor: Visitor, closed: str) -> None:
    for _ in range(5):
        visitor.visit(closed)
    assert views_left(visitor.served, closed) == 1
