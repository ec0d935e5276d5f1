"""Which claims a record is left to, and when it goes: after the last view, and after a confirm."""

import pytest
from burnbag_core.errors import BurnbagError

from tests.support.races import KEY, OTHER, THIRD, confirm, erased_by, overtake
from tests.support.world import START, World


def test_after_the_last_view_a_confirmed_claim_no_longer_keeps_the_record(
    either_world: World,
) -> None:
    world, sealed = either_world, either_world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.clock.now += 50
    world.reveal(sealed, key=OTHER)
    confirm(world, sealed, OTHER)
    assert erased_by(world, sealed, START + 120)


def test_after_the_last_view_the_record_lives_as_long_as_the_longest_claim(
    either_world: World,
) -> None:
    world, sealed = either_world, either_world.seal(views=3)
    for key in (KEY, OTHER, THIRD):
        world.reveal(sealed, key=key)
        world.clock.now += 20
    confirm(world, sealed, THIRD)
    assert erased_by(world, sealed, START + 140)


def test_a_confirm_before_the_last_view_leaves_the_secret_its_time(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=3)
    for key in (KEY, OTHER):
        world.reveal(sealed, key=key)
    confirm(world, sealed, KEY)
    world.clock.now += 120
    world.sweep()
    assert world.reveal(sealed)[0] == "hunter2"


def test_a_claim_that_is_over_does_not_keep_the_record_from_the_last_view(
    either_world: World,
) -> None:
    world, sealed = either_world, either_world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.clock.now += 120
    world.reveal(sealed)
    assert world.secret(sealed["id"]) is None


def test_a_claim_that_is_over_does_not_keep_the_record_from_a_confirm(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.clock.now += 119
    world.reveal(sealed, key=OTHER)
    world.clock.now += 1
    confirm(world, sealed, OTHER)
    assert world.secret(sealed["id"]) is None


def test_a_confirm_that_the_last_view_overtook_removes_the_record(world: World) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=KEY)
    overtake(world.recipient.store, lambda: world.reveal(sealed))
    confirm(world, sealed, KEY)
    assert world.secret(sealed["id"]) is None


def test_the_later_of_two_simultaneous_confirms_removes_the_record(world: World) -> None:
    sealed = world.seal(views=2)
    for key in (KEY, OTHER):
        world.reveal(sealed, key=key)
    overtake(world.recipient.store, lambda: confirm(world, sealed, OTHER))
    confirm(world, sealed, KEY)
    assert world.secret(sealed["id"]) is None


def test_one_of_two_simultaneous_confirms_of_a_claim_finds_it_gone(world: World) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=KEY)
    overtake(world.recipient.store, lambda: confirm(world, sealed, KEY))
    with pytest.raises(BurnbagError) as refused:
        confirm(world, sealed, KEY)
    assert refused.value.type == "unclaimed"
    assert world.reveal(sealed)[0] == "hunter2"
