"""A sender's name for a file: made safe, and quickly however long it is."""

import time

from burnbag_format.content import LONGEST_NAME
from hypothesis import given
from hypothesis import strategies as st

from burnbag.content import safe_name, shorten

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.text(
    "a.\u00fc\u6f22\U0001f642 ", max_size=300
)


def shorten_slowly(name: str) -> str:
    """What `shorten` must be equal to: it drops one character after another."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > LONGEST_NAME // 4:
        stem, dot, extension = name, "", ""
    while len(f"_{stem}{dot}{extension}".encode()) > LONGEST_NAME:
        stem = stem[:-1]
    return stem + dot + extension


@given(NAMES)
def test_a_name_is_cut_between_two_characters_and_keeps_its_extension(name: str) -> None:
    assert shorten(name) == shorten_slowly(name)


@given(NAMES)
def test_a_safe_name_fits_into_every_folder(name: str) -> None:
    found = safe_name(name)
    assert found.isprintable() and len(found.encode()) <= LONGEST_NAME
    assert not set(found) & set('<>:"|?*/\\') and not found.startswith((".", "-"))


def test_a_name_of_a_megabyte_takes_no_minutes() -> None:
    started = time.process_time()
    assert safe_name("\u00fc" * 1_000_000 + ".txt") == "\u00fc" * 125 + ".txt"
    assert safe_name("a." * 500_000).startswith("a.a.")
    assert time.process_time() - started < 10
