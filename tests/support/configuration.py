"""What the Terraform module says, read from its text.

It reads no HCL in general, only the maps that the tests compare with the services' code, in the
shape that they have. A line of any other shape is an error: better a test that fails than one that
overlooks a line.
"""

import re
from collections.abc import Iterator
from typing import TypeVar

from tests.support.services import ROOT

V = TypeVar("V")

ROUTE = re.compile(
    r'"([A-Z]+ /\S*)" += \{ function = "(\w+)", authorization = [\w."]+'
    r"(?:, others = \"\w+\")? \}"
)
OPENING = re.compile(r"(\w+) = \{")
RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)" \{', re.MULTILINE)
MODULE = re.compile(r'^module "(\w+)" \{', re.MULTILINE)
PROTECTION = "terraform_data.protection"
VARIABLE = re.compile(r"([A-Z_]+) += \S.*")


def routes() -> dict[str, str]:
    """The function that answers each call, by "METHOD /path"."""
    found: dict[str, str] = {}
    maps = [
        ("routes.tf", "calls"),
        ("people.tf", "people_calls"),
        ("operator.tf", "operators_calls"),
        ("recipients.tf", "signed_calls"),
        ("recipients.tf", "signed_in_calls"),
    ]
    for line in (line for file, name in maps for line in lines_of(file, name)):
        call, function = matched(ROUTE, line)
        add(found, call, function)
    return found


def function_environment() -> dict[str, set[str]]:
    """The names of each function's environment variables (functions.tf)."""
    found: dict[str, set[str]] = {}
    function = ""
    for line in lines_of("functions.tf", "function_environment"):
        if function and line == "}":
            function = ""
        elif function:
            found[function].update(matched(VARIABLE, line))
        else:
            (function,) = matched(OPENING, line)
            add(found, function, set())
    return found


def resources() -> set[str]:
    """The addresses of everything that the module makes, apart from its protection."""
    folder = ROOT / "terraform" / "modules" / "burnbag"
    text = "".join(file.read_text() for file in folder.glob("*.tf"))
    found = {f"{kind}.{name}" for kind, name in RESOURCE.findall(text)}
    return found - {PROTECTION} | {f"module.{name}" for name in MODULE.findall(text)}


def protected() -> set[str]:
    """The addresses of what is not destroyed before the protection (protection.tf)."""
    text = (ROOT / "terraform" / "modules" / "burnbag" / "protection.tf").read_text()
    (block,) = re.findall(r"^  depends_on = \[\n(.*?)^  \]\n", text, re.MULTILINE | re.DOTALL)
    return {line.strip().removesuffix(",") for line in block.splitlines()}


def lines_of(file: str, name: str) -> Iterator[str]:
    """The lines of one map in a `locals` block, without indentation, blank lines and comments."""
    text = (ROOT / "terraform" / "modules" / "burnbag" / file).read_text()
    (block,) = re.findall(rf"^  {name} = \{{\n(.*?)^  \}}\n", text, re.MULTILINE | re.DOTALL)
    for line in block.splitlines():
        if (line := line.strip()) and not line.startswith("#"):
            yield line


def matched(shape: re.Pattern[str], line: str) -> tuple[str, ...]:
    found = shape.fullmatch(line)
    if found is None:
        raise ValueError(f"not understood: {line}")
    return found.groups()


def add(found: dict[str, V], key: str, value: V) -> None:
    if key in found:
        raise ValueError(f"twice: {key}")
    found[key] = value
