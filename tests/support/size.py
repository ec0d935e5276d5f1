"""How much of what can be repeated is tried: all of it in continuous integration, less at a desk.

Nothing is left out at a desk for good: each invariant, view and race is tried there too, with fewer
examples, languages or cuts. `BURNBAG_FULL=1` asks for all of them.
"""

import os
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")
FULL: Final = bool(os.environ.get("BURNBAG_FULL"))


def some(values: Sequence[T], count: int) -> Sequence[T]:
    """All of `values` in full size, and otherwise `count` of them: the first, the last and between.

    Evenly spread, and the same ones each time, so that a failure can be repeated.
    """
    if FULL or count >= len(values):
        return values
    if count == 1:
        return values[:1]
    return [values[round(i * (len(values) - 1) / (count - 1))] for i in range(count)]


def examples(count: int) -> int:
    """Of how many examples that Hypothesis makes: `count` in full size, and otherwise a third."""
    return count if FULL else max(2, count // 3)
