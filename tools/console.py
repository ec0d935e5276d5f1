"""What a person sees of a command: steps with their time, and problems in plain words."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

TAIL_LINES = 25


class Problem(Exception):
    """Something the user can act on; its text is the whole message."""


def say(text: str = "") -> None:
    print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce `title`, and how long it took once it is done."""
    say(f"- {title}")
    started = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - started:.1f} s")


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last `lines` of `log`, indented, with where to read the rest."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return f"  ({log} was not written)"
    shown = "\n".join(f"  | {line}" for line in text.splitlines()[-lines:])
    return f"{shown}\n  the whole log: {log}"


def run(command: Callable[[], None]) -> NoReturn:
    """Run a command line's main function; a Problem becomes its message and exit status 1."""
    try:
        command()
    except Problem as problem:
        print(f"\nburnbag: {problem}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nburnbag: interrupted", file=sys.stderr, flush=True)
        sys.exit(130)
    sys.exit(0)
