"""A bar for what takes over a second, where somebody is watching."""

import os
import sys
from typing import Any

from burnbag.cli import terminal


class Bar:
    """A `burnbag.progress.Progress` on stderr, and nothing at all where that is no terminal."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.watched = terminal.watched()

    def __call__(self, done: int, total: int) -> None:
        if not self.watched:
            return
        if self.bar is None:
            self.bar = made(total)
        self.bar.total = total
        self.bar.update(done - self.bar.n)
        if done == total:
            self.close()

    def close(self) -> None:
        """Nothing of the bar stays: what is said next has the line to itself."""
        if self.bar is not None:
            self.bar.close()


def made(total: int) -> Any:
    from tqdm import tqdm

    # On a terminal that does not tell its size, tqdm would take it for 0 by 0 and show nothing.
    width = os.get_terminal_size(sys.stderr.fileno()).columns
    return tqdm(
        total=total,
        file=sys.stderr,
        delay=1,
        unit="B",
        unit_scale=True,
        leave=False,
        ncols=width or 80,
        nrows=20,
    )
