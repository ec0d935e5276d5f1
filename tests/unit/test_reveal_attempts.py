"""Attempts under races: whoever comes too late for the last view costs its claim nothing."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from burnbag_core.errors import Busy, Gone, PassphraseWrong, Unanswered
from burnbag_core.records import View

from tests.support.fakes import START
from tests.support.races import KEY, OTHER, WRITE
from tests.support.world import World, memory_world
from tests.unit.conftest import Calls, change


def test_the_loser_of_the_last_view_hands_its_attempt_back(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right")
    world.hooks.before("consume", lambda: world.reveal(sealed, "right", KEY))
    with pytest.raises(Gone):
        world.reveal(sealed, "right", OTHER)
    secret = world.secret(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (5, 0)


def test_forty_right_passphrases_for_one_view_leave_its_claim_every_attempt() -> None:
    world = memory_world()
    sealed = world.seal(passphrase="right")
    won: list[str] = []

    def patient(number: int) -> None:
        key = f"key-number-{number:08d}"
        while True:
            try:
                world.reveal(sealed, "right", key)
                return won.append(key)
            except Busy:
                time.sleep(0.005)
            except Gone:
                return

    callers = [threading.Thread(target=patient, args=(number,)) for number in range(40)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    secret = world.secret(sealed["id"])
    assert len(won) == 1 and secret and secret.attempts_left == 5
    assert world.reveal(sealed, "right", won[0])[0] == "hunter2"


def test_who_reserves_after_the_last_view_hands_its_attempt_back(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right")
    world.hooks.before("take", lambda: world.reveal(sealed, "right", KEY))
    with pytest.raises(Gone) as gone:
        world.reveal(sealed, "right", OTHER)
    assert gone.value.extensions["state"] == "revealed"
    secret = world.secret(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (5, 0)


@pytest.mark.parametrize("key", [None, OTHER])
def test_a_fifth_wrong_guess_that_comes_after_the_last_view_ends_nobody_elses_claim(
    either_world: World, key: str | None
) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right")
    for _ in range(4):
        with pytest.raises(PassphraseWrong):
            world.reveal(sealed, "wrong")
    world.hooks.before("take", lambda: world.reveal(sealed, "right", KEY))
    with pytest.raises(Gone):
        world.reveal(sealed, "wrong", key)
    assert world.reveal(sealed, "right", KEY)[0] == "hunter2"
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.failed_attempts == 4


def test_the_claims_own_guess_that_comes_after_the_last_view_is_evaluated(
    either_world: World,
) -> None:
    """A caller may race itself: its first request took the view, its second mistypes."""
    world, sealed = either_world, either_world.seal(passphrase="right")
    world.hooks.before("take", lambda: world.reveal(sealed, "right", KEY))
    with pytest.raises(PassphraseWrong) as wrong:
        world.reveal(sealed, "wrong", KEY)
    assert wrong.value.extensions["attempts_left"] == 4


def test_only_who_comes_too_late_pays_for_handing_back(world: World) -> None:
    calls = Calls(world.clients["reveal"])
    late, later = world.seal(passphrase="right"), world.seal(passphrase="right")

    def taken(sealed: dict[str, str]) -> None:
        world.reveal(sealed, "right", KEY)
        calls.clear()

    world.hooks.before("consume", lambda: taken(late))
    with pytest.raises(Gone):
        world.reveal(late, "right")
    assert calls == {"TransactWriteItems": 2, "GetItem": 1}
    world.hooks.before("take", lambda: taken(later))
    with pytest.raises(Gone):
        world.reveal(later, "right")
    assert calls == {"UpdateItem": 1, "TransactWriteItems": 1, "GetItem": 1}


def test_an_attempt_that_came_back_just_before_the_lock_makes_it_busy(world: World) -> None:
    sealed = world.seal(passphrase="right")
    world.reveal(sealed, "right", KEY)
    change(sealed["id"], attempts_left=0, attempted_at=world.clock() - 61)
    world.hooks.before(WRITE, lambda: change(sealed["id"], attempts_left=1))
    with pytest.raises(Busy):
        world.reveal(sealed, "right", KEY)
    assert world.reveal(sealed, "right", KEY)[0] == "hunter2"


def test_a_secret_that_was_revoked_just_before_its_lock_is_gone(world: World) -> None:
    sealed = world.seal(passphrase="right")
    change(sealed["id"], attempts_left=0, attempted_at=world.clock() - 61)
    world.hooks.before(WRITE, lambda: world.revoke(sealed))
    with pytest.raises(Gone) as gone:
        world.reveal(sealed, "right")
    assert gone.value.extensions["state"] == "revoked"


def test_a_burn_that_is_applied_after_its_time_out_gives_no_sixth_guess(world: World) -> None:
    """DynamoDB answers nothing, and applies the write afterwards."""
    sealed = world.seal(passphrase="right", views=3)
    late: list[Callable[[], object]] = []

    def answer_nothing(real: Any, **request: Any) -> None:
        late.append(lambda: real(**request))
        raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    world.hooks.instead(WRITE, answer_nothing)
    with pytest.raises(Unanswered):
        world.reveal(sealed, "right")
    before = world.secret(sealed["id"])
    assert before and (before.attempts_left, before.views_left) == (4, 3)
    with pytest.raises(PassphraseWrong):
        world.reveal(sealed, "wrong")
    for apply in late:
        apply()
    after = world.secret(sealed["id"])
    assert after and (after.attempts_left, after.failed_attempts) == (4, 1)


def test_no_attempt_is_handed_back_that_was_not_reserved(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right")
    secret = world.secret(sealed["id"])
    world.recipient.attempts.counters.hand_back(secret, world.clock(), False)
    assert world.secret(sealed["id"]) == secret


def test_the_receipt_says_when_and_from_where_the_last_wrong_guess_came(world: World) -> None:
    sealed = world.seal(passphrase="right")
    world.wait(7)
    with pytest.raises(PassphraseWrong):
        world.reveal(sealed, "wrong")
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.last_failure == View(at=START + 7, ip="192.0.2.7")


def test_of_two_wrong_guesses_at_once_both_are_counted(world: World) -> None:
    sealed = world.seal(passphrase="right")

    def guess() -> None:
        with pytest.raises(PassphraseWrong):
            world.reveal(sealed, "wrong")

    world.hooks.before(WRITE, guess)
    with pytest.raises(PassphraseWrong) as wrong:
        world.reveal(sealed, "wrong")
    assert wrong.value.extensions["attempts_left"] == 3
    secret, receipt = world.secret(sealed["id"]), world.receipt(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (3, 2)
    assert receipt and receipt.failed_attempts == 2


def test_a_failure_before_the_burn_hands_its_attempt_back(either_world: World) -> None:
    """Whatever fails: here an answer that nobody expected, and AWS that does not answer."""
    world, sealed = either_world, either_world.seal(passphrase="right")
    for failure in (RuntimeError("unexpected"), Unanswered("Decrypt")):

        def fail(*_: object, failure: Exception = failure) -> None:
            raise failure

        world.hooks.instead("unwrap", fail)
        with pytest.raises(type(failure)):
            world.reveal(sealed, "right")
        secret = world.secret(sealed["id"])
        assert secret and (secret.attempts_left, secret.failed_attempts) == (5, 0)


def test_a_claim_fetched_again_hands_its_attempt_back(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right")
    for _ in range(7):
        assert world.reveal(sealed, "right", KEY)[0] == "hunter2"
    secret = world.secret(sealed["id"])
    assert secret and secret.attempts_left == 5


def test_a_caller_who_races_itself_keeps_every_attempt(world: World) -> None:
    """Its first request took the view, and its attempt came back; the second returns its own."""
    sealed = world.seal(passphrase="right", views=2)
    world.hooks.before(WRITE, lambda: world.reveal(sealed, "right", KEY))
    assert world.reveal(sealed, "right", KEY)[1]["views_left"] == 1
    secret = world.secret(sealed["id"])
    assert secret and (secret.attempts_left, secret.views_left) == (5, 1)


def test_a_wrong_guess_that_a_revocation_overtook_is_told_of_the_end(world: World) -> None:
    sealed = world.seal(passphrase="right")
    world.hooks.before(WRITE, lambda: world.revoke(sealed))
    with pytest.raises(Gone) as gone:
        world.reveal(sealed, "wrong")
    assert gone.value.extensions["state"] == "revoked"
