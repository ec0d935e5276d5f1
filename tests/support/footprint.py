"""How much memory the browser uses that this process has started."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
EVERY = 0.2


@dataclass
class Footprint:
    """Bytes of all processes of the browser together: at first, and at most since."""

    first: int
    most: int

    @property
    def growth(self) -> int:
        return self.most - self.first


@contextmanager
def measure() -> Iterator[Footprint]:
    """Measure while the block runs."""
    first = browser_bytes()
    found, stop = Footprint(first, first), threading.Event()

    def watch() -> None:
        while not stop.wait(EVERY):
            found.most = max(found.most, browser_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def browser_bytes() -> int:
    """Each page of memory once, also if processes share it."""
    return sum(proportional_bytes(pid) for pid in descendants(os.getpid()) if is_browser(pid))


def descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in PROC.glob("[0-9]*"):
        if text := read(path / "stat"):
            # The name before it may hold anything, also parentheses.
            parent = int(text.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found[1:]


def is_browser(pid: int) -> bool:
    return "chrom" in read(PROC / str(pid) / "comm")


def proportional_bytes(pid: int) -> int:
    lines = read(PROC / str(pid) / "smaps_rollup").splitlines()
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def read(path: Path) -> str:
    """What is there; nothing if the process has ended meanwhile."""
    try:
        return path.read_text()
    except OSError:
        return ""
