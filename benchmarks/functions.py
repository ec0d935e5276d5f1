"""What Terraform says of the functions, the API's calls, and how long things are kept."""

import re
from dataclasses import dataclass
from typing import Final

from tools.checkout import TERRAFORM

MODULE: Final = TERRAFORM / "modules" / "burnbag"
FUNCTION: Final = re.compile(
    r'^    (\w+) = \{\n.*\n +package += "(\w+)", handler = "(\w+)\.\w+",.* memory = ([\w.]+)\n',
    re.MULTILINE,
)


@dataclass(frozen=True)
class Function:
    """A function's zip, the module that its handler is in, and its memory."""

    package: str
    module: str
    memory_mb: int


def read_functions() -> dict[str, Function]:
    """All functions by their names."""
    text = (MODULE / "functions.tf").read_text()
    found = {
        name: Function(package, module, read_memory(memory))
        for name, package, module, memory in FUNCTION.findall(text)
    }
    assert len(found) == text.count("handler ="), "a function was not understood"
    return found


def read_memory(memory: str) -> int:
    return int(memory) if memory.isdigit() else read_default(memory.removeprefix("var."))


def read_default(variable: str) -> int:
    """The default of a variable that is a number."""
    pattern = rf'^variable "{variable}" \{{\n(?:  .*\n)*?  default += (\d+)\n'
    texts = (path.read_text() for path in MODULE.glob("*.tf"))
    (found,) = [number for text in texts for number in re.findall(pattern, text, re.MULTILINE)]
    return int(found)


def read_windows() -> dict[str, int]:
    """For how many seconds a stream's changes are gathered, by the function that they start."""
    text = (MODULE / "triggers.tf").read_text()
    found = re.findall(r"^    (\w+) += \{ arn = .* window = (\d+) \}$", text, re.MULTILINE)
    return {name: int(seconds) for name, seconds in found}


def count_routes() -> int:
    """How many calls the API has at most: those for people are there only where people send."""
    files = ("routes.tf", "people.tf", "operator.tf", "recipients.tf")
    text = "".join((MODULE / name).read_text() for name in files)
    return len(re.findall(r'^ +"[A-Z]+ /\S*" += \{ function = ', text, re.MULTILINE))
