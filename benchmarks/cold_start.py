"""Cold start: processor time of importing a handler, as a ratio to boto3 with the same clients.

A new interpreter imports the handler from the built zip's folder, as Lambda does: without compiled
files, because a zip has none and its folder on Lambda can't be written to. What the runtime brings,
as boto3, is compiled already. Another interpreter imports boto3 and makes the clients that the
handler has made by then. The two take turns, and only the time after Python's own start counts.
"""

import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.functions import Function, read_functions
from tests.support.services import ENVIRON
from tools import package
from tools.checkout import PACKAGES

ROUNDS: Final = 15
COMPILED: Final = "compiled"
TIMED: Final = """
import sys, time
sys.path.insert(0, sys.argv[1])
started = time.process_time()
{work}
print(time.process_time() - started)
"""
CLIENTS: Final = """
import json, sys
from botocore.client import ClientCreator
sys.path.insert(0, sys.argv[1])
made, create = [], ClientCreator.create_client
def create_and_note(self, service_name, *arguments, **options):
    made.append(service_name)
    return create(self, service_name, *arguments, **options)
ClientCreator.create_client = create_and_note
import {module}
print(json.dumps(made))
"""


@dataclass(frozen=True)
class ColdStart:
    """Milliseconds of processor time, the clients made, and the medians of the rounds' ratios.

    `compiled` is the handler's, were its zip's modules compiled.
    """

    clients: list[str]
    handler: float
    compiled: float
    boto3: float
    ratio: float
    compiled_ratio: float


def measure(rounds: int = ROUNDS) -> dict[str, ColdStart]:
    """The cold start of each function."""
    package.build()
    with tempfile.TemporaryDirectory() as folder:
        for name in package.NAMES:
            with zipfile.ZipFile(PACKAGES / f"{name}.zip") as archive:
                archive.extractall(Path(folder, name))
                archive.extractall(Path(folder, COMPILED, name))
        compileall.compile_dir(Path(folder, COMPILED), quiet=1)
        return {
            name: measure_function(Path(folder), function, rounds)
            for name, function in read_functions().items()
        }


def measure_function(folder: Path, function: Function, rounds: int) -> ColdStart:
    plain, compiled = folder / function.package, folder / COMPILED / function.package
    module = function.module
    clients = json.loads(run(CLIENTS.format(module=module), plain))
    lines = ["import boto3", *(f"boto3.client({name!r})" for name in clients)]
    own, bare = TIMED.format(work=f"import {module}"), TIMED.format(work="\n".join(lines))
    tasks = ((own, plain), (own, compiled), (bare, plain))
    # The first round fills the page cache.
    times = [[float(run(*task)) for task in tasks] for _ in range(rounds + 1)][1:]
    handler, with_compiled, boto3 = (
        statistics.median(each) * 1e3 for each in zip(*times, strict=True)
    )
    return ColdStart(
        clients,
        handler,
        with_compiled,
        boto3,
        statistics.median(mine / bare for mine, _, bare in times),
        statistics.median(mine / bare for _, mine, bare in times),
    )


def run(code: str, folder: Path) -> str:
    """What an interpreter without this checkout prints."""
    command = [sys.executable, "-I", "-B", "-c", code, str(folder)]
    return subprocess.run(
        command, env=environment(), capture_output=True, check=True, text=True
    ).stdout


def environment() -> Mapping[str, str]:
    return ENVIRON | {"PATH": os.environ["PATH"]}


def zip_sizes() -> dict[str, int]:
    """Bytes of each zip."""
    package.build()
    return {name: (PACKAGES / f"{name}.zip").stat().st_size for name in package.NAMES}
