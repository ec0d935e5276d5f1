"""Everything that is printed, and nothing that is printed raw.

What a server, a link or a file's name says may hold escape sequences, new lines or marks that turn
the text around. So each line for people goes through `make_printable`, and no other module writes
to a stream. Two things are written as they are: what a program reads, here, and an opened secret,
in `output`.
"""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from burnbag.printable import make_printable


def do_nothing() -> None:
    """For a line that is free."""


# Called before anything is written: what is drawn on a terminal's last line is removed.
before_line: Callable[[], None] = do_nothing
# And before a result is: nothing is drawn any more.
before_result: Callable[[], None] = do_nothing


def print_lines(lines: Iterable[str]) -> None:
    """Write lines to stdout, for people."""
    print_data("\n".join(map(make_printable, lines)))


def print_data(text: str) -> None:
    """Write to stdout what a program reads: JSON, which escapes by itself, or a shell's script."""
    before_result()
    print(text, flush=True)


def show(line: str) -> None:
    """Write a line to stderr. If even that fails, the exit code has to do."""
    before_line()
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(f"{make_printable(line)}\n")
        sys.stderr.flush()


def show_lines(lines: Iterable[str]) -> None:
    for line in lines:
        show(line)


def draw(line: str) -> None:
    """Write a line over the one that is there, and stay on it."""
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(f"\r{make_printable(line)}")
        sys.stderr.flush()


def show_prompt(prompt: str) -> None:
    """Write to stderr what is to be answered on the same line."""
    sys.stderr.write(make_printable(prompt))
    sys.stderr.flush()


def copy_by_terminal(encoded: str) -> None:
    """Ask the terminal to copy what is in base64 (OSC 52): the one sequence that we ever write."""
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(f"\x1b]52;c;{encoded}\a")
        sys.stderr.flush()


def write_prompt(terminal: int, prompt: str) -> None:
    """Write it to a terminal."""
    os.write(terminal, make_printable(prompt).encode())


def write_line(terminal: int, line: str) -> None:
    """Write a line to a terminal, whatever the streams are."""
    before_line()
    os.write(terminal, f"{make_printable(line)}\n".encode())


def end_line(terminal: int) -> None:
    os.write(terminal, b"\n")
