"""Where an opened secret goes, decided before anything is consumed."""

import codecs
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from burnbag.cli import terminal
from burnbag.cli.failures import Failed, Usage, naming

AGAIN: Final = "run the same again within two minutes"
PLAIN_CONTROLS: Final = frozenset("\t\n\r")


@dataclass(frozen=True)
class Target:
    """A path, a stream, or memory (None)."""

    to: Path | BinaryIO | None

    @property
    def shown(self) -> bool:
        """Whether somebody looks at the bytes."""
        return isinstance(self.to, Screen)


@contextmanager
def target(output: str | None, force: bool, as_json: bool) -> Iterator[Target]:
    """Where the output goes. Raises Usage for where it can't."""
    path = Path(output or "-")
    if output is None or output == "-":
        with repeatable("stdout"):
            yield stdout(output == "-", as_json)
    elif path.exists() and not path.is_file() and not path.is_dir():
        # A device or a named pipe is written to; to rename a file onto it would replace it.
        with naming(path):
            stream = path.open("wb")
        with repeatable(path), stream:
            yield Target(stream)
    else:
        refuse(path, force, is_folder=output.endswith(("/", os.sep)))
        with repeatable(path):
            yield Target(path)


@contextmanager
def repeatable(output: Path | str) -> Iterator[None]:
    """Trouble with writing comes after the view was used, when it can be fetched again."""
    with naming(output, advice=f"; {AGAIN}"):
        try:
            yield
        except FileExistsError as error:
            # Into a folder: the name is the sender's.
            raise Failed(f"{error.filename} exists already; {AGAIN}, with --force") from None


def stdout(raw: bool, as_json: bool) -> Target:
    if as_json:
        if raw:
            raise Usage("--json and -o - both want stdout")
        return Target(None)
    if raw or not terminal.is_terminal(sys.stdout):
        return Target(sys.stdout.buffer)
    return Target(cast(BinaryIO, Screen(sys.stdout.buffer)))


def refuse(output: Path, force: bool, is_folder: bool) -> None:
    """Raise Usage for a file that would be overwritten, or can't be written."""
    if is_folder and not output.is_dir():
        raise Usage(f"{output} is not a folder")
    if os.path.lexists(output) and not output.is_dir() and not force:
        raise Usage(f"{output} exists already; --force overwrites it")
    folder = output if output.is_dir() else output.parent
    if not folder.is_dir():
        raise Usage(f"{folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Usage(f"{folder} can't be written to")


class Screen:
    """A terminal that is shown text only, ending in a newline.

    Other bytes could command it. They are refused while the view can still be fetched again.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.last = "\n"

    def write(self, piece: bytes) -> int:
        self.last = (self.text(piece) or self.last)[-1]
        return self.stream.write(piece)

    def flush(self) -> None:
        """The library flushes once, when all of it is written."""
        self.text(b"", final=True)
        if self.last != "\n":
            self.stream.write(b"\n")
            self.last = "\n"
        self.stream.flush()

    def text(self, piece: bytes, final: bool = False) -> str:
        try:
            found = self.decoder.decode(piece, final)
        except UnicodeDecodeError:
            found = "\0"
        if any(unicodedata.category(c) == "Cc" and c not in PLAIN_CONTROLS for c in found):
            raise Failed(f"this is not plain text; {AGAIN}, with -o FILE or -o -")
        return found
