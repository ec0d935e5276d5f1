"""A secret that expires while it is opened: every write asks for the time again."""

from dataclasses import replace

import pytest
from burnbag_core.errors import Busy, Gone
from burnbag_core.items import key
from burnbag_core.records import Caller, View

from tests.support.fakes import START
from tests.support.world import World, client
from tests.unit.conftest import change

END = START + 60


def expire(world: World) -> None:
    world.wait(END - world.clock())


@pytest.mark.parametrize("views", [1, 2])
def test_a_secret_that_expires_while_it_is_opened_is_not_consumed(
    either_world: World, views: int
) -> None:
    world, sealed = either_world, either_world.seal(views=views, ttl=60)
    world.hooks.before("unwrap", lambda: expire(world))
    with pytest.raises(Gone) as gone:
        world.reveal(sealed)
    assert gone.value.extensions == {"state": "expired", "ended_at": END}
    secret, receipt = world.secret(sealed["id"]), world.receipt(sealed["id"])
    assert secret and secret.views_left == views
    assert receipt and receipt.views == ()


def test_no_attempt_is_reserved_on_a_secret_that_has_just_expired(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right", ttl=60)
    secret = world.secret(sealed["id"])
    assert secret and world.recipient.attempts.counters.take(secret, END) is None
    assert world.secret(sealed["id"]) == secret


def test_a_secret_that_has_just_expired_is_not_revoked(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(ttl=60)
    assert not world.sender.store.revoke(sealed["id"], END, Caller())
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.state == "sealed"
    assert world.sender.store.revoke(sealed["id"], END - 1, Caller())


def test_a_guess_on_an_expired_secret_is_counted_in_the_receipt_alone(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right", ttl=60)
    secret, counters = world.secret(sealed["id"]), world.recipient.attempts.counters
    assert secret and counters.count_wrong(secret, View(at=END)) is None
    receipt = world.receipt(sealed["id"])
    assert world.secret(sealed["id"]) == secret and receipt and receipt.failed_attempts == 1


def test_no_attempt_is_handed_back_on_an_expired_secret(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right", ttl=60)
    secret, counters = world.secret(sealed["id"]), world.recipient.attempts.counters
    assert secret
    reserved = counters.take(secret, START)
    counters.hand_back(reserved, END, False)
    assert world.secret(sealed["id"]) == replace(secret, attempts_left=4, attempted_at=START)


@pytest.mark.parametrize(("seconds", "refusal"), [(60, Busy), (61, Gone)])
def test_attempts_are_lost_a_minute_after_the_last_of_them(
    world: World, seconds: int, refusal: type[Exception]
) -> None:
    sealed = world.seal(passphrase="right")
    change(sealed["id"], attempts_left=0, attempted_at=world.clock() - seconds)
    with pytest.raises(refusal):
        world.reveal(sealed, "right")


def test_what_has_expired_is_gone_though_its_receipt_was_purged(world: World) -> None:
    sealed = world.seal(ttl=60)
    client("dynamodb").delete_item(TableName="receipts", Key=key(sealed["id"]))
    expire(world)
    with pytest.raises(Gone) as gone:
        world.reveal(sealed)
    assert gone.value.extensions == {"state": "expired", "ended_at": END}
