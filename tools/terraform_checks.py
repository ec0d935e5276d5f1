"""Terraform's own checks: `python -m tools.terraform_checks lint|test`."""

import argparse
import os
import subprocess
from pathlib import Path
from typing import Final

from tools import console, package, terraform
from tools.console import Problem, step
from tools.locks import locked
from tools.paths import BUILD, PACKAGES, TERRAFORM
from tools.runtime import lambda_architecture, lambda_runtime

FOLDER: Final = BUILD / "terraform-checks"
CONFIGURATION: Final = FOLDER / "terraform"


def lint() -> None:
    with step("terraform fmt -check"):
        call(TERRAFORM, "fmt", "-check", "-diff", "-recursive")
    with step("terraform validate"):
        initialised()
        call(CONFIGURATION, "validate", "-no-color")


def test() -> None:
    package.build()
    with step("terraform test"):
        initialised()
        call(CONFIGURATION, "test", "-no-color")


def initialised() -> None:
    """A copy to work in, so that the checkout gets no lock file and no plugins."""
    log = FOLDER / "terraform.log"
    log.unlink(missing_ok=True)
    terraform.copy_configuration(CONFIGURATION)
    terraform.initialise(CONFIGURATION, environment(), log, "-backend=false")


def environment() -> dict[str, str]:
    """No AWS account is needed, so none is within reach."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {
        **terraform.quiet_environment(inherited),
        "AWS_EC2_METADATA_DISABLED": "true",
        "TF_VAR_packages_dir": str(PACKAGES),
        "TF_VAR_lambda_runtime": lambda_runtime(),
        "TF_VAR_lambda_architecture": lambda_architecture(),
    }


def call(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [terraform.program(), *arguments], cwd=folder, env=environment(), check=False
    )
    if done.returncode:
        raise Problem(f"terraform {arguments[0]} found something to mend")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.terraform_checks", description=__doc__)
    parser.add_argument("check", choices=["lint", "test"])
    with locked(FOLDER):
        {"lint": lint, "test": test}[parser.parse_args().check]()


if __name__ == "__main__":
    console.run(main)
