"""Claims under races: each test lets something else happen right before one write."""

from typing import Any

import pytest
from burnbag_core.errors import Gone, PassphraseWrong, Unavailable, Unclaimed

from tests.support.races import (
    KEY,
    OTHER,
    Conflicting,
    cancelled,
    confirm,
    erased_by,
    overtake,
)
from tests.support.world import START, World


def test_a_last_view_burns_where_the_only_claim_was_confirmed_meanwhile(world: World) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=KEY)
    overtake(world.recipient.store, lambda: confirm(world, sealed, KEY))
    assert world.reveal(sealed)[0] == "hunter2"
    assert world.secret(sealed["id"]) is None


def test_a_last_view_leaves_the_record_to_the_claims_of_that_moment(world: World) -> None:
    sealed = world.seal(views=3)
    world.reveal(sealed, key=KEY)
    world.clock.now += 50
    world.reveal(sealed, key=OTHER)
    overtake(world.recipient.store, lambda: confirm(world, sealed, OTHER))
    world.reveal(sealed)
    assert erased_by(world, sealed, START + 120)


def test_a_last_view_that_another_caller_took_meanwhile_is_gone(world: World) -> None:
    sealed = world.seal()
    overtake(world.recipient.store, lambda: world.reveal(sealed, key=KEY))
    with pytest.raises(Gone):
        world.reveal(sealed, key=OTHER)
    assert world.reveal(sealed, key=KEY)[1]["views_left"] == 0


def test_a_guess_that_a_last_view_overtook_is_counted(world: World) -> None:
    sealed = world.seal(passphrase="right")
    overtake(world.recipient.opener.attempts, lambda: world.reveal(sealed, "right", KEY))
    with pytest.raises(PassphraseWrong) as wrong:
        world.reveal(sealed, "wrong")
    assert wrong.value.extensions["attempts_left"] == 4
    secret, receipt = world.secret(sealed["id"]), world.receipt(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (4, 1)
    assert receipt and (receipt.state, receipt.failed_attempts) == ("revealed", 1)


def test_a_caller_who_meets_itself_halfway_shares_its_claim(world: World) -> None:
    sealed, store = world.seal(), world.recipient.store
    store.dynamodb = Conflicting(store.dynamodb, lambda: world.reveal(sealed, key=KEY))
    assert world.reveal(sealed, key=KEY)[0] == "hunter2"
    receipt = world.receipt(sealed["id"])
    assert receipt and len(receipt.views) == 1


def test_a_guess_that_meets_the_last_view_halfway_is_counted(world: World) -> None:
    sealed, attempts = world.seal(passphrase="right"), world.recipient.opener.attempts
    attempts.dynamodb = Conflicting(attempts.dynamodb, lambda: world.reveal(sealed, "right", KEY))
    with pytest.raises(PassphraseWrong):
        world.reveal(sealed, "wrong")
    receipt = world.receipt(sealed["id"])
    assert receipt and (receipt.state, receipt.failed_attempts) == ("revealed", 1)


class Refusing:
    """DynamoDB that refuses every transaction over a record that looks as it should."""

    def __init__(self, dynamodb: Any, sealed: dict[str, Any]) -> None:
        self.dynamodb = dynamodb
        self.key = {"id": {"S": sealed["id"]}}
        self.calls = 0

    def get_item(self, **arguments: Any) -> Any:
        return self.dynamodb.get_item(**arguments)

    def transact_write_items(self, **_: object) -> None:
        self.calls += 1
        assert self.calls < 10, "tried for ever"
        item = self.dynamodb.get_item(TableName="secrets", Key=self.key)["Item"]
        raise cancelled("ConditionalCheckFailed", "None", item=item)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_refusal_that_nothing_explains_is_not_tried_for_ever(world: World, key: str) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=OTHER)
    world.recipient.store.dynamodb = Refusing(world.recipient.store.dynamodb, sealed)
    with pytest.raises(Unavailable):
        world.reveal(sealed, key=key)


def test_a_confirm_whose_refusal_nothing_explains_is_not_tried_for_ever(world: World) -> None:
    sealed = world.seal(views=2)
    world.reveal(sealed, key=KEY)
    refusing = Refusing(world.recipient.store.dynamodb, sealed)
    world.recipient.store.dynamodb = refusing
    with pytest.raises(Unclaimed):
        confirm(world, sealed, KEY)
    assert refusing.calls == 1
