"""The stack's bookkeeping; that it runs is shown by the end-to-end tests."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tools import demo, emulator, package, stack, stack_command
from tools.console import Problem, tail
from tools.emulator import Emulator
from tools.stack import Stack
from tools.terraform_apply import Stuck

OUTPUTS = {"api_url": "http://127.0.0.1:1/live", "caller_policy_arn": "arn:aws:iam::0:policy/x"}
SERVER = Emulator(pid=7, port=4566)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stack, "stack_folder", lambda _name: tmp_path)
    return tmp_path


@pytest.fixture
def emulators(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happened to emulators, none of which is real."""
    happened: list[str] = []
    running: list[Emulator] = []

    def start(_folder: Path, port: int) -> Emulator:
        happened.append("start")
        running[:] = [Emulator(pid=len(happened), port=port)]
        return running[0]

    def stop(_folder: Path) -> None:
        if running:
            happened.append("stop")
        running.clear()

    monkeypatch.setattr(package, "build", lambda: None)
    monkeypatch.setattr(emulator, "start", start)
    monkeypatch.setattr(emulator, "stop", stop)
    monkeypatch.setattr(emulator, "find_running", lambda _: running[0] if running else None)
    monkeypatch.setattr(emulator, "choose_port", lambda port: port or 4566)
    return happened


def deploy_with(
    *results: Exception | None,
) -> Callable[[str, Path, Emulator, Mapping[str, Any]], Stack]:
    """A deployment that ends with each of `results` in turn."""
    left = list(results)

    def deploy(name: str, folder: Path, server: Emulator, _: Mapping[str, Any]) -> Stack:
        if problem := left.pop(0):
            raise problem
        return stack.write_description(name, folder, server, OUTPUTS)

    return deploy


def test_a_stuck_deployment_starts_over_once_with_an_empty_emulator(
    emulators: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stack, "deploy", deploy_with(Stuck("stood still"), None))
    assert stack.up(port=4570) == stack.find()
    assert emulators == ["start", "stop", "start"]
    assert "stood still\n- starting over" in capsys.readouterr().out


def test_a_deployment_that_is_stuck_twice_fails_and_leaves_no_emulator(
    emulators: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "deploy", deploy_with(Stuck("once"), Stuck("twice")))
    with pytest.raises(Problem, match="twice"):
        stack.up()
    assert emulators == ["start", "stop", "start", "stop"]


def test_another_failure_does_not_start_over(
    emulators: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "deploy", deploy_with(Problem("a wrong variable")))
    with pytest.raises(Problem, match="a wrong variable"):
        stack.up()
    assert emulators == ["start", "stop"]


def test_a_stack_that_was_up_is_never_thrown_away(
    emulators: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "deploy", deploy_with(None, Stuck("stood still")))
    complete = stack.up()
    with pytest.raises(Problem, match="stood still\nStart anew: make down, then make up"):
        stack.up()
    assert stack.find() == complete
    assert emulators == ["start"]


@pytest.mark.parametrize(
    ("asked", "free", "ports"),
    [(None, False, [4566, 4999]), (None, True, [4566]), (4566, False, [4566])],
)
def test_a_port_that_another_checkout_takes_meanwhile_is_changed_unless_it_was_asked_for(
    emulators: list[str],
    monkeypatch: pytest.MonkeyPatch,
    asked: int | None,
    free: bool,
    ports: list[int],
) -> None:
    start, tried = emulator.start, []

    def lose_the_first(folder: Path, port: int) -> Emulator:
        tried.append(port)
        if len(tried) == 1:
            raise Problem("it did not come up")
        return start(folder, port)

    monkeypatch.setattr(emulator, "start", lose_the_first)
    monkeypatch.setattr(emulator, "is_free", lambda _: free)
    monkeypatch.setattr(emulator, "find_free_port", lambda: 4999)
    monkeypatch.setattr(stack, "deploy", deploy_with(None))
    if len(ports) == 1:
        with pytest.raises(Problem, match="did not come up"):
            stack.up(port=asked)
    else:
        stack.up(port=asked)
    assert tried == ports


def test_the_description_tells_the_outputs_and_where_it_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = stack.write_description("local", folder, SERVER, OUTPUTS)
    facts = {"aws_endpoint_url": "http://127.0.0.1:4566", "region": "us-east-1", "pid": 7}
    assert json.loads((folder / "stack.json").read_text()) == OUTPUTS | facts
    monkeypatch.setattr(emulator, "find_running", lambda _folder: SERVER)
    assert stack.find() == described


def test_a_description_of_another_emulator_is_not_believed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write_description("local", folder, SERVER, OUTPUTS)
    monkeypatch.setattr(emulator, "find_running", lambda _folder: Emulator(pid=8, port=4566))
    assert stack.find() is None


def test_down_forgets_the_state_along_with_the_emulator(folder: Path) -> None:
    for name in ("stack.json", "terraform.tfstate", "terraform.tfstate.backup"):
        (folder / name).touch()
    assert not stack.down()
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_terraform_gets_no_credentials_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    environment = stack.terraform_environment(SERVER)
    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"


@pytest.mark.parametrize(("wanted", "port"), [("", None), ("4570", 4570)])
def test_reads_the_port_from_the_environment(
    wanted: str, port: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", wanted)
    assert stack_command.read_port() == port


def test_a_port_that_is_no_number_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(Problem, match="not a number"):
        stack_command.read_port()


def test_the_demo_prints_nothing_that_opens_a_secret() -> None:
    assert demo.format_value("receipt_token", "abcdefghij") == "abcdef…"
    assert demo.format_value("link", "http://x.y/#id.token") == "http://x.y/#id.…"


def test_shows_the_end_of_a_log_and_where_it_lies(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("\n".join(str(number) for number in range(100)))
    assert tail(log, 2) == f"  | 98\n  | 99\n  the whole log: {log}"
    assert "was not written" in tail(tmp_path / "absent.log")
