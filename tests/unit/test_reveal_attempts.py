"""Attempts under races: whoever comes too late for the last view costs its claim nothing."""

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from burnbag_core.errors import Busy, Gone, PassphraseWrong

from tests.support.races import KEY, OTHER, overtake
from tests.support.world import World, memory_world
from tests.unit.conftest import Calls, change


def test_the_loser_of_the_last_view_hands_its_attempt_back(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right")
    overtake(world.recipient, lambda: world.reveal(sealed, "right", KEY), "store", "consume")
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
    attempts = world.recipient.opener
    overtake(attempts, lambda: world.reveal(sealed, "right", KEY), "attempts", "reserve")
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
    opener = world.recipient.opener
    overtake(opener, lambda: world.reveal(sealed, "right", KEY), "attempts", "reserve")
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
    opener = world.recipient.opener
    overtake(opener, lambda: world.reveal(sealed, "right", KEY), "attempts", "reserve")
    with pytest.raises(PassphraseWrong) as wrong:
        world.reveal(sealed, "wrong", KEY)
    assert wrong.value.extensions["attempts_left"] == 4


def test_only_who_comes_too_late_pays_for_handing_back(world: World) -> None:
    recipient = world.recipient
    calls = Calls(recipient.store.dynamodb, recipient.opener.data_keys.kms)
    late, later = world.seal(passphrase="right"), world.seal(passphrase="right")

    def taken(sealed: dict[str, str]) -> None:
        world.reveal(sealed, "right", KEY)
        calls.clear()

    overtake(recipient, lambda: taken(late), "store", "consume")
    with pytest.raises(Gone):
        world.reveal(late, "right")
    assert calls == {"TransactWriteItems": 2, "GetItem": 1}
    overtake(recipient.opener, lambda: taken(later), "attempts", "reserve")
    with pytest.raises(Gone):
        world.reveal(later, "right")
    assert calls == {"UpdateItem": 1, "TransactWriteItems": 1, "GetItem": 1}


def test_an_attempt_that_came_back_just_before_the_lock_makes_it_busy(world: World) -> None:
    sealed, attempts = world.seal(passphrase="right"), world.recipient.opener.attempts
    world.reveal(sealed, "right", KEY)
    change(sealed["id"], attempts_left=0, attempted_at=world.clock.now - 61)
    overtake(attempts, lambda: change(sealed["id"], attempts_left=1))
    with pytest.raises(Busy):
        world.reveal(sealed, "right", KEY)
    assert world.reveal(sealed, "right", KEY)[0] == "hunter2"


def test_a_secret_that_was_revoked_just_before_its_lock_is_gone(world: World) -> None:
    sealed, attempts = world.seal(passphrase="right"), world.recipient.opener.attempts
    change(sealed["id"], attempts_left=0, attempted_at=world.clock.now - 61)
    revoke = world.sender.revoke
    overtake(attempts, lambda: revoke(sealed["id"], sealed["receipt_token"], None))
    with pytest.raises(Gone) as gone:
        world.reveal(sealed, "right")
    assert gone.value.extensions["state"] == "revoked"


class Late:
    """DynamoDB, slower than its callers wait: it answers nothing, and applies it afterwards."""

    def __init__(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb
        self.requests: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.dynamodb, name)

    def transact_write_items(self, **request: Any) -> None:
        self.requests.append(request)
        raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    def applied(self) -> None:
        for request in self.requests:
            self.dynamodb.transact_write_items(**request)


def test_a_burn_that_is_applied_after_its_time_out_gives_no_sixth_guess(world: World) -> None:
    sealed, store = world.seal(passphrase="right", views=3), world.recipient.store
    store.dynamodb = late = Late(store.dynamodb)
    with pytest.raises(ReadTimeoutError):
        world.reveal(sealed, "right")
    before = world.secret(sealed["id"])
    assert before and (before.attempts_left, before.views_left) == (4, 3)
    with pytest.raises(PassphraseWrong):
        world.reveal(sealed, "wrong")
    late.applied()
    after = world.secret(sealed["id"])
    assert after and (after.attempts_left, after.failed_attempts) == (4, 1)


def test_no_attempt_is_handed_back_that_was_not_reserved(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right")
    secret = world.secret(sealed["id"])
    world.recipient.opener.attempts.hand_back(secret, world.clock.now, False)
    assert world.secret(sealed["id"]) == secret
