"""Build what people install: `python -m tools.dist`.

Into build/dist go a wheel, a source archive, and burnbag.pyz: one file with all that the client
needs, for Linux and each supported Python. The same commit and the same pins make the same bytes.
"""

import argparse
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from tools.checkout import BUILD, ROOT
from tools.console import Problem, run, say, step
from tools.dependencies import GLIBC, fetch, lambda_architecture

DIST: Final = BUILD / "dist"
CLIENT: Final = ROOT / "client"
PINS: Final = ROOT / "requirements/dev.txt"
ZIPAPP: Final = "burnbag.pyz"
# A pin: its name, and all lines until the next.
PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==(?:.*\\\n)*.*\n", re.MULTILINE)
# What pip notes of this machine; and its programs, which begin with this machine's Python.
NOTED_BY_PIP: Final = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
# Where files have no time of their own. A zip knows none before 1980.
EPOCH: Final = "315532800"
PREAMBLE: Final = """\
import platform, sys
if sys.platform != "linux" or platform.machine() not in {machines!r} \\
        or not {versions!r}[0] <= sys.version_info[:2] <= {versions!r}[-1]:
    sys.exit("burnbag: this file is for {about}; elsewhere install the wheel")
"""


def build_all(architecture: str) -> list[Path]:
    """Build everything anew. Raises Problem."""
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    with step("building the wheel and the source archive"):
        build_packages(DIST)
    with step(f"building {ZIPAPP} for Linux on {architecture}"):
        build_zipapp(next(DIST.glob("*.whl")), DIST / ZIPAPP, architecture)
    return sorted(DIST.iterdir())


def build_packages(folder: Path, source: Path = CLIENT) -> None:
    build(["-m", "hatchling", "build", "--directory", str(folder)], source)


def build_zipapp(wheel: Path, target: Path, architecture: str) -> None:
    """One file, which unpacks itself into ~/.shiv when it is first run: cryptography is native."""
    with tempfile.TemporaryDirectory() as scratch:
        site, preamble = Path(scratch, "site"), Path(scratch, "preamble.py")
        gather(wheel, site, architecture)
        preamble.write_text(make_preamble(architecture))
        options = ["--console-script=burnbag", f"--output-file={target}", "--reproducible"]
        options += [f"--site-packages={site}", f"--preamble={preamble}", "--compressed"]
        build(["-m", "shiv.cli", "--python=/usr/bin/env python3", *options], ROOT)


def gather(wheel: Path, site: Path, architecture: str) -> None:
    """Put the client and what it needs into a folder.

    Native modules have the Python that they are for in their names, so all lie side by side.
    """
    requirements = site.with_name("requirements.txt")
    requirements.write_text("".join(find_pins()))
    for runtime in GLIBC:
        packages = fetch(requirements, runtime, architecture)
        shutil.copytree(packages, site, dirs_exist_ok=True, ignore=ignore_notes)
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".data/" not in name]
        archive.extractall(site, names)


def ignore_notes(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in (*NOTED_BY_PIP, "bin", "__pycache__")]


def find_pins() -> Iterator[str]:
    """The pins of everything that the client needs, with their hashes."""
    pins = {canonicalize_name(found[1]): found[0] for found in PIN.finditer(PINS.read_text())}
    for name in sorted(find_requirements()):
        yield pins[name]


def find_requirements() -> set[NormalizedName]:
    """The packages that the client needs, and those that they need."""
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text("utf-8"))["project"]
    found: set[NormalizedName] = set()
    waiting = list(map(Requirement, project["dependencies"]))
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or not applies(requirement):
            continue
        found.add(name)
        waiting += map(Requirement, importlib.metadata.requires(name) or [])
    return found


def applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def make_preamble(architecture: str) -> str:
    """What says plainly where the file can't run: a native module would only be missing."""
    versions = [tuple(map(int, name.removeprefix("python").split("."))) for name in GLIBC]
    machines = ["x86_64", "amd64"] if architecture == "x86_64" else ["aarch64", "arm64"]
    first, last = (".".join(map(str, version)) for version in (versions[0], versions[-1]))
    about = f"Linux (glibc) on {architecture} with Python {first} to {last}"
    return PREAMBLE.format(machines=machines, versions=versions, about=about)


def build(arguments: list[str], folder: Path) -> None:
    """Run a program of Python's. Raises Problem if it fails."""
    environ = {"SOURCE_DATE_EPOCH": EPOCH, "PYTHONHASHSEED": "0"} | os.environ
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environ)
    if done.returncode:
        raise Problem(f"{' '.join(arguments[:3])} failed:\n{(done.stdout + done.stderr).strip()}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Build what people install, into build/dist.")
    parser.add_argument("--architecture", default=None, help="x86_64 or arm64; this machine's")
    arguments = parser.parse_args()
    for path in build_all(lambda_architecture(arguments.architecture)):
        say(f"  {path.relative_to(ROOT)}: {path.stat().st_size // 1024:,} KiB")


if __name__ == "__main__":
    run(main)
