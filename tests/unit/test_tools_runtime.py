"""The function's runtime follows the interpreter and the machine that build it."""

import platform
import sys

import pytest

from tools.console import Problem
from tools.runtime import lambda_architecture, lambda_runtime


def test_the_runtime_is_this_interpreter() -> None:
    assert lambda_runtime() == f"python3.{sys.version_info.minor}"


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (4, 0)])
def test_refuses_interpreters_that_the_functions_are_not_tested_on(
    version: tuple[int, int],
) -> None:
    with pytest.raises(Problem, match=r"3\.11, 3\.12 or 3\.13"):
        lambda_runtime(version)


@pytest.mark.parametrize(
    ("machine", "architecture"),
    [("x86_64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")],
)
def test_names_the_machine_as_lambda_does(machine: str, architecture: str) -> None:
    assert lambda_architecture(machine) == architecture


def test_refuses_machines_that_lambda_does_not_have() -> None:
    with pytest.raises(Problem, match="riscv64"):
        lambda_architecture("riscv64")
    assert lambda_architecture() == lambda_architecture(platform.machine())
