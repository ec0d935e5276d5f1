"""Another checkout of what the functions' zips are made from."""

import shutil
from pathlib import Path
from typing import Final

from tools import package
from tools.checkout import ROOT

FOLDERS: Final = ("core", "client/burnbag_format", "services", "requirements", "tools", "web")


def copy_sources(to: Path) -> None:
    """Copy them into a folder that is not there yet."""
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, to / name, ignore=ignored)
    described = to / package.OPENAPI
    described.parent.mkdir()
    shutil.copy(ROOT / package.OPENAPI, described)
