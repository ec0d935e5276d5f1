"""What a deployment tells: everything for a person, one value for a script."""

import io
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools import deploy, package, terraform
from tools.checkout import TERRAFORM
from tools.console import Problem

OUTPUTS = {"api_url": "https://x.example/live", "function_names": {"create": "burnbag-dev-create"}}


Runs = list[list[str]]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """What Terraform is run with. Packages are built and initialised by nobody."""
    folder, found = tmp_path / "deploy", Runs()

    def call(where: Path, _environment: object, *arguments: str) -> object:
        found.append([where.relative_to(folder).as_posix(), *arguments])
        if "-out=plan" in arguments:
            (where / "plan").write_text("planned")
        return SimpleNamespace(returncode=0)

    def build(packages: Path, **_: str) -> None:
        packages.mkdir(parents=True)
        (packages / "create.zip").write_text("built")

    def initialise(where: Path, *_: str) -> None:
        (where / "terraform").mkdir(parents=True, exist_ok=True)
        (where / deploy.LOCK).touch()

    monkeypatch.setattr(deploy, "deployment_folder", lambda _environment: folder)
    monkeypatch.setattr(deploy, "initialise", initialise)
    monkeypatch.setattr(package, "build", build)
    monkeypatch.setattr(terraform, "call", call)
    return found


OPTIONS = ["-var-file=environments/dev.tfvars", "-var=packages_dir=../packages"]
QUIETLY = ["-auto-approve", "-input=false"]


def test_a_person_is_asked_by_terraform_and_a_pipeline_is_not(runs: Runs) -> None:
    deploy.apply("dev", auto=False)
    assert runs == [["terraform", "apply", *OPTIONS]]


def test_a_pipeline_is_asked_nothing(runs: Runs) -> None:
    deploy.apply("dev", auto=True)
    assert runs == [["terraform", "apply", *OPTIONS, *QUIETLY]]


def test_a_kept_plan_is_deployed_with_its_packages_and_nothing_else(
    runs: Runs, tmp_path: Path
) -> None:
    kept, folder = tmp_path / "kept", tmp_path / "deploy"
    deploy.plan("dev", kept)
    shutil.rmtree(folder)  # another machine
    deploy.apply_plan("dev", kept)
    assert runs == [
        ["terraform", "plan", *OPTIONS, "-out=plan"],
        ["terraform", "apply", "-input=false", "plan"],
    ]
    assert (folder / "terraform" / "plan").read_text() == "planned"
    assert (folder / "packages" / "create.zip").read_text() == "built"
    assert (folder / "terraform" / ".terraform.lock.hcl").is_file()


def test_a_folder_without_a_plan_is_a_problem(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no plan: make plan ENV=dev OUT="):
        deploy.apply_plan("dev", tmp_path)
    assert not runs


def test_what_stacks_share_is_applied_by_itself(runs: Runs) -> None:
    deploy.apply_account("dev", auto=True)
    assert runs == [["terraform/account", "apply", "-var=region=eu-central-1", *QUIETLY]]


@pytest.mark.parametrize("auto", [True, False])
def test_a_protected_environment_is_never_destroyed(runs: Runs, auto: bool) -> None:
    with pytest.raises(Problem, match="prod is protected"):
        deploy.destroy("prod", auto)
    assert not runs


@pytest.mark.parametrize(("typed", "destroyed"), [("dev", True), ("prod", False), ("", False)])
def test_an_environment_is_destroyed_by_its_name(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, typed: str, destroyed: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n" if typed else ""))
    if destroyed:
        deploy.destroy("dev", auto=False)
        assert runs == [["terraform", "destroy", *OPTIONS, *QUIETLY]]
        return
    with pytest.raises(Problem, match="nothing was destroyed"):
        deploy.destroy("dev", auto=False)
    assert not runs


def test_a_pipeline_may_destroy_what_is_not_protected(runs: Runs) -> None:
    deploy.destroy("dev", auto=True)
    assert runs == [["terraform", "destroy", *OPTIONS, *QUIETLY]]


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The outputs in the state of dev, which no test asks a real Terraform for."""
    outputs: dict[str, Any] = dict(OUTPUTS)
    monkeypatch.setattr(deploy, "deployment_folder", lambda _environment: tmp_path)
    monkeypatch.setattr(deploy, "initialise", lambda _folder, _environment: None)
    monkeypatch.setattr(terraform, "read_outputs", lambda _folder, _environment: outputs)
    return outputs


def test_all_outputs_are_told_by_name(
    outputs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    deploy.print_outputs("dev", None)
    assert capsys.readouterr().out == (
        'api_url         https://x.example/live\nfunction_names  {"create": "burnbag-dev-create"}\n'
    )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("api_url", "https://x.example/live\n"),
        ("function_names", '{"create": "burnbag-dev-create"}\n'),
    ],
)
def test_one_output_is_told_bare(
    outputs: dict[str, Any], capsys: pytest.CaptureFixture[str], name: str, line: str
) -> None:
    deploy.print_outputs("dev", name)
    assert capsys.readouterr().out == line


def test_an_unknown_output_is_a_problem_that_names_the_others(outputs: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="no output url, only api_url, function_names"):
        deploy.print_outputs("dev", "url")


def test_an_environment_without_a_deployment_is_a_problem(outputs: dict[str, Any]) -> None:
    outputs.clear()
    with pytest.raises(Problem, match="nothing is deployed to dev: make deploy ENV=dev"):
        deploy.print_outputs("dev", "api_url")


def test_an_environment_without_its_files_is_a_problem() -> None:
    with pytest.raises(Problem, match=r"environments/nowhere\.s3\.tfbackend is missing"):
        deploy.deployment_folder("nowhere")


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_environment_says_what_its_functions_run_on(environment: str) -> None:
    values = deploy.read_values(TERRAFORM / "environments" / f"{environment}.tfvars")
    assert (values["lambda_runtime"], values["lambda_architecture"]) == ("python3.13", "arm64")


@pytest.mark.parametrize(
    "text",
    [
        'lambda_architecture = "arm64"\n',
        'lambda_runtime = "python3.13"\nlambda_architecture = "arm"\n',
        '# lambda_runtime = "python3.13"\nlambda_architecture = "arm64"\n',
    ],
)
def test_an_environment_that_does_not_say_it_is_a_problem(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.tfvars").write_text(text)
    with pytest.raises(Problem, match=r"x\.tfvars needs a line lambda_"):
        deploy.read_values(tmp_path / "x.tfvars")
