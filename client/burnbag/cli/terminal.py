"""The terminal: the only place that asks, and the only one that knows who is watching."""

import contextlib
import getpass
import os
import sys
import warnings
from typing import Any

from burnbag.cli.failures import Failed, Usage


def complete_streams() -> None:
    """Make the three streams usable, whatever this process was started with.

    One that was closed would have its number given to the next file that is opened.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115
    if sys.stdout is None:
        raise Failed("stdout is closed")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty()


def watched() -> bool:
    """Whether somebody sees stderr."""
    return is_terminal(sys.stderr)


def interactive() -> bool:
    """Whether somebody reads the questions and can answer them."""
    return is_terminal(sys.stdin) and watched()


def can_ask() -> bool:
    """Whether there is a terminal to ask on, even if stdin is something else."""
    if os.name == "nt":
        return is_terminal(sys.stdin)
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def ask(prompt: str) -> str:
    """A line that is typed without being shown; empty if none is."""
    with warnings.catch_warnings():
        # getpass would rather show what is typed than give up.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except EOFError:
            show("")
            return ""
        except getpass.GetPassWarning:
            raise Usage("there is no terminal that can hide what is typed") from None


def confirmed(question: str) -> bool:
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def first_line(limit: int = 8192) -> str:
    """The first line of stdin. Raises Usage for one that is no text."""
    try:
        return sys.stdin.buffer.readline(limit).decode().strip()
    except UnicodeDecodeError:
        raise Usage("the first line of stdin is not UTF-8") from None


def say(message: str) -> None:
    """One line for whoever runs this."""
    show(f"burnbag: {message}")


def note(text: str) -> None:
    """What is worth a glance, and nothing for a log."""
    if watched():
        show(text)


def show(text: str) -> None:
    """Text to stderr. Where even that fails, the exit code has to do."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
