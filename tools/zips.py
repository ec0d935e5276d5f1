"""Zip files whose bytes depend on nothing but their members."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# The oldest time a zip can state; every member bears it, whatever the clock says.
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
UNIX: Final = 3
# A regular file that everybody may read: Lambda runs as a user of its own.
MODE: Final = 0o100644 << 16


def write(path: Path, members: Mapping[str, bytes]) -> None:
    """Write `members` (name in the zip → content) to `path`, replacing it in one move."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            archive.writestr(entry(name), members[name])
    unfinished.replace(path)


def entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = UNIX
    info.external_attr = MODE
    return info


def read(path: Path) -> dict[str, bytes]:
    """The members of the zip at `path`."""
    with zipfile.ZipFile(path) as archive:
        return {
            info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()
        }
