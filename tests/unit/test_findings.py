"""What reconcile calls wrong: told by a receipt and by whether there is a record."""

from typing import Any

import pytest
from burnbag_core.items import serialize
from hypothesis import given
from hypothesis import strategies as st

from tests.support.services import load

findings = load("reaper", "findings")
NOW = 10_000
BEFORE = NOW - 900
LIFE = {"id": "i", "kind": "text", "created_at": 1_000}


def judge(has_record: bool, **values: Any) -> str | None:
    item = serialize({**LIFE, "state": "sealed", "expires_at": 2_000, **values})
    found: str | None = findings.judge(findings.Known.read(item), has_record, NOW, BEFORE)
    return found


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"state": "revealed", "ended_at": BEFORE}, "unsettled"),
        ({"state": "revoked", "ended_at": BEFORE + 1}, None),
        ({"state": "locked", "ended_at": 1_500, "erased_at": 1_501}, None),
        ({"state": "revealed", "ended_at": 1_500, "erase_due": BEFORE}, "unsettled"),
        ({"state": "revealed", "ended_at": 1_500, "erase_due": BEFORE + 1}, None),
        ({"expires_at": BEFORE}, "unended"),
        ({"expires_at": BEFORE + 1}, None),
        ({"expires_at": NOW}, None),
        ({"expires_at": NOW + 1}, "unended"),
        ({"expires_at": NOW + 1, "created_at": BEFORE}, "unended"),
        ({"expires_at": NOW + 1, "created_at": BEFORE + 1}, None),
        # The parts of an upload may come for a day, and then the sweep takes it.
        ({"kind": "upload", "expires_at": NOW + 1, "created_at": BEFORE - 86_400}, "unended"),
        ({"kind": "upload", "expires_at": NOW + 1, "created_at": BEFORE - 86_399}, None),
        # A request that nobody has answered has a record all its time, and an answer from then on.
        ({"state": "requested", "kind": "request", "expires_at": BEFORE}, "unended"),
        ({"state": "requested", "kind": "request", "expires_at": NOW + 1}, "unended"),
        ({"state": "requested", "kind": "request", "expires_at": BEFORE + 1}, None),
        ({"expires_at": NOW + 1, "submitted_at": BEFORE}, "unended"),
        ({"expires_at": NOW + 1, "submitted_at": BEFORE + 1}, None),
        ({"kind": "upload", "expires_at": NOW + 1, "submitted_at": BEFORE - 86_399}, None),
    ],
)
def test_without_a_record(values: dict[str, Any], finding: str | None) -> None:
    assert judge(False, **values) == finding


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"state": "revealed", "ended_at": BEFORE}, "outlived"),
        ({"state": "revealed", "ended_at": BEFORE, "erased_at": BEFORE}, "outlived"),
        ({"state": "revoked", "ended_at": BEFORE + 1}, None),
        ({"state": "revealed", "ended_at": 1_500, "erase_due": BEFORE + 1}, None),
        ({"expires_at": NOW + 1}, None),
        ({"expires_at": BEFORE}, None),
        ({"state": "requested", "kind": "request", "expires_at": NOW + 1}, None),
    ],
)
def test_with_a_record(values: dict[str, Any], finding: str | None) -> None:
    """What is overdue is found by the record's own time, not by the receipt's."""
    assert judge(True, **values) == finding


@pytest.mark.parametrize(
    "values",
    [
        {"state": "revealed"},
        {"state": "requested", "ended_at": 1_500},
        {"ended_at": 1_500},
        {"created_at": None},
        {"label": "none of reconcile's business"},
    ],
)
def test_a_receipt_that_burnbag_never_writes_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        judge(False, **values)


@given(
    ended_at=st.none() | st.integers(1_000, NOW),
    claims=st.integers(0, 2_000),
    expires_at=st.integers(1_001, 2 * NOW),
    has_record=st.booleans(),
)
def test_nothing_is_wrong_with_what_changed_within_the_margin(
    ended_at: int | None, claims: int, expires_at: int, has_record: bool
) -> None:
    """Whatever ends or begins while reconcile runs is left to those who are on their way."""
    ended = {"state": "revealed", "ended_at": ended_at, "erase_due": (ended_at or 0) + claims}
    values: dict[str, Any] = {"created_at": min(ended_at or NOW, NOW), "expires_at": expires_at}
    values |= ended if ended_at is not None else {}
    last = max(ended_at + claims, ended_at) if ended_at is not None else expires_at
    if last > BEFORE:
        assert judge(has_record, **values) is None


def test_every_finding_has_words_and_what_is_only_told_is_one() -> None:
    mended = {"overdue", "outlived", "unsettled", "unended", "stray"}
    assert findings.FINDINGS.keys() == mended | findings.ONLY_TOLD
    assert all(findings.FINDINGS.values())


def test_nothing_is_read_of_a_receipt_that_says_who() -> None:
    assert set(findings.ATTRIBUTES) == set(vars(findings.Known.read(serialize(
        {**LIFE, "state": "sealed", "expires_at": 1}
    ))))  # fmt: skip
