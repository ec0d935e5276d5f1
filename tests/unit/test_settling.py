"""Receipts whose record is gone, on moto: each gets its end and its time, once."""

from collections.abc import Callable
from typing import Any

import pytest
from burnbag_core.items import deserialize, key, serialize

from tests.support.fakes import START
from tests.support.hooks import Hooks
from tests.support.services import load
from tests.support.world import client
from tests.unit.conftest import BATCH, Reaper, removed, seal_many

Removal = load("reaper", "reap").Removal


def put_receipt(secret_id: str, **values: Any) -> None:
    """A receipt with just what a settlement looks at."""
    item = serialize({"id": secret_id, **values})
    client("dynamodb").put_item(TableName="receipts", Item=item)


def get_receipt(secret_id: str) -> Any:
    item = client("dynamodb").get_item(TableName="receipts", Key=key(secret_id))["Item"]
    return deserialize(item)


def no_upload(secret_id: str, upload_id: str) -> str | None:
    raise AssertionError("nothing is to be aborted")


def before_first_write(hooks: Hooks, change: Callable[[], object]) -> None:
    hooks.before("batch_execute_statement", change)


def before_second_write(hooks: Hooks, change: Callable[[], object]) -> None:
    """Let `change` happen after the first write was refused, before the second."""
    call = "batch_execute_statement"
    hooks.before(call, lambda: hooks.before(call, change))


def test_receipts_are_settled_25_at_a_time_and_again_only_where_the_guess_was_wrong(
    reaper: Reaper,
) -> None:
    """An opened secret costs one write, an expired one the refusal of that write and another."""
    ids = seal_many(reaper.world, 50)
    for secret_id in ids[25:]:
        put_receipt(secret_id, state="revealed", expires_at=START + 60)
    calls = reaper.calls()
    reaper.reap({"Records": [removed(secret_id) for secret_id in ids]}, None)
    assert calls == {"DeleteObjects": 1, BATCH: 3}


@pytest.mark.parametrize("state", ["revealed", "revoked", "locked"])
def test_an_end_stays_what_it_was_though_its_time_has_passed_too(
    reaper: Reaper, state: str
) -> None:
    ended = {"state": state, "ended_at": 5, "expires_at": 10}
    put_receipt("i", **ended)
    reaper.reap.receipts.settle([Removal("i", 18)], 20, no_upload)
    assert get_receipt("i") == {"id": "i", **ended, "removed_at": 18, "erased_at": 20}


@pytest.mark.parametrize("state", ["sealed", "requested"])
def test_what_nothing_has_ended_has_expired(reaper: Reaper, state: str) -> None:
    put_receipt("i", state=state, expires_at=10)
    reaper.reap.receipts.settle([Removal("i", 18)], 20, no_upload)
    ended = {"state": "expired", "ended_at": 10, "removed_at": 18, "erased_at": 20}
    assert get_receipt("i") == {"id": "i", "expires_at": 10, **ended}


def test_a_secret_is_expired_in_the_second_in_which_its_time_ends(reaper: Reaper) -> None:
    put_receipt("i", state="sealed", expires_at=10)
    calls = reaper.calls()
    reaper.reap.receipts.settle([Removal("i", 10)], 10, no_upload)
    assert calls == {BATCH: 2}
    assert get_receipt("i") == {
        "id": "i",
        "state": "expired",
        "expires_at": 10,
        "ended_at": 10,
        "removed_at": 10,
        "erased_at": 10,
    }


def test_nothing_was_removed_after_it_was_erased(reaper: Reaper) -> None:
    """A stream's clock may be ahead of ours."""
    put_receipt("i", state="revealed", expires_at=10)
    reaper.reap.receipts.settle([Removal("i", 9)], 7, no_upload)
    assert get_receipt("i")["removed_at"] == 7


def test_of_two_deliveries_in_a_batch_the_first_counts(reaper: Reaper) -> None:
    put_receipt("i", state="revealed", expires_at=10)
    reaper.reap({"Records": [removed("i", at=START + 3.5), removed("i", at=START + 9)]}, None)
    assert get_receipt("i")["removed_at"] == START + 3


def test_what_is_erased_late_ended_in_time(reaper: Reaper) -> None:
    put_receipt("i", state="sealed", expires_at=10)
    reaper.reap.receipts.settle([Removal("i", 12)], 12, no_upload)
    receipt = get_receipt("i")
    assert (receipt["ended_at"], receipt["erased_at"]) == (10, 12)


def test_what_ended_while_it_was_settled_as_unfinished_keeps_its_end(reaper: Reaper) -> None:
    put_receipt("i", state="sealed", expires_at=10)
    revoked = {"state": "revoked", "ended_at": 4, "expires_at": 10}
    before_second_write(reaper.hooks, lambda: put_receipt("i", **revoked))
    reaper.reap.receipts.settle([Removal("i", 5)], 5, no_upload)
    assert get_receipt("i") == {"id": "i", **revoked, "removed_at": 5, "erased_at": 5}


@pytest.mark.parametrize(
    ("state", "writes"), [("sealed", before_second_write), ("revoked", before_first_write)]
)
def test_a_settlement_that_came_first_stays(reaper: Reaper, state: str, writes: Any) -> None:
    put_receipt("i", state=state, expires_at=10)
    first = {"state": state, "expires_at": 10, "erased_at": 4}
    writes(reaper.hooks, lambda: put_receipt("i", **first))
    reaper.reap.receipts.settle([Removal("i", 5)], 5, no_upload)
    assert get_receipt("i") == {"id": "i", **first}
    reaper.reap.receipts.settle([Removal("i", 20)], 20, no_upload)
    assert get_receipt("i") == {"id": "i", **first}
