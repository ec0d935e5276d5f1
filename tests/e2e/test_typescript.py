"""A client that is generated from docs/openapi.yaml compiles, and its calls do what they say."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.deployment import Deployment
from tests.support.described import OPENAPI
from tests.support.programs import callers_environment, needs
from tests.support.services import ROOT
from tests.support.size import FULL
from tools.checkout import BUILD, lock

PROGRAM: Final = ROOT / "tests" / "typescript"


def install() -> Path:
    """The program's folder with the packages that its lock file names, installed once."""
    pins = (PROGRAM / "package-lock.json").read_bytes()
    folder = BUILD / "typescript" / hashlib.sha256(pins).hexdigest()[:16]
    with lock(folder):
        shutil.copytree(PROGRAM, folder, dirs_exist_ok=True)
        if not (folder / "node_modules" / ".package-lock.json").is_file():
            run(folder, "npm", "ci")
    return folder


def run(folder: Path, *command: str, environ: Mapping[str, str] = os.environ) -> str:
    """What a command prints."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.skipif(not FULL, reason="it installs a compiler and runs it: BURNBAG_FULL=1")
@needs("node", "npm")
def test_a_generated_client_compiles_and_makes_a_round_trip(deployment: Deployment) -> None:
    folder = install()
    programs = folder / "node_modules" / ".bin"
    # Without the option, a field that has a default has to be sent all the same.
    optional = "--default-non-nullable=false"
    run(folder, str(programs / "openapi-typescript"), str(OPENAPI), optional, "--output=api.d.ts")
    run(folder, str(programs / "tsc"))
    environ = callers_environment(deployment, folder)
    assert run(folder, "node", "compiled/round_trip.js", environ=environ).endswith(" round trip\n")
