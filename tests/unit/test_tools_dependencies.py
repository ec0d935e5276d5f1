"""What is not ours in a zip fits Lambda's runtime and machine, and is no more than runs there."""

import platform
import sys

import pytest

from tools.console import Problem
from tools.dependencies import is_needed, lambda_architecture, lambda_runtime, platform_tags


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


def test_wheels_are_no_newer_than_the_runtime_s_glibc() -> None:
    tags = platform_tags("python3.11", "arm64")
    assert tags[0] == "manylinux_2_26_aarch64"
    assert tags[-2:] == ["manylinux_2_17_aarch64", "manylinux2014_aarch64"]
    assert platform_tags("python3.13", "x86_64")[0] == "manylinux_2_34_x86_64"


@pytest.mark.parametrize(
    "member",
    [
        "boto3/__init__.py",
        "pkg/__pycache__/a.cpython-311.pyc",
        "pkg/tests/test_a.py",
        "pycparser/c_parser.py",
        "cryptography-50.0.2.dist-info/RECORD",
        "bin/tool",
        "pkg/a.pyi",
    ],
)
def test_leaves_out_what_no_function_needs(member: str) -> None:
    assert not is_needed(member)


def test_keeps_code_and_licences() -> None:
    assert is_needed("app.py")
    assert is_needed("cryptography/hazmat/bindings/_rust.abi3.so")
    assert is_needed("cryptography-50.0.2.dist-info/licenses/LICENSE")
