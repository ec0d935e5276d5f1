"""What a role that may update records can forge, and what it can't."""

import pytest
from burnbag_core.errors import Damaged, Gone

from tests.support.races import KEY, OTHER, WRITE
from tests.support.world import World, client
from tests.unit.conftest import change


def views_of(world: World, secret_id: str) -> int:
    receipt = world.receipt(secret_id)
    assert receipt
    return len(receipt.views)


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("forged", [1, 2])
def test_a_view_that_is_given_back_is_not_shown_again(
    world: World, forged: int, key: str | None
) -> None:
    """The receipt counts for itself: two of two."""
    sealed = world.seal(views=2)
    world.reveal(sealed)
    change(sealed["id"], views_left=2)
    world.reveal(sealed, key=OTHER)
    change(sealed["id"], views_left=forged)
    with pytest.raises(Damaged):
        world.reveal(sealed, key=key)
    assert views_of(world, sealed["id"]) == 2


def test_who_finds_a_forged_view_has_spent_no_guess(world: World) -> None:
    sealed = world.seal(views=2, passphrase="right")
    world.reveal(sealed, "right")
    change(sealed["id"], views_left=2)
    world.reveal(sealed, "right")
    with pytest.raises(Damaged):
        world.reveal(sealed, "right")
    secret = world.secret(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (5, 0)


def test_a_record_that_is_put_again_after_its_end_opens_for_nobody(world: World) -> None:
    sealed = world.seal()
    found = client("dynamodb").get_item(TableName="secrets", Key={"id": {"S": sealed["id"]}})
    world.reveal(sealed)
    client("dynamodb").put_item(TableName="secrets", Item=found["Item"])
    with pytest.raises(Gone):
        world.reveal(sealed)
    assert views_of(world, sealed["id"]) == 1


def test_what_is_left_is_what_the_transaction_decided(world: World) -> None:
    """Ten others are between the reading and the writing; each answer has a number of its own."""
    sealed = world.seal(views=12)
    told: list[int] = []

    def reveal_first(others: int) -> None:
        if others:
            world.hooks.before(WRITE, lambda: reveal_first(others - 1))
        told.append(world.reveal(sealed)[1]["views_left"])

    reveal_first(10)
    assert told == list(range(11, 0, -1))
