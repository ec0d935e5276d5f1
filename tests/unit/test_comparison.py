"""What reconcile makes of records, receipts and objects: whom it judges, and by which time."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.items import Item, serialize

from tests.support.services import load

comparison, mending = load("reaper", "comparison"), load("reaper", "mending")
HOUR = 3600
NOW = 1_800_000_000
BEFORE = NOW - 900
REVOKED = {"state": "revoked", "ended_at": BEFORE}


def receipt(secret_id: str, **values: Any) -> Item:
    """The receipt of a text that lives; `values` say otherwise."""
    life = {"id": secret_id, "state": "sealed", "kind": "text", "created_at": NOW - HOUR}
    return serialize({**life, "expires_at": NOW + HOUR, **values})


@dataclass
class Survey:
    """What there is: records by their time, receipts and objects page by page, all in part 0."""

    records: dict[str, int] = field(default_factory=dict)
    receipts: list[list[Item]] = field(default_factory=list)
    objects: list[list[tuple[str, int]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def read_records(self) -> dict[str, int]:
        return self.records

    def read_receipts(self, part: int) -> Iterator[list[Item]]:
        yield from self.receipts if part == 0 else []

    def read_objects(self, part: int) -> Iterator[list[tuple[str, int]]]:
        yield from self.objects if part == 0 else []

    def read_receipt(self, secret_id: str) -> Item | None:
        self.asked.append(secret_id)
        known = {item["id"]["S"]: item for page in self.receipts for item in page}
        return known.get(secret_id)


@dataclass
class Mender:
    """Keeps what it is to mend. Those in `absent` have no record any more."""

    absent: set[str] = field(default_factory=set)
    told: dict[str, list[str]] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    tally: Any = field(default_factory=lambda: mending.Tally())

    @property
    def records(self) -> "Mender":
        return self

    def find_absent(self, ids: list[str]) -> set[str]:
        return set(ids) & self.absent

    def delete_overdue(self, ids: set[str], before: int, has_time: Callable[[], bool]) -> set[str]:
        assert before == BEFORE
        self.keep("overdue", sorted(ids))
        return ids if has_time() else set()

    def delete_outlived(self, records: Mapping[str, int]) -> None:
        self.times |= records
        self.keep("outlived", list(records))

    def delete_strays(self, ids: list[str]) -> None:
        self.keep("stray", ids)

    def erase(self, finding: str, ids: list[str]) -> None:
        assert not ids or finding in ("unsettled", "unended")
        self.keep(finding, ids)

    def tell(self, finding: str, ids: list[str]) -> None:
        assert finding in ("unreceipted", "objectless", "unreadable")
        self.keep(finding, ids)

    def keep(self, finding: str, ids: list[str]) -> None:
        if ids:
            self.told.setdefault(finding, []).extend(ids)


def always() -> bool:
    return True


def run(survey: Survey, mender: Mender | None = None, parts: list[str] | None = None) -> Any:
    """What a run with time enough tells its mender."""
    mender = mender or Mender()
    made = comparison.Comparison(survey, mender, NOW, always)
    every = comparison.RECEIPTS + comparison.OBJECTS
    assert made.compare(every if parts is None else parts) == []
    return mender.told


def test_a_record_is_overdue_a_quarter_of_an_hour_after_its_time() -> None:
    records = {"a": BEFORE, "b": BEFORE + 1}
    items = [[receipt("a"), receipt("b")]]
    assert run(Survey(records, items)) == {"overdue": ["a"]}


def test_a_secret_that_was_deleted_as_overdue_is_not_judged_again() -> None:
    """It has been erased: what its receipt said before is no finding any more."""
    items = [[receipt("a", **REVOKED), receipt("b", **REVOKED)]]
    told = run(Survey({"a": BEFORE}, items))
    assert told == {"overdue": ["a"], "unsettled": ["b"]}


def test_a_page_with_the_heartbeat_in_it_is_judged_to_its_end() -> None:
    page = [serialize({"id": "heartbeat", "state": "heartbeat"}), receipt("b", **REVOKED)]
    assert run(Survey({}, [page])) == {"unsettled": ["b"]}


def test_a_record_that_outlived_its_end_goes_by_the_time_that_was_read() -> None:
    mender = Mender()
    run(Survey({"a": NOW + 7}, [[receipt("a", **REVOKED)]]), mender)
    assert (mender.told, mender.times) == ({"outlived": ["a"]}, {"a": NOW + 7})


FILE: dict[str, Any] = {"kind": "file", "created_at": BEFORE}


@pytest.mark.parametrize(
    ("values", "erase_at", "is_missed"),
    [
        ({}, NOW + HOUR, True),
        ({"created_at": BEFORE + 1}, NOW + HOUR, False),
        ({"kind": "text"}, NOW + HOUR, False),
        ({"kind": "upload"}, NOW + HOUR, False),
        ({}, NOW + 60, False),
        ({"state": "revealed", "ended_at": NOW - 1}, NOW + HOUR, False),
    ],
)
def test_only_a_file_that_was_finished_is_missed_in_the_bucket(
    values: dict[str, Any], erase_at: int, is_missed: bool
) -> None:
    """A record with another time than its receipt's is not finished, or left to claims."""
    told = run(Survey({"a": erase_at}, [[receipt("a", **FILE | values)]]))
    assert told == ({"objectless": ["a"]} if is_missed else {})


def test_a_file_whose_record_went_meanwhile_is_not_missed() -> None:
    survey = Survey({"a": NOW + HOUR}, [[receipt("a", **FILE)]])
    assert run(survey, Mender(absent={"a"})) == {}


def test_a_file_that_is_in_the_bucket_is_not_missed() -> None:
    survey = Survey({"a": NOW + HOUR}, [[receipt("a", **FILE)]], [[], [("a", NOW)]])
    assert run(survey) == {}


def test_nothing_is_missed_where_not_everything_was_looked_at() -> None:
    survey = Survey({"a": NOW + HOUR, "b": NOW + HOUR}, [[receipt("a", **FILE)]])
    assert run(survey, parts=comparison.RECEIPTS) == {}
    assert survey.asked == []


def test_a_record_whose_receipt_was_not_met_is_asked_about() -> None:
    """Receipts that say `erased_at` are passed over, so it is missing or has outlived its end."""

    class Erased(Survey):
        def read_receipt(self, secret_id: str) -> Item | None:
            self.asked.append(secret_id)
            return receipt("b", **REVOKED, erased_at=BEFORE) if secret_id == "b" else None

    survey = Erased({"c": NOW + 5, "b": NOW + 6, "a": NOW + 7}, [[receipt("a")]])
    mender = Mender()
    assert run(survey, mender) == {"outlived": ["b"], "unreceipted": ["c"]}
    assert (survey.asked, mender.times) == (["b", "c"], {"b": NOW + 6})


def test_an_object_is_a_stray_after_a_quarter_of_an_hour() -> None:
    assert run(Survey({}, [], [[("a", BEFORE), ("b", BEFORE + 1)]])) == {"stray": ["a"]}


@pytest.mark.parametrize(
    ("record", "item", "is_stray"),
    [
        ({"a": NOW + HOUR}, receipt("a"), False),
        ({}, receipt("a", state="revoked", ended_at=BEFORE + 1), False),
        ({}, receipt("a", state="revoked", ended_at=BEFORE + 1, erased_at=BEFORE + 2), True),
        ({}, None, True),
    ],
)
def test_an_object_is_left_to_who_is_about_to_delete_it(
    record: dict[str, int], item: Item | None, is_stray: bool
) -> None:
    survey = Survey(record, [[item]] if item else [], [[("a", BEFORE)], [("z", BEFORE)]])
    assert run(survey).get("stray") == (["a", "z"] if is_stray else ["z"])


def test_what_was_looked_at_is_counted_page_by_page() -> None:
    mender = Mender()
    items = [[receipt("a"), receipt("b")], [receipt("c")]]
    run(Survey(dict.fromkeys("abc", NOW + HOUR), items, [[("a", NOW)], [("b", NOW)]]), mender)
    assert mender.tally.seen == {"records": 3, "receipts": 3, "objects": 2}


def test_time_is_asked_for_before_the_first_page_and_after_each() -> None:
    left = iter([True, True, True, False])
    survey = Survey({}, [[receipt("a", **REVOKED)], [receipt("b", **REVOKED)]])
    mender = Mender()
    made = comparison.Comparison(survey, mender, NOW, lambda: next(left, False))
    assert made.compare(["receipts/0"]) == ["receipts/0"]
    assert mender.told == {"unsettled": ["a", "b"]}


@pytest.mark.parametrize(("now", "first"), [(5 * HOUR, 5), (6 * HOUR - 1, 5), (33 * HOUR, 1)])
def test_each_hour_another_part_is_the_first(now: int, first: int) -> None:
    """What time ran out for is told in the order in which it would have been looked at."""
    made = comparison.Comparison(Survey(), Mender(), now, lambda: False)
    every = [f"receipts/{number}" for number in range(32)]
    assert made.look_at(every) == every[first:] + every[:first]
    assert made.look_at([]) == []


def test_four_parts_are_read_side_by_side_and_no_more() -> None:
    """Nobody goes on before four are there, so fewer would wait in vain."""
    together, lock, reading = threading.Barrier(4), threading.Lock(), set()
    most = 0

    class Slow(Survey):
        def read_receipts(self, part: int) -> Iterator[list[Item]]:
            nonlocal most
            with lock:
                reading.add(part)
                most = max(most, len(reading))
            together.wait(60)
            with lock:
                reading.discard(part)
            yield []

    made = comparison.Comparison(Slow(), Mender(), NOW, always)
    assert made.look_at(comparison.RECEIPTS) == []
    assert most == 4


def test_one_part_that_fails_is_left_and_the_others_are_looked_at() -> None:
    class Failing(Survey):
        def read_objects(self, part: int) -> Iterator[list[tuple[str, int]]]:
            if part == 3:
                raise ClientError({"Error": {"Code": "SlowDown"}}, "ListObjectsV2")
            yield [(f"{part}", BEFORE)]

    mender = Mender()
    made = comparison.Comparison(Failing(), mender, NOW, always)
    assert made.look_at(comparison.OBJECTS) == ["objects/3"]
    assert sorted(mender.told["stray"]) == list("0124567")
    assert mender.tally.failed == {"SlowDown": 1}
