"""Where things are in the checkout, and the lock that commands take on a folder of build/."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
BUILD: Final = ROOT / "build"
PACKAGES: Final = BUILD / "packages"
TERRAFORM: Final = ROOT / "terraform"


def stack_folder(name: str) -> Path:
    """Everything that one embedded stack writes: state, logs, temporary files."""
    return BUILD / name


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold `folder`'s lock. A second command waits for it and says so; a killed one releases it."""
    # Windows lacks it: it has the client's tests, which lock nothing.
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"- waiting for another command to finish with {folder}", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
