"""Edges of the sender's side: repeated keeping, natural ends, and what is not finished in time."""

from dataclasses import replace
from typing import Any

import pytest
from burnbag_core.errors import Gone, NotFound, Unavailable
from burnbag_core.items import key
from burnbag_core.records import Caller
from burnbag_format.base64url import encode
from burnbag_format.identity import Identity

from tests.support.fakes import START
from tests.support.world import World, client

KEY = "0" * 22


def die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_keeping_that_aws_received_twice_was_done(world: World) -> None:
    def receive_twice(real: Any, **write: Any) -> Any:
        real(**write)
        return real(**write)

    world.hooks.instead("update_item", receive_twice)
    sealed = world.seal(kind="file")
    assert world.reveal(sealed)[0] == "hunter2"


@pytest.mark.parametrize("ttl", [61, 3600])
def test_a_file_is_not_swept_in_the_minute_that_storing_it_may_take(world: World, ttl: int) -> None:
    def take_long() -> None:
        world.wait(59)
        world.sweep()

    world.hooks.before("put_object", take_long)
    assert world.reveal(world.seal(kind="file", ttl=ttl))[0] == "hunter2"


def test_a_file_that_was_swept_while_it_was_stored_is_not_told_of(world: World) -> None:
    def take_too_long() -> None:
        world.wait(60)
        world.sweep()

    world.hooks.before("put_object", take_too_long)
    with pytest.raises(Unavailable):
        world.seal(kind="file")
    assert world.ids("secrets") == set()


def test_a_file_that_is_left_to_a_claim_is_answered_again(world: World) -> None:
    first = world.seal(kind="file", idempotency_key=KEY)
    world.reveal(first, key="key-of-one-caller")
    again = world.seal(kind="file", idempotency_key=KEY)
    assert (again["id"], again["state"]) == (first["id"], "revealed")


def test_a_file_that_expired_in_its_own_time_is_answered_again(either_world: World) -> None:
    first = either_world.seal(kind="file", ttl=60, idempotency_key=KEY)
    either_world.wait(60)
    again = either_world.seal(kind="file", ttl=60, idempotency_key=KEY)
    assert (again["id"], again["state"], again["views_left"]) == (first["id"], "expired", 0)


def test_what_was_swept_unfinished_is_not_revoked(world: World) -> None:
    """Nobody has settled its receipt yet, so time is all that can have ended it."""
    world.hooks.instead("put_object", die)
    with pytest.raises(KeyboardInterrupt):
        world.seal(kind="file", idempotency_key=KEY)
    identity = Identity.of_key(KEY)
    world.wait(60)
    world.sweep()
    assert world.ids("secrets") == set()
    with pytest.raises(Gone) as gone:
        world.revoke({"id": identity.id, "receipt_token": encode(identity.receipt_token)})
    assert gone.value.extensions["state"] == "expired"


@pytest.mark.parametrize(("kind", "views_before"), [("text", 0), ("file", 1)])
def test_what_is_burned_while_it_is_asked_for_again_is_answered(
    world: World, kind: str, views_before: int
) -> None:
    """A view proves that a file was finished, whatever has become of its record since."""
    order: dict[str, Any] = {"kind": kind, "views": views_before + 1, "idempotency_key": KEY}
    first = world.seal(**order)
    for _ in range(views_before):
        world.reveal(first)

    def burn_after(real: Any, **read: Any) -> Any:
        answer = real(**read)
        world.reveal(first)
        return answer

    world.hooks.instead("get_item", burn_after)
    assert world.seal(**order)["token"] == first["token"]
    assert world.secret(first["id"]) is None


def test_without_a_key_nobody_is_answered_what_somebody_else_sealed(either_world: World) -> None:
    """It takes randomness that repeats itself. The second content would be lost unnoticed."""
    world = either_world
    world.create = replace(world.create, sender=replace(world.sender, random=bytes))
    first = world.seal("hunter2")
    with pytest.raises(Unavailable):
        world.seal("hunter3")
    assert world.reveal(first)[0] == "hunter2"


def test_the_receipt_of_what_nobody_opened_is_kept_for_ninety_days(world: World) -> None:
    sealed = world.seal(ttl=60)
    world.wait(100)
    world.sweep()
    world.reap()
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.purge_at == sealed["expires_at"] + 90 * 86400


def test_the_receipt_of_what_was_revoked_is_kept_for_ninety_days(world: World) -> None:
    sealed = world.seal()
    world.wait(100)
    world.revoke(sealed)
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.purge_at == START + 100 + 90 * 86400


def test_nothing_is_revoked_from_the_second_on_in_which_it_expires(either_world: World) -> None:
    """Nor if the clock was read a moment before."""
    sealed, store = either_world.seal(ttl=60), either_world.sender.store
    assert store.revoke(sealed["id"], START + 60, Caller()) is False
    assert store.revoke(sealed["id"], START + 59, Caller()) is True


def test_a_receipt_is_read_as_the_last_write_left_it(world: World) -> None:
    sealed, reads = world.seal(), []

    def remember(real: Any, **read: Any) -> Any:
        reads.append(read)
        return real(**read)

    world.hooks.instead("get_item", remember)
    world.show_receipt(sealed)
    assert [read["ConsistentRead"] for read in reads] == [True]


@pytest.mark.parametrize("kind", ["text", "file", "upload"])
def test_no_sweep_takes_a_secret_before_it_expires(world: World, kind: str) -> None:
    sealed = world.seal(kind=kind, ttl=3600)
    world.wait(3599)
    world.sweep()
    assert world.peek(sealed)["views_left"] == 1
    world.wait(1)
    world.sweep()
    assert world.secret(sealed["id"]) is None


def test_a_receipt_that_was_purged_is_there_for_nobody(world: World) -> None:
    sealed = world.seal()
    client("dynamodb").delete_item(TableName="receipts", Key=key(sealed["id"]))
    with pytest.raises(NotFound):
        world.show_receipt(sealed)


def test_a_link_has_its_token_where_no_browser_sends_it(either_world: World) -> None:
    sealed = either_world.seal()
    assert sealed["link"] == f"https://burnbag.example/#{sealed['id']}.{sealed['token']}"
