"""What reconcile reads: each part of the table and of the bucket once, and no more of it."""

import string
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from burnbag_core.items import deserialize, key, serialize
from hypothesis import given
from hypothesis import strategies as st

from tests.support.services import load

survey = load("reaper", "survey")
overdue = load("reaper", "overdue")

CHARACTERS = string.ascii_letters + string.digits + "-_"
IDS = st.text(CHARACTERS, min_size=1, max_size=22)
TIME = datetime(2026, 11, 29, 17, 0, 0, 900_000, tzinfo=UTC)


class Bucket:
    """S3 with these keys; two in a page."""

    def __init__(self, *keys: str) -> None:
        self.keys = sorted(keys)
        self.pages = 0

    def get_paginator(self, operation: str) -> "Bucket":
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str, StartAfter: str) -> Iterator[dict[str, Any]]:
        assert Bucket == "files"
        found = [each for each in self.keys if each.startswith(Prefix) and each > StartAfter]
        for start in range(0, len(found), 2) or [0]:
            self.pages += 1
            page = found[start : start + 2]
            yield {"Contents": [{"Key": k, "LastModified": TIME} for k in page]} if page else {}


class Table:
    """A receipts table of some pages; an empty one too has a key to go on from."""

    def __init__(self, *pages: list[Any]) -> None:
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def scan(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        number = len(self.asked)
        more = {"LastEvaluatedKey": key(f"page {number}")} if number < len(self.pages) else {}
        return {"Items": self.pages[number - 1], **more}

    def get_item(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {"Item": self.pages[0][0]} if self.pages else {}


class Index:
    """The index `overdue`, with a record in each shard that goes at a time of its own."""

    def get_paginator(self, operation: str) -> "Index":
        assert operation == "query"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        values = deserialize(request["ExpressionAttributeValues"])
        shard, until = int(values[":shard"]), values[":now"]
        at = 10 ** (shard + 3)
        yield {"Items": [serialize({"id": f"in {shard}", "erase_at": at})] if at <= until else []}


def test_every_record_is_read_whenever_it_goes() -> None:
    assert make(Index()).read_records() == {f"in {n}": 10 ** (n + 3) for n in range(8)}


def make(table: Any = None, bucket: Any = None) -> Any:
    return survey.Survey(overdue.Overdue(table, "secrets"), "receipts", bucket, "files")


def parts_of(secret_id: str) -> list[int]:
    bounds = [survey.bounds(part) for part in range(survey.OBJECT_PARTS)]
    return [n for n, (after, last) in enumerate(bounds) if after < f"files/{secret_id}" <= last]


@given(IDS)
def test_every_object_is_in_one_part(secret_id: str) -> None:
    assert len(parts_of(secret_id)) == 1


def test_an_eighth_of_the_objects_is_in_each_part() -> None:
    """An id begins with any of 64 characters, and goes on."""
    numbers = Counter(parts_of(each + "A" * 21)[0] for each in CHARACTERS)
    assert numbers == dict.fromkeys(range(8), 8)


@given(st.sets(IDS))
def test_every_object_is_read_once_with_its_time(ids: set[str]) -> None:
    read = make(bucket=Bucket("files/", "other/x", *[f"files/{each}" for each in ids]))
    found = [each for part in range(8) for page in read.read_objects(part) for each in page]
    assert found == [(each, int(TIME.timestamp())) for each in sorted(ids)]


def test_a_part_is_read_no_further_than_to_its_end() -> None:
    bucket = Bucket(*[f"files/{letter}{number}" for letter in "-0z" for number in range(6)])
    pages = [len(page) for page in make(bucket=bucket).read_objects(0)]
    assert (pages, bucket.pages) == ([2, 2, 2, 2, 2, 2, 0], 7)


def test_an_empty_part_has_an_empty_page() -> None:
    assert list(make(bucket=Bucket()).read_objects(3)) == [[]]


def test_of_a_receipt_is_read_what_it_is_judged_by_and_nothing_else() -> None:
    table = Table([key("a")], [], [key("b")])
    assert list(make(table).read_receipts(5)) == [[key("a")], [], [key("b")]]
    words = "id, #state, kind, created_at, expires_at, ended_at, erase_due, erased_at, submitted_at"
    first = {
        "TableName": "receipts",
        "Segment": 5,
        "TotalSegments": 32,
        "Select": "SPECIFIC_ATTRIBUTES",
        "FilterExpression": "attribute_not_exists(erased_at)",
        "ProjectionExpression": words,
        "ExpressionAttributeNames": {"#state": "state"},
    }
    later = [first | {"ExclusiveStartKey": key(f"page {number}")} for number in (1, 2)]
    assert table.asked == [first, *later]


def test_one_receipt_is_read_as_its_last_write_left_it() -> None:
    table = Table([key("a")])
    assert make(table).read_receipt("a") == key("a")
    (request,) = table.asked
    assert (request["Key"], request["ConsistentRead"]) == (key("a"), True)
    assert "label" not in request["ProjectionExpression"]
    assert make(Table()).read_receipt("a") is None
