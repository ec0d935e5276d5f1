"""Which processes are ours, and how to end exactly those (Linux: read from /proc)."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
GRACE_SECONDS: Final = 5.0


def owned_by(directory: Path) -> list[int]:
    """Pids of the processes that name a path in `directory` among their arguments.

    The emulator is started with its directory as an argument and its Lambda workers
    run a script below it; a recycled pid names neither.
    """
    marker = os.fsencode(directory)
    own = os.getpid()
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [pid for pid in pids if pid != own and names(pid, marker)]


def names(pid: int, marker: bytes) -> bool:
    try:
        arguments = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(part == marker or part.startswith(marker + b"/") for part in arguments)


def end_all(directory: Path) -> None:
    """End every process of `directory`: asked first, forced after five seconds."""
    signal_all(directory, signal.SIGTERM)
    if not wait_until_gone(directory, GRACE_SECONDS):
        signal_all(directory, signal.SIGKILL)
        wait_until_gone(directory, GRACE_SECONDS)


def signal_all(directory: Path, number: signal.Signals) -> None:
    for pid in owned_by(directory):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_until_gone(directory: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while owned_by(directory):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
