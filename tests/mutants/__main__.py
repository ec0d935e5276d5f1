"""Mutation testing of services/ and core/: `python -m tests.mutants [PATH...]`.

Each mutant meets the unit tests that reach its function, in a process that is forked once the
libraries are loaded. The command fails for a survivor that is not in tests/mutants/survivors.toml,
which says of each why no test can, or need, notice it.
"""

import argparse
import importlib
import json
import os
import signal
import sys
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from math import inf
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, TypeVar
from unittest import mock

import pytest
from hypothesis import Phase, settings

from tests.mutants.mutations import Mutant, make_mutants
from tools import console
from tools.checkout import BUILD, ROOT
from tools.console import Problem, say, step

SOURCES: Final = ("services/", "core/")
EXPLAINED: Final = ROOT / "tests" / "mutants" / "survivors.toml"
RESULTS: Final = BUILD / "mutants"
# What the tests load anyway; without this, every mutant would load it again.
LIBRARIES: Final = (
    "chalice.test",
    "cryptography.hazmat.primitives.kdf.argon2",
    "hypothesis.stateful",
    "moto.dynamodb.responses",
    "moto.kms.responses",
    "moto.s3.responses",
    "multipart",
)
OPTIONS: Final = ["-x", "-p", "no:cacheprovider", "-o", "timeout=600"]
KILLED: Final = {pytest.ExitCode.TESTS_FAILED, 2, pytest.ExitCode.USAGE_ERROR}
# Processor time that a test may take: so many seconds, and so many times what it took before.
GRACE: Final = 5.0
# Processor time that the tests of one mutant may take together, as learned: tracing slows them.
BUDGET: Final = 10.0
PATIENCE: Final = 5.0
K = TypeVar("K")


@dataclass(frozen=True)
class Test:
    """A unit test: the functions that it reaches, and the processor time that it takes."""

    id: str
    reaches: frozenset[str]
    seconds: float

    @property
    def file(self) -> str:
        return self.id.partition("::")[0]


@dataclass
class Watch:
    """A pytest plugin that learns what each test reaches."""

    tests: list[dict[str, Any]] = field(default_factory=list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        shorten_lives(items)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        codes: dict[int, CodeType] = {}
        started = time.process_time()

        def note(frame: FrameType, *_: object) -> None:
            # By identity, because a code object compares and hashes by all that is in it.
            codes[id(frame.f_code)] = frame.f_code

        threading.settrace(note)
        sys.settrace(note)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            seconds = time.process_time() - started
            reaches = sorted(filter(None, map(place, codes.values())))
            self.tests.append({"id": item.nodeid, "reaches": reaches, "seconds": seconds})


@dataclass
class Choice:
    """A pytest plugin that runs only these tests, the quickest first, and ends endless ones."""

    seconds: dict[str, float]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.seconds]
        items.sort(key=lambda item: self.seconds[item.nodeid])
        shorten_lives(items)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        # The signal ends the process. It counts processor time: a busy machine ends no test.
        signal.setitimer(signal.ITIMER_VIRTUAL, GRACE + PATIENCE * self.seconds[nodeid])


def shorten_lives(items: list[pytest.Item]) -> None:
    """Let state machines try a few lives only, always the same, and not look for the shortest."""
    few = settings(max_examples=15, derandomize=True, database=None, phases=[Phase.generate])
    for item in items:
        case: Any = getattr(item, "cls", None)
        usual = getattr(case, "settings", None)
        if isinstance(usual, settings):
            steps = usual.stateful_step_count
            case.settings = settings(few, stateful_step_count=steps, deadline=None)


def place(code: CodeType) -> str | None:
    """The function that some code belongs to, named as in a Mutant."""
    name, _, _ = code.co_qualname.partition(".<locals>")
    path = code.co_filename.removeprefix(f"{ROOT}/")
    return f"{path}::{name.strip('<>')}" if path.startswith(SOURCES) else None


def learn(workers: int) -> list[Test]:
    """Run the unit tests, a process for each file of them. Raises Problem if one fails.

    What was learned before is good until a source changes, or a test does.
    """
    folder = RESULTS / "reach"
    folder.mkdir(parents=True, exist_ok=True)
    files = [path for path in sorted(ROOT.glob("tests/unit/test_*.py")) if "tools" not in path.stem]

    def watch(path: Path) -> int:
        plugin = Watch()
        code = pytest.main([*OPTIONS, str(path)], plugins=[plugin])
        if code == pytest.ExitCode.OK:
            (folder / f"{path.stem}.json").write_text(json.dumps(plugin.tests))
        return code

    stale = [path for path in files if not is_fresh(folder / f"{path.stem}.json", path)]
    jobs = ((path, lambda path=path: watch(path), folder / f"{path.stem}.log") for path in stale)
    for path, status in run_forked(jobs, workers):
        if status != 0:
            log = console.tail(folder / f"{path.stem}.log")
            raise Problem(f"{path.relative_to(ROOT)} fails without any mutant:\n{log}")
    found = [json.loads((folder / f"{path.stem}.json").read_text()) for path in files]
    return [
        Test(test["id"], frozenset(test["reaches"]), test["seconds"])
        for tests in found
        for test in tests
    ]


def is_fresh(learned: Path, test: Path) -> bool:
    """Whether neither a source, nor what all tests share, nor this file of tests has changed since.

    Files of tests do not import one another.
    """
    inputs = [
        path for folder in (*SOURCES, "tests/support/") for path in ROOT.glob(f"{folder}**/*.py")
    ]
    inputs += [*ROOT.glob("tests/conftest.py"), *ROOT.glob("tests/unit/conftest.py"), test]
    newest = max(path.stat().st_mtime for path in inputs)
    return learned.is_file() and learned.stat().st_mtime > newest


def relevant(mutant: Mutant, tests: list[Test], budget: float) -> dict[str, float]:
    """The tests that reach a function, or its whole file if the change is outside of functions.

    A test may also look at a module's values without a call, so there the tests beside those
    count too. The quickest first, up to a budget: what everything reaches would otherwise meet
    every test.
    """
    if mutant.in_function:
        chosen = [test for test in tests if f"{mutant.path}::{mutant.place}" in test.reaches]
    else:
        start = f"{mutant.path}::"
        reaching = [test for test in tests if any(name.startswith(start) for name in test.reaches)]
        files = {test.file for test in reaching}
        chosen = [test for test in tests if test.file in files]
    affordable: dict[str, float] = {}
    spent = 0.0
    for test in sorted(chosen, key=lambda test: test.seconds):
        spent += test.seconds
        if spent > budget and affordable:
            break
        affordable[test.id] = test.seconds
    return affordable


def meet(mutant: Mutant, tests: dict[str, float]) -> int:
    """Run tests with the mutant in its file's place; pytest's exit status."""
    target, get_code = str(ROOT / mutant.path), SourceFileLoader.get_code

    def changed(loader: SourceFileLoader, name: str) -> CodeType | None:
        if loader.get_filename(name) != target:
            return get_code(loader, name)
        return compile(mutant.source, target, "exec", dont_inherit=True)

    files = sorted({test.partition("::")[0] for test in tests})
    with mock.patch.object(SourceFileLoader, "get_code", changed):
        return pytest.main([*OPTIONS, *files], plugins=[Choice(tests)])


def survive(
    found: list[Mutant], tests: list[Test], budget: float, workers: int
) -> Iterator[Mutant]:
    """The mutants that no test notices."""
    chosen = {mutant: relevant(mutant, tests, budget) for mutant in found}
    yield from (mutant for mutant in found if not chosen[mutant])
    jobs = (
        (mutant, lambda mutant=mutant: meet(mutant, chosen[mutant]), Path(os.devnull))
        for mutant in found
        if chosen[mutant]
    )
    for mutant, status in run_forked(jobs, workers):
        # Below zero is the signal that ended it: an endless loop.
        if status >= 0 and status not in KILLED:
            yield mutant


def run_forked(
    jobs: Iterable[tuple[K, Callable[[], int], Path]], workers: int
) -> Iterator[tuple[K, int]]:
    """Run each job in a fork of this process; its key and exit status, as they end."""
    running: dict[int, K] = {}
    for key, job, log in jobs:
        if len(running) == workers:
            yield end_one(running)
        running[fork(job, log)] = key
    while running:
        yield end_one(running)


def fork(job: Callable[[], int], log: Path) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 3
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        status = int(job())
    finally:
        os._exit(status)


def end_one(running: dict[int, K]) -> tuple[K, int]:
    pid, status = os.wait()
    return running.pop(pid), os.waitstatus_to_exitcode(status)


def read_survivors(path: Path) -> set[tuple[str, ...]]:
    entries = tomllib.loads(path.read_text()).get("survivor", []) if path.exists() else []
    return {(entry["file"], entry["place"], entry["before"], entry["after"]) for entry in entries}


def sources(only: list[str]) -> list[Path]:
    files = sorted(path for folder in SOURCES for path in ROOT.glob(f"{folder}**/*.py"))
    names = tuple(only) or SOURCES
    return [path for path in files if str(path.relative_to(ROOT)).startswith(names)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="PATH", help="a folder or file, all if none")
    parser.add_argument(
        "--again",
        action="store_true",
        help="only the survivors of the last run, with every test that reaches them",
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    for library in LIBRARIES:
        importlib.import_module(library)
    with step("learning what each unit test reaches"):
        tests = learn(given.workers)
    known, left = read_survivors(EXPLAINED), Counter[str]()
    last = read_survivors(RESULTS / "survivors.toml")
    budget = inf if given.again else BUDGET
    with (RESULTS / "survivors.toml").open("w") as report:
        for path in sources(given.only):
            name = str(path.relative_to(ROOT))
            found = make_mutants(name, path.read_text())
            new = [mutant for mutant in found if mutant.key not in known]
            if given.again:
                new = [mutant for mutant in new if mutant.key in last]
            survivors = list(survive(new, tests, budget, given.workers))
            left[name] = len(survivors)
            say(f"- {name}: {len(found)} mutants, {len(survivors)} unexplained survivors")
            for mutant in survivors:
                say(str(mutant))
                report.write(mutant.toml())
                report.flush()
    if left.total():
        raise Problem(f"{left.total()} mutants survive: kill them, or explain them in {EXPLAINED}")


if __name__ == "__main__":
    console.run(main)
