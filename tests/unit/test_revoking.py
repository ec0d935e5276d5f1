"""Many secrets at once: each ends as by its sender, and whatever breaks off can be repeated."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.errors import Frozen, Gone, PassphraseWrong, Unavailable
from burnbag_core.records import Caller

from tests.support.services import load
from tests.support.world import World, memory_world

asked = load("create", "chalicelib.asked")
SENDER = "arn:aws:iam::1:role/sender"
OPERATOR = Caller("arn:aws:sts::123456789012:assumed-role/operators/ada", "192.0.2.9", "burnbag/1")
DONE = {"created_by": SENDER, "revoked": 0, "already_ended": 0, "failed": 0, "cursor": None}


def revoke(world: World, dry_run: bool = False, **question: Any) -> dict[str, Any]:
    found: dict[str, Any] = world.create.revoker.revoke(
        asked.Asked(SENDER, **question), OPERATOR, dry_run
    )
    return found


def revoke_all(world: World, **question: Any) -> Counter[str]:
    """All pages; what they come to."""
    total, after = Counter[str](), None
    while True:
        page = revoke(world, after=after, **question)
        total.update({k: page[k] for k in ("found", "revoked", "already_ended", "failed")})
        if page["cursor"] is None:
            return total
        after = asked.read_cursor(page["cursor"], 0, asked.LATEST)


def states(world: World, sealed: list[dict[str, Any]]) -> list[str]:
    return [world.show_receipt(each)["state"] for each in sealed]


@pytest.fixture
def memory() -> World:
    return memory_world()


def test_all_that_is_open_ends_and_its_receipt_names_the_operator(either_world: World) -> None:
    world = either_world
    sealed = [world.seal() for _ in range(30)]
    assert revoke(world) == DONE | {"found": 30, "revoked": 30}
    for each in sealed:
        receipt = world.receipt(each["id"])
        assert receipt
        assert (receipt.state, receipt.ended_by) == ("revoked", OPERATOR.by)
        assert (receipt.ended_ip, receipt.ended_agent) == (OPERATOR.ip, OPERATOR.agent)
        assert world.secret(each["id"]) is None
        with pytest.raises(Gone, match="revoked"):
            world.reveal(each)


def test_a_second_run_finds_nothing(either_world: World) -> None:
    for _ in range(5):
        either_world.seal()
    revoke(either_world)
    assert revoke(either_world) == DONE | {"found": 0}


def test_a_dry_run_counts_and_changes_nothing(either_world: World) -> None:
    sealed = [either_world.seal() for _ in range(5)]
    before = [either_world.receipt(each["id"]) for each in sealed]
    assert revoke(either_world, dry_run=True) == DONE | {"found": 5}
    assert [either_world.receipt(each["id"]) for each in sealed] == before
    assert either_world.reveal(sealed[0])[0] == "hunter2"


def test_pages_end_all_of_them_and_each_once(memory: World) -> None:
    sealed = [memory.seal() for _ in range(25)]
    assert revoke_all(memory, limit=10) == Counter(found=25, revoked=25)
    assert set(states(memory, sealed)) == {"revoked"}


def test_only_what_fits_ends(either_world: World) -> None:
    world = either_world
    old = world.seal(label="staging 1")
    world.wait(100)
    labelled, other = world.seal(label="staging 2"), world.seal(label="payslip")
    since = world.clock() - 50
    assert revoke(world, label="staging", since=since)["revoked"] == 1
    assert states(world, [old, labelled, other]) == ["sealed", "revoked", "sealed"]
    assert revoke(world, until=since)["revoked"] == 1
    assert states(world, [old, labelled, other]) == ["revoked", "revoked", "sealed"]


def test_of_every_kind_and_with_every_claim_it_does_what_a_single_revocation_does(
    either_world: World,
) -> None:
    """What has arrived and what has not, what is claimed, frozen, locked and ended."""
    world = either_world

    def frozen_or_locked(on_lock: str) -> dict[str, Any]:
        sealed = world.seal(passphrase="right", on_lock=on_lock)
        for _ in range(5):
            with pytest.raises((PassphraseWrong, Frozen)):
                world.reveal(sealed, "wrong")
        return sealed

    waiting, file = world.seal(kind="upload"), world.seal(kind="file")
    arrived = world.seal(kind="upload")
    world.upload(arrived, "hunter2")
    frozen, locked = frozen_or_locked("freeze"), frozen_or_locked("burn")
    claimed, half = world.seal(), world.seal(views=2)
    world.reveal(claimed, key="k" * 22)
    world.reveal(half, key="k" * 22)
    expired = world.seal(ttl=60)
    world.wait(61)
    assert revoke(world) == DONE | {"found": 5, "revoked": 5}
    assert states(world, [waiting, file, arrived, frozen, half]) == ["revoked"] * 5
    assert states(world, [locked, claimed, expired]) == ["locked", "revealed", "expired"]
    # The last view was had before: who has its claim keeps it, as after a single revocation.
    assert world.reveal(claimed, key="k" * 22)[0] == "hunter2"
    with pytest.raises(Gone):
        world.reveal(half, key="k" * 22)


def test_what_ends_while_it_waits_for_its_turn_has_already_ended(memory: World) -> None:
    sealed = [memory.seal() for _ in range(3)]
    memory.hooks.before("revoke", lambda: memory.reveal(sealed[0]))
    memory.create = replace(memory.create, revoker=replace(memory.create.revoker, threads=1))
    found = revoke(memory)
    assert found == DONE | {"found": 3, "revoked": 2, "already_ended": 1}
    assert sorted(states(memory, sealed)) == ["revealed", "revoked", "revoked"]


def test_what_aws_could_not_do_has_failed_and_comes_again(memory: World) -> None:
    sealed = [memory.seal() for _ in range(20)]
    bad = {each["id"] for each in sealed[:7]}

    def fail(real: Callable[..., bool], secret_id: str, *rest: Any) -> bool:
        if secret_id in bad:
            raise Unavailable("TransactWriteItems ThrottlingException")
        return real(secret_id, *rest)

    memory.hooks.always("revoke", fail)
    assert revoke(memory) == DONE | {"found": 20, "revoked": 13, "failed": 7}
    memory.hooks.undo()
    assert revoke(memory) == DONE | {"found": 7, "revoked": 7}
    assert set(states(memory, sealed)) == {"revoked"}


def test_what_aws_failed_at_is_logged_without_a_word_of_the_secret(
    memory: World, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = memory.seal(label="payslip")

    def fail(*_: Any) -> bool:
        raise Unavailable("TransactWriteItems ThrottlingException")

    memory.hooks.always("revoke", fail)
    revoke(memory)
    assert caplog.messages == ["AWS failed: TransactWriteItems ThrottlingException"]
    assert sealed["id"] not in caplog.text and "payslip" not in caplog.text


def test_whose_turn_does_not_come_in_time_is_left_for_the_next_run(memory: World) -> None:
    for _ in range(10):
        memory.seal()
    elapsed = iter([0.0, *(float(second) for second in range(20))])
    revoker = replace(memory.create.revoker, threads=1, elapsed=lambda: next(elapsed) * 3)
    memory.create = replace(memory.create, revoker=revoker)
    assert revoke(memory) == DONE | {"found": 10, "revoked": 4, "failed": 6}
    memory.create = replace(memory.create, revoker=replace(revoker, elapsed=lambda: 0.0))
    assert revoke(memory) == DONE | {"found": 6, "revoked": 6}


def test_a_page_that_breaks_off_is_repeated_and_each_secret_ends_once(world: World) -> None:
    """As if the function had died after the second transaction, and its answer never came."""
    sealed = [world.seal() for _ in range(5)]
    left = iter([True, True])

    def die(real: Callable[..., Any], **options: Any) -> Any:
        if not next(left, False):
            raise KeyboardInterrupt
        return real(**options)

    world.hooks.always("transact_write_items", die)
    with pytest.raises(KeyboardInterrupt):
        revoke(world)
    world.hooks.undo()
    assert sorted(states(world, sealed)) == ["revoked"] * 2 + ["sealed"] * 3
    assert revoke(world) == DONE | {"found": 3, "revoked": 3}
    assert set(states(world, sealed)) == {"revoked"}


def test_two_operators_at_once_end_each_secret_once(memory: World) -> None:
    for _ in range(10):
        memory.seal()
    memory.hooks.before("revoke", lambda: revoke(memory))
    found = revoke(memory)
    assert (found["found"], found["already_ended"] + found["revoked"]) == (10, 10)


def test_a_list_that_can_not_be_read_is_no_answer(world: World) -> None:
    world.seal()
    for call, operation in (("query", "Query"), ("batch_get_item", "BatchGetItem")):
        denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, operation)

        def deny(*_: Any, error: ClientError = denied, **options: Any) -> Any:
            raise error

        world.hooks.instead(call, deny)
        with pytest.raises(Unavailable):
            revoke(world)
    assert revoke(world)["revoked"] == 1
