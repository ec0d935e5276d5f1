"""The whole configuration on moto's server, which was written by others than the embedded AWS.

It is applied as to dev, planned again, and destroyed. What moto does not keep shows in the second
plan, so every such difference is listed here; anything else there would show on AWS too.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.size import FULL
from tools import package, terraform
from tools.dependencies import lambda_architecture, lambda_runtime
from tools.emulator import HOST, Emulator, find_free_port
from tools.stack import prepare, terraform_environment
from tools.terraform_apply import apply

pytestmark = [
    pytest.mark.skipif(
        not FULL, reason="it applies, plans and destroys everything: BURNBAG_FULL=1"
    ),
    pytest.mark.timeout(1800),
]
# The packages are those of the other tests, built for this machine.
OPTIONS = (
    "-var-file=environments/dev.tfvars",
    f"-var=lambda_runtime={lambda_runtime()}",
    f"-var=lambda_architecture={lambda_architecture()}",
    "-parallelism=20",
    # moto has no PutQueryDefinition.
    "-var=saved_queries=false",
)
# The attributes by which the second plan differs, and why.
DROPPED = {
    "aws_lambda_function.logging_config": "moto keeps no logging configuration of a function",
    "aws_api_gateway_rest_api.binary_media_types": "moto keeps none when an API is created",
    "aws_api_gateway_deployment.triggers": "follows: the digest covers binary_media_types",
    "aws_api_gateway_stage.deployment_id": "follows: the new deployment",
}


@pytest.fixture(scope="module", autouse=True)
def embedded_aws() -> None:
    """Not here: these tests have an AWS of their own."""


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    port = find_free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with (tmp_path_factory.mktemp("moto") / "log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "--host", HOST, "--port", str(port)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_ready(child, port)
            yield Emulator(child.pid, port)
        finally:
            child.kill()
            child.wait()


def wait_until_ready(child: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 120
    while True:
        with suppress(OSError):
            urllib.request.urlopen(f"http://{HOST}:{port}/moto-api/", timeout=5).close()
            return
        assert child.poll() is None, "moto's server ended"
        assert time.monotonic() < deadline, "moto's server is not ready"
        time.sleep(0.2)


def test_is_applied_planned_again_and_destroyed(moto: Emulator, tmp_path: Path) -> None:
    folder, environment = tmp_path / "terraform", terraform_environment(moto)
    package.build()
    prepare(folder, environment, tmp_path / "log")

    progress = apply(folder, OPTIONS, environment, tmp_path / "log")
    assert progress.done == progress.planned > 100
    assert differences(folder, environment) == DROPPED.keys()

    call(folder, environment, "destroy", "-auto-approve", *OPTIONS)
    assert not json.loads(call(folder, environment, "show", "-json")).get("values")


def differences(folder: Path, environment: dict[str, str]) -> set[str]:
    """The attributes that a plan would change, with their resource types; in place or not."""
    call(folder, environment, "plan", "-out=plan", *OPTIONS)
    plan = json.loads(call(folder, environment, "show", "-json", "plan"))
    return {
        f"{resource['type']}.{attribute}"
        for resource in plan["resource_changes"]
        for attribute in changed(resource["change"])
    }


def changed(change: dict[str, Any]) -> set[str]:
    """The attributes that change, or those for which the resource would be replaced."""
    match change["actions"]:
        case ["no-op"]:
            return set()
        case ["update"]:
            before, after = change["before"], change["after"]
            return {name for name in {*before, *after} if before.get(name) != after.get(name)}
        case ["create", "delete"] | ["delete", "create"]:
            return {path[0] for path in change["replace_paths"]}
    raise AssertionError(f"{change['actions']} is no change of something that was applied")


def call(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    done = terraform.call(folder, environment, *arguments, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    output: str = done.stdout
    return output
