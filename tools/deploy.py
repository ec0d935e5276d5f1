"""A deployment to AWS: `python -m tools.deploy plan|apply ENVIRONMENT`.

Credentials are the caller's own, as any AWS tool finds them. The state lies in the
bucket that environments/<environment>.s3.tfbackend names, locked while in use.
"""

import argparse
import os
import subprocess
from pathlib import Path
from typing import Final

from tools import console, package, terraform
from tools.console import Problem, say, step
from tools.locks import locked
from tools.paths import BUILD, TERRAFORM
from tools.runtime import lambda_architecture, lambda_runtime

# The S3 backend's own locking, `use_lockfile`, came with 1.10.
OLDEST: Final = (1, 10)


def deploy(action: str, environment: str, architecture: str) -> None:
    """Package, initialise, and plan; `apply` shows the plan and asks before it changes anything."""
    terraform.program(OLDEST)
    backend, variables = settings(environment)
    folder = BUILD / f"deploy-{environment}"
    with locked(folder):
        with step(f"building the zips for {architecture}"):
            package.build(packages=folder / "packages", architecture=architecture)
        with step("terraform init"):
            initialise(folder, backend)
        arguments = [f"-var-file={variables}", f"-var=packages_dir={folder / 'packages'}"]
        arguments += [f"-var=lambda_runtime={lambda_runtime()}"]
        arguments += [f"-var=lambda_architecture={architecture}"]
        say(f"- terraform {action}")
        done = subprocess.run(
            [terraform.program(), action, *arguments],
            cwd=folder / "terraform",
            env=user_environment(),
            check=False,
        )
    if done.returncode:
        raise Problem(f"terraform {action} did not succeed")


def settings(environment: str) -> tuple[str, str]:
    """The environment's backend and variable files, relative to the configuration."""
    names = (f"environments/{environment}.s3.tfbackend", f"environments/{environment}.tfvars")
    for name in names:
        if not (TERRAFORM / name).is_file():
            raise Problem(f"terraform/{name} is missing: write it, or choose another ENV")
    return names


def initialise(folder: Path, backend: str) -> None:
    configuration, log = folder / "terraform", folder / "terraform.log"
    log.unlink(missing_ok=True)
    terraform.copy_configuration(configuration)
    options = [f"-backend-config={backend}", "-reconfigure"]
    terraform.initialise(configuration, user_environment(), log, *options)


def user_environment() -> dict[str, str]:
    return terraform.quiet_environment(os.environ)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("action", choices=["plan", "apply"])
    parser.add_argument("environment", help="such as dev: names the files in environments/")
    parser.add_argument(
        "--architecture", choices=["x86_64", "arm64"], default=lambda_architecture()
    )
    arguments = parser.parse_args()
    deploy(arguments.action, arguments.environment, arguments.architecture)


if __name__ == "__main__":
    console.run(main)
