"""Exactly the allowed number of views and guesses, however many callers come at once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.support.deployment import Deployment, assert_views, at_once, insist
from tests.support.size import FULL
from tests.support.visitors import visitors

pytestmark = pytest.mark.disturbing

CALLERS = 64 if FULL else 24
# At once with the right passphrase, or guessing: each takes the time of its Argon2.
KNOWING, GUESSING = (40, 50) if FULL else (12, 16)
# Each of them is a race of its own; tests/integration/test_interleavings.py tries thousands.
SECRETS = 50 if FULL else 4


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CALLERS) as pool:
        yield pool


@pytest.mark.parametrize(("views", "secrets"), [(1, SECRETS), (5, 5 if FULL else 2)])
def test_simultaneous_reveals_consume_exactly_the_allowed_views(
    deployment: Deployment, pool: ThreadPoolExecutor, views: int, secrets: int
) -> None:
    for _ in range(secrets):
        sealed = deployment.sealed(views=views)
        answers = at_once(pool, CALLERS, lambda _, sealed=sealed: deployment.reveal(sealed))  # type: ignore[misc]
        assert_views(answers, views)
        assert {a.json()["state"] for a in answers if a.status_code == 410} == {"revealed"}
        assert len(deployment.receipt(sealed)["views"]) == views


@pytest.mark.embedded("it makes roles and people of its own")
def test_recipients_and_thieves_at_once(deployment: Deployment, pool: ThreadPoolExecutor) -> None:
    """By each entrance: one of its recipients gets the view, and no thief does anything."""
    with visitors(deployment, "racing") as crowd:
        for at, thief in crowd.thieves.items():
            friend = crowd.friends.get(at) or crowd.friends["/signed"]
            sealed = deployment.sealed(recipients=crowd.named, passphrase="right")

            def ask(number: int, friend: Any = friend, thief: Any = thief, it: Any = sealed) -> Any:
                if number % 2:
                    return thief.reveal(it, passphrase="wrong")
                return insist(partial(friend.reveal, it, passphrase="right"))

            answers = at_once(pool, CALLERS // 2, ask)
            assert_views(answers[::2], 1)
            stolen = Counter(answer.status_code for answer in answers[1::2])
            assert stolen.keys() <= {403, 503}, stolen
            receipt = deployment.receipt(sealed)
            assert [view["by"] for view in receipt["views"]] == [friend.name]
            assert receipt["failed_attempts"] == 0
            if at != "/v1":
                assert stolen[403] <= receipt["refusals"] <= CALLERS // 4


def test_at_most_five_of_many_simultaneous_guesses_are_evaluated(
    deployment: Deployment, pool: ThreadPoolExecutor
) -> None:
    sealed = deployment.sealed(passphrase="right")
    answers = at_once(pool, GUESSING, lambda n: deployment.reveal(sealed, passphrase=f"wrong {n}"))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[403] <= 5
    assert set(statuses) <= {403, 410, 429}
    for _ in range(5 - statuses[403]):
        assert deployment.reveal(sealed, passphrase="wrong").status_code == 403
    gone = deployment.reveal(sealed, passphrase="right")
    assert (gone.status_code, gone.json()["state"]) == (410, "locked")
    receipt = deployment.receipt(sealed)
    assert (receipt["state"], receipt["failed_attempts"]) == ("locked", 5)


def test_simultaneous_right_passphrases_lock_nothing_and_all_succeed(
    deployment: Deployment, pool: ThreadPoolExecutor
) -> None:
    sealed = deployment.sealed(passphrase="right", views=KNOWING)
    answers = at_once(pool, KNOWING, lambda _: deployment.insist(sealed, passphrase="right"))
    assert Counter(answer.status_code for answer in answers) == {200: KNOWING}
    receipt = deployment.receipt(sealed)
    assert (receipt["state"], receipt["failed_attempts"]) == ("revealed", 0)


def test_simultaneous_right_passphrases_leave_the_winners_claim_its_attempts(
    deployment: Deployment, pool: ThreadPoolExecutor
) -> None:
    sealed, keys = deployment.sealed(passphrase="right"), [f"key-{n:020}" for n in range(KNOWING)]
    open_with = partial(deployment.insist, sealed, passphrase="right")
    answers = at_once(pool, KNOWING, lambda n: open_with(keys[n]))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 410: KNOWING - 1}
    (key,) = (key for key, answer in zip(keys, answers, strict=True) if answer.status_code == 200)
    for left in (4, 3, 2, 1):
        wrong = deployment.reveal(sealed, key, passphrase="wrong")
        assert (wrong.status_code, wrong.json()["attempts_left"]) == (403, left)
    assert deployment.reveal(sealed, key, passphrase="right").status_code == 200
