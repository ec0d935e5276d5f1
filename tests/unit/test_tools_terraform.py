"""Terraform as the tools run it: found, old enough, its plugins nearby, nothing leaking in."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools import terraform, terraform_apply
from tools.console import Problem
from tools.terraform_apply import Progress, Stuck, apply
from tools.terraform_provider import PROVIDER


@pytest.fixture(autouse=True)
def forget_program() -> Iterator[None]:
    terraform.find_program.cache_clear()
    yield
    terraform.find_program.cache_clear()


def fake_terraform(folder: Path, answer: str, after: str = "") -> None:
    script = folder / "terraform"
    script.write_text(f"#!/bin/sh\necho '{answer}'\n{after}\n")
    script.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a fake Terraform is found first."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_a_missing_terraform_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=r"Terraform 1\.9 or newer is needed and was not found"):
        terraform.find_program()


def test_too_old_a_terraform_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_terraform(tmp_path, "Terraform v1.8.5")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(Problem, match=r"this is 1\.8"):
        terraform.find_program()


def test_locking_in_s3_needs_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_terraform(tmp_path, "Terraform v1.9.8")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert terraform.find_program() == str(tmp_path / "terraform")
    with pytest.raises(Problem, match=r"1\.10 or newer"):
        terraform.find_program((1, 10))


def test_a_chosen_plugin_folder_comes_first(tmp_path: Path) -> None:
    (tmp_path / PROVIDER).mkdir(parents=True)
    assert terraform.find_plugins({"TF_PLUGIN_DIR": str(tmp_path)}) == tmp_path


def test_a_chosen_plugin_folder_must_have_the_provider(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="TF_PLUGIN_DIR"):
        terraform.find_plugins({"TF_PLUGIN_DIR": str(tmp_path)})


def test_keeps_a_command_line_configuration_only_where_it_exists(tmp_path: Path) -> None:
    present = tmp_path / "terraformrc"
    present.touch()
    kept = terraform.clean_environment({"TF_CLI_CONFIG_FILE": str(present), "TF_VAR_x": "1"})
    assert kept["TF_CLI_CONFIG_FILE"] == str(present)
    assert "TF_VAR_x" not in kept
    absent = terraform.clean_environment({"TF_CLI_CONFIG_FILE": str(tmp_path / "absent")})
    assert "TF_CLI_CONFIG_FILE" not in absent


def test_a_copy_keeps_what_init_left_and_drops_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / ".terraform").mkdir()
    (tmp_path / "gone.tf").touch()
    terraform.copy_configuration(tmp_path)
    assert (tmp_path / ".terraform").is_dir()
    assert not (tmp_path / "gone.tf").exists()
    assert (tmp_path / "versions.tf").is_file()


@pytest.fixture
def checks(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which a fake Terraform, which passes everything, notes what it was asked."""
    fake_terraform(path, "Terraform v1.11.0", f"echo $1 >>{path}/asked")
    monkeypatch.setattr(terraform, "find_plugins", lambda: None)
    return path / "asked"


def test_what_passed_is_not_checked_again_until_an_input_changes(
    checks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check() -> list[str]:
        terraform.check_copy(["modules/burnbag"], "test", build=tmp_path / "build")
        asked = [each for each in checks.read_text().split() if each != "version"]
        checks.write_text("")
        return asked

    assert check() == ["init", "test"]
    assert check() == []
    monkeypatch.setattr(terraform, "lambda_runtime", lambda: "python3.99")
    assert check() == ["init", "test"]
    assert check() == []


def test_what_failed_is_checked_again(checks: Path, tmp_path: Path) -> None:
    program = checks.with_name("terraform")
    program.write_text(program.read_text() + "[ $1 != test ]\n")
    for _ in range(2):
        with pytest.raises(Problem, match="terraform test found something to mend"):
            terraform.check_copy(["."], "test", build=tmp_path / "build")


def test_every_file_of_the_configuration_is_an_input(path: Path, tmp_path: Path) -> None:
    fake_terraform(path, "Terraform v1.11.0")
    configuration = tmp_path / "configuration"
    (configuration / "modules").mkdir(parents=True)

    def digest() -> str:
        return terraform.hash_inputs({}, configuration)

    seen = {digest()}
    for text in ("one", "another"):
        (configuration / "modules" / "main.tf").write_text(text)
        seen.add(digest())
    (configuration / "modules" / "main.tf").rename(configuration / "main.tf")
    seen.add(digest())
    assert len(seen) == 4
    (configuration / ".terraform").mkdir()
    (configuration / ".terraform" / "what-init-left").touch()
    assert digest() in seen


def test_progress_counts_changes_and_not_reads() -> None:
    progress = Progress()
    assert str(progress) == "planning"
    lines = [
        {"type": "planned_change", "change": {"action": "create"}},
        {"type": "planned_change", "change": {"action": "create"}},
        {"type": "planned_change", "change": {"action": "read"}},
        {"type": "apply_complete", "hook": {"action": "create"}},
        {"type": "apply_complete", "hook": {"action": "read"}},
    ]
    for line in lines:
        progress.read(json.dumps(line))
    progress.read("not JSON\n")
    assert str(progress) == "1 of 2 resources"


def test_progress_keeps_terraform_s_own_words_for_errors() -> None:
    progress = Progress()
    for severity in ("warning", "error"):
        diagnostic = {"severity": severity, "summary": severity, "detail": "why"}
        progress.read(json.dumps({"type": "diagnostic", "diagnostic": diagnostic}))
    assert progress.problems == ["error\n    why"]


def run_fake_apply(path: Path, *lines: Any, after: str, still_seconds: float = 60.0) -> Progress:
    output = "\n".join(json.dumps(line) for line in lines)
    case = f"[ $1 != apply ] || {{ cat {path}/lines; {after}; }}"
    (path / "lines").write_text(output + "\n")
    fake_terraform(path, "Terraform v1.11.0", case)
    environment = {"PATH": "/usr/bin:/bin"}
    return apply(path, [], environment, path / "log", still_seconds)


CREATE = {"type": "planned_change", "change": {"action": "create"}}
CREATED = {"type": "apply_complete", "hook": {"action": "create"}}


def error(text: str) -> dict[str, Any]:
    diagnostic = {"severity": "error", "summary": text, "detail": ""}
    return {"type": "diagnostic", "diagnostic": diagnostic}


def test_an_apply_tells_how_much_it_did(path: Path) -> None:
    progress = run_fake_apply(path, CREATE, CREATED, after="exit 0")
    assert str(progress) == "1 of 1 resources"
    assert '"apply_complete"' in (path / "log").read_text()


def test_an_apply_that_fails_says_why(path: Path) -> None:
    with pytest.raises(Problem, match="a wrong variable") as raised:
        run_fake_apply(path, CREATE, error("a wrong variable"), after="exit 1")
    assert not isinstance(raised.value, Stuck)


@pytest.mark.parametrize(
    "message",
    [
        "ResourceConflictException: Function already exist: burnbag-local-audit",
        "EntityAlreadyExists: Role with name burnbag-local-audit already exists.",
        "BucketAlreadyOwnedByYou",
    ],
)
def test_an_apply_that_meets_what_it_did_not_make_is_stuck(path: Path, message: str) -> None:
    with pytest.raises(Stuck, match=message):
        run_fake_apply(path, CREATE, error(message), after="exit 1")


def test_an_apply_that_stands_still_is_stuck_and_leaves_no_process(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that only say that it still waits are no progress."""
    waiting = json.dumps({"type": "apply_progress", "hook": {}})
    after = f"echo $$ >{path}/pid; while :; do echo '{waiting}'; sleep 0.2; done"
    # No time passes before all that it does has been written.
    ticks = count()

    def monotonic() -> float:
        return 0.6 * next(ticks) if (path / "pid").exists() else 0.0

    monkeypatch.setattr(terraform_apply, "time", SimpleNamespace(monotonic=monotonic))
    with pytest.raises(Stuck, match="stood still for 1 s at 1 of 2 resources"):
        run_fake_apply(path, CREATE, CREATE, CREATED, after=after, still_seconds=1.0)
    assert not Path("/proc", (path / "pid").read_text().strip()).exists()
