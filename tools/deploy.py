"""A deployment to AWS: `python -m tools.deploy plan|apply|outputs ENVIRONMENT`.

Credentials are the caller's own, as any AWS tool finds them. The state is in the bucket that
environments/<environment>.s3.tfbackend names, locked while in use.
"""

import argparse
import json
import os
import re
from pathlib import Path
from typing import Final

from tools import package, terraform
from tools.checkout import BUILD, TERRAFORM, lock
from tools.console import Problem, run, say, step
from tools.dependencies import GLIBC, MACHINES

# The S3 backend's own locking, `use_lockfile`, came with 1.10.
OLDEST: Final = (1, 10)
# From the copy of the configuration. The state has this path, so it may not be this checkout's.
PACKAGES: Final = "../packages"
# A variable that is a text, as `terraform fmt` leaves it; and those that the packages depend on.
TEXT: Final = re.compile(r'^(\w+) *= *"([^"]*)"', re.MULTILINE)
TARGETS: Final = {"lambda_runtime": tuple(GLIBC), "lambda_architecture": tuple(MACHINES)}


def deploy(action: str, environment: str) -> None:
    """Package, initialise, and plan; `apply` shows the plan and asks before it changes anything."""
    folder = deployment_folder(environment)
    with lock(folder):
        build_packages(folder, environment)
        with step("terraform init"):
            initialise(folder, environment)
        say(f"- terraform {action}")
        options = [f"-var-file=environments/{environment}.tfvars", f"-var=packages_dir={PACKAGES}"]
        clean = terraform.clean_environment(os.environ)
        done = terraform.call(folder / "terraform", clean, action, *options)
    if done.returncode:
        raise Problem(f"terraform {action} did not succeed")


def build_packages(folder: Path, environment: str) -> None:
    """Build the zips for the runtime and the architecture that the environment says."""
    values = read_values(TERRAFORM / "environments" / f"{environment}.tfvars")
    runtime, architecture = values["lambda_runtime"], values["lambda_architecture"]
    with step(f"building the zips for {runtime} on {architecture}"):
        package.build(packages=folder / "packages", runtime=runtime, architecture=architecture)


def read_values(tfvars: Path) -> dict[str, str]:
    """What the packages are built for. Raises Problem if the file does not say, or not rightly."""
    found = dict(TEXT.findall(tfvars.read_text()))
    for name, allowed in TARGETS.items():
        if found.get(name) not in allowed:
            raise Problem(f'{tfvars.name} needs a line {name} = "…": one of {", ".join(allowed)}')
    return found


def print_outputs(environment: str, name: str | None) -> None:
    """Print all outputs, or the one named as a script wants it: a text bare, others as JSON."""
    folder = deployment_folder(environment)
    with lock(folder):
        initialise(folder, environment)
        clean = terraform.clean_environment(os.environ)
        outputs = terraform.read_outputs(folder / "terraform", clean)
    if not outputs:
        raise Problem(f"nothing is deployed to {environment}: make deploy ENV={environment}")
    if name is None:
        width = max(map(len, outputs))
        for each, value in outputs.items():
            say(f"{each:<{width}}  {as_text(value)}")
    elif name in outputs:
        say(as_text(outputs[name]))
    else:
        raise Problem(f"there is no output {name}, only {', '.join(outputs)}")


def as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def deployment_folder(environment: str) -> Path:
    """Where this environment is packaged and deployed from. Raises Problem if it is unknown."""
    terraform.find_program(OLDEST)
    for name in (f"{environment}.s3.tfbackend", f"{environment}.tfvars"):
        if not (TERRAFORM / "environments" / name).is_file():
            raise Problem(f"terraform/environments/{name} is missing: write it, or change ENV")
    return BUILD / f"deploy-{environment}"


def initialise(folder: Path, environment: str) -> None:
    terraform.copy_configuration(folder / "terraform")
    options = [f"-backend-config=environments/{environment}.s3.tfbackend", "-reconfigure"]
    clean = terraform.clean_environment(os.environ)
    terraform.initialise(folder / "terraform", clean, folder / "terraform.log", *options)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("action", choices=["plan", "apply", "outputs"])
    parser.add_argument("environment", help="such as dev: names the files in environments/")
    parser.add_argument("--name", help="print only this output, for a script")
    given = parser.parse_args()
    if given.action == "outputs":
        print_outputs(given.environment, given.name)
    else:
        deploy(given.action, given.environment)


if __name__ == "__main__":
    run(main)
