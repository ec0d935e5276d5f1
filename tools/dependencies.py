"""What a zip holds besides our own source: packages for Lambda's platform, and Chalice's runtime.

The packages come from pinned hashes as wheels for the function's runtime and architecture,
whatever machine builds the zip.
"""

import hashlib
import importlib.metadata
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Final

from tools.checkout import BUILD
from tools.console import Problem

# glibc's minor version in each runtime: 3.11 is Amazon Linux 2, the others Amazon Linux 2023.
GLIBC: Final = {"python3.11": 26, "python3.12": 34, "python3.13": 34}
OLDEST_GLIBC: Final = 17
# Lambda's architectures, and Python's word for each.
MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}

# All of Chalice that runs in a function; the rest of it deploys, which Terraform does here.
CHALICE: Final = ("chalice/__init__.py", "chalice/app.py")
# cryptography loads `_cffi_backend` alone; cffi's own package and pycparser build extensions.
BUILD_TIME_ONLY: Final = {"cffi", "pycparser"}
# The runtime has its own; a second copy would be 25 MB of another version.
IN_THE_RUNTIME: Final = {"boto3", "botocore", "s3transfer"}
NEVER: Final = {"__pycache__", "tests", "test", "bin"}
SOURCE_ONLY: Final = {".pyc", ".pyo", ".pyi", ".c", ".h", ".pxd", ".pyx", ".rs"}


def lambda_runtime(version: tuple[int, int] | None = None) -> str:
    """Lambda's name of this interpreter, such as "python3.11": the zips are built for it.

    Compiled packages load in no other version. Raises Problem for any but 3.11 to 3.13.
    """
    major, minor = version or sys.version_info[:2]
    runtime = f"python{major}.{minor}"
    if runtime not in GLIBC:
        raise Problem(
            f"this is Python {major}.{minor}; burnbag's functions run on Python 3.11, 3.12 or 3.13."
            " Choose one: make PYTHON=python3.12 …"
        )
    return runtime


def lambda_architecture(machine: str | None = None) -> str:
    """Lambda's word for this machine, "x86_64" or "arm64". Raises Problem for any other."""
    machine = machine or platform.machine()
    architecture = {"amd64": "x86_64", "aarch64": "arm64"}.get(machine.lower(), machine)
    if architecture not in MACHINES:
        raise Problem(f"Lambda has no {machine} machines, only x86_64 and arm64")
    return architecture


def read_chalice() -> dict[str, bytes]:
    """Chalice's runtime, as it is installed here."""
    chalice = importlib.metadata.distribution("chalice")
    return {name: Path(str(chalice.locate_file(name))).read_bytes() for name in CHALICE}


def read_packages(requirements: Path, runtime: str, architecture: str) -> dict[str, bytes]:
    """The files that a function needs of the packages in `requirements`."""
    folder = fetch(requirements, runtime, architecture)
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if is_needed(name)}


def is_needed(member: str) -> bool:
    """Whether a function needs `member`, a path such as `cryptography/x509/__init__.py`."""
    path = PurePosixPath(member)
    top = path.parts[0]
    if top.endswith(".dist-info"):
        # The licences ask to travel with the code. The other metadata vary with the installer.
        return "licenses" in path.parts and not top.startswith("pycparser-")
    if top in BUILD_TIME_ONLY | IN_THE_RUNTIME or NEVER.intersection(path.parts):
        return False
    return path.suffix not in SOURCE_ONLY and path.name != "py.typed"


def fetch(requirements: Path, runtime: str, architecture: str) -> Path:
    """A folder with the packages in `requirements`, fetched once for each set of pins."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = BUILD / "wheels" / f"{runtime}-{architecture}-{digest}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            unfinished = Path(scratch) / "packages"
            install(requirements, runtime, architecture, unfinished)
            shutil.rmtree(folder, ignore_errors=True)
            unfinished.rename(folder)
    return folder


def install(requirements: Path, runtime: str, architecture: str, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-compile", "--require-hashes", "--only-binary=:all:"]
    command += ["--implementation=cp", f"--python-version={runtime.removeprefix('python')}"]
    command += [f"--platform={tag}" for tag in platform_tags(runtime, architecture)]
    command += [f"--target={target}", f"--requirement={requirements}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"pip could not install {requirements}:\n{done.stderr.strip()}")


def platform_tags(runtime: str, architecture: str) -> list[str]:
    """The wheel platforms that run there, newest first (PEP 600).

    pip takes each tag literally, so every older glibc is spelled out.
    """
    machine = MACHINES[architecture]
    minors = range(GLIBC[runtime], OLDEST_GLIBC - 1, -1)
    return [f"manylinux_2_{minor}_{machine}" for minor in minors] + [f"manylinux2014_{machine}"]
