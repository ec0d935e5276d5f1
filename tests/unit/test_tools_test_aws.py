"""`make test-aws`: what it refuses, what it asks, and that it destroys what it has applied."""

from pathlib import Path
from typing import Any

import pytest

from tools import test_aws
from tools.console import Problem
from tools.test_aws import Ground, ask, expect_to_be_for_tests

GOOD = 'environment = "test-anna"\ndeletion_protection      = false\nforce_destroy = true\n'


@pytest.mark.parametrize("name", ["test", "test-anna", "ci-test", "ci-test-2"])
def test_an_environment_may_be_named_for_tests(name: str) -> None:
    expect_to_be_for_tests(GOOD.replace("test-anna", name))


@pytest.mark.parametrize("name", ["prod", "dev", "latest", "testing", "contest"])
def test_an_environment_that_is_not_named_for_tests_is_refused(name: str) -> None:
    with pytest.raises(Problem, match="is not named for tests"):
        expect_to_be_for_tests(GOOD.replace("test-anna", name))


@pytest.mark.parametrize(
    ("said", "instead", "wanted"),
    [
        ("deletion_protection      = false", "", "deletion_protection = false"),
        ("= false", "= true", "deletion_protection = false"),
        ("= false", "= true  # for now", "deletion_protection = false"),
        ("force_destroy = true", "# force_destroy = true", "force_destroy = true"),
    ],
)
def test_an_environment_that_could_not_be_destroyed_is_refused(
    said: str, instead: str, wanted: str
) -> None:
    with pytest.raises(Problem, match=f"needs the line {wanted}"):
        expect_to_be_for_tests(GOOD.replace(said, instead))


@pytest.mark.parametrize("answer", ["", "no", "y", "Yes "])
def test_nothing_but_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.delenv("AUTO", raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    with pytest.raises(Problem, match="nothing was made"):
        ask("This costs.")


def test_yes_and_auto_are_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTO", raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    ask("This costs.")
    monkeypatch.setenv("AUTO", "1")
    monkeypatch.setattr("builtins.input", pytest.fail)
    ask("This costs.")


class Fake(Ground):
    """Remembers what Terraform was told; answers a status for what is in `failing`."""

    def __init__(self, folder: Path, deployed: bool = False, **failing: int) -> None:
        super().__init__(folder, (), {}, ("", "", ""), None)
        self.__dict__ |= {"called": [], "failing": failing, "deployed": deployed}

    def call(self, *arguments: str) -> int:
        self.__dict__["called"].append(arguments[0])
        return int(self.__dict__["failing"].get(arguments[0], 0))

    def outputs(self) -> dict[str, Any]:
        return {"api_url": "x"} if self.__dict__["deployed"] else {}

    @property
    def called(self) -> list[str]:
        return list(self.__dict__["called"])


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> list[Ground]:
    """The grounds on which the tests were run."""
    run: list[Ground] = []
    monkeypatch.setattr(test_aws, "run_tests", lambda ground, options: run.append(ground))
    return run


def test_applies_plans_tests_and_destroys(tmp_path: Path, suite: list[Ground]) -> None:
    ground = Fake(tmp_path)
    test_aws.test(ground, ())
    assert ground.called == ["apply", "plan", "destroy"]
    assert suite == [ground]


def test_a_plan_that_is_not_empty_fails_and_destroys(tmp_path: Path, suite: list[Ground]) -> None:
    ground = Fake(tmp_path, plan=2)
    with pytest.raises(Problem, match="a second apply would change something"):
        test_aws.test(ground, ())
    assert ground.called == ["apply", "plan", "destroy"] and not suite


def test_half_an_apply_is_destroyed(tmp_path: Path, suite: list[Ground]) -> None:
    ground = Fake(tmp_path, apply=1)
    with pytest.raises(Problem, match="terraform apply did not succeed"):
        test_aws.test(ground, ())
    assert ground.called == ["apply", "destroy"] and not suite


def test_what_is_deployed_already_is_left_alone(tmp_path: Path, suite: list[Ground]) -> None:
    ground = Fake(tmp_path, deployed=True)
    with pytest.raises(Problem, match="something is deployed there already"):
        test_aws.test(ground, ())
    assert not ground.called and not suite
