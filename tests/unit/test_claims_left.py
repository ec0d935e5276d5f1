"""Which claims a record is left to, and when it goes: after the last view, and after a confirm."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from burnbag_core.errors import BurnbagError, PassphraseWrong
from burnbag_core.records import Claim

from tests.support.fakes import START
from tests.support.races import KEY, OTHER, THIRD, WRITE, erased_by
from tests.support.services import load
from tests.support.world import World, memory_world


def test_after_the_last_view_a_confirmed_claim_no_longer_keeps_the_record(
    either_world: World,
) -> None:
    world, sealed = either_world, either_world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.wait(50)
    world.reveal(sealed, key=OTHER)
    world.confirm(sealed, OTHER)
    assert erased_by(world, sealed, START + 120)


def test_after_the_last_view_the_record_lives_as_long_as_the_longest_claim(
    either_world: World,
) -> None:
    world, sealed = either_world, either_world.seal(views=3)
    for key in (KEY, OTHER, THIRD):
        world.reveal(sealed, key=key)
        world.wait(20)
    world.confirm(sealed, THIRD)
    assert erased_by(world, sealed, START + 140)


def test_a_confirm_before_the_last_view_leaves_the_secret_its_time(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=3)
    for key in (KEY, OTHER):
        world.reveal(sealed, key=key)
    world.confirm(sealed, KEY)
    world.wait(120)
    world.sweep()
    assert world.reveal(sealed)[0] == "hunter2"


def test_a_claim_that_is_over_does_not_keep_the_record_from_the_last_view(
    either_world: World,
) -> None:
    world, sealed = either_world, either_world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.wait(120)
    world.reveal(sealed)
    assert world.secret(sealed["id"]) is None


def test_a_claim_that_is_over_does_not_keep_the_record_from_a_confirm(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.wait(119)
    world.reveal(sealed, key=OTHER)
    world.wait(1)
    world.confirm(sealed, OTHER)
    assert world.secret(sealed["id"]) is None


def test_a_confirm_that_the_last_view_overtook_removes_the_record(world: World) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.hooks.before(WRITE, lambda: world.reveal(sealed))
    world.confirm(sealed, KEY)
    assert world.secret(sealed["id"]) is None


def test_the_later_of_two_simultaneous_confirms_removes_the_record(world: World) -> None:
    sealed = world.seal(views=2)
    for key in (KEY, OTHER):
        world.reveal(sealed, key=key)
    world.hooks.before(WRITE, lambda: world.confirm(sealed, OTHER))
    world.confirm(sealed, KEY)
    assert world.secret(sealed["id"]) is None


def test_one_of_two_simultaneous_confirms_of_a_claim_finds_it_gone(world: World) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.hooks.before(WRITE, lambda: world.confirm(sealed, KEY))
    with pytest.raises(BurnbagError) as refused:
        world.confirm(sealed, KEY)
    assert refused.value.type == "unclaimed"
    assert world.reveal(sealed)[0] == "hunter2"


def reveal_it(world: World, sealed: dict[str, Any]) -> None:
    world.reveal(sealed, "right")


def reveal_it_with_a_claim(world: World, sealed: dict[str, Any]) -> None:
    world.reveal(sealed, "right", KEY)


def revoke_it(world: World, sealed: dict[str, Any]) -> None:
    world.revoke(sealed)


def lock_it(world: World, sealed: dict[str, Any]) -> None:
    for _ in range(5):
        with pytest.raises(PassphraseWrong):
            world.reveal(sealed, "wrong")


@pytest.mark.parametrize("end", [reveal_it, reveal_it_with_a_claim, revoke_it, lock_it])
def test_a_receipt_is_purged_ninety_days_after_the_end(
    either_world: World, end: Callable[[World, dict[str, Any]], None]
) -> None:
    world, sealed = either_world, either_world.seal(passphrase="right", ttl=3600)
    world.wait(10)
    end(world, sealed)
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.purge_at == START + 10 + 90 * 86400


def test_a_key_whose_claim_is_over_takes_a_view_like_any_other(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.wait(120)
    assert world.reveal(sealed, key=KEY)[1]["views_left"] == 0
    receipt = world.receipt(sealed["id"])
    assert receipt and len(receipt.views) == 2


def test_who_claims_nothing_is_told_of_no_claim(either_world: World) -> None:
    assert "claimed_until" not in either_world.reveal(either_world.seal())[1]


def test_a_claim_request_does_not_show_its_key() -> None:
    assert KEY not in repr(load("reveal", "chalicelib.claims").ClaimRequest(KEY, 120))


def test_claims_that_are_over_are_cleared_away_by_later_views(world: World) -> None:
    """Else a record with many views would grow with each, up to DynamoDB's 400 KB."""
    sealed = world.seal(views=60)
    for number in range(30):
        world.reveal(sealed, key=f"caller-{number:016}")
    world.wait(121)
    for number, left in ((30, 11), (31, 2), (32, 3)):
        world.reveal(sealed, key=f"caller-{number:016}")
        record = world.secret(sealed["id"])
        assert record and len(record.claims) == left


def test_a_claim_that_begins_again_is_not_cleared_away(world: World) -> None:
    sealed = world.seal(views=3)
    world.reveal(sealed, key=KEY)
    world.wait(121)
    assert world.reveal(sealed, key=KEY)[1]["views_left"] == 1
    assert world.reveal(sealed, key=KEY)[1]["views_left"] == 1


def test_clearing_away_takes_nothing_from_who_claims_at_the_same_time(world: World) -> None:
    """A view without a key reads the record, finds a dead claim, and is overtaken by its caller."""
    sealed = world.seal(views=3)
    world.reveal(sealed, key=KEY)
    world.wait(121)
    world.hooks.before(WRITE, lambda: world.reveal(sealed, key=KEY))
    world.reveal(sealed)
    assert world.reveal(sealed, key=KEY)[1]["views_left"] == 1


def test_only_what_is_over_is_cleared_away_and_not_what_begins_again() -> None:
    claims, world = load("reveal", "chalicelib.claims"), memory_world()
    secret = world.secret(world.seal()["id"])
    assert secret
    again = claims.ClaimRequest(KEY, 120)
    over = {str(number): Claim(until=START, views_left=1) for number in range(30)}
    living = {"living": Claim(until=START + 1, views_left=1)}
    secret = replace(secret, claims={again.key_hash: over["0"]} | living | over)
    assert claims.find_dead(secret, again, START) == list(over)[:20]
    assert claims.find_dead(secret, None, START) == [again.key_hash, *over][:20]
