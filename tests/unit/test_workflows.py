"""The workflows for GitHub Actions: what they run is there, and they may do no more than read."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.services import ROOT

FOLDER = ROOT / ".github/workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
MACHINES = {"ubuntu-latest", "macos-latest", "windows-latest"}
# By whom actions are that see this repository.
KNOWN = {"actions", "hashicorp"}
SETTLED = re.compile(r"(?P<owner>[\w-]+)/[\w-]+@(v\d+|[0-9a-f]{40})")
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def jobs(path: Path) -> list[dict[str, Any]]:
    return list(read(path)["jobs"].values())


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path) for step in job["steps"]]


def machines(job: dict[str, Any]) -> set[str]:
    if job["runs-on"] == "${{ matrix.os }}":
        return set(job["strategy"]["matrix"]["os"])
    return {job["runs-on"]}


def test_there_are_three() -> None:
    assert [path.stem for path in WORKFLOWS] == ["client", "packages", "test"]


@every_workflow
def test_they_may_read_and_nothing_else(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in jobs(path))
    assert "secrets." not in path.read_text() and "pull_request_target" not in path.read_text()
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


@every_workflow
def test_they_end_and_run_where_anybody_may(path: Path) -> None:
    for job in jobs(path):
        assert 0 < job["timeout-minutes"] <= 120
        assert machines(job) <= MACHINES
    assert read(path)["concurrency"]["cancel-in-progress"] is True
    # In YAML 1.1 "on" is a word for true.
    assert {"push", "pull_request", "workflow_dispatch"} == set(read(path)[True])


@every_workflow
def test_actions_are_of_known_owners_and_settled_versions(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used
    for action in used:
        found = SETTLED.fullmatch(action)
        assert found and found["owner"] in KNOWN


@every_workflow
def test_what_they_run_is_there(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = "\n".join(step["run"] for step in steps(path) if "run" in step)
    for target in re.findall(r"^make ([\w-]+)", commands, re.MULTILINE):
        assert f"\n{target}: " in makefile
    for name in re.findall(r"(?:\.ci|tests|requirements)/[\w./-]+", commands):
        assert (ROOT / name).exists()


@every_workflow
def test_nobody_writes_into_a_command_what_others_choose(path: Path) -> None:
    """What GitHub puts into a command's text is a command too, if it comes from a stranger."""
    for step in steps(path):
        for expression in re.findall(r"\$\{\{\s*([\w.-]+)", step.get("run", "")):
            assert expression.startswith("matrix.")


def test_linux_runs_what_continuous_integration_runs() -> None:
    (job,) = jobs(FOLDER / "test.yml")
    assert machines(job) == {"ubuntu-latest"}
    assert job["steps"][-1]["run"] == ".ci/run"
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("make test")


def test_the_client_is_tested_on_the_other_systems_and_their_oldest_and_newest_python() -> None:
    (job,) = jobs(FOLDER / "client.yml")
    matrix = job["strategy"]["matrix"]
    assert set(matrix["os"]) == {"macos-latest", "windows-latest"}
    assert {each["os"] for each in matrix["include"]} == set(matrix["os"])
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())
    markers = {each.partition("(")[0] for each in known["tool"]["pytest"]["ini_options"]["markers"]}
    for each in matrix["include"]:
        assert set(re.findall(r"\w+", each["tests"])) - {"not", "and"} <= markers
    assert matrix["python"] == ["3.11", "3.13"]
