"""Terraform as the tools run it: found, old enough, its plugins nearby, nothing leaking in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import terraform
from tools.console import Problem
from tools.terraform_apply import Progress


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    terraform.program.cache_clear()
    yield
    terraform.program.cache_clear()


def fake_terraform(folder: Path, answer: str) -> None:
    script = folder / "terraform"
    script.write_text(f"#!/bin/sh\necho '{answer}'\n")
    script.chmod(0o755)


def test_a_missing_terraform_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=r"Terraform 1\.9 or newer is needed and was not found"):
        terraform.program()


def test_too_old_a_terraform_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_terraform(tmp_path, '{"terraform_version": "1.8.5"}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(Problem, match=r"this is 1\.8"):
        terraform.program()


def test_locking_in_s3_needs_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_terraform(tmp_path, '{"terraform_version": "1.9.8"}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert terraform.program() == str(tmp_path / "terraform")
    with pytest.raises(Problem, match=r"1\.10 or newer"):
        terraform.program((1, 10))


def test_a_chosen_plugin_folder_comes_first(tmp_path: Path) -> None:
    (tmp_path / terraform.PROVIDER).mkdir(parents=True)
    assert terraform.plugin_folder({"TF_PLUGIN_DIR": str(tmp_path)}) == tmp_path


def test_a_chosen_plugin_folder_must_have_the_provider(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="TF_PLUGIN_DIR"):
        terraform.plugin_folder({"TF_PLUGIN_DIR": str(tmp_path)})


def test_keeps_a_command_line_configuration_only_where_it_exists(tmp_path: Path) -> None:
    present = tmp_path / "terraformrc"
    present.touch()
    kept = terraform.quiet_environment({"TF_CLI_CONFIG_FILE": str(present), "TF_VAR_x": "1"})
    assert kept["TF_CLI_CONFIG_FILE"] == str(present)
    assert "TF_VAR_x" not in kept
    absent = terraform.quiet_environment({"TF_CLI_CONFIG_FILE": str(tmp_path / "absent")})
    assert "TF_CLI_CONFIG_FILE" not in absent


def test_a_copy_keeps_what_init_left_and_drops_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / ".terraform").mkdir()
    (tmp_path / "gone.tf").touch()
    terraform.copy_configuration(tmp_path)
    assert (tmp_path / ".terraform").is_dir()
    assert not (tmp_path / "gone.tf").exists()
    assert (tmp_path / "versions.tf").is_file()


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
