"""The commit in `burnbag --version`: of this package, or unknown; never another project's."""

import subprocess
from pathlib import Path

import pytest

from burnbag.cli.version import UNKNOWN, ask_git, find_commit

GIT = ["git", "-c", "user.name=ada", "-c", "user.email=ada@example.com"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that looks like burnbag's."""
    monkeypatch.setattr("burnbag.cli.version.SECONDS", 120)
    (tmp_path / "client").mkdir()
    (tmp_path / "client" / "pyproject.toml").write_text("[project]\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"]):
        subprocess.run([*GIT, *arguments], cwd=tmp_path, check=True)
    return tmp_path


def head(checkout: Path) -> str:
    command = [*GIT, "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=checkout, check=True, capture_output=True).stdout.decode()


def test_a_checkout_tells_its_commit_and_whether_it_was_changed(checkout: Path) -> None:
    assert ask_git(checkout / "client") == head(checkout)[:12]
    (checkout / "client" / "pyproject.toml").write_text("[changed]\n")
    assert ask_git(checkout / "client") == f"{head(checkout)[:12]}-dirty"


def test_the_checkout_of_another_project_is_not_asked(checkout: Path) -> None:
    site = checkout / ".venv" / "site-packages"
    site.mkdir(parents=True)
    assert ask_git(site) == UNKNOWN
    (checkout / "client" / "pyproject.toml").unlink()
    assert ask_git(checkout / "client") == UNKNOWN


def test_without_git_it_is_unknown(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    assert ask_git(checkout / "client") == UNKNOWN


def test_a_broken_checkout_is_unknown(checkout: Path) -> None:
    (checkout / ".git" / "HEAD").write_bytes(b"\xff")
    assert ask_git(checkout / "client") == UNKNOWN


def test_what_was_built_in_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("burnbag.cli.version.resources.files", lambda package: tmp_path)
    (tmp_path / "commit.txt").write_text("0123456789ab\n")
    assert find_commit() == "0123456789ab"
    (tmp_path / "commit.txt").write_text("")
    assert find_commit() == UNKNOWN
