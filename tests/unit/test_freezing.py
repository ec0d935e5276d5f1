"""`on_lock: freeze`: five wrong guesses close a secret until its sender allows five more."""

from typing import Any

import pytest
from burnbag_core.errors import (
    BadRequest,
    Busy,
    Damaged,
    Frozen,
    Gone,
    NotFound,
    NotFrozen,
    PassphraseWrong,
)
from burnbag_core.records import Caller

from tests.support.api import Api
from tests.support.races import KEY, WRITE
from tests.support.world import World, client, receipt_of
from tests.unit.conftest import change


def frozen(world: World, **fields: Any) -> dict[str, Any]:
    sealed = world.seal(passphrase="right", on_lock="freeze", **fields)
    guess_wrong(world, sealed, 5)
    return sealed


def guess_wrong(world: World, sealed: dict[str, Any], times: int) -> None:
    for _ in range(times):
        with pytest.raises(PassphraseWrong):
            world.reveal(sealed, "wrong")


def test_a_frozen_secret_opens_for_nobody_until_its_sender_says_so(either_world: World) -> None:
    world, sealed = either_world, frozen(either_world)
    for passphrase in ("right", "wrong", None):
        with pytest.raises(Frozen):
            world.reveal(sealed, passphrase)
    assert world.peek(sealed)["frozen"] is True
    secret = world.secret(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (0, 5)
    world.unfreeze(sealed, "arn:sender")
    assert world.peek(sealed)["frozen"] is False
    assert world.reveal(sealed, "right")[0] == "hunter2"
    assert world.show_receipt(sealed)["failed_attempts"] == 5


def test_five_more_guesses_are_five(either_world: World) -> None:
    world, sealed = either_world, frozen(either_world)
    world.unfreeze(sealed)
    guess_wrong(world, sealed, 5)
    with pytest.raises(Frozen):
        world.reveal(sealed, "right")
    receipt = world.receipt(sealed["id"])
    assert receipt and (receipt.failed_attempts, receipt.unfrozen) == (10, 1)


def test_a_second_unfreezing_allows_nothing_more(either_world: World) -> None:
    world, sealed = either_world, frozen(either_world)
    world.unfreeze(sealed)
    guess_wrong(world, sealed, 2)
    with pytest.raises(NotFrozen):
        world.unfreeze(sealed)
    secret = world.secret(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (3, 2)


def test_of_two_simultaneous_unfreezings_one_counts(world: World) -> None:
    sealed = frozen(world)
    world.hooks.before(WRITE, lambda: world.unfreeze(sealed))
    with pytest.raises(NotFrozen):
        world.unfreeze(sealed)
    receipt, secret = world.receipt(sealed["id"]), world.secret(sealed["id"])
    assert receipt and secret and receipt.unfrozen == secret.unfrozen == 1


def test_a_late_copy_of_an_unfreezing_lifts_no_later_freezing(either_world: World) -> None:
    world, sealed = either_world, frozen(either_world)
    first = world.show_receipt(sealed)["frozen_at"]
    world.unfreeze(sealed, frozen_at=first)
    world.wait(5)
    guess_wrong(world, sealed, 5)
    with pytest.raises(NotFrozen):
        world.unfreeze(sealed, frozen_at=first)
    assert world.peek(sealed)["frozen"] is True
    world.unfreeze(sealed, frozen_at=first + 5)
    assert world.peek(sealed)["frozen"] is False


def test_an_unfreezing_that_another_overtook_lifts_no_later_freezing(world: World) -> None:
    sealed = frozen(world)
    first = world.show_receipt(sealed)["frozen_at"]

    def overtake() -> None:
        world.unfreeze(sealed)
        world.wait(5)
        guess_wrong(world, sealed, 5)

    world.hooks.before(WRITE, overtake)
    with pytest.raises(NotFrozen):
        world.unfreeze(sealed, frozen_at=first)
    assert world.peek(sealed)["frozen"] is True


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (Caller("arn:sender", "192.0.2.7", "curl/8.5.0"), Caller()),
        (Caller("arn:sender"), Caller(ip="192.0.2.7", agent="curl/8.5.0")),
        (Caller(ip="192.0.2.7"), Caller("arn:sender", "192.0.2.9", "curl/8.5.0")),
    ],
)
def test_the_receipt_says_who_unfroze_it_last(
    either_world: World, first: Caller, last: Caller
) -> None:
    """Nothing of the call before, though more was known of that one."""
    world, sealed = either_world, frozen(either_world)
    for by in (first, last):
        world.wait(5)
        world.sender.unfreeze(receipt_of(sealed), None, by)
        receipt = world.receipt(sealed["id"])
        assert receipt and receipt.unfrozen_at == world.clock()
        assert Caller(receipt.unfrozen_by, receipt.unfrozen_ip, receipt.unfrozen_agent) == by
        assert world.show_receipt(sealed)["frozen_at"] is None
        guess_wrong(world, sealed, 5)


def test_what_has_ended_is_not_unfrozen(either_world: World) -> None:
    world, sealed = either_world, frozen(either_world)
    world.revoke(sealed)
    with pytest.raises(Gone):
        world.unfreeze(sealed)
    late = frozen(world, ttl=60)
    world.wait(60)
    with pytest.raises(Gone):
        world.unfreeze(late)
    assert world.show_receipt(late)["frozen_at"] is None


def test_lost_attempts_freeze_instead_of_destroying(world: World) -> None:
    sealed = world.seal(passphrase="right", on_lock="freeze")
    change(sealed["id"], attempts_left=0, attempted_at=world.clock())
    with pytest.raises(Busy):
        world.reveal(sealed, "right")
    world.wait(61)
    with pytest.raises(Frozen):
        world.reveal(sealed, "right")
    secret = world.secret(sealed["id"])
    assert secret and secret.failed_attempts == 0
    world.unfreeze(sealed)
    assert world.reveal(sealed, "right")[0] == "hunter2"
    assert world.show_receipt(sealed)["failed_attempts"] == 0


def test_a_guess_of_before_does_not_count_against_the_new_ones(world: World) -> None:
    """It was evaluated, so the receipt tells of it."""
    sealed = world.seal(passphrase="right", on_lock="freeze")

    def freeze_and_thaw() -> None:
        change(sealed["id"], attempts_left=0, attempted_at=world.clock() - 100)
        with pytest.raises(Frozen):
            world.reveal(sealed, "right")
        world.unfreeze(sealed)

    world.hooks.before("count_wrong", freeze_and_thaw)
    with pytest.raises(Exception, match="Try again"):
        world.reveal(sealed, "wrong")
    secret = world.secret(sealed["id"])
    assert secret and (secret.attempts_left, secret.failed_attempts) == (5, 0)
    assert world.show_receipt(sealed)["failed_attempts"] == 1


def test_a_guess_that_the_freezing_overtook_is_in_the_receipt(world: World) -> None:
    sealed = world.seal(passphrase="right", on_lock="freeze")

    def freeze() -> None:
        change(sealed["id"], attempts_left=0, attempted_at=world.clock() - 100)
        with pytest.raises(Frozen):
            world.reveal(sealed, "right")

    world.hooks.before("count_wrong", freeze)
    with pytest.raises(Frozen):
        world.reveal(sealed, "wrong")
    assert world.show_receipt(sealed)["failed_attempts"] == 1


@pytest.mark.parametrize("thaw", [True, False])
def test_an_attempt_of_before_is_not_handed_back_to_the_new_ones(world: World, thaw: bool) -> None:
    sealed = world.seal(passphrase="right", on_lock="freeze")

    def freeze() -> None:
        change(sealed["id"], attempts_left=0, attempted_at=world.clock() - 100)
        with pytest.raises(Frozen):
            world.reveal(sealed, "right")
        if thaw:
            world.unfreeze(sealed)
            guess_wrong(world, sealed, 1)

    def fail(*_: object) -> None:
        freeze()
        raise Damaged

    world.hooks.instead("unwrap", fail)
    with pytest.raises(Damaged):
        world.reveal(sealed, "right")
    secret = world.secret(sealed["id"])
    assert secret and secret.attempts_left == (4 if thaw else 0)


def test_a_guess_of_before_burns_nothing(world: World) -> None:
    sealed = world.seal(passphrase="right", on_lock="freeze")

    def freeze() -> None:
        change(sealed["id"], attempts_left=0, attempted_at=world.clock() - 100)
        with pytest.raises(Frozen):
            world.reveal(sealed, "right")

    world.hooks.before("consume", freeze)
    with pytest.raises(Frozen):
        world.reveal(sealed, "right")
    assert world.show_receipt(sealed)["views"] == []


def test_a_claim_is_no_way_around(either_world: World) -> None:
    world, sealed = either_world, either_world.seal(views=2, passphrase="right", on_lock="freeze")
    world.reveal(sealed, "right", KEY)
    guess_wrong(world, sealed, 5)
    with pytest.raises(Frozen):
        world.reveal(sealed, "right", KEY)
    world.confirm(sealed, KEY)


def test_on_the_wire(api: Api) -> None:
    sealed = api.sealed(passphrase="right", on_lock="freeze")
    assert sealed["on_lock"] == "freeze"
    for left in (4, 3, 2, 1, 0):
        wrong = api.reveal_secret(sealed["id"], sealed["token"], passphrase="wrong")
        assert (wrong.status, wrong.body["attempts_left"]) == (403, left)
    refused = api.reveal_secret(sealed["id"], sealed["token"], passphrase="right")
    assert (refused.status, refused.problem) == (423, "frozen")
    peeked = api.peek(sealed["id"], sealed["token"]).body
    assert (peeked["frozen"], peeked["on_lock"]) == (True, "freeze")
    path = f"/v1/receipts/{sealed['id']}/unfreeze"
    odds: list[Any] = ["1", 1.5, True, {}]
    for odd in odds:
        answer = api.call("POST", path, {"frozen_at": odd}, token=sealed["receipt_token"])
        assert (answer.status, answer.body["field"]) == (400, "frozen_at")
    for token in (None, sealed["token"], "x"):
        assert api.call("POST", path, token=token).status == 404
    frozen_at = api.receipt(sealed["id"], sealed["receipt_token"]).body["frozen_at"]
    other = api.call("POST", path, {"frozen_at": frozen_at - 1}, token=sealed["receipt_token"])
    assert (other.status, other.problem) == (409, "not-frozen")
    named = api.call("POST", path, {"frozen_at": frozen_at}, token=sealed["receipt_token"])
    assert named.status == 204
    again = api.call("POST", path, token=sealed["receipt_token"])
    assert (again.status, again.problem) == (409, "not-frozen")
    opened = api.reveal_secret(sealed["id"], sealed["token"], passphrase="right")
    assert opened.body["secret"] == "hunter2"
    gone = api.call("POST", path, token=sealed["receipt_token"])
    assert (gone.status, gone.problem) == (410, "gone")


@pytest.mark.parametrize("on_lock", ["melt", "", 1, None, ["burn"]])
def test_what_is_no_choice_is_refused(api: Api, on_lock: object) -> None:
    answer = api.seal(secret="x", passphrase="p", on_lock=on_lock)
    assert (answer.status, answer.body["field"]) == (400, "on_lock")


def test_without_a_passphrase_nothing_freezes(world: World) -> None:
    with pytest.raises(BadRequest, match="passphrase"):
        world.seal(on_lock="freeze")
    assert world.seal(on_lock="burn")["on_lock"] == "burn"


def test_a_stored_choice_that_was_changed_does_not_open(world: World) -> None:
    for choice, other in (("burn", "freeze"), ("freeze", "burn")):
        sealed = world.seal(passphrase="right", on_lock=choice)
        change(sealed["id"], on_lock=other)
        with pytest.raises((PassphraseWrong, Damaged)):
            world.reveal(sealed, "right")


def test_nobody_elses_token_unfreezes(either_world: World) -> None:
    world, sealed = either_world, frozen(either_world)
    with pytest.raises(NotFound):
        world.unfreeze(sealed | {"receipt_token": sealed["token"]})


def test_the_item_of_a_frozen_secret_says_when(world: World) -> None:
    sealed = frozen(world)
    item = client("dynamodb").get_item(TableName="secrets", Key={"id": {"S": sealed["id"]}})
    assert item["Item"]["frozen_at"] == {"N": str(world.clock())}
    world.unfreeze(sealed)
    item = client("dynamodb").get_item(TableName="secrets", Key={"id": {"S": sealed["id"]}})
    assert "frozen_at" not in item["Item"]
