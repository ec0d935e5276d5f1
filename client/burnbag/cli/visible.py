"""Invisible characters of a shown secret, made visible.

Whoever looks at a secret should see all of it. A carriage return by itself writes over what came
before, and format characters turn text around, or are there to tell two copies apart.
"""

import unicodedata
from typing import Final

# Format characters, and separators that no terminal breaks a line at.
INVISIBLE: Final = frozenset({"Cf", "Zl", "Zp"})
# And what Unicode says to ignore (Default_Ignorable_Code_Point), but the emoji style.
IGNORED: Final = (
    *(range(0x034F, 0x0350), range(0x115F, 0x1161), range(0x17B4, 0x17B6), range(0x180B, 0x1810)),
    *(range(0x3164, 0x3165), range(0xFE00, 0xFE0F), range(0xFFA0, 0xFFA1), range(0xE0000, 0xE1000)),
)
JOINER: Final = "\N{ZERO WIDTH JOINER}"
EMOJI_STYLE: Final = "\N{VARIATION SELECTOR-16}"
# Arrows, symbols and pictographs. Not a table: terminals know newer emoji than Python does.
EMOJI: Final = (range(0x2190, 0x2C00), range(0x1F000, 0x1FB00))


class Marker:
    """Marks invisible characters like `<U+202E>`, in a text that comes piece by piece."""

    def __init__(self) -> None:
        self.before = " "
        # Whether this is to be marked depends on what follows.
        self.held = ""
        self.has_marked = False

    def mark(self, piece: str, final: bool = False) -> str:
        """The next piece of the text to show; what is held back is in a later one."""
        text, self.held = self.held + piece, ""
        if not final and text.endswith(("\r", JOINER)):
            text, self.held = text[:-1], text[-1]
        if not text or (text.isascii() and "\r" not in text):
            shown = text
        else:
            before, after = self.before + text[:-1], text[1:] + (self.held or " ")
            shown = "".join(map(show, before, text, after))
        self.before = text[-1:] or self.before
        self.has_marked = self.has_marked or shown != text
        return shown


def show(before: str, character: str, after: str) -> str:
    """A character as it is, or its mark, depending on its neighbours."""
    if character == "\r":
        return character if after == "\n" else "<CR>"
    if character == JOINER and joins_emoji(before, after):
        return character
    if unicodedata.category(character) in INVISIBLE or is_ignored(character):
        return f"<U+{ord(character):04X}>"
    return character


def is_ignored(character: str) -> bool:
    return any(ord(character) in block for block in IGNORED)


def joins_emoji(before: str, after: str) -> bool:
    return (before == EMOJI_STYLE or is_emoji(before)) and is_emoji(after)


def is_emoji(character: str) -> bool:
    return any(ord(character) in block for block in EMOJI)
