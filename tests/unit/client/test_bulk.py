"""Lists of receipts, and everything that somebody created revoked at once, by the client."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from burnbag_core.errors import Unavailable as NotNow

from burnbag import Burnbag, Refused, Revocation, Unavailable
from tests.support.server import Served

ROLE = "arn:aws:iam::123456789012:role/orders"


def fail_for(server: Served, ids: set[str]) -> None:
    """AWS can't end these."""

    def fail(real: Any, secret_id: str, *rest: Any) -> Any:
        if secret_id in ids:
            raise NotNow("TransactWriteItems ThrottlingException")
        return real(secret_id, *rest)

    server.hooks.always("revoke", fail)


def test_a_list_goes_through_all_pages(server: Served, synchronous: Burnbag) -> None:
    sent = [synchronous.send("hunter2").id for _ in range(120)]
    server.requests.clear()
    assert sorted(receipt.id for receipt in synchronous.receipts()) == sorted(sent)
    assert server.requests == ["GET /live/v1/receipts"] * 2


def test_a_list_is_read_as_it_is_gone_through(server: Served, synchronous: Burnbag) -> None:
    for _ in range(101):
        synchronous.send("hunter2")
    server.requests.clear()
    next(synchronous.receipts())
    assert server.requests == ["GET /live/v1/receipts"]


def test_a_list_can_be_narrowed(burnbag: Burnbag) -> None:
    vpn, payslip = burnbag.send("x", label="vpn"), burnbag.send("x", label="payslip")
    burnbag.revoke(payslip.id, payslip.receipt_token)
    now = datetime.now(UTC)
    assert [receipt.id for receipt in burnbag.receipts(state="revoked")] == [payslip.id]
    assert [receipt.id for receipt in burnbag.receipts(label="v")] == [vpn.id]
    assert not [*burnbag.receipts(until=now - timedelta(hours=1))]
    assert len([*burnbag.receipts(since=now - timedelta(hours=1))]) == 2
    assert len([*burnbag.receipts(created_by="orders")]) == 2
    assert not [*burnbag.receipts(created_by="ada@example.com")]


def test_all_are_revoked_and_it_is_told_how_far_it_is(server: Served, synchronous: Burnbag) -> None:
    for _ in range(120):
        synchronous.send("hunter2")
    told: list[int] = []
    done = synchronous.revoke_created_by(
        "orders", progress=lambda so_far: told.append(so_far.revoked)
    )
    assert done == Revocation(ROLE, found=120, revoked=120)
    assert told[:2] == [100, 120]
    assert {receipt.state for receipt in synchronous.receipts()} == {"revoked"}


def test_a_second_time_there_is_nothing_to_revoke(burnbag: Burnbag) -> None:
    burnbag.send("hunter2")
    burnbag.revoke_created_by("orders")
    assert burnbag.revoke_created_by("orders") == Revocation(ROLE)


def test_a_dry_run_counts_and_changes_nothing(burnbag: Burnbag) -> None:
    sent = burnbag.send("hunter2")
    assert burnbag.revoke_created_by("orders", dry_run=True) == Revocation(ROLE, found=1)
    assert burnbag.open(sent.link).data == b"hunter2"


def test_what_aws_could_not_do_at_first_is_done_in_the_next_run(
    server: Served, burnbag: Burnbag, pauses: list[float]
) -> None:
    ids = [burnbag.send("hunter2").id for _ in range(5)]
    fail_for(server, set(ids[:2]))

    def recover(so_far: Revocation) -> None:
        if so_far.failed:
            server.hooks.undo()

    done = burnbag.revoke_created_by("orders", progress=recover)
    assert done == Revocation(ROLE, found=5, revoked=5)
    assert len(pauses) == 1


def test_what_aws_can_not_do_at_all_has_failed_in_the_end(server: Served, burnbag: Burnbag) -> None:
    ids = [burnbag.send("hunter2").id for _ in range(5)]
    fail_for(server, set(ids[:2]))
    done = burnbag.revoke_created_by("orders")
    assert done == Revocation(ROLE, found=5, revoked=3, failed=2)


def test_a_page_whose_answer_got_lost_is_asked_for_again(server: Served, burnbag: Burnbag) -> None:
    sent = burnbag.send("hunter2")
    server.faults.drop.append("POST /live/v1/revocations")
    done = burnbag.revoke_created_by("orders")
    assert done.failed == 0
    assert burnbag.receipt(sent.id, sent.receipt_token).state == "revoked"


def test_a_name_that_names_nobody_is_refused(burnbag: Burnbag) -> None:
    with pytest.raises(Refused) as refused:
        burnbag.revoke_created_by("*")
    assert refused.value.field == "created_by"


@pytest.mark.parametrize(
    "answer",
    [b"{}", b'{"receipts": {}}', b'{"receipts": [], "cursor": 7}', b'{"receipts": [{"id": "x"}]}'],
)
def test_what_is_no_list_is_not_burnbags(server: Served, burnbag: Burnbag, answer: bytes) -> None:
    server.faults.foreign.append((200, {"Content-Type": "application/json"}, answer))
    with pytest.raises(Unavailable):
        list(burnbag.receipts())


@pytest.mark.parametrize(
    "answer",
    [
        b"{}",
        b'{"created_by": "x", "found": -1, "revoked": 0, "already_ended": 0, "failed": 0}',
        b'{"created_by": 7, "found": 0, "revoked": 0, "already_ended": 0, "failed": 0}',
    ],
)
def test_what_is_no_count_is_not_burnbags(server: Served, burnbag: Burnbag, answer: bytes) -> None:
    server.faults.foreign.append((200, {"Content-Type": "application/json"}, answer))
    with pytest.raises(Unavailable):
        burnbag.revoke_created_by("orders")
