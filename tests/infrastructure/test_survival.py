"""A stack that is kept: another checkout changes nothing of it, and no accident destroys it."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import Deployment
from tests.support.size import FULL
from tests.support.sources import copy_sources
from tools import emulator, package, terraform
from tools.caller import ROLE
from tools.checkout import ROOT
from tools.stack import Stack, prepare, terraform_environment

pytestmark = [
    pytest.mark.skipif(not FULL, reason="a stack takes a minute: BURNBAG_FULL=1"),
    pytest.mark.timeout(1800),
]
VALUES = {"environment": "kept", "region": emulator.REGION, "require_tls": "false"}


class Root:
    """The root in a folder of its own, applied to the embedded AWS."""

    def __init__(self, folder: Path, server: emulator.Emulator, root: Path = ROOT) -> None:
        self.folder, self.server = folder / "terraform", server
        self.environment = terraform_environment(server)
        package.build(root, folder / "packages")
        prepare(self.folder, self.environment, folder / "log")

    def run(self, *arguments: str, **values: str) -> Any:
        """Run Terraform without colours and questions, its output caught."""
        chosen = VALUES | {"packages_dir": "../packages"} | values
        options = ["-no-color", "-input=false", *(f"-var={k}={v}" for k, v in chosen.items())]
        return terraform.call(
            self.folder, self.environment, *arguments, *options, capture_output=True, text=True
        )

    def apply(self, **values: str) -> None:
        done = self.run("apply", "-auto-approve", "-parallelism=20", **values)
        assert done.returncode == 0, done.stderr

    def destroy(self, **values: str) -> Any:
        return self.run("destroy", "-auto-approve", "-parallelism=20", **values)

    def resources(self) -> set[str]:
        listed = terraform.call(
            self.folder, self.environment, "state", "list", capture_output=True, text=True
        )
        return set(listed.stdout.split())

    def deployment(self) -> Deployment:
        outputs = terraform.read_outputs(self.folder, self.environment)
        url, region, pid = self.server.url, emulator.REGION, self.server.pid
        return Deployment(Stack("kept", outputs["api_url"], url, region, pid, outputs))


@pytest.fixture(scope="module")
def root(embedded_aws: emulator.Emulator, tmp_path_factory: pytest.TempPathFactory) -> Root:
    root = Root(tmp_path_factory.mktemp("here"), embedded_aws)
    root.apply()
    return root


def test_a_plan_from_another_checkout_on_another_day_is_empty(
    root: Root, embedded_aws: emulator.Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_sources(tmp_path / "checkout")
    for file in (tmp_path / "checkout").rglob("*"):
        os.utime(file, (86_400 * 365, 86_400 * 365))
    monkeypatch.setattr(package, "LEVEL", 1)  # what another interpreter's zlib would do
    there = Root(tmp_path / "there", embedded_aws, tmp_path / "checkout")
    zips = [folder.parent / "packages" / "create.zip" for folder in (root.folder, there.folder)]
    assert zips[0].read_bytes() != zips[1].read_bytes()
    shutil.copy(root.folder.parent / "terraform.tfstate", tmp_path / "there")
    done = there.run("plan", "-detailed-exitcode")
    assert done.returncode == 0, done.stdout


def test_what_was_sealed_opens_after_a_destroy_that_was_refused(root: Root) -> None:
    sealed, before = root.deployment().sealed(), root.resources()
    done = root.destroy()
    assert done.returncode != 0
    assert "deletion_protection is on, so nothing is destroyed" in done.stdout + done.stderr
    assert root.resources() == before
    root.apply()
    assert root.deployment().reveal(sealed).json()["secret"] == "hunter2"


def test_a_key_for_receipts_is_not_destroyed_by_a_lower_generation(root: Root) -> None:
    root.apply(receipt_key_generation="2")
    before = root.resources()
    done = root.run("apply", "-auto-approve")
    assert done.returncode != 0
    assert root.resources() == before
    root.apply(receipt_key_generation="2")


def test_without_the_protection_everything_goes(root: Root) -> None:
    deployment = root.deployment()
    policy = deployment.outputs["caller_policy_arn"]
    deployment.client("iam").detach_role_policy(RoleName=ROLE, PolicyArn=policy)
    off = {"deletion_protection": "false", "force_destroy": "true", "receipt_key_generation": "2"}
    root.apply(**off)
    done = root.destroy(**off)
    assert done.returncode == 0, done.stderr
    assert not root.resources()
