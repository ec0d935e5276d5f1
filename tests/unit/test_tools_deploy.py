"""What a deployment tells: everything for a person, one value for a script."""

from pathlib import Path
from typing import Any

import pytest

from tools import deploy, terraform
from tools.checkout import TERRAFORM
from tools.console import Problem

OUTPUTS = {"api_url": "https://x.example/live", "function_names": {"create": "burnbag-dev-create"}}


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
