"""A deployment to AWS: `python -m tools.deploy plan|apply|destroy|… ENVIRONMENT`.

Credentials are the caller's own, as any AWS tool finds them. The state is in the bucket that
environments/<environment>.s3.tfbackend names, locked while in use.
"""

import argparse
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any, Final

from tools import package, terraform
from tools.checkout import BUILD, TERRAFORM, lock
from tools.console import Problem, run, say, step
from tools.dependencies import GLIBC, MACHINES

# The S3 backend's own locking, `use_lockfile`, came with 1.10.
OLDEST: Final = (1, 10)
# From the copy of the configuration. The state has this path, so it may not be this checkout's.
PACKAGES: Final = "../packages"
ACTIONS: Final = ("account", "plan", "apply", "destroy", "outputs")
# The configuration of what stacks share, in terraform/; a kept plan; and the versions of providers.
ACCOUNT: Final = "account"
PLAN: Final = "plan"
LOCK: Final = Path("terraform", ".terraform.lock.hcl")
WITHOUT_QUESTIONS: Final = ("-auto-approve", "-input=false")
UNPROTECTED: Final = re.compile(r"^deletion_protection *= *false$", re.MULTILINE)
# A variable that is a text, as `terraform fmt` leaves it; and those that the packages depend on.
TEXT: Final = re.compile(r'^(\w+) *= *"([^"]*)"', re.MULTILINE)
TARGETS: Final = {"lambda_runtime": tuple(GLIBC), "lambda_architecture": tuple(MACHINES)}


def plan(environment: str, out: Path | None) -> None:
    """Show what a deployment would change; with `out`, keep it as a folder for `apply_plan`."""
    folder = deployment_folder(environment)
    with lock(folder):
        prepare(folder, environment)
        terraform_run(folder, "plan", *options_of(environment), *([f"-out={PLAN}"] if out else ()))
        if out:
            keep_plan(folder, out, environment)


def apply(environment: str, auto: bool) -> None:
    """Deploy: show the plan and ask before anything is changed; with `auto`, do not ask."""
    folder = deployment_folder(environment)
    with lock(folder):
        prepare(folder, environment)
        terraform_run(
            folder, "apply", *options_of(environment), *(WITHOUT_QUESTIONS if auto else ())
        )


def apply_plan(environment: str, kept: Path) -> None:
    """Deploy what `plan` has kept, with its packages, and nothing else.

    Terraform refuses a plan that is older than the state.
    """
    folder = deployment_folder(environment)
    if not (kept / "terraform" / PLAN).is_file():
        raise Problem(f"{kept} holds no plan: make plan ENV={environment} OUT={kept}")
    with lock(folder):
        shutil.copytree(kept / "packages", folder / "packages", dirs_exist_ok=True)
        (folder / "terraform").mkdir(exist_ok=True)
        shutil.copy(kept / LOCK, folder / LOCK)
        with step("terraform init"):
            initialise(folder, environment)
        shutil.copy(kept / "terraform" / PLAN, folder / "terraform" / PLAN)
        terraform_run(folder, "apply", "-input=false", PLAN)


def destroy(environment: str, auto: bool) -> None:
    """Destroy the environment, if its name is typed. `auto` does that for unprotected ones."""
    folder = deployment_folder(environment)
    tfvars = TERRAFORM / "environments" / f"{environment}.tfvars"
    if not UNPROTECTED.search(tfvars.read_text()):
        raise Problem(
            f"{environment} is protected. To destroy it, set deletion_protection = false in"
            f" {tfvars.name} and deploy: docs/deploying.md"
        )
    with lock(folder):
        if not auto:
            say(f"This destroys every secret and every receipt of {environment}.")
            confirm(environment)
        prepare(folder, environment)
        terraform_run(folder, "destroy", *options_of(environment), *WITHOUT_QUESTIONS)


def apply_account(environment: str, auto: bool) -> None:
    """Apply what stacks of the same account and region share, in a state of its own."""
    folder = deployment_folder(environment)
    tfvars = TERRAFORM / "environments" / f"{environment}.tfvars"
    region = dict(TEXT.findall(tfvars.read_text()))["region"]
    with lock(folder):
        with step("terraform init"):
            key = f"-backend-config=key=burnbag/account-{region}.tfstate"
            initialise(folder, environment, ACCOUNT, key)
        questions = WITHOUT_QUESTIONS if auto else ()
        terraform_run(folder, "apply", f"-var=region={region}", *questions, root=ACCOUNT)


def confirm(environment: str) -> None:
    """Raise Problem unless the name of the environment is typed."""
    try:
        typed = input("Type its name to go on: ")
    except EOFError:
        typed = ""
    if typed.strip() != environment:
        raise Problem("that is not its name: nothing was destroyed")


def prepare(folder: Path, environment: str) -> None:
    build_packages(folder, environment)
    with step("terraform init"):
        initialise(folder, environment)


def options_of(environment: str) -> list[str]:
    return [f"-var-file=environments/{environment}.tfvars", f"-var=packages_dir={PACKAGES}"]


def terraform_run(folder: Path, action: str, *options: str, root: str = ".") -> None:
    """Run Terraform on this terminal. Raises Problem if it fails."""
    say(f"- terraform {action}")
    clean = terraform.clean_environment(os.environ)
    if terraform.call(folder / "terraform" / root, clean, action, *options).returncode:
        raise Problem(f"terraform {action} did not succeed")


def keep_plan(folder: Path, out: Path, environment: str) -> None:
    """Put the plan into `out`, with the packages and the versions of providers that it is about."""
    for each in [LOCK, *sorted((folder / "packages").glob("*.*")), folder / "terraform" / PLAN]:
        source = folder / each
        (out / source.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(source, out / source.parent.name)
    say(f"  the plan is in {out}: make deploy ENV={environment} PLAN={out}")


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
    outputs = read_outputs(environment)
    if name is None:
        width = max(map(len, outputs))
        for each, value in outputs.items():
            say(f"{each:<{width}}  {as_text(value)}")
    elif name in outputs:
        say(as_text(outputs[name]))
    else:
        raise Problem(f"there is no output {name}, only {', '.join(outputs)}")


def read_outputs(environment: str) -> dict[str, Any]:
    """The outputs in the environment's state. Raises Problem if nothing is deployed."""
    folder = deployment_folder(environment)
    with lock(folder):
        initialise(folder, environment)
        clean = terraform.clean_environment(os.environ)
        outputs = terraform.read_outputs(folder / "terraform", clean)
    if not outputs:
        raise Problem(f"nothing is deployed to {environment}: make deploy ENV={environment}")
    return outputs


def as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def deployment_folder(environment: str) -> Path:
    """Where this environment is packaged and deployed from. Raises Problem if it is unknown."""
    terraform.find_program(OLDEST)
    for name in (f"{environment}.s3.tfbackend", f"{environment}.tfvars"):
        if not (TERRAFORM / "environments" / name).is_file():
            raise Problem(f"terraform/environments/{name} is missing: write it, or change ENV")
    return BUILD / f"deploy-{environment}"


def initialise(folder: Path, environment: str, root: str = ".", *options: str) -> None:
    terraform.copy_configuration(folder / "terraform")
    backend = folder / "terraform" / "environments" / f"{environment}.s3.tfbackend"
    options = (f"-backend-config={backend}", *options, "-reconfigure")
    clean = terraform.clean_environment(os.environ)
    terraform.initialise(folder / "terraform" / root, clean, folder / "terraform.log", *options)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("environment", help="such as dev: names the files in environments/")
    parser.add_argument("--name", help="print only this output, for a script")
    parser.add_argument("--out", type=Path, help="a folder to keep the plan in, with its packages")
    parser.add_argument("--plan", type=Path, help="a folder with a plan: apply that")
    parser.add_argument("--auto", action="store_true", help="ask no question, for a pipeline")
    given = parser.parse_args()
    match given.action:
        case "plan":
            plan(given.environment, given.out)
        case "apply" if given.plan:
            apply_plan(given.environment, given.plan)
        case "apply":
            apply(given.environment, given.auto)
        case "account":
            apply_account(given.environment, given.auto)
        case "destroy":
            destroy(given.environment, given.auto)
        case _:
            print_outputs(given.environment, given.name)


if __name__ == "__main__":
    run(main)
