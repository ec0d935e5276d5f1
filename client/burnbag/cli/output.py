"""Where an opened secret goes, which is decided before a view is used, and how it is reported."""

import base64
import codecs
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from burnbag.cli import printing, tty
from burnbag.cli.errors import UsageError, name_file
from burnbag.cli.formatting import format_size, to_json
from burnbag.cli.visible import Marker
from burnbag.destinations import Place
from burnbag.results import Opened

PLAIN_CONTROLS: Final = frozenset("\t\n\r")


@dataclass(frozen=True)
class Output:
    """A place, a stream, or memory (None); and what the user calls it."""

    to: Place | BinaryIO | None
    name: str = "stdout"

    @property
    def is_screen(self) -> bool:
        """Whether somebody looks at the bytes."""
        return isinstance(self.to, Screen)


@contextmanager
def open_output(output: str | None, force: bool, as_json: bool) -> Iterator[Output]:
    """Prepare what `--output` names. Raises UsageError if it can't be written to."""
    if output is None or output == "-":
        yield choose_stdout(output == "-", as_json)
        return
    if not output:
        raise UsageError("-o lacks the name of a file")
    path = Path(output)
    with name_file(path):
        # Write to a device or a named pipe: renaming a file onto it would replace it.
        is_special = path.exists() and not path.is_file() and not path.is_dir()
        stream = path.open("wb", buffering=0) if is_special else None
    if stream:
        with stream:
            yield Output(stream, output)
    else:
        refuse_unwritable(path, force, is_folder=output.endswith(("/", os.sep)))
        with name_file(path):
            place = Place.decide(follow_link(path))
        yield Output(place, output)


def choose_stdout(raw: bool, as_json: bool) -> Output:
    """Memory for JSON, stdout for a pipe, and a `Screen` for a terminal unless `raw`."""
    if as_json:
        if raw:
            raise UsageError("--json and -o - both want stdout")
        return Output(None)
    if raw or not tty.is_terminal(sys.stdout):
        return Output(sys.stdout.buffer)
    return Output(cast(BinaryIO, Screen(sys.stdout.buffer)))


def refuse_unwritable(output: Path, force: bool, is_folder: bool) -> None:
    """Raise UsageError if a file would be overwritten, or can't be written."""
    if is_folder and not output.is_dir():
        raise UsageError(f"{output} is not a folder")
    if output.is_symlink() and not output.exists():
        raise UsageError(f"{output} is a symbolic link that leads nowhere")
    if output.is_file() and not force:
        raise UsageError(f"{output} exists already; --force overwrites it")
    folder = output if output.is_dir() else output.parent
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} can't be written to")


def follow_link(path: Path) -> Path:
    """What a symbolic link leads to, so that the link itself stays; any other path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() and not path.is_dir() else path


class NotPlainText(Exception):
    """The bytes could control a terminal."""


class Screen:
    """A terminal that accepts only text, shows all of it, and ends it with a newline.

    Other bytes could control it. They are refused while the view can still be fetched again.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.marker = Marker()
        self.last = "\n"

    def write(self, piece: bytes) -> int:
        """Raises NotPlainText."""
        self.show(self.decode(piece))
        return len(piece)

    def flush(self) -> None:
        """End the line. The library flushes once, when everything is written."""
        self.show(self.decode(b"", final=True), final=True)
        if self.last != "\n":
            self.show("\n")
        self.stream.flush()

    def show(self, text: str, final: bool = False) -> None:
        shown = self.marker.mark(text, final)
        self.last = (shown or self.last)[-1]
        printing.before_result()
        self.stream.write(shown.encode())

    def decode(self, piece: bytes, final: bool = False) -> str:
        try:
            text = self.decoder.decode(piece, final)
        except UnicodeDecodeError:
            raise NotPlainText from None
        if any(unicodedata.category(c) == "Cc" and c not in PLAIN_CONTROLS for c in text):
            raise NotPlainText
        return text


def note_result(out: Output, opened: Opened) -> None:
    """Say on a terminal where the file is, or that more is shown than there was."""
    if opened.path:
        tty.note(f"saved {opened.path}, {format_size(opened.size)}")
    elif isinstance(out.to, Screen) and out.to.marker.has_marked:
        tty.note("what is in <...> stands for characters that are not seen")


def print_opened(opened: Opened) -> None:
    """Print an opened secret as JSON.

    A failure to print it names no file if the secret was saved, because then there is nothing to
    do again.
    """
    with name_file("stdout") if opened.path else nullcontext():
        printing.print_data(to_json(opened_to_dict(opened)))


def print_nothing(opened: Opened) -> None:
    """Do nothing: the secret itself was written."""


def opened_to_dict(opened: Opened) -> dict[str, Any]:
    """An opened secret for JSON: its path, or its text, or in base64 what is no text."""
    fields: dict[str, Any] = {
        "kind": opened.kind,
        "filename": opened.filename or None,
        "media_type": opened.media_type or None,
        "size": opened.size,
        "views_left": opened.views_left,
        "identified_as": opened.identified_as,
    }
    if opened.path:
        return fields | {"path": str(opened.path)}
    try:
        return fields | {"secret": (opened.data or b"").decode()}
    except UnicodeDecodeError:
        return fields | {"secret_base64": base64.b64encode(opened.data or b"").decode()}
