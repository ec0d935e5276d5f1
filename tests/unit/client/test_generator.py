"""What `burnbag send --generate` makes: by the page's rule, and as hard to guess as is said."""

import math
import re
from itertools import cycle

import pytest

from burnbag.cli import generator
from tests.support.services import ROOT

PAGE = (ROOT / "web" / "scripts" / "send" / "generator.js").read_text()
PANEL = (ROOT / "web" / "scripts" / "send" / "generator-panel.js").read_text()


def test_letters_and_lengths_are_the_pages() -> None:
    classes = dict(re.findall(r'^  (lower|upper|digits): "(\w+)",$', PAGE, re.MULTILINE))
    assert tuple(classes.values()) == generator.CLASSES
    assert f'const CONSONANTS = "{generator.CONSONANTS}";' in PAGE
    assert f'const VOWELS = "{generator.VOWELS}";' in PAGE
    assert "const WORD = [CONSONANTS, VOWELS, CONSONANTS, VOWELS, CONSONANTS];" in PAGE
    letters = (generator.CONSONANTS, generator.VOWELS)
    assert (letters[0], letters[1]) * 2 + (letters[0],) == generator.WORD
    assert re.search(rf"WORDS = \{{.*usual: {generator.WORDS} \}}", PANEL)
    assert re.search(rf"LENGTH = \{{.*usual: {generator.CHARACTERS} \}}", PANEL)
    # What the page leaves out unless asked for is left out here.
    assert 'input.checked = key !== "symbols"' in PANEL


def test_words_can_be_said_and_have_the_bits_that_are_told() -> None:
    made = generator.generate("words")
    assert re.fullmatch(r"([bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz]", made.split("-")[0])
    assert len(made.split("-")) == 5 and len(set(made.split("-"))) > 1
    assert generator.describe("words") == "5 words, 80 bits"
    assert math.log2((16 * 4 * 16 * 4 * 16) ** 5) == 80


def test_characters_have_each_class_and_the_bits_that_are_told() -> None:
    made = generator.generate("characters")
    assert len(made) == 20 and all(set(made) & set(letters) for letters in generator.CLASSES)
    assert not set(made) & set("lI1O0")
    assert generator.describe("characters") == "20 characters, 116 bits"


@pytest.mark.parametrize("kind", generator.KINDS)
def test_every_choice_is_drawn_from_all_that_are_allowed(kind: str) -> None:
    limits: list[int] = []
    numbers = cycle([0, 30, 50])

    def draw(limit: int) -> int:
        limits.append(limit)
        return next(numbers) % limit

    generator.generate(kind, draw)
    assert set(limits) == ({16, 4} if kind == "words" else {57})


def test_no_two_are_alike() -> None:
    assert len({generator.generate("words") for _ in range(200)}) == 200
