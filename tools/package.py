"""Build the four zips: `python -m tools.package`.

A zip holds a service's own source and all of `burnbag_core` and `burnbag_format`; those of the
services with routes also Chalice's runtime and the packages in `requirements.txt`. The page's holds
the modules that serve it, what these need, the API's description, and the files of `web/`. The
same tree gives the same bytes, wherever and whenever it is built. Another zlib may compress them in
another way, so a zip's description (create.json) has a hash of what is in it, and Terraform goes by
that.
"""

import argparse
import base64
import hashlib
import json
import lzma
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from tools import manifest
from tools.checkout import PACKAGES, ROOT, lock
from tools.console import run, say, step
from tools.dependencies import (
    GLIBC,
    MACHINES,
    lambda_architecture,
    lambda_runtime,
    read_chalice,
    read_packages,
)

NAMES: Final = ("create", "reveal", "page", "reaper")
# What every zip gets of our own besides its service, and the folder that it is found in.
SHARED: Final = (Path("core", "burnbag_core"), Path("client", "burnbag_format"))
# The page: its zip, its modules, all that these need of what is shared, and its files. In the
# zip these are one, because a language's keys are in all others, and a zip compresses each apart.
PAGE: Final = "page"
PAGE_FOLDER: Final = Path("services", "reveal")
PAGE_MODULES: Final = ("page.py", "gateway.py", "description.py")
PAGE_NEEDS: Final = (
    Path("core", "burnbag_core", "__init__.py"),
    Path("core", "burnbag_core", "errors.py"),
    Path("core", "burnbag_core", "settings.py"),
    Path("client", "burnbag_format", "__init__.py"),
    Path("client", "burnbag_format", "page.py"),
)
WEB: Final = "web"
WEB_FILES, WEB_MANIFEST = f"{WEB}/files.xz", f"{WEB}/{manifest.MANIFEST}"
# The API's description: as people write it, and in the page's zip as JSON.
OPENAPI: Final = Path("docs", "openapi.yaml")
WEB_OPENAPI: Final = f"{WEB}/openapi.json"
# The safe loader, in C where there is that: it takes a tenth of the time.
SAFE_YAML: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What besides the members' own sources decides about their bytes.
RECIPE: Final = ("requirements/dev.txt", "tools/dependencies.py", "tools/package.py")
# The oldest time that a zip can state, and a mode with which Lambda's own user can read.
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
# The strongest compression.
LEVEL: Final = 9
STRONGEST: Final = lzma.PRESET_DEFAULT | lzma.PRESET_EXTREME
UNIX, READABLE_FILE = 3, 0o100644 << 16


def build(
    root: Path = ROOT,
    packages: Path = PACKAGES,
    runtime: str | None = None,
    architecture: str | None = None,
) -> dict[str, Path]:
    """Build what changed since the last time. The zips by the service's name.

    They are for this interpreter and this machine unless others are named. Raises Problem for those
    that Lambda does not have, and for a page that is not what its manifest says.
    """
    manifest.check(manifest.SERVED, root)
    runtime, architecture = runtime or lambda_runtime(), architecture or lambda_architecture()
    zips = {name: packages / f"{name}.zip" for name in NAMES}
    with lock(packages):
        for name, path in zips.items():
            inputs = hash_inputs(root, name, runtime, architecture)
            if path.is_file() and read_inputs(path) == inputs:
                continue
            members = read_members(root, name, runtime, architecture)
            write_zip(path, join_web(members))
            facts = {"runtime": runtime, "architecture": architecture, "inputs": inputs}
            write_description(path, members, facts)
            say(f"  {name}.zip: {len(members)} files, {path.stat().st_size // 1024} KiB")
    return zips


def read_inputs(path: Path) -> str | None:
    """The digest of what the zip was built from, None if nothing says so."""
    try:
        description = json.loads(path.with_suffix(".json").read_text())
    except FileNotFoundError:
        return None
    return str(description["inputs"])


def write_description(path: Path, members: Mapping[str, bytes], facts: Mapping[str, str]) -> None:
    """Write what the zip is for, and a hash of its content by the hash of the zip itself.

    So a description of another zip says nothing of this one.
    """
    hashes = {encode(hashlib.sha256(path.read_bytes())): hash_members(members)}
    text = json.dumps({**facts, "hashes": hashes}, indent=2)
    path.with_suffix(".json").write_text(text + "\n")


def hash_members(members: Mapping[str, bytes]) -> str:
    """A hash of a zip's names and contents, and of nothing else."""
    digest = hashlib.sha256()
    for name in sorted(members):
        digest.update(f"{name} {hashlib.sha256(members[name]).hexdigest()}\n".encode())
    return encode(digest)


def encode(digest: "hashlib._Hash") -> str:
    """As Terraform's filebase64sha256 has it."""
    return base64.b64encode(digest.digest()).decode()


def hash_inputs(root: Path, name: str, runtime: str, architecture: str) -> str:
    """A digest of everything that the bytes of a zip follow from."""
    files = [*find_sources(root, name).values(), requirements(root, name)]
    files += [root / each for each in RECIPE]
    digest = hashlib.sha256(f"{runtime} {architecture}".encode())
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        digest.update(f"\n{file.relative_to(root)} {content}".encode())
    return digest.hexdigest()


def read_members(root: Path, name: str, runtime: str, architecture: str) -> dict[str, bytes]:
    """The content of a zip by the names in it."""
    members = {each: path.read_bytes() for each, path in find_sources(root, name).items()}
    if name == PAGE:
        members |= read_page(root)
    if requirements(root, name).is_file():
        members |= read_chalice()
        members |= read_packages(requirements(root, name), runtime, architecture)
    return members


def find_sources(root: Path, name: str) -> dict[str, Path]:
    """Our own files in a zip: their names in it, and where they are in the checkout."""
    found = find_page(root) if name == PAGE else find_service(root, name)
    return dict(sorted(found.items()))


def find_service(root: Path, name: str) -> dict[str, Path]:
    """A service's folder, without the page's modules, and all that is shared."""
    service = root / "services" / name
    own = {str(file.relative_to(service)): file for file in service.rglob("*.py")}
    if service == root / PAGE_FOLDER:
        own = {each: path for each, path in own.items() if each not in PAGE_MODULES}
    for package in SHARED:
        parent = root / package.parent
        own |= {str(f.relative_to(parent)): f for f in (root / package).rglob("*.py")}
    return own


def find_page(root: Path) -> dict[str, Path]:
    """The page's modules, what these need, the API's description, and the files of web/."""
    own = {name: root / PAGE_FOLDER / name for name in PAGE_MODULES}
    own |= {"/".join(file.parts[1:]): root / file for file in PAGE_NEEDS}
    own[WEB_OPENAPI] = root / OPENAPI
    return own | {f"{WEB}/{each}": root / WEB / each for each in manifest.find_names(root / WEB)}


def read_page(root: Path) -> dict[str, bytes]:
    """The page's files as they are served, their manifest, and the API's description."""
    served = manifest.insert_version(manifest.read_files(root / WEB))
    served[manifest.MANIFEST] = (root / manifest.SERVED).read_bytes()
    return {f"{WEB}/{name}": data for name, data in served.items()} | read_openapi(root)


def read_openapi(root: Path) -> dict[str, bytes]:
    """The API's description as JSON, which a function reads without help."""
    document = yaml.load((root / OPENAPI).read_bytes(), Loader=SAFE_YAML)  # nosec B506
    return {WEB_OPENAPI: json.dumps(document, separators=(",", ":")).encode()}


def join_web(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The members with the page's files as one: one behind the other, in their manifest's order.

    A zip is told by its members, as its description has them: another liblzma joins the same files.
    """
    joined = {name for name in members if name.startswith(f"{WEB}/")} - {WEB_MANIFEST, WEB_OPENAPI}
    kept = {name: data for name, data in members.items() if name not in joined}
    if not joined:
        return kept
    data = b"".join(members[name] for name in sorted(joined))
    return kept | {WEB_FILES: lzma.compress(data, preset=STRONGEST)}


def requirements(root: Path, name: str) -> Path:
    """The service's pinned packages. The reaper and the page have none, and no such file."""
    return root / "services" / name / "requirements.txt"


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """Write a zip whose bytes depend on nothing but `members`, in one move."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, UNIX
            info.external_attr = READABLE_FILE
            archive.writestr(info, members[name], compresslevel=LEVEL)
    unfinished.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.package", description=__doc__)
    parser.add_argument("--runtime", choices=GLIBC, help="default: this interpreter's")
    parser.add_argument("--architecture", choices=MACHINES, help="default: this machine's")
    given = parser.parse_args()
    with step("building the zips"):
        build(runtime=given.runtime, architecture=given.architecture)


if __name__ == "__main__":
    run(main)
