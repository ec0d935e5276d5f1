"""What was measured, and when and where: kept in a file, of which the pages are made."""

import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

FILE: Final = Path(__file__).with_name("measured.json")
LIBRARIES: Final = ("boto3", "chalice", "cryptography", "ministack")


@dataclass(frozen=True)
class Part:
    """A part's figures, and what they were measured on. `load` was the machine's before and after.

    More than the processors' number means that others worked there too.
    """

    at: str
    machine: str
    versions: str
    load: tuple[float, float]
    values: Any


class Results(dict[str, Part]):
    """The parts by their names."""

    @classmethod
    def load(cls, file: Path = FILE) -> Self:
        if not file.exists():
            return cls()
        found = json.loads(file.read_text())
        return cls({name: Part(**part) for name, part in found.items()})

    def save(self, file: Path = FILE) -> None:
        parts = {name: asdict(part) for name, part in sorted(self.items())}
        file.write_text(json.dumps(parts, indent=1) + "\n")


def make_part(values: object, load_before: float) -> Part:
    """The figures of a part that was just measured."""
    return Part(
        at=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        machine=describe_machine(),
        versions=", ".join(
            [f"Python {platform.python_version()}", *(f"{n} {version(n)}" for n in LIBRARIES)]
        ),
        load=(round(load_before, 1), round(os.getloadavg()[0], 1)),
        values=to_json(values),
    )


def describe_machine() -> str:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [
        line.partition(": ")[2] for line in info.splitlines() if line.startswith("model name")
    ]
    return f"{os.cpu_count()} of {models[0] if models else platform.machine()}"


def to_json(value: Any) -> Any:
    """Plain values, with floats short enough to compare."""
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value))
    if isinstance(value, Mapping):
        return {name: to_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
