r"""Filter patterns of CloudWatch Logs, such as `{ $.kind = "text" }`.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

What somebody types gets into a pattern only as far as it consists of characters that mean nothing
there; from the first other one on, an asterisk stands for the rest. So no value can end the text
that it stands in, and nothing has to be known about how AWS reads a quote or a backslash.
"""

import re
from collections.abc import Iterable
from typing import Final

HARMLESS: Final = re.compile(r"[A-Za-z0-9 _.,:/@=+-]*", re.ASCII)
# AWS accepts no longer one.
LONGEST: Final = 1024


def equals(field: str, value: str) -> str | None:
    """That a field has this text, in which an asterisk is any text; None if AWS can't be asked."""
    match = HARMLESS.match(value)
    harmless = match[0] if match else ""
    if harmless == value:
        return f'$.{field} = "{value}"'
    return f'$.{field} = "{harmless}*"' if harmless else None


def equals_number(field: str, value: int) -> str:
    return f"$.{field} = {value}"


def exceeds(field: str, value: int) -> str:
    return f"$.{field} > {value}"


def join_any(conditions: Iterable[str | None]) -> str | None:
    """That one of them holds; None if AWS can't be asked for one of them."""
    found = list(conditions)
    known = [condition for condition in found if condition]
    if len(known) < len(found):
        return None
    if len(known) < 2:
        return known[0] if known else None
    return " || ".join(f"({condition})" for condition in known)


def join_all(conditions: Iterable[str | None]) -> str:
    """The pattern for what has to hold together, as far as it fits; empty if nothing does."""
    pattern = ""
    for condition in filter(None, conditions):
        longer = f"{pattern} && ({condition})" if pattern else f"({condition})"
        if len(longer) + len("{  }") <= LONGEST:
            pattern = longer
    return f"{{ {pattern} }}" if pattern else ""
