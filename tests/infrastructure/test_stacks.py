"""Stacks side by side, and the state of a stack that was made before there was a module."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.size import FULL
from tools import emulator, package, terraform
from tools.dependencies import lambda_architecture
from tools.stack import BACKEND, terraform_environment
from tools.terraform_apply import apply

pytestmark = [
    pytest.mark.skipif(not FULL, reason="three stacks take two minutes: BURNBAG_FULL=1"),
    pytest.mark.timeout(1800),
]
# What the example has to have besides for the embedded AWS.
OVERRIDE = """
provider "aws" {
  s3_use_path_style = true
}

provider "aws" {
  alias             = "second"
  s3_use_path_style = true
}
"""
MODULE = """
module "%s" {
  emulator_endpoint_url = "%s"
  require_tls           = false
  lambda_architecture   = "%s"
}
"""
# What every stack has now and none had before there was a module, without the keys of instances.
NEW = {
    "module.burnbag.aws_cloudwatch_event_rule.reconcile",
    "module.burnbag.aws_cloudwatch_event_target.reconcile",
    "module.burnbag.aws_cloudwatch_query_definition.audit",
    "module.burnbag.aws_iam_policy.operator",
    "module.burnbag.aws_iam_policy.recipient",
    "module.burnbag.aws_lambda_function_event_invoke_config.sweep",
    "module.burnbag.aws_lambda_permission.reconcile",
    "module.burnbag.module.function.aws_iam_role_policy.elsewhere",
    "module.burnbag.module.storage.aws_dynamodb_resource_policy.secrets",
    "module.burnbag.terraform_data.protection",
}
INSTANCE = re.compile(r'\["[^"]*"\]')


@pytest.fixture(scope="module")
def applied(embedded_aws: emulator.Emulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of terraform/ in which the example with several stacks has been applied."""
    copy = tmp_path_factory.mktemp("stacks") / "terraform"
    package.build()
    terraform.copy_configuration(copy)
    folder = copy / "examples" / "several-stacks"
    modules = [
        MODULE % (name, embedded_aws.url, lambda_architecture())
        for name in ("burnbag", "burnbag_second")
    ]
    (folder / "backend_override.tf").write_text(BACKEND + OVERRIDE + "".join(modules))
    environment = terraform_environment(embedded_aws)
    terraform.initialise(folder, environment, copy / "log")
    apply(folder, ["-parallelism=20"], environment, copy / "log")
    return copy


@pytest.fixture
def stacks(applied: Path, embedded_aws: emulator.Emulator) -> dict[str, Any]:
    folder = applied / "examples" / "several-stacks"
    outputs = terraform.read_outputs(folder, terraform_environment(embedded_aws))
    stacks: dict[str, Any] = outputs["stacks"]
    return stacks


def test_two_environments_and_two_regions_share_nothing(stacks: dict[str, Any]) -> None:
    assert stacks.keys() == {"dev", "test", "dev_second"}
    for output in ("api_url", "files_bucket_name", "caller_policy_arn", "sealing_key_arn"):
        assert len({stack[output] for stack in stacks.values()}) == 3, output


def test_a_stack_from_before_the_module_is_moved_and_nothing_is_replaced(
    applied: Path, embedded_aws: emulator.Emulator
) -> None:
    state = json.loads((applied / "examples" / "terraform.tfstate").read_text())
    state["resources"] = list(as_before(state["resources"], 'module.burnbag["dev"]'))
    (applied.parent / "terraform.tfstate").write_text(json.dumps(state | {"outputs": {}}))
    (applied / "backend_override.tf").write_text(BACKEND)
    environment = terraform_environment(embedded_aws) | {"AWS_REGION": "eu-central-1"}
    terraform.initialise(applied, environment, applied / "log")
    changes = plan(applied, embedded_aws, environment)
    # The root's tags are updated in place.
    assert sum(change["change"]["actions"] in (["no-op"], ["update"]) for change in changes) > 100
    created = {c["address"] for c in changes if "create" in c["change"]["actions"]}
    assert {INSTANCE.sub("", address) for address in created} == NEW
    assert not [c["address"] for c in changes if {"delete", "forget"} & {*c["change"]["actions"]}]


def as_before(resources: list[dict[str, Any]], module: str) -> Iterator[dict[str, Any]]:
    """The resources of one stack, at the addresses that they had without the module."""
    for resource in resources:
        name = resource.pop("module", "")
        if INSTANCE.sub("", f"{name}.{resource['type']}.{resource['name']}") in NEW:
            continue
        if name == module:
            yield resource
        elif name.startswith(f"{module}."):
            yield resource | {"module": name.removeprefix(f"{module}.")}


def plan(
    folder: Path, server: emulator.Emulator, environment: dict[str, str]
) -> list[dict[str, Any]]:
    values = {
        "environment": "dev",
        "region": "eu-central-1",
        "emulator_endpoint_url": server.url,
        "require_tls": "false",
    }
    options = [f"-var={name}={value}" for name, value in values.items()]
    done = terraform.call(folder, environment, "plan", "-out=plan", *options, capture_output=True)
    assert not done.returncode, done.stderr.decode()
    shown = terraform.call(folder, environment, "show", "-json", "plan", capture_output=True)
    changes: list[dict[str, Any]] = json.loads(shown.stdout)["resource_changes"]
    return changes
