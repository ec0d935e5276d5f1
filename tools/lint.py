"""Style, types and configuration: `python -m tools.lint [--fix]`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from tools import console, terraform
from tools.console import Problem, step
from tools.paths import ROOT

# The services' modules share names (app, chalicelib), so each is checked by itself, from within.
SERVICES: Final = ("create", "reveal", "reaper")


def lint() -> None:
    with step("ruff"):
        call("ruff", "check", ".")
        call("ruff", "format", "--check", ".")
    with step("mypy: core, client, tools and tests"):
        typed("common", "core/burnbag_core", "client/burnbag", "benchmarks", "tools", "tests")
    for service in SERVICES:
        with step(f"mypy: {service}"):
            typed(service, f"services/{service}", MYPYPATH=f"services/{service}")
    call("tools.terraform_checks", "lint")


def fix() -> None:
    call("ruff", "check", "--fix", ".")
    call("ruff", "format", ".")
    subprocess.run([terraform.program(), "fmt", "-recursive", "terraform"], cwd=ROOT, check=True)


def typed(cache: str, *folders: str, **environment: str) -> None:
    call("mypy", f"--cache-dir=.mypy_cache/{cache}", *folders, **environment)


def call(module: str, *arguments: str, **environment: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
    if done.returncode:
        raise Problem(f"{module} found something to mend")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.lint", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="mend what can be mended by itself")
    fix() if parser.parse_args(arguments).fix else lint()


if __name__ == "__main__":
    console.run(main)
