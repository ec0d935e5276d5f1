"""Durations as people type them, and as they are told: `90s`, `15m`, `1h30m`, `7d`, `2w`."""

import re
from typing import Final

UNITS: Final = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
FORM: Final = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in UNITS), re.ASCII)
SECONDS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
# The server's words about a limit.
LIMITS: Final = re.compile(r"from ([0-9]{1,12}) to ([0-9]{1,12}) seconds", re.ASCII)


def parse_duration(text: str) -> int | None:
    """Seconds, or numbers with units, each unit once and the largest first; None for the rest."""
    if SECONDS.fullmatch(text):
        return int(text)
    found = FORM.fullmatch(text)
    if not text or found is None:
        return None
    return sum(int(n or 0) * unit for n, unit in zip(found.groups(), UNITS.values(), strict=True))


def format_duration(seconds: int) -> str:
    """The same as one would type it, in days at most: weeks are typed, not counted in."""
    words = []
    for unit in "dhms":
        number, seconds = divmod(seconds, UNITS[unit])
        words += [f"{number}{unit}"] * (number > 0)
    return "".join(words) or "0s"


def in_units(message: str) -> str:
    """A server's message about seconds, in the units that one types."""

    def rewrite(found: re.Match[str]) -> str:
        least, most = (format_duration(int(text)) for text in found.groups())
        return f"from {least} to {most}"

    return LIMITS.sub(rewrite, message)
