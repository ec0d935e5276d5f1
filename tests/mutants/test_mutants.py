"""The mutation tester itself: the mutants that it makes, and those that it finds alive."""

from math import inf
from pathlib import Path

import pytest

from tests.mutants import __main__ as runner
from tests.mutants.mutations import make_mutants
from tools.checkout import ROOT

SOURCE = '''\
"""Times. A > B in prose stays as it is."""

LIMIT: "int > 0" = 2


def is_late(now: int, until: int) -> bool:
    """Whether now >= until."""
    return now >= until


def is_early(now: int, start: int) -> bool:
    return now < start
'''
TESTS = '''\
from times import LIMIT, is_early, is_late


def test_the_limit_is_two() -> None:
    assert LIMIT == 2


def test_a_time_is_late_from_its_end_on() -> None:
    assert is_late(5, 5) and not is_late(4, 5)


def test_a_time_is_early_before_the_start() -> None:
    """It does not say what the start itself is."""
    assert is_early(1, 5) and not is_early(9, 5)
'''
FUNCTIONS = {"services/times.py::is_early", "services/times.py::is_late"}
EXPRESSION = """\
CONDITION = "views_left > :one AND attribute_exists(id)"
PROSE = "The record is gone > it was erased."
"""


def make(source: str) -> set[tuple[str, str]]:
    """The lines after each change, with their place."""
    return {(mutant.place, mutant.after) for mutant in make_mutants("services/times.py", source)}


def test_each_mutant_changes_one_thing_that_runs() -> None:
    assert make(SOURCE) == {
        ("module", 'LIMIT: "int > 0" = 3'),
        ("is_late", "return now > until"),
        ("is_early", "return now <= start"),
    }


def test_an_expression_of_dynamodb_loses_a_clause_or_gets_another_comparison() -> None:
    assert make(EXPRESSION) == {
        ("module", 'CONDITION = "views_left >= :one AND attribute_exists(id)"'),
        ("module", 'CONDITION = "attribute_exists(id)"'),
        ("module", 'CONDITION = "views_left > :one"'),
    }


def test_a_clause_in_brackets_stays_whole() -> None:
    assert make('CONDITION = "size(views) < :one AND (a = :a OR b = :b AND c = :c)"\n') >= {
        ("module", 'CONDITION = "(a = :a OR b = :b AND c = :c)"'),
    }


CASES = """\
def name(kind: str) -> str:
    if kind:
        match kind:
            case "a":
                return "first"
            case _:
                return "other"
    return "none"
"""


def test_a_case_that_is_left_out_leaves_a_program() -> None:
    made = [mutant.source for mutant in make_mutants("services/names.py", CASES)]
    for source in made:
        compile(source, "names.py", "exec")
    first = '            case "a":\n                return "first"\n'
    other = '            case _:\n                return "other"\n'
    assert {CASES.replace(first, ""), CASES.replace(other, "")} <= set(made)


def test_a_mutant_that_no_test_notices_is_found_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "services/times.py": SOURCE,
        "tests/unit/test_times.py": TESTS,
        "pytest.ini": "[pytest]\npythonpath = services\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner, "RESULTS", tmp_path / "results")
    tests = runner.learn(workers=1)
    assert [sorted(test.reaches & FUNCTIONS) for test in tests] == [
        [],
        ["services/times.py::is_late"],
        ["services/times.py::is_early"],
    ]
    found = make_mutants("services/times.py", SOURCE)
    survivors = runner.survive(found, tests, inf, workers=1)
    assert [mutant.after for mutant in survivors] == ["return now <= start"]


def test_each_explained_survivor_is_a_mutant_that_can_still_be_made() -> None:
    """Else its reason outlives the line that it is about."""
    explained = runner.read_survivors(runner.EXPLAINED)
    made: set[tuple[str, ...]] = set()
    for name in {entry[0] for entry in explained}:
        made |= {mutant.key for mutant in make_mutants(name, (ROOT / name).read_text())}
    assert explained - made == set()
