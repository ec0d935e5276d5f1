"""Which files go into an archive, under which names, and what is left out."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from burnbag.cli import tty
from burnbag.cli.archive import Archive, Entry, check_file
from burnbag.cli.errors import UsageError, name_file

NOTHING_SENT: Final = "; nothing was sent"
SEVERAL: Final = "files.zip"
KINDS: Final = {
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}
Found = tuple[str, Path, int]


@dataclass
class Gathered:
    """Files and folders with their names in the archive, and how many of what are left out."""

    found: list[Found] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def size(self) -> int:
        return sum(size for *_, size in self.found)

    def describe_left_out(self) -> str:
        parts = [f"{n} {kind}{'s' * (n != 1)}" for kind, n in sorted(self.left_out.items())]
        return " and ".join(parts)


def gather(paths: Sequence[Path]) -> Gathered:
    """What is in files and folders. Raises UsageError, or CommandError for what can't be read.

    A link that was named is followed, as that of a single file is. In a folder, nobody has chosen
    it, and it may lead out of the folder: so it is left out, and that is said.
    """
    gathered, taken = Gathered(), set[str]()
    for path in paths:
        if not path.is_dir() and not path.is_file():
            raise UsageError("one of these is neither a file nor a folder; nothing was sent")
        name = make_distinct(own_name(path), taken)
        if path.is_dir():
            walk(path, name, gathered)
        else:
            gathered.found.append((name, path, path.stat().st_size))
    if all(name.endswith("/") for name, *_ in gathered.found):
        raise UsageError("there is no file in it; nothing was sent")
    return gathered


def own_name(path: Path) -> str:
    """The last step of a path as it was given; of `.` and `..`, that of the folder they mean."""
    name = path.name if path.name not in ("", "..") else path.resolve().name
    return readable(name) or "folder"


def walk(folder: Path, name: str, gathered: Gathered) -> None:
    """Go through a folder, in the order of names. An empty folder is kept too."""
    gathered.found.append((f"{name}/", folder, 0))
    with name_file(f"{name}/", advice=NOTHING_SENT):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    taken: set[str] = set()
    for entry in entries:
        inner = f"{name}/{make_distinct(readable(entry.name), taken)}"
        with name_file(inner, advice=NOTHING_SENT):
            status = entry.stat(follow_symlinks=False)
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFDIR:
            walk(Path(entry.path), inner, gathered)
        elif kind == stat.S_IFREG:
            gathered.found.append((inner, Path(entry.path), status.st_size))
        else:
            gathered.left_out[KINDS.get(kind, "special file")] += 1


def readable(name: str) -> str:
    """A name that every system takes as one step of a path: bytes that are no text are replaced."""
    return os.fsencode(name).decode(errors="replace").replace("\\", "_")


def make_distinct(name: str, taken: set[str]) -> str:
    """A name that can stand beside those in one folder, also where case does not count."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{stem} ({number}){dot}{extension}"
    taken.add(free.lower())
    return free


def name_archive(paths: Sequence[Path]) -> str:
    """The archive's name: the folder's if it is one, otherwise the page's for several."""
    return f"{own_name(paths[0])}.zip" if len(paths) == 1 else SEVERAL


def make_archive(gathered: Gathered, progress: Callable[[int, int], object]) -> Archive:
    """Read every file for its checksum. Raises CommandError for one that can't be read."""
    if gathered.left_out:
        tty.say(f"left out, because an archive keeps only files: {gathered.describe_left_out()}")
    total, done = gathered.size, 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        progress(min(done, total), total)

    entries = []
    for name, path, _ in gathered.found:
        with name_file(name, advice=NOTHING_SENT):
            if name.endswith("/"):
                entries.append(Entry(name, path, modified=path.stat().st_mtime, mode=0o40755))
            else:
                entries.append(check_file(name, path, count))
    return Archive(entries)
