"""The end-to-end tests against real AWS: `python -m tools.test_aws ENVIRONMENT`.

It applies a deployment of its own twice, runs tests/e2e against it, and destroys it. `local` stands
for an embedded AWS of its own, by which this command itself is tested.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools import deploy, emulator, package, stack, terraform
from tools.checkout import ROOT, TERRAFORM, lock, stack_folder
from tools.console import Problem, run, say, step
from tools.stack import LOCAL

STACK: Final = "test-aws"
# A name that says what the environment is for: test, test-anna, ci-test.
FOR_TESTS: Final = re.compile(r"(^|-)test(-|$)")
SETTING: Final = re.compile(r'^(\w+) *= *"?([^"\n#]*?)"? *$', re.MULTILINE)
WANTED: Final = {"deletion_protection": "false", "force_destroy": "true"}
CHANGES: Final = 2  # `terraform plan -detailed-exitcode`
COST: Final = "less than one US dollar, and takes about half an hour"


@dataclass(frozen=True)
class Ground:
    """Where the tests run: Terraform's folder, options and environment, and the credentials."""

    folder: Path
    options: tuple[str, ...]
    environment: Mapping[str, str]
    keys: tuple[str, str, str]
    endpoint_url: str | None

    def call(self, *arguments: str) -> int:
        done = terraform.call(self.folder, self.environment, *arguments, *self.options)
        return int(done.returncode)

    def apply(self) -> None:
        if self.call("apply", "-input=false", "-auto-approve"):
            raise Problem("terraform apply did not succeed")

    def expect_nothing_to_change(self) -> None:
        match self.call("plan", "-input=false", "-detailed-exitcode"):
            case 0:
                return
            case code if code == CHANGES:
                raise Problem("a second apply would change something: the plan is above")
        raise Problem("terraform plan did not succeed")

    def destroy(self) -> None:
        if self.call("destroy", "-input=false", "-auto-approve"):
            raise Problem(f"terraform destroy did not succeed: see to it in {self.folder}")

    def outputs(self) -> dict[str, Any]:
        return terraform.read_outputs(self.folder, self.environment)


def test(ground: Ground, pytest_options: tuple[str, ...]) -> None:
    """Apply, plan, test, destroy; what was applied is destroyed whatever happens."""
    if ground.outputs():
        raise Problem("something is deployed there already: destroy it first")
    try:
        with step("terraform apply"):
            ground.apply()
        with step("terraform plan: nothing may change"):
            ground.expect_nothing_to_change()
        with step("tests/e2e"):
            run_tests(ground, pytest_options)
    finally:
        with step("terraform destroy"):
            ground.destroy()
    say("\nEverything passed, and nothing is left but keys that wait for their deletion.")


def run_tests(ground: Ground, options: tuple[str, ...]) -> None:
    """Run the end-to-end tests with names of their own for place and credentials."""
    told = ground.folder.parent / "test-deployment.json"
    told.write_text(json.dumps({"outputs": ground.outputs(), "endpoint_url": ground.endpoint_url}))
    names = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
    keys = {f"BURNBAG_TEST_{name}": key for name, key in zip(names, ground.keys, strict=True)}
    environ = os.environ | keys | {"BURNBAG_TEST_DEPLOYMENT": str(told)}
    command = [sys.executable, "-m", "pytest", "tests/e2e", "-p", "no:cacheprovider", *options]
    if subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode:
        raise Problem("tests failed, as told above")


@contextmanager
def on_aws(environment: str) -> Iterator[Ground]:
    """The environment on AWS, with your own credentials. Raises Problem if it may not be used."""
    folder = deploy.deployment_folder(environment)
    expect_to_be_for_tests((TERRAFORM / "environments" / f"{environment}.tfvars").read_text())
    session = boto3.Session()
    try:
        caller, keys = session.client("sts").get_caller_identity(), session.get_credentials()
    except (BotoCoreError, ClientError) as error:
        raise Problem(f"AWS does not know you: {error}") from error
    assert keys is not None
    frozen = keys.get_frozen_credentials()
    ask(f"This makes a deployment in account {caller['Account']}, and costs {COST}.")
    with lock(folder):
        deploy.build_packages(folder, environment)
        deploy.initialise(folder, environment)
        options = (
            f"-var-file=environments/{environment}.tfvars",
            f"-var=packages_dir={deploy.PACKAGES}",
        )
        yield Ground(
            folder / "terraform",
            options,
            terraform.clean_environment(os.environ),
            (frozen.access_key or "", frozen.secret_key or "", frozen.token or ""),
            None,
        )


@contextmanager
def on_embedded_aws() -> Iterator[Ground]:
    """An embedded AWS of its own, which ends afterwards."""
    folder = stack_folder(STACK)
    with lock(folder):
        package.build()
        server = stack.start_empty(folder, emulator.find_free_port())
        try:
            environment, configuration = stack.terraform_environment(server), folder / "terraform"
            stack.prepare(configuration, environment, folder / "terraform.log")
            options = ("-var-file=environments/local.tfvars",)
            keys = (emulator.ROOT_KEY, emulator.ROOT_KEY, "")
            yield Ground(configuration, options, environment, keys, server.url)
        finally:
            emulator.stop(folder)
            stack.forget(folder)


def expect_to_be_for_tests(tfvars: str) -> None:
    """Raises Problem unless the environment is named for tests and lets itself be destroyed."""
    settings = dict(SETTING.findall(tfvars))
    name = settings.get("environment", "")
    if not FOR_TESTS.search(name):
        raise Problem(f'the environment "{name}" is not named for tests, such as test or test-anna')
    for setting, wanted in WANTED.items():
        if settings.get(setting) != wanted:
            raise Problem(f"the environment's .tfvars needs the line {setting} = {wanted}")


def ask(question: str) -> None:
    """Go on only after a yes, or with AUTO=1. Raises Problem."""
    say(question)
    if os.environ.get("AUTO") == "1":
        return
    answer = ""
    with suppress(EOFError):
        answer = input('Go on? Only "yes" will do: ')
    if answer != "yes":
        raise Problem("nothing was made")


def main() -> None:
    match sys.argv[1:]:
        case [environment, *options]:
            with on_embedded_aws() if environment == LOCAL else on_aws(environment) as ground:
                test(ground, ("-ra", *options))
        case _:
            raise Problem("python -m tools.test_aws ENVIRONMENT [OPTIONS OF PYTEST]")


if __name__ == "__main__":
    run(main)
