"""Third-party packages for the Lambda platform: from pinned hashes, never the host's build."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tools.console import Problem

# glibc's minor version in each runtime: 3.11 is Amazon Linux 2, the others Amazon Linux 2023.
GLIBC: Final = {"python3.11": 26, "python3.12": 34, "python3.13": 34}
OLDEST_GLIBC: Final = 17
MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}


def site_packages(requirements: Path, runtime: str, architecture: str, cache: Path) -> Path:
    """A folder with what `requirements` names, installed for `runtime` and `architecture`.

    It is fetched once and kept in `cache` under the requirements' own hash.
    """
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = cache / f"{runtime}-{architecture}-{digest}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            unfinished = Path(scratch) / "site-packages"
            install(requirements, runtime, architecture, unfinished)
            shutil.rmtree(folder, ignore_errors=True)
            unfinished.rename(folder)
    return folder


def install(requirements: Path, runtime: str, architecture: str, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    command += ["--require-hashes", "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={runtime.removeprefix('python')}", f"--target={target}"]
    command += [f"--platform={tag}" for tag in platform_tags(runtime, architecture)]
    done = subprocess.run(
        [*command, "-r", str(requirements)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    if done.returncode:
        raise Problem(f"pip could not install {requirements}:\n{done.stderr.strip()}")


def platform_tags(runtime: str, architecture: str) -> list[str]:
    """The wheel platforms that run there, newest first (PEP 600).

    pip takes each tag literally, so every older glibc is spelled out.
    """
    machine = MACHINES[architecture]
    minors = range(GLIBC[runtime], OLDEST_GLIBC - 1, -1)
    return [f"manylinux_2_{minor}_{machine}" for minor in minors] + [f"manylinux2014_{machine}"]
