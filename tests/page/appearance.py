"""What holds for whatever the page shows: nothing that axe finds, overflows, or is too small.

At full size, as in continuous integration, pictures are left in `build/page/`, to be looked at.
"""

from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.support.services import ROOT
from tests.support.size import FULL

PICTURES: Final = ROOT / "build" / "page"
# As WCAG 2.2 has it for level AAA; what is in a line of text may be smaller.
TOUCH: Final = 44
LANGUAGES: Final = sorted(path.stem for path in (ROOT / "web" / "languages").glob("*.json"))
# At a desk: one with long words, and one that is written from the right.
SOME: Final = ["ar", "de"]
AXE: Final = """(options) =>
  axe.run({ ...options, resultTypes: ["violations"] }).then(({ violations }) => violations)"""
# All that axe looks for which can be otherwise in other colours.
COLOURS: Final = {"runOnly": ["color-contrast", "link-in-text-block"]}
WIDTH, HEIGHT = 390, 844
# In percent: the largest that WCAG 2.2 asks for (1.4.4), without the layout growing with it.
TEXT_SIZE: Final = 200
OVERFLOWS: Final = """() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *:not(.unseen)")]
    .filter((each) => each.getClientRects().length > 0)
    .filter((each) => each.getBoundingClientRect().right > wide + 1
      || each.getBoundingClientRect().left < -1 || each.scrollWidth > each.clientWidth + 1
      && !["auto", "scroll"].includes(getComputedStyle(each).overflowX)
      && !["INPUT", "TEXTAREA"].includes(each.tagName)
      && getComputedStyle(each).display !== "inline")
    .map((each) => `${each.tagName} ${each.className}: ${each.textContent.slice(0, 40)}`);
}"""
# What is cut off below or above, because its box does not grow with its text.
CUT: Final = """() => [...document.querySelectorAll("body *:not(.unseen)")]
  .filter((each) => ["hidden", "clip"].includes(getComputedStyle(each).overflowY))
  .filter((each) => each.scrollHeight > each.clientHeight + 1)
  .map((each) => `${each.tagName} ${each.className}: ${each.textContent.slice(0, 40)}`)"""
SMALL: Final = f"""() => [
  ...document.querySelectorAll("button, select, input, summary, .button, .colophon a")]
  .filter((each) => each.getClientRects().length > 0)
  .map((each) => each.closest(".choice") ?? (each.matches(".unseen") ? each.parentNode : each))
  .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])
  .filter(([, height]) => height < {TOUCH})"""


def look_everywhere(page: Page, name: str) -> None:
    """In light and dark, in every language at 320 pixels, on a desktop, and from right to left."""
    look(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    look_at_colours(page, f"{name}-dark")
    page.set_viewport_size({"width": 320, "height": 700})
    wide = {code: find_overflows(page, code) for code in (LANGUAGES if FULL else SOME)}
    assert not any(wide.values()), {code: found for code, found in wide.items() if found}
    choose_language(page, "de")
    look_at_width(page, f"{name}-german-small")
    look_at_large_text(page, f"{name}-large-text")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    choose_language(page, "ar")
    look_at_width(page, f"{name}-right-to-left")
    page.set_viewport_size({"width": 1280, "height": 800})
    choose_language(page, "en")
    look_at_width(page, f"{name}-desktop")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def look_at_large_text(page: Page, name: str) -> None:
    """What stays as wide as it was while its text is twice as large, in two widths."""
    page.evaluate(f"document.documentElement.style.fontSize = '{TEXT_SIZE}%'")
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 700})
        look_at_width(page, f"{name}-{width}")
        assert page.evaluate(CUT) == [], width
    page.evaluate("document.documentElement.style.fontSize = ''")


def choose_language(page: Page, code: str) -> None:
    page.locator("select.language").select_option(code)
    page.locator(f'html[lang="{code}"]').wait_for()


def find_overflows(page: Page, code: str) -> list[str]:
    """What is wider than there is room for, in this language."""
    choose_language(page, code)
    found: list[str] = page.evaluate(OVERFLOWS)
    return found


def look(page: Page, name: str) -> None:
    """Nothing that axe knows to look for, the best practices included."""
    text = page.inner_text("body")
    assert "undefined" not in text and "{" not in text, text
    check(page, name, {})
    assert page.evaluate(SMALL) == []
    look_at_width(page, name)


def look_at_colours(page: Page, name: str) -> None:
    """What other colours can change, after all else was looked at."""
    check(page, name, COLOURS)
    look_at_width(page, name)


def check(page: Page, name: str, options: dict[str, Any]) -> None:
    """Let axe look. A page that stays loaded keeps it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(AXE, options)
    assert not found, [(name, one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def look_at_width(page: Page, name: str) -> None:
    if FULL:
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    assert page.evaluate(OVERFLOWS) == [], name
