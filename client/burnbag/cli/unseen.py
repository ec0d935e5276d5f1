"""A line that is typed on a terminal without being shown."""

import os
import select
from typing import Final

from burnbag.cli.failures import Usage

# Of a longer line, a terminal drops the rest without a word.
TERMINALS_LIMIT: Final = 4095
# A paste arrives in pieces.
QUIET_SECONDS: Final = 0.1


def line(terminal: int, prompt: str, otherwise: str) -> str:
    """What is typed, without its newline. Raises Usage where it may be a part only.

    getpass throws away what else was typed, and so can't tell.
    """
    typed, more = read(terminal, prompt)
    if more:
        raise Usage(f"more than one line was typed; {otherwise}")
    if len(typed) >= TERMINALS_LIMIT:
        raise Usage(f"a terminal cuts long lines; {otherwise}")
    try:
        return typed.decode()
    except UnicodeDecodeError:
        raise Usage("what was typed is not UTF-8") from None


def read(terminal: int, prompt: str) -> tuple[bytes, bool]:
    """The line, and whether more than it was typed."""
    import termios

    before = termios.tcgetattr(terminal)
    silent = termios.tcgetattr(terminal)
    silent[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        os.write(terminal, prompt.encode())
        typed = b""
        while not typed.endswith(b"\n") and (piece := os.read(terminal, TERMINALS_LIMIT + 1)):
            typed += piece
        # Then also what does not end in a newline yet can be read.
        silent[3] &= ~termios.ICANON
        termios.tcsetattr(terminal, termios.TCSANOW, silent)
        more = False
        while select.select([terminal], [], [], QUIET_SECONDS)[0] and os.read(terminal, 65536):
            more = True
        return typed.removesuffix(b"\n"), more
    finally:
        # What is left must not become the shell's next command.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        os.write(terminal, b"\n")
