"""The terminal: questions, what is typed unseen, and messages on stderr."""

import contextlib
import getpass
import os
import select
import sys
from typing import Any, BinaryIO, Final

from burnbag.cli import printing
from burnbag.cli.errors import CommandError, UsageError
from burnbag.printable import make_printable

# A terminal silently drops the rest of a longer line.
LONGEST_TYPED: Final = 4095
# A paste arrives in pieces.
QUIET_SECONDS: Final = 0.1
TEXT_PROMPT: Final = "Secret (not shown; Enter and Ctrl-D end it): "

wants_quiet = False


def complete_streams() -> None:
    """Make the three streams usable, even if this process was started without one of them.

    The number of a closed one would otherwise go to the next file that is opened.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115
    if sys.stdout is None:
        raise CommandError("stdout is closed")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty()


def is_watched() -> bool:
    """Whether somebody sees stderr."""
    return is_terminal(sys.stderr)


def is_interactive() -> bool:
    """Whether somebody is there to read a question and to answer it."""
    return can_ask() and (is_watched() or is_terminal(sys.stdout))


def can_ask() -> bool:
    """Whether there is a terminal to ask on, even if stdin is something else."""
    try:
        open_terminal().close()
    except OSError:
        return is_terminal(sys.stdin)
    return True


def open_terminal() -> BinaryIO:
    """Open the terminal, even if none of the streams is it. Raises OSError, on Windows always."""
    return open("/dev/tty", "r+b", buffering=0)


def ask_unseen(prompt: str, otherwise: str = "type one line") -> str:
    """Ask for a line and do not show it; empty if nothing is typed.

    Raises UsageError, which advises what to do `otherwise`, if more than a line was typed.
    """
    try:
        terminal = open_terminal()
    except OSError:
        with contextlib.suppress(EOFError):
            return getpass.getpass(make_printable(prompt))
        return ""
    with terminal:
        return read_unseen(terminal.fileno(), prompt, otherwise)


def ask_for_text() -> str:
    """Ask for a text and do not show it, but where its lines end; empty if nothing is typed.

    The kernel does the editing, as for `cat`: Ctrl-D ends it on an empty line, or twice anywhere.
    Raises UsageError.
    """
    otherwise = "pipe it in, send a file, or use --edit"
    try:
        terminal = open_terminal()
    except OSError:
        return ask_unseen("Secret (one line): ", otherwise)
    with terminal:
        typed = read_until_end(terminal.fileno(), TEXT_PROMPT)
    return without_last_newline(decode_typed(typed, otherwise))


def without_last_newline(text: str) -> str:
    """A text of one line without its end, which was only typed to end it.

    A text of several lines, a key perhaps, keeps it.
    """
    line = text.removesuffix("\n").removesuffix("\r")
    return text if "\n" in line else line


def read_until_end(terminal: int, prompt: str) -> bytes:
    """Prompt and read with the echo off until Ctrl-D; only where lines end is shown."""
    import termios

    before = termios.tcgetattr(terminal)
    silent = termios.tcgetattr(terminal)
    silent[3] = (silent[3] & ~termios.ECHO) | termios.ECHONL
    typed = b""
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        printing.write_prompt(terminal, prompt)
        while piece := os.read(terminal, LONGEST_TYPED + 1):
            typed += piece
        return typed
    finally:
        # What comes later must not become the shell's next command.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        if not typed.endswith(b"\n"):
            printing.end_line(terminal)


def ask_for_paste(prompt: str) -> str:
    """Ask for what is pasted, perhaps in several lines, and do not show it. Raises UsageError."""
    try:
        terminal = open_terminal()
    except OSError:
        return ask_unseen(prompt)
    with terminal:
        line, more = read_silently(terminal.fileno(), prompt)
    return decode_typed(line + b"\n" + more, "pipe it in")


def read_unseen(terminal: int, prompt: str, otherwise: str) -> str:
    """Read a line without its newline. Raises UsageError if that may be only a part of it.

    This is not left to getpass, which throws away what else was typed and so can't tell.
    """
    typed, more = read_silently(terminal, prompt)
    if more:
        raise UsageError(f"more than one line was typed; {otherwise}")
    return decode_typed(typed, otherwise)


def decode_typed(typed: bytes, otherwise: str) -> str:
    if any(len(line) >= LONGEST_TYPED for line in typed.split(b"\n")):
        raise UsageError(f"a terminal cuts long lines; {otherwise}")
    try:
        return typed.decode()
    except UnicodeDecodeError:
        raise UsageError("what was typed is not UTF-8") from None


def read_silently(terminal: int, prompt: str) -> tuple[bytes, bytes]:
    """Prompt and read with the echo off: the line, and what else was typed by then."""
    import termios

    before = termios.tcgetattr(terminal)
    silent = termios.tcgetattr(terminal)
    silent[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        printing.write_prompt(terminal, prompt)
        typed = b""
        while not typed.endswith(b"\n") and (piece := os.read(terminal, LONGEST_TYPED + 1)):
            typed += piece
        # Read also what does not end in a newline yet.
        silent[3] &= ~termios.ICANON
        termios.tcsetattr(terminal, termios.TCSANOW, silent)
        more = b""
        while select.select([terminal], [], [], QUIET_SECONDS)[0]:
            if not (piece := os.read(terminal, 65536)):
                break
            more += piece
        return typed.removesuffix(b"\n"), more
    finally:
        # The rest must not become the shell's next command.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        printing.end_line(terminal)


def ask_yes_no(question: str) -> bool:
    """Ask on the terminal, even if stdin is something else."""
    prompt = f"{question} [y/N] "
    try:
        with open_terminal() as terminal:
            printing.write_prompt(terminal.fileno(), prompt)
            answer = terminal.readline()
    except OSError:
        printing.show_prompt(prompt)
        answer = sys.stdin.buffer.readline()
    return answer.strip().lower() in (b"y", b"yes")


def say(message: str) -> None:
    """Write a line to stderr that names the program."""
    printing.show(f"burnbag: {message}")


def note(text: str) -> None:
    """Write what is worth a glance to stderr, but not into a log."""
    if is_watched():
        tell(text)


def tell(text: str) -> None:
    """Write what was done to stderr, unless nobody wants to know."""
    if not is_quiet():
        printing.show(text)


def be_quiet() -> None:
    """Tell nothing from now on but results, warnings and errors."""
    global wants_quiet
    wants_quiet = True


def is_quiet() -> bool:
    return wants_quiet
