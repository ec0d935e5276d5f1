"""Terraform: the program, its plugins, and a private copy of the configuration to run it in.

`python -m tools.terraform lint|fmt|test` runs Terraform's own checks of the configuration. fmt also
writes the modules' tables of inputs and outputs into their README.md, and lint checks them.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from tools import package, terraform_tables
from tools.checkout import BUILD, PACKAGES, TERRAFORM, lock
from tools.console import Problem, run, say, step, tail
from tools.dependencies import lambda_architecture, lambda_runtime
from tools.terraform_provider import PROVIDER, shared_provider

OLDEST: Final = (1, 9)
INSTALL: Final = "https://developer.hashicorp.com/terraform/install"
Environment = Mapping[str, str]
# The configurations that are applied, and those that have tests. Modules are validated with those
# that use them, examples with the tests that plan them.
ROOTS: Final = (".", "account")
TESTED: Final = ("modules/burnbag", ".")


@cache
def find_program(oldest: tuple[int, int] = OLDEST) -> str:
    """The path of Terraform. Raises Problem if it is missing or older than `oldest`."""
    wanted = f"Terraform {oldest[0]}.{oldest[1]} or newer is needed"
    path = shutil.which("terraform")
    if path is None:
        raise Problem(f"{wanted} and was not found: {INSTALL}")
    environment = clean_environment(os.environ)
    done = subprocess.run([path, "version"], env=environment, capture_output=True, text=True)
    version = re.search(r"^Terraform v(\d+)\.(\d+)", done.stdout, re.MULTILINE)
    if version is None:
        raise Problem(f"{path} does not tell its version:\n{done.stderr.strip()}")
    if tuple(map(int, version.groups())) < oldest:
        raise Problem(f"{wanted}, this is {version[1]}.{version[2]}: {INSTALL}")
    return path


def call(folder: Path, environment: Environment, *arguments: str, **options: Any) -> Any:
    """Run Terraform in `folder`; `options` are those of `subprocess.run`."""
    command = [find_program(), *arguments]
    return subprocess.run(command, cwd=folder, env=dict(environment), check=False, **options)


def find_plugins(environment: Environment = os.environ) -> Path | None:
    """A folder of provider plugins, for machines that have no way to the registry.

    Terraform looks through its own customary folders by itself.
    """
    chosen = environment.get("TF_PLUGIN_DIR")
    if chosen and not (Path(chosen) / PROVIDER).is_dir():
        raise Problem(f"TF_PLUGIN_DIR={chosen} has no {PROVIDER}")
    nearby = sorted(provider.parents[2] for provider in Path("/opt").glob(f"*/{PROVIDER}"))
    return Path(chosen) if chosen else next(iter(nearby), None)


def clean_environment(environment: Environment) -> dict[str, str]:
    """`environment` without the user's settings for Terraform, apart from logging.

    Terraform would warn at each call of a command-line configuration that does not exist.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("TF_") or name in ("TF_LOG", "TF_LOG_PATH")
    }
    config = environment.get("TF_CLI_CONFIG_FILE", "")
    if config and Path(config).is_file():
        kept["TF_CLI_CONFIG_FILE"] = config
    # Go's garbage collector takes a quarter of Terraform's time; it may have more memory instead.
    return {"GOGC": "400", **kept, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def environment_without_aws() -> dict[str, str]:
    """What Terraform needs here, and nothing with which it could reach the user's account."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {
        **clean_environment(inherited),
        "AWS_EC2_METADATA_DISABLED": "true",
        "TF_VAR_packages_dir": str(PACKAGES),
        "TF_VAR_lambda_runtime": lambda_runtime(),
        "TF_VAR_lambda_architecture": lambda_architecture(),
    }


def copy_configuration(target: Path) -> None:
    """Make `target` a copy of terraform/, but keep what `terraform init` left there."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in target.iterdir():
        if not entry.name.startswith(".terraform"):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "backend_override.tf")
    shutil.copytree(TERRAFORM, target, ignore=ignored, dirs_exist_ok=True)


def initialise(folder: Path, environment: Environment, log: Path, *options: str) -> None:
    """Run `terraform init`, with the plugins on this machine if there are any."""
    plugins, plugin_cache = find_plugins(), BUILD / "terraform-plugins"
    plugin_cache.mkdir(parents=True, exist_ok=True)
    if plugins:
        options = (*options, f"-plugin-dir={plugins}")
    else:
        environment = {**environment, "TF_PLUGIN_CACHE_DIR": str(plugin_cache)}
    arguments = ("init", "-input=false", "-no-color", *options)
    with log.open("wb") as output:
        done = call(folder, environment, *arguments, stdout=output, stderr=output)
    if done.returncode:
        from_where = f"plugins from {plugins}" if plugins else "the registry"
        raise Problem(f"terraform init failed ({from_where}):\n{tail(log)}")


def read_outputs(folder: Path, environment: Environment) -> dict[str, Any]:
    """The outputs of the state of `folder`, by name."""
    arguments = ("output", "-json", "-no-color")
    done = call(folder, environment, *arguments, capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"terraform output failed:\n{done.stderr.strip()}")
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}


def check(*arguments: str, folder: Path = TERRAFORM) -> None:
    environment = environment_without_aws()
    with step(f"terraform {arguments[0]}"), shared_provider(folder, environment) as environment:
        if call(folder, environment, *arguments).returncode:
            raise Problem(f"terraform {arguments[0]} found something to mend")


def check_copy(parts: Sequence[str], *arguments: str, build: Path = BUILD) -> None:
    """Check these folders of a copy, so that the checkout gets no lock file and no plugins.

    What has passed is not checked again until something changes that decides about the result.
    """
    folder, environment = build / "terraform-checks", environment_without_aws()
    inputs, passed = hash_inputs(environment), folder / f"{arguments[0]}-passed"
    with lock(folder):
        if passed.is_file() and passed.read_text() == inputs:
            say(f"- terraform {arguments[0]}: nothing has changed since it passed")
            return
        copy_configuration(folder / "terraform")
        for part in parts:
            initialise(folder / "terraform" / part, environment, folder / "log", "-backend=false")
            check(*arguments, folder=folder / "terraform" / part)
        passed.write_text(inputs)


def hash_inputs(environment: Environment, configuration: Path = TERRAFORM) -> str:
    """A digest of what decides about a check: Terraform, variables, packages, configuration."""
    variables = sorted(item for item in environment.items() if item[0].startswith("TF_VAR_"))
    program = Path(find_program()).resolve()
    digest = hashlib.sha256(repr([program, program.stat().st_mtime_ns, variables]).encode())
    files = [*configuration.rglob("*"), *PACKAGES.glob("*.json")]
    for file in sorted(file for file in files if file.is_file() and ".terraform" not in file.parts):
        digest.update(repr([str(file), file.read_bytes()]).encode())
    return digest.hexdigest()


def main() -> None:
    match sys.argv[1:]:
        case ["lint"]:
            check("fmt", "-check", "-diff", "-recursive")
            check_copy(ROOTS, "validate", "-no-tests", "-no-color")
            terraform_tables.check()
        case ["fmt"]:
            check("fmt", "-recursive")
            terraform_tables.write()
        case ["test"]:
            package.build()
            check_copy(TESTED, "test", "-no-color")
        case _:
            raise Problem("python -m tools.terraform lint|fmt|test")


if __name__ == "__main__":
    run(main)
