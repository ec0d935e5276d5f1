"""How reconcile mends: it asks again before it does anything, and counts what it did."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from tests.support.services import load

mending = load("reaper", "mending")
NOW = 10_000


@dataclass
class Aws:
    """All that a mender calls, in one: records of some `ids`, and codes for what fails."""

    ids: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)
    raising: Exception | None = None
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def failed(self, ids: Iterable[str]) -> dict[str, str]:
        return {each: self.codes[each] for each in ids if each in self.codes}

    def find_absent(self, ids: list[str]) -> set[str]:
        self.calls.append(("find_absent", len(ids)))
        if self.raising:
            error, self.raising = self.raising, None
            raise error
        return set(ids) - self.ids

    def delete(self, ids: list[str], before: int | None = None) -> dict[str, str]:
        """Objects, or the records that are overdue `before` a time."""
        if before is None:
            self.calls.append(("delete objects", ids))
        else:
            self.calls.append(("delete overdue", len(ids), before))
        return self.failed(ids)

    def delete_unchanged(self, records: dict[str, int]) -> dict[str, str]:
        self.calls.append(("delete unchanged", records))
        return self.failed(records)

    def abort(self, secret_id: str, upload_id: str) -> str | None:
        raise AssertionError("what has no upload is not aborted")

    def settle(self, removals: list[Any], now: int, abort: Any) -> dict[str, str]:
        assert abort == self.abort
        self.calls.append(("settle", sorted((each.id, each.at) for each in removals), now))
        return {}

    def named(self, call: str) -> list[Any]:
        return [each[1] for each in self.calls if each[0] == call]


def make(aws: Aws) -> Any:
    return mending.Mender(aws, aws, aws, aws, lambda: NOW, mending.Tally())


def many(count: int) -> list[str]:
    return [f"{number:04}" for number in range(count)]


def lasting(calls: int) -> Callable[[], bool]:
    """Time for so many calls."""
    left = iter(range(calls))
    return lambda: next(left, None) is not None


def test_only_those_without_a_record_are_erased_and_from_now_on() -> None:
    aws = Aws(ids={"b"})
    mender = make(aws)
    mender.erase("unsettled", ["c", "b", "a"])
    assert aws.calls == [
        ("find_absent", 3),
        ("delete objects", ["a", "c"]),
        ("settle", [("a", NOW), ("c", NOW)], NOW),
    ]
    assert (mender.tally.found, mender.tally.mended) == ({"unsettled": 2}, {"unsettled": 2})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ClientError({"Error": {"Code": "AccessDenied"}}, "Call"), "AccessDenied"),
        (ConnectTimeoutError(endpoint_url="x"), "ConnectTimeoutError"),
    ],
)
@pytest.mark.parametrize("deed", ["erase", "delete_strays"])
def test_a_call_that_fails_is_counted_and_the_others_are_made(
    error: Exception, code: str, deed: str
) -> None:
    aws = Aws(raising=error)
    mender = make(aws)
    if deed == "erase":
        mender.erase("unsettled", many(150))
    else:
        mender.delete_strays(many(150))
    assert mender.tally.failed == {code: 1}
    assert sum(mender.tally.mended.values()) == 50


def test_what_is_overdue_is_deleted_by_its_time_and_then_erased() -> None:
    aws = Aws(ids={"0003"}, codes={"0001": "AccessDenied"})
    mender = make(aws)
    assert mender.delete_overdue(many(30), 9_000, lambda: True) == set(many(30))
    overdue = [call for call in aws.calls if call[0] == "delete overdue"]
    assert overdue == [("delete overdue", 25, 9_000), ("delete overdue", 5, 9_000)]
    erased = [each for some in aws.named("delete objects") for each in some]
    assert erased == [each for each in many(30) if each not in ("0001", "0003")]
    assert (mender.tally.found, mender.tally.mended) == ({"overdue": 29}, {"overdue": 28})
    assert mender.tally.failed == {"AccessDenied": 1}


def test_where_time_runs_out_those_that_it_came_to_are_told() -> None:
    aws = Aws()
    assert make(aws).delete_overdue(many(60), 9_000, lasting(2)) == set(many(50))
    assert len(aws.named("delete overdue")) == 2
    assert make(aws).delete_overdue(many(60), 9_000, lasting(0)) == set()


def test_what_outlived_its_end_is_deleted_if_it_goes_when_it_should_have_gone() -> None:
    aws = Aws(codes={"b": "AccessDenied"})
    mender = make(aws)
    mender.delete_outlived({"a": 7, "b": 8})
    assert aws.named("delete unchanged") == [{"a": 7, "b": 8}]
    assert aws.named("delete objects") == [["a"]]
    assert (mender.tally.found, mender.tally.mended) == ({"outlived": 2}, {"outlived": 1})


def test_of_a_stray_only_the_object_goes() -> None:
    aws = Aws(ids={"there"}, codes={"kept": "InternalError"})
    mender = make(aws)
    mender.delete_strays(["there", "late", "kept"])
    assert aws.calls == [("find_absent", 3), ("delete objects", ["kept", "late"])]
    assert (mender.tally.found, mender.tally.mended) == ({"stray": 2}, {"stray": 1})
    assert mender.tally.failed == {"InternalError": 1}


def test_what_nothing_can_be_done_for_is_found_and_not_mended() -> None:
    mender = make(Aws())
    mender.tell("objectless", ["a", "b"])
    assert (mender.tally.found, mender.tally.mended) == ({"objectless": 2}, {})
    with pytest.raises(AssertionError):
        mender.tell("anything", ["a"])


def test_failures_of_one_kind_add_up() -> None:
    tally = mending.Tally()
    for code in ("SlowDown", "AccessDenied", "SlowDown"):
        tally.fail(code)
    assert tally.failed == {"SlowDown": 2, "AccessDenied": 1}


def test_who_is_not_found_leaves_no_trace() -> None:
    tally = mending.Tally()
    tally.find("stray", [], {})
    tally.find("objectless", [], None)
    assert (dict(tally.found), dict(tally.mended), dict(tally.failed)) == ({}, {}, {})


def test_ten_of_a_finding_are_named_the_first_ones() -> None:
    tally = mending.Tally()
    for start in range(0, 15, 3):
        tally.find("stray", many(15)[start : start + 3], {})
    tally.find("unended", ["x"], {})
    assert tally.examples == {"stray": many(10), "unended": ["x"]}
    assert tally.found == {"stray": 15, "unended": 1}


def test_what_was_seen_adds_up() -> None:
    tally = mending.Tally()
    tally.see("objects", 2)
    tally.see("objects", 3)
    assert tally.seen == {"objects": 5}
