"""What is sent: a file, several as an archive, stdin, what is typed or edited, or what is made."""

import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, cast

from burnbag.cli import tty
from burnbag.cli.bar import SERVER, Bar
from burnbag.cli.counted import Counted
from burnbag.cli.errors import UsageError, name_file
from burnbag.cli.formatting import format_size

MAKES_IT: Final = (
    "{} makes the secret, so there can't be another one; with --passphrase, --generate makes the "
    "passphrase"
)
READING: Final = "all is read"
NO_SUCH_FILE: Final = "there is no such file; a secret itself is piped in or typed when asked for"

Content = Path | str | BinaryIO


@dataclass(frozen=True)
class Chosen:
    """A secret to send. `name` is that of the file it is sent as, `size` its bytes if known.

    `made` is a password that was made here, which nobody has seen yet.
    """

    content: Content = field(repr=False)
    name: str | None = None
    size: int | None = None
    made: str | None = field(default=None, repr=False)

    def known_size(self) -> int | None:
        """The bytes; of a pipe when it has ended."""
        return self.content.count if isinstance(self.content, Counted) else self.size

    def describe_wait(self) -> str:
        """What is waited for while nothing is sent yet: perhaps for what comes from a pipe."""
        if isinstance(self.content, Counted) and not self.content.is_over:
            return f"{format_size(self.content.count)} read"
        return SERVER


def choose(files: Sequence[Path], edit: bool, generate: str | None) -> Chosen:
    """What the arguments mean. Raises UsageError or CommandError."""
    given = [name for name, is_given in (("--edit", edit), ("--generate", generate)) if is_given]
    if given and (files or len(given) > 1):
        raise UsageError(MAKES_IT.format(given[0]))
    if generate:
        from burnbag.cli import generator

        made = generator.generate(generate)
        return Chosen(made, size=len(made), made=made)
    if edit:
        from burnbag.cli import editor

        return choose_text(editor.edit())
    if not files or [str(file) for file in files] == ["-"]:
        return choose_text(ask()) if tty.is_terminal(sys.stdin) else choose_stream(sys.stdin.buffer)
    return choose_files(files)


def ask() -> str:
    secret = tty.ask_for_text()
    if not secret:
        raise UsageError("nothing was typed")
    return secret


def choose_text(text: str) -> Chosen:
    return Chosen(text, size=len(text.encode()))


def choose_stream(stream: BinaryIO) -> Chosen:
    """What a shell redirects from a file has a size at once, a pipe when it has ended."""
    size = None
    with suppress(OSError):
        status = os.fstat(stream.fileno())
        if stat.S_ISREG(status.st_mode):
            size = status.st_size - stream.tell()
    return Chosen(stream if size is not None else cast(BinaryIO, Counted(stream)), size=size)


def choose_files(files: Sequence[Path]) -> Chosen:
    """One file as it is, several or a folder as an archive."""
    if any(not os.path.exists(file) for file in files):
        raise UsageError(NO_SUCH_FILE)
    if len(files) > 1 or files[0].is_dir():
        return choose_archive(files)
    file = files[0]
    if file.is_file():
        return Chosen(file, file.name, file.stat().st_size)
    # What a shell's <(…) gives has no name of its own, so it is sent as a text, like stdin.
    with name_file(file):
        return choose_stream(file.open("rb"))


def choose_archive(files: Sequence[Path]) -> Chosen:
    from burnbag.cli import gathering

    gathered = gathering.gather(files)
    with Bar(before=lambda: "reading", after=READING) as bar:
        archive = gathering.make_archive(gathered, bar)
    return Chosen(cast(BinaryIO, archive), gathering.name_archive(files), archive.size)
