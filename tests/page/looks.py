"""What holds for whatever the page shows: nothing that axe finds, overflows, or is too small.

Pictures are left in `build/page/`, for a person to look at.
"""

from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.services import ROOT

PICTURES: Final = ROOT / "build" / "page"
# As WCAG 2.2 has it for level AAA; what is in a line of text may be smaller.
TOUCH: Final = 44
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
SMALL: Final = f"""() => [...document.querySelectorAll("button, select, input, summary, .button")]
  .filter((each) => each.getClientRects().length > 0)
  .map((each) => each.closest(".choice") ?? (each.matches(".unseen") ? each.parentNode : each))
  .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])
  .filter(([, height]) => height < {TOUCH})"""


def look_everywhere(page: Page, name: str) -> None:
    """In light and dark, on a phone and a desktop, in German at 320 pixels, from right to left."""
    look(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    look(page, f"{name}-dark")
    page.set_viewport_size({"width": 320, "height": 700})
    page.locator("select.language").select_option("de")
    page.locator("html[lang=de]").wait_for()
    look_at_width(page, f"{name}-german-small")
    page.locator("select.language").select_option("en")
    page.locator("html[lang=en]").wait_for()
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    look_at_width(page, f"{name}-desktop")
    # As Arabic would be: the same words from right to left.
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.documentElement.dir = 'rtl'")
    look_at_width(page, f"{name}-right-to-left")


def look(page: Page, name: str) -> None:
    """Nothing that axe knows to look for, the best practices included."""
    text = page.inner_text("body")
    assert "undefined" not in text and "{" not in text, text
    found = Axe().run(page).response["violations"]
    assert not found, [(name, one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    assert page.evaluate(SMALL) == []
    look_at_width(page, name)


def look_at_width(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    assert page.evaluate(OVERFLOWS) == []
