"""The stack's bookkeeping; that it runs is shown by the end-to-end tests."""

import json
from pathlib import Path

import pytest

from tools import demo, emulator, stack, stack_command
from tools.console import Problem, tail
from tools.emulator import Emulator

OUTPUTS = {"api_url": "http://127.0.0.1:1/live", "caller_policy_arn": "arn:aws:iam::0:policy/x"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stack, "stack_directory", lambda _name: tmp_path)
    return tmp_path


def test_the_description_tells_the_outputs_and_where_it_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Emulator(pid=7, port=4566)
    described = stack.describe("local", folder, server, OUTPUTS)
    facts = {"aws_endpoint_url": "http://127.0.0.1:4566", "region": "us-east-1", "pid": 7}
    assert json.loads((folder / "stack.json").read_text()) == OUTPUTS | facts
    monkeypatch.setattr(emulator, "running", lambda _folder: server)
    assert stack.current() == described
    assert described.port == 4566


def test_a_description_of_another_emulator_is_not_believed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.describe("local", folder, Emulator(pid=7, port=4566), OUTPUTS)
    monkeypatch.setattr(emulator, "running", lambda _folder: Emulator(pid=8, port=4566))
    assert stack.current() is None


def test_down_forgets_the_state_along_with_the_emulator(folder: Path) -> None:
    for name in ("stack.json", "terraform.tfstate", "terraform.tfstate.backup"):
        (folder / name).touch()
    assert not stack.down()
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_terraform_gets_no_credentials_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    environment = stack.terraform_environment(Emulator(pid=7, port=4566))
    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"


@pytest.mark.parametrize(("wanted", "port"), [("", None), ("4570", 4570)])
def test_reads_the_port_from_the_environment(
    wanted: str, port: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", wanted)
    assert stack_command.port_wanted() == port


def test_a_port_that_is_no_number_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(Problem, match="not a number"):
        stack_command.port_wanted()


def test_the_demo_prints_nothing_that_opens_a_secret() -> None:
    assert demo.shown("receipt_token", "abcdefghij") == "abcdef…"
    assert demo.shown("link", "http://x.y/#id.token") == "http://x.y/#id.…"


def test_shows_the_end_of_a_log_and_where_it_lies(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("\n".join(str(number) for number in range(100)))
    assert tail(log, 2) == f"  | 98\n  | 99\n  the whole log: {log}"
    assert "was not written" in tail(tmp_path / "absent.log")
