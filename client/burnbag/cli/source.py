"""What is sent: a file, a text that is typed, or stdin."""

import os
import sys
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from burnbag.cli import terminal
from burnbag.cli.failures import Usage, naming

Source = Path | str | BinaryIO


def source(file: Path | None) -> Source:
    """What `file` stands for. Raises Usage.

    What is no file may be a secret in the wrong place: no message repeats it.
    """
    if file is None or str(file) == "-":
        return typed() if terminal.is_terminal(sys.stdin) else sys.stdin.buffer
    if os.path.isdir(file):
        raise Usage("that is a folder; send a file")
    if not os.path.exists(file):
        raise Usage("there is no such file; a secret itself is piped in or typed when asked for")
    # What a shell's <(…) gives has no name of its own: it is a text, as stdin is.
    if file.is_file():
        return file
    with naming(file):
        return file.open("rb")


def typed() -> str:
    secret = terminal.ask("Secret (one line): ", "pipe it in or send a file")
    if not secret:
        raise Usage("nothing was typed")
    return secret


def refuse_empty_stdin(found: Source, name: str | None) -> None:
    """Raise Usage where a pipe ends before anything came: its other end has failed.

    A file may be empty; what has a name is one.
    """
    if isinstance(found, BufferedReader) and name is None and not found.peek(1):
        raise Usage("stdin is empty" if found is sys.stdin.buffer else "the pipe is empty")
