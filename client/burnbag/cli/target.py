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
from burnbag.cli.failures import Usage, naming

PLAIN_CONTROLS: Final = frozenset("\t\n\r")


@dataclass(frozen=True)
class Target:
    """A path, a stream, or memory (None); and what it is called."""

    to: Path | BinaryIO | None
    name: str = "stdout"

    @property
    def shown(self) -> bool:
        """Whether somebody looks at the bytes."""
        return isinstance(self.to, Screen)


@contextmanager
def target(output: str | None, force: bool, as_json: bool) -> Iterator[Target]:
    """Where the output goes. Raises Usage for where it can't."""
    if output is None or output == "-":
        yield stdout(output == "-", as_json)
        return
    if not output:
        raise Usage("-o lacks the name of a file")
    path = Path(output)
    with naming(path):
        special = path.exists() and not path.is_file() and not path.is_dir()
        # A device or a named pipe is written to; to rename a file onto it would replace it.
        stream = path.open("wb", buffering=0) if special else None
    if stream:
        with stream:
            yield Target(stream, output)
    else:
        refuse(path, force, is_folder=output.endswith(("/", os.sep)))
        # What a symbolic link leads to is written, and the link stays.
        yield Target(
            Path(os.path.realpath(path)) if path.is_symlink() and not path.is_dir() else path,
            output,
        )


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
    if output.is_symlink() and not output.exists():
        raise Usage(f"{output} is a symbolic link that leads nowhere")
    if output.is_file() and not force:
        raise Usage(f"{output} exists already; --force overwrites it")
    folder = output if output.is_dir() else output.parent
    if not folder.is_dir():
        raise Usage(f"{folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Usage(f"{folder} can't be written to")


class Unshowable(Exception):
    """Not a text: it could command a terminal."""


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
            raise Unshowable
        return found
