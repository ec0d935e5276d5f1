"""A stack with all that companies ask for, on the embedded AWS: it still seals and reveals."""

import http.client
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.deployment import Deployment, at_once
from tests.support.size import FULL
from tools import emulator, package, terraform
from tools.caller import root_client
from tools.checkout import PACKAGES
from tools.dependencies import lambda_architecture
from tools.stack import Stack, prepare, terraform_environment
from tools.terraform_apply import apply

pytestmark = [
    pytest.mark.skipif(not FULL, reason="a stack takes a minute: BURNBAG_FULL=1"),
    pytest.mark.timeout(1800),
]
NAME = "secrets.example.com"
FUNCTIONS = ["create", "reveal", "page", "reap", "sweep", "audit", "stray", "reconcile", "letters"]
# The emulator runs the functions under its own Python, whatever runtime is named. So the zips are
# copied without their descriptions, which would tell Terraform for which one they were built.
VALUES: dict[str, Any] = {
    "lambda_runtime": "python3.12",
    "domain_name": NAME,
    "certificate_arn": "arn:aws:acm:us-east-1:000000000000:certificate/1234",
    "allowed_source_cidrs": ["127.0.0.1/32"],
    "allowed_organization_id": "o-a1b2c3d4e5",
    "allowed_principals": ["210987654321"],
    "create_web_acl": True,
    "method_throttles": {"POST /v1/secrets/{id}/confirm": {"rate": 1, "burst": 2}},
    "account_concurrency": 1000,
    "snap_start_functions": FUNCTIONS,
    "role_path": "/services/",
}
DESCRIPTIONS = shutil.ignore_patterns("*.json")
OPTIONS = ["-var-file=environments/local.tfvars", "-var-file=reach.tfvars.json"]
# What the emulator forgets, so that a second plan would set it again.
FORGOTTEN = {"aws_api_gateway_domain_name", "aws_wafv2_web_acl"}


@pytest.fixture(scope="module")
def applied(embedded_aws: emulator.Emulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of terraform/ that has been applied with all of `VALUES`."""
    copy = tmp_path_factory.mktemp("reach") / "terraform"
    package.build()
    packages = shutil.copytree(PACKAGES, copy.parent / "packages", ignore=DESCRIPTIONS)
    prepare(copy, terraform_environment(embedded_aws), copy / "log")
    own = {"packages_dir": str(packages), "lambda_architecture": lambda_architecture()}
    apply_values(copy, embedded_aws, VALUES | own | make_prerequisites(embedded_aws))
    return copy


def apply_values(folder: Path, server: emulator.Emulator, values: dict[str, Any]) -> None:
    (folder / "reach.tfvars.json").write_text(json.dumps(values))
    options = [*OPTIONS, "-parallelism=20"]
    apply(folder, options, terraform_environment(server), folder / "log")


def make_prerequisites(server: emulator.Emulator) -> dict[str, str]:
    """What a company has before: a hosted zone, and a boundary for all roles."""
    nothing = Stack("reach", "", server.url, emulator.REGION, server.pid, {})
    zones, iam = root_client(nothing, "route53"), root_client(nothing, "iam")
    zone = zones.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    policy = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    return {"hosted_zone_id": zone.split("/")[-1], "permissions_boundary_arn": policy}


@pytest.fixture(scope="module")
def deployment(applied: Path, embedded_aws: emulator.Emulator) -> Iterator[Deployment]:
    outputs = terraform.read_outputs(applied, terraform_environment(embedded_aws))
    url = outputs["api_url"]
    yield Deployment(
        Stack("reach", url, embedded_aws.url, emulator.REGION, embedded_aws.pid, outputs)
    )


def test_secrets_are_sealed_revealed_and_erased_through_the_aliases(
    deployment: Deployment,
) -> None:
    text, file = deployment.sealed(), deployment.sent(b"x" * 20_000)
    assert deployment.reveal(text).json()["secret"] == "hunter2"
    assert deployment.reveal(file).content == b"x" * 20_000
    for sealed in (text, file):
        assert deployment.erased(sealed)["state"] == "revealed"
    assert not deployment.objects()


def test_the_name_leads_to_the_api(deployment: Deployment) -> None:
    url = f"{deployment.stack.aws_endpoint_url}/v1/health"
    assert requests.get(url, headers={"Host": NAME}, timeout=30).json() == {"status": "ok"}


def test_no_other_address_may_call(deployment: Deployment) -> None:
    host, path = deployment.stack.api_url.removeprefix("http://").split("/", 1)
    answers = {}
    for address in ("127.0.0.1", "127.0.0.2"):
        connection = http.client.HTTPConnection(host, source_address=(address, 0))
        connection.request("GET", f"/{path}/v1/health")
        answers[address] = connection.getresponse().status
        connection.close()
    assert answers == {"127.0.0.1": 200, "127.0.0.2": 403}


def test_one_call_is_throttled_and_the_others_are_not(deployment: Deployment) -> None:
    sealed = deployment.sealed(views=2)
    with ThreadPoolExecutor(8) as pool:
        confirmed = at_once(pool, 8, lambda _: deployment.confirm(sealed, "a" * 22).status_code)
    assert 429 in confirmed
    assert {deployment.peek(sealed).status_code for _ in range(8)} == {200}


def test_every_function_is_as_it_was_asked_for(deployment: Deployment) -> None:
    functions = deployment.client("lambda")
    reserved = {}
    for function, name in deployment.outputs["function_names"].items():
        found = functions.get_function_configuration(FunctionName=name, Qualifier="live")
        assert (found["Version"], found["SnapStart"]["ApplyOn"]) == ("1", "PublishedVersions")
        role = found["Role"].split(":role/")[1]
        assert role == f"services/burnbag-local-{function}-us-east-1"
        boundary = deployment.client("iam").get_role(RoleName=role.split("/")[1])["Role"]
        assert boundary["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("/boundary")
        answer = functions.get_function_concurrency(FunctionName=name)
        reserved[function] = answer.get("ReservedConcurrentExecutions")
    reaper = {"reap": 10, "sweep": 1, "audit": 10, "stray": 5}
    assert reserved == dict.fromkeys(FUNCTIONS) | reaper


def test_a_second_plan_changes_nothing(applied: Path, embedded_aws: emulator.Emulator) -> None:
    environment = terraform_environment(embedded_aws)
    done = terraform.call(applied, environment, "plan", "-out=plan", *OPTIONS, capture_output=True)
    assert not done.returncode, done.stderr.decode()
    shown = terraform.call(applied, environment, "show", "-json", "plan", capture_output=True)
    changes = json.loads(shown.stdout)["resource_changes"]
    found = {c["type"]: c["change"]["actions"] for c in changes if is_change(c)}
    assert found.keys() <= FORGOTTEN
    assert all(actions == ["update"] for actions in found.values())


def is_change(change: dict[str, Any]) -> bool:
    return change["change"]["actions"] not in (["no-op"], ["read"])


def test_without_snapshots_again_the_streams_lead_to_the_functions(
    deployment: Deployment, applied: Path, embedded_aws: emulator.Emulator
) -> None:
    """The last test: it changes the stack. A stream left with an alias would erase nothing."""
    values = json.loads((applied / "reach.tfvars.json").read_text())
    # The emulator can't change a name, and would have to.
    for name in ("domain_name", "certificate_arn", "hosted_zone_id", "snap_start_functions"):
        del values[name]
    apply_values(applied, embedded_aws, values)
    sealed = deployment.sealed()
    assert deployment.reveal(sealed).status_code == 200
    assert deployment.erased(sealed)["state"] == "revealed"
    mappings = deployment.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert not [m["FunctionArn"] for m in mappings if m["FunctionArn"].endswith(":live")]
