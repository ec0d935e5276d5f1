"""One command at a time on one folder of build/."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.console import say


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder`'s lock; the next command waits, and says so. Death releases it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"- waiting for another command to finish with {folder}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
