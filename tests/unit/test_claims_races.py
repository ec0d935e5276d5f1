"""Claims under races: each test lets something else happen right before one write."""

from typing import Any

import pytest
from burnbag_core.errors import Gone, PassphraseWrong, Unavailable, Unclaimed

from tests.support.fakes import START
from tests.support.races import KEY, OTHER, WRITE, cancelled, erased_by, meet_halfway
from tests.support.world import World, client


def test_a_last_view_burns_where_the_only_claim_was_confirmed_meanwhile(world: World) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.hooks.before(WRITE, lambda: world.confirm(sealed, KEY))
    assert world.reveal(sealed)[0] == "hunter2"
    assert world.secret(sealed["id"]) is None


def test_a_last_view_leaves_the_record_to_the_claims_of_that_moment(world: World) -> None:
    sealed = world.seal(views=3)
    world.reveal(sealed, key=KEY)
    world.wait(50)
    world.reveal(sealed, key=OTHER)
    world.hooks.before(WRITE, lambda: world.confirm(sealed, OTHER))
    world.reveal(sealed)
    assert erased_by(world, sealed, START + 120)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_view_that_became_the_last_one_meanwhile_ends_the_secret(
    world: World, key: str | None
) -> None:
    sealed = world.seal(views=2)
    world.hooks.before(WRITE, lambda: world.reveal(sealed))
    assert world.reveal(sealed, key=key)[1]["views_left"] == 0
    receipt = world.receipt(sealed["id"])
    assert receipt and (receipt.state, len(receipt.views)) == ("revealed", 2)
    assert (world.secret(sealed["id"]) is None) == (key is None)


def test_a_last_view_that_another_caller_took_meanwhile_is_gone(world: World) -> None:
    sealed = world.seal()
    world.hooks.before(WRITE, lambda: world.reveal(sealed, key=KEY))
    with pytest.raises(Gone):
        world.reveal(sealed, key=OTHER)
    assert world.reveal(sealed, key=KEY)[1]["views_left"] == 0


@pytest.mark.parametrize("end", ["reveal", "revoke", "expire"])
def test_a_guess_that_the_end_overtook_is_counted_in_the_receipt(world: World, end: str) -> None:
    """It was evaluated: the sender has to learn of it."""
    sealed = world.seal(passphrase="right", ttl=60)
    ends = {
        "reveal": lambda: world.reveal(sealed, "right"),
        "revoke": lambda: world.revoke(sealed),
        "expire": lambda: world.wait(60),
    }
    # The time of the guess is taken when it arrives, so its writing is what is late.
    world.hooks.before("count_wrong", ends[end])
    with pytest.raises((Gone, PassphraseWrong)):
        world.reveal(sealed, "wrong")
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.failed_attempts == 1
    assert receipt.last_failure and receipt.last_failure.ip == "192.0.2.7"


def test_a_guess_that_a_last_view_overtook_is_counted(world: World) -> None:
    sealed = world.seal(passphrase="right")
    world.hooks.before(WRITE, lambda: world.reveal(sealed, "right", KEY))
    with pytest.raises(PassphraseWrong) as wrong:
        world.reveal(sealed, "wrong")
    assert wrong.value.extensions["attempts_left"] == 4
    secret, receipt = world.secret(sealed["id"]), world.receipt(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (4, 1)
    assert receipt and (receipt.state, receipt.failed_attempts) == ("revealed", 1)


def test_a_caller_who_meets_itself_halfway_shares_its_claim(world: World) -> None:
    sealed = world.seal()
    meet_halfway(world, lambda: world.reveal(sealed, key=KEY))
    assert world.reveal(sealed, key=KEY)[0] == "hunter2"
    receipt = world.receipt(sealed["id"])
    assert receipt and len(receipt.views) == 1


def test_a_guess_that_meets_the_last_view_halfway_is_counted(world: World) -> None:
    sealed = world.seal(passphrase="right")
    meet_halfway(world, lambda: world.reveal(sealed, "right", KEY))
    with pytest.raises(PassphraseWrong):
        world.reveal(sealed, "wrong")
    receipt = world.receipt(sealed["id"])
    assert receipt and (receipt.state, receipt.failed_attempts) == ("revealed", 1)


def refuse_every_write(world: World, sealed: dict[str, Any]) -> list[object]:
    """Refuse every transaction over a record that looks as it should; the calls so far."""
    calls: list[object] = []

    def refuse(real: object, **request: Any) -> None:
        calls.append(request)
        assert len(calls) < 10, "tried for ever"
        key = {"id": {"S": sealed["id"]}}
        item = client("dynamodb").get_item(TableName="secrets", Key=key)["Item"]
        raise cancelled("ConditionalCheckFailed", "None", item=item)

    world.hooks.always(WRITE, refuse)
    return calls


@pytest.mark.parametrize("key", [None, KEY])
def test_a_refusal_that_nothing_explains_is_not_tried_for_ever(world: World, key: str) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=OTHER)
    refuse_every_write(world, sealed)
    with pytest.raises(Unavailable):
        world.reveal(sealed, key=key)


def test_a_confirm_whose_refusal_nothing_explains_is_not_tried_for_ever(world: World) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=KEY)
    calls = refuse_every_write(world, sealed)
    with pytest.raises(Unclaimed):
        world.confirm(sealed, KEY)
    assert len(calls) == 1
