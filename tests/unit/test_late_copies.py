"""A request that arrives again, after its answer was had and confirmed, consumes nothing."""

import pytest
from burnbag_core.errors import AlreadyConfirmed, Gone

from tests.support.api import Api
from tests.support.races import KEY, OTHER, WRITE
from tests.support.world import World, client


def views_seen(world: World, secret_id: str) -> int:
    receipt = world.receipt(secret_id)
    assert receipt
    return len(receipt.views)


@pytest.mark.parametrize("kind", ["text", "file", "upload"])
def test_a_reveal_that_comes_again_after_its_confirm_takes_no_view(
    either_world: World, kind: str
) -> None:
    world, sealed = either_world, either_world.seal(kind=kind, views=3)
    if kind == "upload":
        world.upload(sealed, "hunter2")
    world.reveal(sealed, key=KEY)
    world.confirm(sealed, KEY)
    with pytest.raises(AlreadyConfirmed):
        world.reveal(sealed, key=KEY)
    assert views_seen(world, sealed["id"]) == 1
    assert world.peek(sealed)["views_left"] == 2


def test_it_takes_no_guess_either(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=2, passphrase="right")
    world.reveal(sealed, "right", KEY)
    world.confirm(sealed, KEY)
    for passphrase in ("right", "wrong"):
        with pytest.raises(AlreadyConfirmed):
            world.reveal(sealed, passphrase, KEY)
    secret = world.secret(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (5, 0)


def test_it_is_told_of_the_end_when_the_record_is_gone(either_world: World) -> None:
    """Until then its key is used up, so that a caller with more keys goes on to the next."""
    world, sealed = either_world, either_world.seal(views=2)
    for key in (KEY, OTHER):
        world.reveal(sealed, key=key)
    world.confirm(sealed, KEY)
    with pytest.raises(AlreadyConfirmed):
        world.reveal(sealed, key=KEY)
    assert world.reveal(sealed, key=OTHER)[0] == "hunter2"
    world.confirm(sealed, OTHER)
    for key in (KEY, OTHER):
        with pytest.raises(Gone):
            world.reveal(sealed, key=key)


def test_keys_are_remembered_as_long_as_there_is_a_record(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=3)
    for key in (KEY, OTHER):
        world.reveal(sealed, key=key)
        world.confirm(sealed, key)
        world.wait(200)
    for key in (KEY, OTHER):
        with pytest.raises(AlreadyConfirmed):
            world.reveal(sealed, key=key)
    secret = world.secret(sealed["id"])
    assert secret and len(secret.confirmed) == 2 and not secret.claims
    assert world.peek(sealed)["views_left"] == 1


def test_a_copy_that_runs_beside_reveal_and_confirm_takes_no_view(world: World) -> None:
    """It has read the record before the first reveal, and writes after the confirm."""
    sealed = world.seal(views=3, passphrase="right")

    def be_faster() -> None:
        world.reveal(sealed, "right", KEY)
        world.confirm(sealed, KEY)

    world.hooks.before(WRITE, be_faster)
    with pytest.raises(AlreadyConfirmed):
        world.reveal(sealed, "right", KEY)
    secret = world.secret(sealed["id"])
    assert secret and (secret.views_left, secret.attempts_left) == (2, 5)
    assert views_seen(world, sealed["id"]) == 1


def test_another_key_takes_another_view(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=2)
    world.reveal(sealed, key=KEY)
    world.confirm(sealed, KEY)
    assert world.reveal(sealed, key=OTHER)[1]["views_left"] == 0


def test_a_record_of_before_that_knows_no_confirmed_keys_gets_them(api: Api) -> None:
    sealed = api.sealed(views=3)
    client("dynamodb").update_item(
        TableName="secrets", Key={"id": {"S": sealed["id"]}}, UpdateExpression="REMOVE confirmed"
    )
    assert api.reveal_secret(sealed["id"], sealed["token"], KEY).status == 200
    assert api.confirm(sealed["id"], sealed["token"], KEY).status == 204
    again = api.reveal_secret(sealed["id"], sealed["token"], KEY)
    assert (again.status, again.problem) == (409, "already-confirmed")
    assert api.peek(sealed["id"], sealed["token"]).body["views_left"] == 2
