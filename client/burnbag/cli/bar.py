"""What a terminal shows while something takes long: how far it is, or that the server works.

It appears after half a second, and disappears before anything else is written to the terminal.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from burnbag.cli import printing, tty
from burnbag.cli.formatting import format_size

DELAY_SECONDS: Final = 0.5
PERIOD_SECONDS: Final = 0.1
SERVER: Final = "waiting for the server"
WIDTH: Final = 24
# A rate of the first moments says little.
SETTLED_SECONDS: Final = 2.0


def count(number: int) -> str:
    return f"{number:,}"


@dataclass
class State:
    """How far it is, of what is counted; all of it may be unknown."""

    done: int = 0
    total: int | None = None
    began: float = field(default_factory=time.monotonic)
    # Since when the part that is known is done.
    full_at: float | None = None


def format_elapsed(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else format_seconds(seconds)


def format_seconds(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class Bar:
    """Shows progress, in bytes or in other units, to whoever watches; nothing where nobody does.

    Progress may be told by any thread. `size` is that of what the user sent, where what is counted
    is its encrypted form. `before` says what is waited for until there is progress, `after` when
    all is done.
    """

    def __init__(
        self,
        units: str | None = None,
        size: int | None = None,
        after: str = "all is sent; the server works",
        before: Callable[[], str] = lambda: SERVER,
    ) -> None:
        self.state = State()
        self.show: Callable[[int], str] = count if units else format_size
        self.units = units or ""
        self.size = size
        self.before = before
        self.after = after
        self.lock = threading.Lock()
        self.drawn = 0
        self.is_over = threading.Event()
        self.thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if is_wanted():
            printing.before_line, printing.before_result = self.clear, self.close
            self.thread = threading.Thread(target=self.run, daemon=True)
            self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __call__(self, done: int, total: int) -> None:
        if self.size is not None and total:
            done, total = min(self.size, done * self.size // total), self.size
        state = self.state
        state.done, state.total = done, total
        state.full_at = (state.full_at or time.monotonic()) if done >= total else None

    def describe(self, now: float) -> str:
        """What it says: a line without its newline."""
        state, show = self.state, self.show
        if not state.total:
            return f"{self.before()} … {format_elapsed(now - state.began)}"
        if state.done >= state.total:
            return f"{self.after} … {format_elapsed(now - (state.full_at or now))}"
        share, seconds = state.done / state.total, now - state.began
        bar = "#" * int(share * WIDTH)
        line = f"[{bar:{WIDTH}}] {share:4.0%}  {show(state.done)} of {show(state.total)}"
        line += self.units
        if seconds < SETTLED_SECONDS or not state.done:
            return line
        left = seconds / state.done * (state.total - state.done)
        return f"{line}, {show(int(state.done / seconds))}/s, {format_seconds(left)} left"

    def close(self) -> None:
        """Remove the bar for good, so that the next message has the line to itself."""
        self.is_over.set()
        if self.thread is not None:
            printing.before_line = printing.before_result = printing.do_nothing
            self.clear()

    def run(self) -> None:
        """Draw it again and again."""
        wait = DELAY_SECONDS
        while not self.is_over.wait(wait):
            wait = PERIOD_SECONDS
            with self.lock:
                if not self.is_over.is_set():
                    self.draw()

    def draw(self) -> None:
        line = self.describe(time.monotonic())[: columns() - 1]
        printing.draw(f"{line:{self.drawn}}")
        self.drawn = len(line)

    def clear(self) -> None:
        """Make the line empty. It is drawn anew in a moment, unless it is over."""
        # An interruption may have left the lock taken.
        is_ours = self.lock.acquire(timeout=1)
        try:
            if self.drawn:
                printing.draw(" " * self.drawn)
                printing.draw("")
            self.drawn = 0
        finally:
            if is_ours:
                self.lock.release()


def is_wanted() -> bool:
    """Whether somebody watches a terminal that can show one."""
    return tty.is_watched() and not tty.is_quiet() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """The terminal's width; one of unknown size says 0."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def waiting(whom: str = "the server") -> Bar:
    """For a call that has no progress."""
    return Bar(before=lambda: f"waiting for {whom}")
