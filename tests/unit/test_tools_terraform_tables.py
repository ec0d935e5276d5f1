"""The modules' tables say what their code says, and the root passes everything on."""

import re
import shutil
from pathlib import Path

import pytest

from tools import terraform_tables
from tools.checkout import TERRAFORM
from tools.console import Problem

MODULE = TERRAFORM / "modules" / "burnbag"
# What the root decides by itself.
OWN = {"region", "tags"}


def types_of(folder: Path) -> dict[str, str]:
    text = "".join(file.read_text() for file in folder.glob("*.tf"))
    return dict(re.findall(r'^variable "(\w+)" \{.*?^  type +=  *(.+?)$', text, re.M | re.S))


def outputs_of(folder: Path) -> list[str]:
    return re.findall(r'^output "(\w+)"', (folder / "outputs.tf").read_text(), re.MULTILINE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(TERRAFORM / "modules", tmp_path / "modules")
    return tmp_path


def test_the_tables_are_as_the_code() -> None:
    terraform_tables.check()


def test_another_default_is_another_table(copy: Path) -> None:
    limits = copy / "modules" / "burnbag" / "limits.tf"
    limits.write_text(limits.read_text().replace("default     = 2592000", "default     = 1"))
    with pytest.raises(Problem, match=r"burnbag/README\.md is not as its module: make fmt"):
        terraform_tables.check(copy)
    terraform_tables.write(copy)
    terraform_tables.check(copy)
    assert "| `max_ttl` | `number` | `1` |" in (copy / "modules/burnbag/README.md").read_text()


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ('variable "x" {\n  type = string\n}\n', "x has no description"),
        ('variable "x" {\n  description = "d"\n  type = object({\n  })\n}\n', "put type of x into"),
    ],
)
def test_a_block_that_no_table_could_show_is_a_problem(copy: Path, block: str, why: str) -> None:
    (copy / "modules" / "burnbag" / "more.tf").write_text(block)
    with pytest.raises(Problem, match=why):
        terraform_tables.check(copy)


def test_the_root_has_the_module_s_variables_and_outputs_and_passes_all_of_them() -> None:
    root, module = types_of(TERRAFORM), types_of(MODULE)
    assert {name: root[name] for name in root.keys() - OWN} == module
    passed = re.findall(
        r"^  (\w+) += var\.(\w+)$", (TERRAFORM / "main.tf").read_text(), re.MULTILINE
    )
    assert dict(passed) == {name: name for name in module}
    assert outputs_of(TERRAFORM) == outputs_of(MODULE)


def test_the_complete_example_sets_every_variable() -> None:
    """All but those that only an emulator needs, and the one that contradicts protection."""
    text = (TERRAFORM / "examples" / "complete" / "main.tf").read_text()
    (call,) = re.findall(r'^module "burnbag" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    given = set(re.findall(r"^  (\w+) +=", call, re.MULTILINE)) - {"source"}
    left_out = {"emulator_endpoint_url", "require_tls", "force_destroy"}
    assert given == types_of(MODULE).keys() - left_out


def test_no_module_brings_a_provider_or_a_backend() -> None:
    for file in (TERRAFORM / "modules").rglob("*.tf"):
        assert not re.search(r"^ *(provider|backend) \"", file.read_text(), re.MULTILINE), file
