"""Passwords and passphrases that nobody thought up, by the rule of the page's generator.

Each is drawn uniformly from all that are allowed, so that how hard it is to guess can be said in
bits, exactly. A passphrase is made of words that mean nothing and can be said in any language. The
letters are those of `web/scripts/send/generator.js`; a test compares them.
"""

import math
import secrets
from collections.abc import Callable
from typing import Final

# What looks alike (l, I, 1, O, 0) is left out.
CLASSES: Final = ("abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")
CONSONANTS: Final = "bdfghjklmnprstvz"
VOWELS: Final = "aiou"
WORD: Final = (CONSONANTS, VOWELS, CONSONANTS, VOWELS, CONSONANTS)
WORDS: Final = 5
CHARACTERS: Final = 20
KINDS: Final = ("words", "characters")

Random = Callable[[int], int]


def generate(kind: str, random: Random = secrets.randbelow) -> str:
    """A new one of a kind."""
    return make_passphrase(random) if kind == "words" else make_password(random)


def describe(kind: str) -> str:
    """What such a one is, and how many bits it has."""
    if kind == "words":
        bits = WORDS * sum(math.log2(len(letters)) for letters in WORD)
        return f"{WORDS} words, {math.floor(bits)} bits"
    return f"{CHARACTERS} characters, {math.floor(password_bits())} bits"


def make_passphrase(random: Random) -> str:
    """Words that can be said: `lusab-dofit-…`."""

    def word() -> str:
        return "".join(pick(letters, random) for letters in WORD)

    return "-".join(word() for _ in range(WORDS))


def make_password(random: Random) -> str:
    """Characters, at least one of each class.

    To draw the whole again, rather than to put in what is missing, keeps all equally likely.
    """
    alphabet = "".join(CLASSES)
    while True:
        made = "".join(pick(alphabet, random) for _ in range(CHARACTERS))
        if all(set(made) & set(letters) for letters in CLASSES):
            return made


def password_bits() -> float:
    """The logarithm of how many there are: those that lack a class are not among them."""
    sizes = [len(letters) for letters in CLASSES]

    def without(index: int, size: int, sign: int) -> int:
        if index == len(sizes):
            return int(sign * size**CHARACTERS)
        return without(index + 1, size, sign) + without(index + 1, size - sizes[index], -sign)

    return math.log2(without(0, sum(sizes), 1))


def pick(letters: str, random: Random) -> str:
    return letters[random(len(letters))]
