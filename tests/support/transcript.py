"""The commands in a document, with the output that it shows, and one shell that runs them."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.documents import Block

# What is different in every run, and what stands for it.
CHANGING: Final = {
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z| UTC)": "TIME",
    r"http://127\.0\.0\.1:\d+/_aws/execute-api/\w+/live": "URL",
    r"(?<![\w-])[\w-]{22}(?![\w-])": "ID",
}
END: Final = "\0"
ANY_LINES: Final = r"(?:.*\n)*"
SECONDS: Final = 480


@dataclass(frozen=True)
class Command:
    """A command, and the output that stands below it."""

    text: str
    output: str = ""

    @property
    def fails(self) -> bool:
        """Whether the document shows that the command ends with an error."""
        return self.output.startswith("burnbag: ")


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block: of `console` those after a `$`, of `sh` every line."""
    if block.language == "console":
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            text, _, output = part.partition("\n")
            yield Command(text, output)
    if block.language == "sh":
        for line in re.sub(r" *\\\n *", " ", block.text).splitlines():
            yield Command(re.sub(r" +#.*", "", line))


def run(
    session: Sequence[Command], folder: Path, environment: Mapping[str, str]
) -> list[tuple[int, str]]:
    """The exit code and the output (errors too) of each command, all run in the same shell."""
    script = "".join(f'{command.text}\nprintf "\\0%s\\0" "$?"\n' for command in session)
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    parts = done.stdout.split(END)
    return [(int(code), out) for out, code in zip(parts[0::2], parts[1::2], strict=False)]


def fits(shown: str, real: str) -> bool:
    """Whether `real` is the output that a document shows: "…" stands for anything in a line, and
    in a line of its own for any lines."""
    lines = steady(shown).splitlines()
    pattern = "".join(ANY_LINES if line == "…" else pattern_of(line) for line in lines)
    return re.fullmatch(pattern, steady(real)) is not None


def pattern_of(line: str) -> str:
    return re.escape(line).replace("…", ".*") + r"\n"


def steady(text: str) -> str:
    for pattern, name in CHANGING.items():
        text = re.sub(pattern, name, text)
    return text
