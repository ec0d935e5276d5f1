"""Style, types and the Terraform configuration: `python -m tools.lint [--fix|--terraform-test]`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools import package, terraform
from tools.checkout import BUILD, PACKAGES, ROOT, TERRAFORM, lock
from tools.console import Problem, run, step
from tools.dependencies import lambda_architecture, lambda_runtime

# A copy of the configuration to work in: the checkout gets no lock file and no plugins.
FOLDER: Final = BUILD / "terraform-checks"
CONFIGURATION: Final = FOLDER / "terraform"
TYPED: Final = ("core/burnbag_core", "client/burnbag_format", "client/burnbag", "benchmarks")


def lint() -> None:
    with step("ruff"):
        call("ruff", "check", ".")
        call("ruff", "format", "--check", ".")
    with step("mypy: core, client, tools and tests"):
        check_types("common", *TYPED, "tools", "tests")
    # The services' modules share names (app, chalicelib), so each is checked by itself.
    for service in package.NAMES:
        with step(f"mypy: {service}"):
            check_types(service, f"services/{service}", MYPYPATH=f"services/{service}")
    with step("terraform fmt -check"):
        call_terraform(TERRAFORM, "fmt", "-check", "-diff", "-recursive")
    with step("terraform validate"):
        check_configuration("validate")


def fix() -> None:
    call("ruff", "check", "--fix", ".")
    call("ruff", "format", ".")
    call_terraform(TERRAFORM, "fmt", "-recursive")


def run_terraform_tests() -> None:
    package.build()
    with step("terraform test"):
        check_configuration("test")


def check_types(cache: str, *folders: str, **environment: str) -> None:
    call("mypy", f"--cache-dir=.mypy_cache/{cache}", *folders, **environment)


def call(module: str, *arguments: str, **environment: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
    if done.returncode:
        raise Problem(f"{module} found something to mend")


def check_configuration(check: str) -> None:
    with lock(FOLDER):
        terraform.copy_configuration(CONFIGURATION)
        log = FOLDER / "terraform.log"
        terraform.initialise(CONFIGURATION, terraform_environment(), log, "-backend=false")
        call_terraform(CONFIGURATION, check, "-no-color")


def call_terraform(folder: Path, *arguments: str) -> None:
    command = [terraform.find_program(), *arguments]
    done = subprocess.run(command, cwd=folder, env=terraform_environment(), check=False)
    if done.returncode:
        raise Problem(f"terraform {arguments[0]} found something to mend")


def terraform_environment() -> dict[str, str]:
    """No AWS account is needed, so none is within reach."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {
        **terraform.clean_environment(inherited),
        "AWS_EC2_METADATA_DISABLED": "true",
        "TF_VAR_packages_dir": str(PACKAGES),
        "TF_VAR_lambda_runtime": lambda_runtime(),
        "TF_VAR_lambda_architecture": lambda_architecture(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.lint", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--fix", action="store_true", help="mend what can be mended by itself")
    choice.add_argument("--terraform-test", action="store_true", help="run terraform's own tests")
    arguments = parser.parse_args()
    if arguments.fix:
        fix()
    elif arguments.terraform_test:
        run_terraform_tests()
    else:
        lint()


if __name__ == "__main__":
    run(main)
