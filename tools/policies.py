"""A second opinion on every policy: `parliament` reads them as Terraform renders them.

`python -m tools.policies` applies the example that chooses everything to a mocked AWS. Only the
policy documents are made by the real provider, which needs no AWS for them. What parliament finds
and policies.toml does not explain is a Problem, and so is an explanation that explains nothing.
"""

import importlib.resources
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tools import terraform
from tools.checkout import BUILD, ROOT, lock
from tools.console import Problem, run, step
from tools.terraform_provider import shared_provider

EXAMPLE: Final = Path("examples", "complete")
EXCEPTIONS: Final = ROOT / "tools" / "policies.toml"
DOCUMENT: Final = re.compile(r'^data "aws_iam_policy_document" "(\w+)" \{', re.MULTILINE)
CALL: Final = re.compile(r'^module "(\w+)" \{\n(?:.*\n)*?  source += "(\.[^"]*)"$', re.MULTILINE)
ALIAS: Final = """
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.documents]
    }
  }
}
"""
LENT_DOCUMENT: Final = 'data "aws_iam_policy_document" "%s" {\n  provider = aws.documents\n}\n'
LENT_CALL: Final = 'module "%s" {\n  providers = { aws = aws, aws.documents = aws.documents }\n}\n'
PROVIDER: Final = 'provider "aws" {\n  alias = "documents"\n}\n'
TEST: Final = """
mock_provider "aws" {
  source = "../../modules/burnbag/tests/mocks"
}

provider "aws" {
  alias                       = "documents"
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  packages_dir = "../../modules/burnbag/tests/packages"
}

# Or what was made up could not be torn down.
override_resource {
  target = module.burnbag.terraform_data.protection
  values = { output = false }
}

run "render" {
  command = apply

  variables {
    sign_in_provider_secret = "s3cret"
  }
}
"""


@dataclass(frozen=True)
class Policy:
    """A policy's JSON, and the resource and attribute that have it."""

    place: str
    text: str


@dataclass(frozen=True)
class Finding:
    """What parliament says of one policy."""

    issue: str
    place: str
    detail: str

    def __str__(self) -> str:
        return f"{self.issue}: {self.place}\n    {self.detail}"


@dataclass(frozen=True)
class Accepted:
    """Findings that are no fault, and why: those with this issue whose place and detail match."""

    issue: str
    place: str
    reason: str
    detail: str = "*"

    def explains(self, finding: Finding) -> bool:
        return (
            finding.issue == self.issue
            and fnmatchcase(finding.place, self.place)
            and fnmatchcase(finding.detail, self.detail)
        )


def render(folder: Path) -> list[Policy]:
    """Every policy of the example, from a copy of the configuration in `folder`."""
    example, environment = folder / "terraform" / EXAMPLE, terraform.environment_without_aws()
    terraform.copy_configuration(folder / "terraform")
    lend_provider(example)
    (example / "documents.tf").write_text(PROVIDER)
    (example / "tests").mkdir()
    (example / "tests" / "render.tftest.hcl").write_text(TEST)
    terraform.initialise(example, environment, folder / "log", "-backend=false")
    arguments = ("test", "-json", "-verbose")
    with shared_provider(example, environment) as environment:
        done = terraform.call(example, environment, *arguments, capture_output=True, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        errors = [m["@message"] for m in messages if m["@level"] == "error"]
        raise Problem("the policies could not be rendered:\n  " + "\n  ".join(errors))
    (state,) = [m["test_state"] for m in messages if m.get("type") == "test_state"]
    return list(find_policies(state["root_module"]))


def lend_provider(folder: Path, root: bool = True) -> bool:
    """Have the real provider make the documents of this module and of those that it calls.

    False if there are none. It needs override files only: the modules stay as they are.
    """
    text = "\n".join(file.read_text() for file in sorted(folder.glob("*.tf")))
    documents = DOCUMENT.findall(text)
    calls = [name for name, path in CALL.findall(text) if lend_provider(folder / path, root=False)]
    if not (documents or calls):
        return False
    parts = [] if root else [ALIAS]
    parts += [LENT_DOCUMENT % name for name in documents] + [LENT_CALL % name for name in calls]
    (folder / "documents_override.tf").write_text("\n".join(parts))
    return True


def find_policies(module: Mapping[str, Any]) -> Iterator[Policy]:
    """The policies among the resources' attributes, in this module and in those within it."""
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            for name, value in resource["values"].items():
                if isinstance(value, str) and is_policy(value):
                    yield Policy(f"{resource['address']}.{name}", value)
    for child in module.get("child_modules", []):
        yield from find_policies(child)


def is_policy(text: str) -> bool:
    """Whether a text is a policy. An empty one is, because a mocked document is empty."""
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, dict) and (not value or "Statement" in value)


def import_parliament() -> Any:
    """parliament, which asks pkg_resources for the paths of its own two data files.

    setuptools has that module no more: https://github.com/duo-labs/parliament/issues/247
    """
    if "pkg_resources" not in sys.modules:
        stand_in = ModuleType("pkg_resources")
        stand_in.__dict__["resource_filename"] = lambda package, name: str(
            importlib.resources.files(package) / name
        )
        sys.modules["pkg_resources"] = stand_in
    import parliament

    return parliament


def analyze(policy: Policy) -> Iterator[Finding]:
    parliament, document = import_parliament(), json.loads(policy.text)
    if not document:
        yield Finding("NOT_RENDERED", policy.place, "the policy is empty")
        return
    if policy.place.endswith(".assume_role_policy"):
        # AWS wants no resource in a trust policy, but parliament stops at a statement without one.
        document["Statement"] = [
            {**each, "Resource": "*"} for each in as_list(document["Statement"])
        ]
    for finding in parliament.analyze_policy_string(json.dumps(document)).findings:
        yield Finding(finding.issue, policy.place, str(finding.detail))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def read_accepted(path: Path = EXCEPTIONS) -> list[Accepted]:
    return [Accepted(**each) for each in tomllib.loads(path.read_text())["accepted"]]


def judge(policies: Iterable[Policy], accepted: Iterable[Accepted]) -> list[str]:
    """What there is to mend: unexplained findings, and explanations that nothing needs."""
    findings = [finding for policy in policies for finding in analyze(policy)]
    accepted = list(accepted)
    wrong = [str(f) for f in findings if not any(each.explains(f) for each in accepted)]
    unused = [each for each in accepted if not any(each.explains(f) for f in findings)]
    return wrong + [f"{EXCEPTIONS.name} explains what is not there: {each}" for each in unused]


def main() -> None:
    folder = BUILD / "policies"
    with lock(folder), step("parliament"):
        policies = render(folder)
        if wrong := judge(policies, read_accepted()):
            raise Problem("\n".join(["parliament found something to mend", *wrong]))


if __name__ == "__main__":
    run(main)
