"""Thousands of interleavings of one secret's life, with conflicts, lost and late writes, crashes.

The services' own stores, attempts, logic and reaper, on DynamoDB in memory. The seed of the first
run is printed; BURNBAG_SEED repeats it, BURNBAG_RUNS says how many there are.
"""

import os
import random
from typing import Any

import pytest
from burnbag_core import aws

from tests.simulation.life import Life
from tests.support.services import load_changed
from tests.support.size import FULL

RUNS = int(os.environ.get("BURNBAG_RUNS", "5000" if FULL else "1000"))
PART = 8


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "FIRST_PAUSE", 0.0)


def live(seed: int, reveal: Any = None) -> list[str]:
    """What was violated in one run, with what had happened."""
    life = Life(seed, reveal)
    life.live()
    return [f"seed {seed}: {v}\n" + "\n".join(life.scheduler.log) for v in life.seen.violations]


@pytest.mark.parametrize("part", range(PART))
def test_every_promise_holds_in_every_interleaving(part: int) -> None:
    first = int(os.environ.get("BURNBAG_SEED", "0")) or random.randrange(1 << 40)
    print(f"the first seed is {first}, of {RUNS // PART} runs")
    for seed in range(first, first + RUNS // PART):
        violations = live(seed)
        assert not violations, violations[0]


# Each of these changes breaks a promise: the file, what was there, and what is there instead.
MUTANTS = {
    "a late copy may claim again": (
        "claims.py",
        '" AND attribute_not_exists(confirmed.#key)"',
        '""',
    ),
    "a confirmed key is forgotten": (
        "claims.py",
        "{**secret.confirmed, key_hash: until}",
        "{}",
    ),
    "the last claim does not remove the record": (
        "claims.py",
        "keeps = secret.views_left > 0 or bool(claims)",
        "keeps = True",
    ),
    "the views left are not the transaction's": (
        "views.py",
        'condition = "views_left = :left"',
        'condition = "views_left > :none"; values[":none"] = 0',
    ),
    "a thief is let in": (
        "door.py",
        "        self.refuse_others(secret, caller)\n",
        "",
    ),
    "a thief is told of the end": (
        "door.py",
        "        self.refuse_others(receipt, caller)\n",
        "",
    ),
    "one recipient gets another's answer": (
        "claims.py",
        'text = f"{owner}\\0{key}" if owner else key',
        "text = key",
    ),
    "a refusal is not written down": (
        "refusals.py",
        '"refusals": "#refusals + :one"',
        '"refusals": "#refusals"',
    ),
    "a view is not taken": ("views.py", "= views_left - :one", "= views_left"),
    "a view is not received": ("views.py", "list_append(#views, :view)", "#views"),
    "time does not end it": ("store.py", "expires_at > :now AND {condition}", "{condition}"),
    "an attempt is not taken": (
        "attempts.py",
        "SET attempts_left = attempts_left - :one, attempted_at = :now",
        "SET attempts_left = attempts_left, attempted_at = :now",
    ),
    "an attempt is always handed back": (
        "attempts.py",
        "        if not attempt.burning:\n",
        "        if True:\n",
    ),
    "a wrong guess is handed back": (
        "attempts.py",
        "raise self.count(taken, guess) from None",
        "self.hand_back(taken); raise Ended from None",
    ),
    "a late guess is not counted": (
        "attempts.py",
        "                self.count_late(secret, guess)\n",
        "                pass\n",
    ),
    "a fifth guess does not close it": (
        "attempts.py",
        "if failed == MAX_ATTEMPTS:",
        "if failed == MAX_ATTEMPTS + 1:",
    ),
}
# From here each is noticed within fifty runs, though one in a thousand notices the handing back.
FIRST, MOST_RUNS = 1478, 2000


@pytest.mark.parametrize("name", MUTANTS)
def test_the_simulator_notices_that(name: str) -> None:
    service = load_changed("reveal", "chalicelib.service", *MUTANTS[name])
    for seed in range(FIRST, FIRST + MOST_RUNS):
        try:
            if live(seed, service):
                return
        except Exception:
            return
    raise AssertionError("no run noticed")
