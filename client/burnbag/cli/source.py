"""What is sent: a file, a text that is typed, or stdin."""

import sys
from pathlib import Path
from typing import BinaryIO

from burnbag.cli import terminal
from burnbag.cli.failures import Usage

Source = Path | str | BinaryIO


def source(file: Path | None) -> Source:
    """What `file` stands for. Raises Usage.

    What is no file may be a secret in the wrong place: no message repeats it.
    """
    if file is None or str(file) == "-":
        return typed() if terminal.is_terminal(sys.stdin) else sys.stdin.buffer
    if file.is_dir():
        raise Usage("that is a folder; send a file")
    if not file.exists():
        raise Usage("there is no such file; a secret itself is piped in or typed when asked for")
    return file


def typed() -> str:
    secret = terminal.ask("Secret: ")
    if not secret:
        raise Usage("nothing was typed")
    return secret


def refuse_empty_stdin(found: Source, name: str | None) -> None:
    """Raise Usage where a pipe ends before anything came: its other end has failed.

    A file may be empty; what has a name is one.
    """
    if found is sys.stdin.buffer and name is None and not sys.stdin.buffer.peek(1):  # type: ignore[union-attr]
        raise Usage("stdin is empty")
