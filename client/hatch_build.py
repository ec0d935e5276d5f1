"""What is made where the package is built: the commit, the manual page, the shells' completions."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACES = {
    "bash": "share/bash-completion/completions/burnbag",
    "zsh": "share/zsh/site-functions/_burnbag",
    "fish": "share/fish/vendor_completions.d/burnbag.fish",
}
MANUAL = "share/man/man1/burnbag.1"
COMMIT = "burnbag/commit.txt"


class BuildHook(BuildHookInterface[Any]):
    """Adds them to what is built, out of a temporary folder."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="burnbag-build-"))
        # An editable package is the checkout itself, whose commit git tells.
        if version == "editable":
            return
        if not (Path(self.root) / COMMIT).exists():
            build_data["force_include"][self.write("commit.txt", self.run(FIND_COMMIT))] = COMMIT
        if self.target_name == "wheel":
            shared = build_data["shared_data"]
            shared[self.write("burnbag.1", self.run(MAKE_MANUAL))] = MANUAL
            for shell, place in PLACES.items():
                script = self.run(PRINT_COMPLETION, "completion", shell)
                shared[self.write(f"completion.{shell}", script)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(self.folder)

    def run(self, program: str, *arguments: str) -> str:
        """What a program prints that uses the package as it lies here."""
        command = [sys.executable, "-c", f"{SETUP}{program}", self.root, *arguments]
        environ = os.environ | {"PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environ, check=True)
        return done.stdout.decode()

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_bytes(text.encode())
        return str(path)


SETUP = "import sys; sys.path.insert(0, sys.argv.pop(1)); sys.dont_write_bytecode = True\n"
# A build can wait longer for git than somebody who asks for the version.
FIND_COMMIT = "from burnbag.cli import version; version.SECONDS = 60; print(version.find_commit())"
MAKE_MANUAL = "from burnbag.cli.manual import make_manual; print(make_manual(), end='')"
PRINT_COMPLETION = "from burnbag.cli import run; run()"
