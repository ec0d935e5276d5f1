"""The terminal: the only place that asks, and the only one that knows who is watching."""

import contextlib
import getpass
import os
import sys
from typing import Any, BinaryIO

from burnbag.cli import unseen
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
    """Whether somebody is there to read a question and to answer it."""
    return can_ask() and (watched() or is_terminal(sys.stdout))


def can_ask() -> bool:
    """Whether there is a terminal to ask on, even if stdin is something else."""
    try:
        opened().close()
    except OSError:
        return is_terminal(sys.stdin)
    return True


def opened() -> BinaryIO:
    """The terminal, even if none of the streams is it. Raises OSError, on Windows always."""
    return open("/dev/tty", "r+b", buffering=0)


def ask(prompt: str, otherwise: str = "type one line") -> str:
    """A line that is typed without being shown; empty if none is. Raises Usage for more."""
    try:
        terminal = opened()
    except OSError:
        with contextlib.suppress(EOFError):
            return getpass.getpass(prompt)
        return ""
    with terminal:
        return unseen.line(terminal.fileno(), prompt, otherwise)


def confirmed(question: str) -> bool:
    """Whether the answer is yes, on the terminal even where stdin is something else."""
    asked = f"{question} [y/N] "
    try:
        with opened() as terminal:
            terminal.write(asked.encode())
            answer = terminal.readline()
    except OSError:
        sys.stderr.write(asked)
        sys.stderr.flush()
        answer = sys.stdin.buffer.readline()
    return answer.strip().lower() in (b"y", b"yes")


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
