"""The page's languages: each says everything, in every plural that it has, and nothing more."""

import json
import re
from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from tests.page.appearance import choose_language
from tests.page.formats import Formats
from tests.page.states import Visitor
from tests.support import browser as browsers
from tests.support.browser import Complaints
from tests.support.web import WEB

TEXTS: Final[dict[str, dict[str, str]]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((WEB / "languages").glob("*.json"))
}
SOURCE: Final = "en"
CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")
PLURAL: Final = re.compile(rf"\.({'|'.join(CATEGORIES)})$")
QUOTED: Final = re.compile(r'"([\w.-]+)"|`([^`\n]+)`')
SAID: Final = re.compile(r'\b(?:phrase|say)\("([\w.-]+)"')
PLURALS_OF: Final = "(code) => new Intl.PluralRules(code).resolvedOptions().pluralCategories"


def bases(texts: dict[str, str]) -> set[str]:
    """The keys without their plurals."""
    return {PLURAL.sub("", key) for key in texts}


def values_in(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def names_in_scripts() -> list[re.Pattern[str]]:
    """Whatever the scripts may call a text: plain names, and names with a part put in."""
    found = []
    for path in (WEB / "scripts").rglob("*.js"):
        for plain, template in QUOTED.findall(path.read_text()):
            name = re.sub(r"\\\$\\\{[^}]*\\\}", "[\\\\w.-]+", re.escape(plain or template))
            found.append(re.compile(name))
    return found


@pytest.mark.parametrize("code", TEXTS)
def test_a_language_says_everything_and_nothing_more(code: str) -> None:
    assert bases(TEXTS[code]) == bases(TEXTS[SOURCE])
    assert list(TEXTS[code]) == sorted(TEXTS[code])
    assert all(isinstance(text, str) and text.strip() for text in TEXTS[code].values())


@pytest.mark.parametrize("code", TEXTS)
def test_a_language_puts_the_same_values_in(code: str) -> None:
    for key, text in TEXTS[code].items():
        source = TEXTS[SOURCE].get(key) or TEXTS[SOURCE][f"{PLURAL.sub('', key)}.other"]
        # Where a plural is for one number only, its text may do without the number.
        assert values_in(text) | {"count"} == values_in(source) | {"count"}, key


@pytest.mark.parametrize("code", TEXTS)
def test_a_language_has_the_plurals_that_it_needs(code: str, formats: Formats) -> None:
    needed = set(formats.page.evaluate(PLURALS_OF, code))
    counted = {PLURAL.sub("", key) for key in TEXTS[SOURCE] if PLURAL.search(key)}
    for base in counted:
        assert {f"{base}.{category}" for category in needed} <= set(TEXTS[code]), base


@pytest.mark.parametrize("code", [code for code in TEXTS if code != SOURCE])
def test_a_language_is_translated(code: str) -> None:
    same = {key for key, text in TEXTS[code].items() if TEXTS[SOURCE].get(key) == text}
    # Short words may be the same by chance, and values are none.
    words = {key: re.sub(r"\{\w+\}|\W", "", TEXTS[SOURCE][key]) for key in same}
    assert not {key for key, text in words.items() if len(text) > 12}


def test_every_text_is_said_somewhere() -> None:
    names = names_in_scripts()
    unsaid = [
        base for base in bases(TEXTS[SOURCE]) if not any(name.fullmatch(base) for name in names)
    ]
    assert unsaid == []


def test_every_text_that_is_said_by_its_name_is_there() -> None:
    said = {
        name for path in (WEB / "scripts").rglob("*.js") for name in SAID.findall(path.read_text())
    }
    assert said and said <= bases(TEXTS[SOURCE])


def test_every_language_can_be_chosen(visitor: Visitor) -> None:
    visitor.visit(visitor.url())
    options = visitor.page.locator("select.language option")
    assert sorted(options.evaluate_all("(all) => all.map((each) => each.value)")) == sorted(TEXTS)


SOON: Final = """([code, minutes]) => {
  const format = (number) => new Intl.RelativeTimeFormat(code).format(number, "minute");
  return minutes.map(format);
}"""


def test_every_language_says_in_how_many_minutes_one_may_try_again(visitor: Visitor) -> None:
    visitor.answer(429, "throttled", retry_after=840)
    visitor.visit(visitor.send())
    for code in TEXTS:
        choose_language(visitor.page, code)
        minutes = visitor.page.evaluate(SOON, [code, [13, 14]])
        assert any(said in visitor.said for said in minutes), (code, visitor.said)


MATCHES: Final[list[tuple[list[str], str]]] = [
    (["de-AT"], "de"),
    (["en-GB"], "en"),
    (["xx", "de"], "de"),
    (["tlh"], "en"),
    ([], "en"),
    (["not a tag", "de"], "de"),
]


@pytest.mark.parametrize(("preferred", "expected"), MATCHES)
def test_the_browsers_languages_decide(
    preferred: list[str], expected: str, formats: Formats
) -> None:
    assert match(formats, preferred, list(TEXTS)) == expected


REGIONS: Final = [
    ("zh-TW", "zh-Hant"),
    ("zh-CN", "zh-Hans"),
    ("zh", "zh-Hans"),
    ("pt", "pt-BR"),
    ("pt-AO", "pt-PT"),
    ("nn", "nb"),
    ("no", "nb"),
    ("iw", "he"),
]


@pytest.mark.parametrize(("tag", "expected"), REGIONS)
def test_regions_and_scripts_lead_to_what_is_read_there(
    tag: str, expected: str, formats: Formats
) -> None:
    known = ["en", "zh-Hans", "zh-Hant", "pt-BR", "pt-PT", "nb", "he"]
    assert match(formats, [tag], known) == expected


def match(formats: Formats, preferred: list[str], known: list[str]) -> Any:
    script = """async ([preferred, known]) =>
      (await import("/scripts/words.js")).match(preferred, known)"""
    return formats.page.evaluate(script, [preferred, known])


def test_a_language_that_can_not_be_loaded_leaves_the_page_as_it_was(
    visitor: Visitor, complaints: Complaints
) -> None:
    visitor.visit(visitor.url())
    visitor.page.route("**/de.json", lambda route: route.fulfill(status=404, body=""))
    language = visitor.page.get_by_label("Language")
    with visitor.page.expect_response("**/de.json"):
        language.select_option("de")
    visitor.page.wait_for_function("() => document.querySelector('select.language').value === 'en'")
    assert "Open a link" in visitor.said
    complaints.expect("404")


def test_numbers_dates_and_sizes_are_written_as_there(
    browser: Browser, complaints: Complaints, visitor: Visitor
) -> None:
    link = visitor.send("x" * 5000)
    with browsers.open_context(browser, complaints, locale="de-DE") as context:
        page = context.new_page()
        page.goto(link)
        page.wait_for_selector(".hold")
        said = page.inner_text("main")
    assert "höchstens 5,3 kB" in said or "höchstens 5,2 kB" in said
    assert re.search(r"\d{1,2}\. \w+ 20\d\d um \d\d:\d\d, in 24 Stunden", said)
