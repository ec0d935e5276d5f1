"""The tables of inputs and outputs in the modules' README.md, made from their code.

It reads no HCL in general, only `variable` and `output` blocks as `terraform fmt` leaves them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.checkout import TERRAFORM
from tools.console import Problem

DOCUMENTED: Final = ("burnbag", "account")
BLOCK: Final = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}\n', re.MULTILINE | re.DOTALL)
ARGUMENT: Final = re.compile(r"^  (\w+) += (.+)$", re.MULTILINE)
TABLES: Final = re.compile(r"(?<=<!-- tables -->\n).*?(?=<!-- /tables -->)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A `variable` or `output` block: its kind, its name, and its arguments as they are written."""

    kind: str
    name: str
    arguments: dict[str, str]

    @property
    def description(self) -> str:
        return self.arguments["description"][1:-1].replace('\\"', '"').replace("|", "\\|")

    @property
    def default(self) -> str:
        return f"`{self.arguments['default']}`" if "default" in self.arguments else "required"


def read_blocks(module: Path) -> Iterator[Block]:
    """All variables and outputs of a module, by file and then as they stand. Raises Problem."""
    for file in sorted(module.glob("*.tf")):
        for kind, name, body in BLOCK.findall(file.read_text()):
            arguments = dict(ARGUMENT.findall(body))
            if "description" not in arguments:
                raise Problem(f"{file}: {name} has no description")
            if unfinished := [
                n for n, value in arguments.items() if value.endswith(("(", "{", "["))
            ]:
                raise Problem(f"{file}: put {unfinished[0]} of {name} into one line")
            yield Block(kind, name, arguments)


def make_tables(module: Path) -> str:
    """Both tables, the required variables first. A module without variables has only outputs."""
    blocks = sorted(read_blocks(module), key=lambda block: "default" in block.arguments)
    inputs = [
        f"| `{b.name}` | `{b.arguments['type']}` | {b.default} | {b.description} |"
        for b in blocks
        if b.kind == "variable"
    ]
    outputs = [f"| `{b.name}` | {b.description} |" for b in blocks if b.kind == "output"]
    if inputs:
        inputs = [
            "## Inputs",
            "",
            "| name | type | default | |",
            "| --- | --- | --- | --- |",
            *inputs,
            "",
        ]
    return "\n".join(
        ["", *inputs, "## Outputs", "", "| name | |", "| --- | --- |", *outputs, "", ""]
    )


def update(module: Path) -> tuple[Path, str]:
    """The module's README, and what should be in it."""
    readme = module / "README.md"
    tables = make_tables(module)
    text, found = TABLES.subn(lambda _: tables, readme.read_text())
    if found != 1:
        raise Problem(f"{readme} has no place for the tables: <!-- tables --> … <!-- /tables -->")
    return readme, text


def write(root: Path = TERRAFORM) -> None:
    """Write the tables of all modules."""
    for name in DOCUMENTED:
        readme, text = update(root / "modules" / name)
        readme.write_text(text)


def check(root: Path = TERRAFORM) -> None:
    """Raises Problem if a table does not say what the code says."""
    for name in DOCUMENTED:
        readme, text = update(root / "modules" / name)
        if readme.read_text() != text:
            raise Problem(f"{readme.relative_to(root)} is not as its module: make fmt")
