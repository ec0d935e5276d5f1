"""Tables in Markdown."""

import re
from collections.abc import Iterable, Sequence


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table. Columns of figures are aligned to the right."""
    rules = ["---:" if is_numeric(column) else "---" for column in zip(*rows, strict=True)]
    return "".join(f"| {' | '.join(line)} |\n" for line in [heading, rules, *rows])


def is_numeric(column: Iterable[str]) -> bool:
    found = [cell.strip("*") for cell in column if cell]
    return bool(found) and all(cell[0].isdigit() and "/" not in cell for cell in found)


def usd(amount: float) -> str:
    return f"{amount:.2f}"


def number(value: float) -> str:
    """A count, which may be half a unit."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def fill(text: str, tables: dict[str, str]) -> str:
    """A page with what is between `<!-- name -->` and `<!-- /name -->` replaced.

    Raises ValueError where a table has not exactly one place.
    """
    for name, content in tables.items():
        parts = re.split(rf"(<!-- /?{name} -->\n)", text)
        if len(parts) != 5:
            raise ValueError(f"the page has no place, or several, for {name}")
        before, begin, _, end, after = parts
        text = before + begin + content + end + after
    return text
