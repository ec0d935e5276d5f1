"""Temporary files, and what to say if there is no room for one."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Any


class SpoolError(OSError):
    """The folder for temporary files can't be used. `strerror` names it, and says what to do."""


@contextmanager
def name_folder() -> Iterator[None]:
    """Turn an OSError about a temporary file into a SpoolError, which names the folder."""
    try:
        yield
    except OSError as error:
        # Without a folder that can be written to there is no `tempdir`, and Python lists those that
        # it has tried.
        where = f"the folder for temporary files, {tempfile.tempdir}" if tempfile.tempdir else ""
        why = error.strerror or "an error of the system"
        said = f"{where}: {why}" if where else "there is no folder for temporary files"
        advice = "set TMPDIR to one that can be written to and has room"
        raise SpoolError(error.errno, f"{said}; {advice}") from error


class Spool:
    """A temporary file whose writing names its folder if that fails. The rest is the file's own.

    `largest` bytes stay in memory.
    """

    def __init__(self, largest: int = 0) -> None:
        with name_folder():
            make = partial(tempfile.SpooledTemporaryFile, largest)
            self.file: IO[bytes] = make() if largest else tempfile.TemporaryFile()  # noqa: SIM115

    def write(self, piece: Any) -> int:
        with name_folder():
            return self.file.write(piece)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
