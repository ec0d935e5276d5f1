"""What the README says to type works, and prints what the README shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.deployment import Deployment
from tests.support.documents import blocks
from tests.support.services import ROOT
from tests.support.transcript import Command, commands, fits, run
from tools.demo import show_main_job, tell_what_next
from tools.emulator import ROOT_KEY

pytestmark = pytest.mark.embedded("README.md shows the embedded AWS")
README = blocks(ROOT / "README.md")
COMMANDS = [command for block in README for command in commands(block)]
# The commands that are not run here, and why.
NOT_RUN = {
    "make up": "these tests run on the stack that it starts; its output is compared below",
    "make plan ENV=dev": "needs an AWS account",
    "make deploy ENV=dev": "needs an AWS account",
    "make outputs ENV=dev": "needs an AWS account",
    "aws iam attach-role-policy": "needs an AWS account",
}


def reason_not_to_run(command: Command) -> str | None:
    return next((why for start, why in NOT_RUN.items() if command.text.startswith(start)), None)


@pytest.fixture
def environment(deployment: Deployment, tmp_path: Path) -> dict[str, str]:
    """A new user's shell, in which what `make up` told to export is exported."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "BURNBAG_URL": deployment.stack.api_url,
        "AWS_REGION": deployment.stack.region,
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
    }


def test_the_commands_print_what_the_readme_shows(
    environment: dict[str, str], tmp_path: Path
) -> None:
    session = [command for command in COMMANDS if not reason_not_to_run(command)]
    assert len(session) >= 6
    results = run([patient(command) for command in session], tmp_path, environment)
    for command, (code, output) in zip(session, results, strict=True):
        assert fits(command.output, output), f"$ {command.text}\n{output}"
        assert bool(code) == command.fails, f"$ {command.text}\n{output}"


def patient(command: Command) -> Command:
    """The command, after the erasure if a receipt shows that: it takes a moment."""
    if "\nerased" not in command.output:
        return command
    erased = f"until {command.text} | grep -q ^erased; do sleep 0.5; done"
    return Command(f"{erased}; {command.text}", command.output)


def test_make_up_prints_what_the_readme_shows(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `make up` prints once the stack is there."""
    (up,) = [command for command in COMMANDS if command.text.startswith("make up")]
    show_main_job(deployment.stack)
    tell_what_next(deployment.stack)
    printed = capsys.readouterr().out
    assert fits(up.output, printed), printed


def test_the_python_example_runs(environment: dict[str, str], tmp_path: Path) -> None:
    (example,) = [block for block in README if block.language == "python"]
    done = subprocess.run(
        [sys.executable, "-c", example.text],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"{environment['BURNBAG_URL']}/#")


def test_nothing_is_left_out_that_the_readme_no_longer_says() -> None:
    for start in NOT_RUN:
        assert any(command.text.startswith(start) for command in COMMANDS), start


def test_what_can_not_be_run_names_what_exists(deployment: Deployment) -> None:
    for command in filter(reason_not_to_run, COMMANDS):
        for target in re.findall(r"\bmake (?:-s )?([a-z]+)", command.text):
            planned = ["make", "--dry-run", target, "ENV=dev"]
            subprocess.run(planned, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        for environment in re.findall(r"\bENV=(\w+)", command.text):
            for kind in ("tfvars", "s3.tfbackend"):
                assert (ROOT / f"terraform/environments/{environment}.{kind}").is_file()
        for output in re.findall(r"\bNAME=(\w+)", command.text):
            assert output in deployment.outputs
