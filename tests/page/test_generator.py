"""The generator of passwords and passphrases, and the hint how hard one is to guess."""

import itertools
import math
import re
from collections import Counter

import pytest
from playwright.sync_api import Page

ALL = ["lower", "upper", "digits", "symbols"]


def call(page: Page, module: str, function: str, *arguments: object) -> object:
    """What an exported function returns."""
    return page.evaluate(
        f"""async (given) => (await import("/scripts/send/{module}.js")).{function}(...given)""",
        list(arguments),
    )


def generate(page: Page, count: int, function: str, *arguments: object) -> list[str]:
    made: list[str] = page.evaluate(
        f"""async ([count, given]) => {{
          const {{ {function} }} = await import("/scripts/send/generator.js");
          return Array.from({{ length: count }}, () => {function}(...given));
        }}""",
        [count, list(arguments)],
    )
    return made


def test_a_password_has_every_class_that_was_asked_for(blank: Page) -> None:
    for classes in itertools.combinations(ALL, 2):
        alphabets = blank.evaluate(
            """async (names) => {
              const { CLASSES } = await import("/scripts/send/generator.js");
              return names.map((name) => CLASSES[name]);
            }""",
            list(classes),
        )
        for password in generate(blank, 200, "makePassword", 4, classes):
            assert len(password) == 4
            assert set(password) <= set("".join(alphabets))
            assert all(set(password) & set(alphabet) for alphabet in alphabets)


def test_passwords_have_nothing_that_looks_alike(blank: Page) -> None:
    letters = set("".join(generate(blank, 300, "makePassword", 40, ALL)))
    assert not letters & set("lI1O0|`'\"\\ ")


def test_every_character_is_as_likely_as_any_other(blank: Page) -> None:
    counts = Counter("".join(generate(blank, 2000, "makePassword", 50, ["lower", "digits"])))
    expected = 100_000 / 33
    chi_squared = sum((count - expected) ** 2 / expected for count in counts.values())
    assert len(counts) == 33
    # 32 degrees of freedom: above 95 once in ten million runs.
    assert chi_squared < 95


def test_random_numbers_that_would_favour_some_are_drawn_again(blank: Page) -> None:
    drawn = blank.evaluate("""async () => {
      const { randomBelow } = await import("/scripts/send/generator.js");
      const numbers = [2 ** 32 - 1, 2 ** 32 - 2, 20];
      crypto.getRandomValues = (array) => { array[0] = numbers.shift(); return array; };
      return [randomBelow(2 ** 31 + 1), numbers.length];
    }""")
    assert drawn == [20, 0]


def test_the_bits_of_a_password_are_those_of_all_that_are_possible(blank: Page) -> None:
    sizes = {"digits": 8, "symbols": 14}
    both = pytest.approx(math.log2(22**3 - 8**3 - 14**3))
    assert call(blank, "generator", "passwordBits", 3, list(sizes)) == both
    alone = pytest.approx(20 * math.log2(25))
    assert call(blank, "generator", "passwordBits", 20, ["lower"]) == alone


def test_a_passphrase_has_words_that_can_be_said(blank: Page) -> None:
    passphrases = generate(blank, 100, "makePassphrase", 5)
    word = "[bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]"
    assert all(re.fullmatch(rf"{word}(-{word}){{4}}", passphrase) for passphrase in passphrases)
    assert len(set(passphrases)) == 100
    assert call(blank, "generator", "passphraseBits", 5) == 80


@pytest.mark.parametrize(
    ("passphrase", "level"),
    [
        ("", "weak"),
        ("password", "weak"),
        ("P4ssw0rd123!", "weak"),
        ("Passwort2026", "weak"),
        ("Summer2024!", "weak"),
        ("14.07.1983", "weak"),
        ("qwertzuiop", "weak"),
        ("12345678901234567890", "weak"),
        ("aaaaaaaaaaaaaaaaaaaa", "weak"),
        ("abcabcabcabcabcabcabc", "weak"),
        ("Tr0ub4dor&3", "fair"),
        ("hund katze maus", "fair"),
        ("korrekt pferd batterie klammer", "good"),
        ("x7#Kp2vQ9m", "good"),
        ("MCm2NMRuLUVrj2FxMEZy", "strong"),
        ("lusab-dofit-gutih-tugad-hokam-vinur", "strong"),
    ],
)
def test_the_hint_is_what_somebody_who_guesses_would_say(
    passphrase: str, level: str, blank: Page
) -> None:
    bits = call(blank, "strength", "estimateBits", passphrase)
    assert call(blank, "strength", "levelOf", bits) == level, bits


def test_the_hint_never_claims_more_than_a_generated_passphrase_has(blank: Page) -> None:
    for classes in (["lower"], ["lower", "upper", "digits"], ALL):
        true = call(blank, "generator", "passwordBits", 16, classes)
        assert isinstance(true, float)
        for password in generate(blank, 50, "makePassword", 16, classes):
            estimate = call(blank, "strength", "estimateBits", password)
            # The pools are round numbers, a little larger than the generator's alphabets.
            assert isinstance(estimate, float)
            assert estimate <= true * 1.1
