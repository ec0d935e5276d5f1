"""What a command says: steps with the time they took, and problems in plain words."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn


class Problem(Exception):
    """Something that the user can act on. Its text is the whole message."""


def say(text: str = "") -> None:
    print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say `title`, and afterwards how long it took."""
    say(f"- {title}")
    started = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - started:.1f} s")


def tail(log: Path, lines: int = 25) -> str:
    """The last lines of `log`, indented, and where to read the rest."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return f"  ({log} was not written)"
    shown = "\n".join(f"  | {line}" for line in text.splitlines()[-lines:])
    return f"{shown}\n  the whole log: {log}"


def run(command: Callable[[], None]) -> NoReturn:
    """Run a command and exit. A Problem becomes its message and status 1."""
    try:
        command()
    except Problem as problem:
        print(f"\nburnbag: {problem}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nburnbag: interrupted", file=sys.stderr, flush=True)
        sys.exit(130)
    sys.exit(0)
