"""Build the three zips: `python -m tools.package`.

The same tree gives the same bytes, wherever and whenever it is built. What goes
in is what the function imports: Chalice's packager adds the service and Chalice's
runtime, `vendor/` brings the modules of `burnbag_core` that are reached and the
third-party packages; the reaper is plain source.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Final

from chalice.deploy.packager import DependencyBuilder, LambdaDeploymentPackager
from chalice.utils import UI, OSUtils

from tools import console, zips
from tools.contents import wanted
from tools.imports import reachable
from tools.locks import locked
from tools.paths import BUILD, PACKAGES, ROOT
from tools.runtime import lambda_architecture, lambda_runtime
from tools.wheels import site_packages

CHALICE_SERVICES: Final = ("create", "reveal")
NAMES: Final = (*CHALICE_SERVICES, "reaper")
CORE: Final = Path("core", "burnbag_core")


def build(
    root: Path = ROOT,
    packages: Path = PACKAGES,
    *,
    architecture: str | None = None,
    cache: Path = BUILD / "wheels",
    report: Callable[[str], None] = console.say,
) -> dict[str, Path]:
    """Build what changed since the last time; the zips by name.

    Raises Problem for an interpreter or machine that Lambda does not have.
    """
    runtime, architecture = lambda_runtime(), architecture or lambda_architecture()
    built = {name: packages / f"{name}.zip" for name in NAMES}
    with locked(packages):
        for name, zipped in built.items():
            stamp = zipped.with_suffix(".inputs")
            inputs = fingerprint(root, name, runtime, architecture)
            if zipped.is_file() and stamp.is_file() and stamp.read_text() == inputs:
                continue
            members = members_of(root, name, runtime, architecture, cache)
            zips.write(zipped, members)
            stamp.write_text(inputs)
            report(f"  {name}.zip: {len(members)} files, {zipped.stat().st_size // 1024} KiB")
    return built


def members_of(
    root: Path, name: str, runtime: str, architecture: str, cache: Path
) -> dict[str, bytes]:
    service = root / "services" / name
    core = [file.relative_to(root / CORE.parent) for file in core_modules(root, name)]
    if name not in CHALICE_SERVICES:
        files = {str(path.relative_to(service)): path for path in sources(service)}
        files |= {str(path): root / CORE.parent / path for path in core}
        return {member: path.read_bytes() for member, path in files.items()}
    with tempfile.TemporaryDirectory() as scratch:
        staged = Path(scratch) / name
        for path in sources(service):
            copy(path, staged / path.relative_to(service))
        for path in core:
            copy(root / CORE.parent / path, staged / "vendor" / path)
        libraries = site_packages(service / "requirements.txt", runtime, architecture, cache)
        shutil.copytree(libraries, staged / "vendor", dirs_exist_ok=True)
        members = zips.read(chalice_zip(staged, runtime, architecture))
    return {member: data for member, data in members.items() if wanted(member)}


def chalice_zip(project: Path, runtime: str, architecture: str) -> Path:
    """Chalice's own package of `project`, whose `vendor/` holds every dependency already."""
    osutils, unseen = OSUtils(), UI(out=StringIO())
    builder = DependencyBuilder(osutils, architecture=architecture)
    packager = LambdaDeploymentPackager(osutils, builder, unseen, architecture)
    return Path(packager.create_deployment_package(str(project), runtime))


def core_modules(root: Path, name: str) -> list[Path]:
    return reachable(sources(root / "services" / name), root / CORE)


def sources(folder: Path) -> list[Path]:
    """The Python files of a service: its own, not those of a `vendor/` somebody left there."""
    return sorted(
        path for path in folder.rglob("*.py") if "vendor" not in path.relative_to(folder).parts
    )


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def fingerprint(root: Path, name: str, runtime: str, architecture: str) -> str:
    """A digest of everything that one zip's bytes follow from."""
    service = root / "services" / name
    inputs = [*sources(service), *core_modules(root, name), root / "requirements" / "dev.txt"]
    inputs += [service / "requirements.txt", *sorted((root / "tools").glob("*.py"))]
    contents = {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in inputs
        if path.is_file()
    }
    return hashlib.sha256(json.dumps([runtime, architecture, contents]).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.package", description=__doc__)
    parser.add_argument(
        "--architecture", choices=["x86_64", "arm64"], help="default: this machine's"
    )
    arguments = parser.parse_args()
    with console.step("building the zips"):
        build(architecture=arguments.architecture)


if __name__ == "__main__":
    console.run(main)
