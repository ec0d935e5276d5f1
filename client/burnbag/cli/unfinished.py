"""Uploads that were interrupted, and can go on: files that only their owner can read.

Each has a link and its key in it. It goes with the end of its upload, or when it is too late for
that: as soon as a command looks here.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from burnbag.cli import paths, tty
from burnbag.cli.errors import UsageError
from burnbag.errors import Refused
from burnbag.resuming import Begun, read_begun

SUFFIX: Final = ".resume"


def make_file() -> Path | None:
    """Where to note how far an upload is; None where nothing can be kept."""
    with suppress(OSError):
        folder = paths.make_state_folder()
        find_all()
        return folder / f"{secrets.token_hex(8)}{SUFFIX}"
    return None


def find(file: Path | None, is_answer: bool = False) -> tuple[Path, Begun]:
    """The upload of a file, or the only one, that can go on; or that of an answer to a request.

    Raises UsageError.
    """
    wanted = None if file is None else file.absolute()
    found = [
        (path, begun)
        for path, begun in find_all()
        if wanted in (None, begun.origin.path) and bool(begun.submit_token) == is_answer
    ]
    if not found:
        what = "answer" if is_answer else "upload"
        raise UsageError(f"there is no {what} to resume" + (" of this file" if wanted else ""))
    names = {str(begun.origin.path) for _, begun in found}
    if len(names) > 1:
        raise UsageError(f"several uploads can be resumed; name the file: {', '.join(names)}")
    return max(found, key=lambda each: each[1].until)


def find_all() -> list[tuple[Path, Begun]]:
    """Those that can go on. What is too late for that is removed, and what can't be read."""
    found = []
    for path in sorted(paths.state_folder().glob(f"*{SUFFIX}")):
        try:
            begun = read_begun(path)
        except (OSError, Refused):
            begun = None
        if begun is not None and begun.until > datetime.now(UTC):
            found.append((path, begun))
        else:
            with suppress(OSError):
                path.unlink()
    return found


@contextmanager
def offer_to_resume(path: Path | None, command: str = "send") -> Iterator[None]:
    """Say so if what fails in this block can go on."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            if path is not None and path.exists():
                tty.say(f"what has arrived is kept for a day: burnbag {command} --resume goes on")
        raise
