"""The provider that a folder's runs of Terraform share: started, attached to, and ended."""

import subprocess
from pathlib import Path

import pytest

from tools import terraform_provider
from tools.console import Problem
from tools.terraform_provider import PROVIDER, REATTACH, shared_provider


def install(folder: Path, script: str) -> None:
    """Put a provider where `terraform init` puts one."""
    platform = folder / ".terraform" / "providers" / PROVIDER / "5.1.0" / "linux_amd64"
    platform.mkdir(parents=True)
    (platform / "LICENSE.txt").touch()
    program = platform / "terraform-provider-aws_v5.1.0_x5"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_terraform_attaches_to_a_provider_that_ends_with_the_block(tmp_path: Path) -> None:
    # It notes that it was ended as a person would end it, after which it cleans up.
    install(
        tmp_path,
        f"""trap 'echo "$1" >{tmp_path}/ended; exit 0' INT
echo 'Provider started. To attach Terraform CLI, set'
echo "  {REATTACH}='{{\\"pid\\":$$}}'"
while :; do sleep 0.01; done""",
    )
    with shared_provider(tmp_path, {"PATH": "/usr/bin:/bin"}) as environment:
        assert environment["PATH"] == "/usr/bin:/bin"
        assert environment[REATTACH].startswith('{"pid":')
        assert not (tmp_path / "ended").exists()
    assert (tmp_path / "ended").read_text() == "-debug\n"


def test_where_nothing_is_installed_terraform_finds_its_own_provider(tmp_path: Path) -> None:
    with shared_provider(tmp_path, {"PATH": "/bin"}) as environment:
        assert environment == {"PATH": "/bin"}


def test_a_provider_that_does_not_start_is_a_problem(tmp_path: Path) -> None:
    install(tmp_path, "echo 'exec format error'; exit 1")
    with (
        pytest.raises(Problem, match="did not say how to attach"),
        shared_provider(tmp_path, {}),
    ):
        pytest.fail("nothing to attach to")


@pytest.mark.parametrize("first", ["", "trap '' INT; "], ids=["it ends", "it is killed"])
def test_it_ends_whatever_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    monkeypatch.setattr(terraform_provider, "END_SECONDS", 0.1)
    install(tmp_path, f"{first}echo $$ >{tmp_path}/pid; echo \"{REATTACH}='x'\"; exec sleep 600")
    with (
        pytest.raises(Problem, match="anything"),
        shared_provider(tmp_path, {"PATH": "/usr/bin:/bin"}),
    ):
        raise Problem("anything")
    pid = (tmp_path / "pid").read_text().strip()
    assert subprocess.run(["kill", "-0", pid], capture_output=True).returncode
