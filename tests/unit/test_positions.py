"""The records behind a position: from its first to its last, as Lambda would deliver them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.items import key

from tests.support.services import load

positions = load("reaper", "positions")
STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/secrets/stream/1"


@dataclass
class Shard:
    """A shard of the stream, by pages; closed, so that its last page names no further one."""

    pages: list[list[dict[str, Any]]]
    code: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def get_shard_iterator(self, **request: Any) -> dict[str, str]:
        self.asked.append(request)
        if self.code:
            raise ClientError({"Error": {"Code": self.code}}, "GetShardIterator")
        return {"ShardIterator": "0"}

    def get_records(self, ShardIterator: str) -> dict[str, Any]:
        self.read.append(ShardIterator)
        number = int(ShardIterator)
        more = {"NextShardIterator": str(number + 1)} if number + 1 < len(self.pages) else {}
        return {"Records": self.pages[number], **more}


def record(number: int, name: str = "REMOVE") -> dict[str, Any]:
    return {
        "eventName": name,
        "dynamodb": {"Keys": key(f"{number}"), "SequenceNumber": str(number)},
    }


def body(first: int, last: int) -> dict[str, Any]:
    batch = {"streamArn": STREAM, "shardId": "shardId-7"}
    numbers = {"startSequenceNumber": str(first), "endSequenceNumber": str(last)}
    return {"DDBStreamBatchInfo": batch | numbers}


def numbers(found: list[dict[str, Any]]) -> list[int]:
    return [int(each["dynamodb"]["SequenceNumber"]) for each in found]


def test_a_position_begins_at_its_first_record_of_its_own_shard() -> None:
    shard = Shard([[record(9)]])
    positions.Positions(shard).read("reap", body(9, 9))
    assert shard.asked == [
        {
            "StreamArn": STREAM,
            "ShardId": "shardId-7",
            "ShardIteratorType": "AT_SEQUENCE_NUMBER",
            "SequenceNumber": "9",
        }
    ]


def test_what_comes_after_its_last_record_is_not_of_it() -> None:
    """Sequence numbers are numbers, not texts: 10 comes after 9."""
    shard = Shard([[record(9), record(10)], [record(11), record(100)], [record(101)]])
    assert numbers(positions.Positions(shard).read("reap", body(9, 11))) == [9, 10, 11]
    assert shard.read == ["0", "1"], "no page is read that can't have any of it"


def test_a_closed_shard_is_read_to_its_end() -> None:
    shard = Shard([[record(1)], [record(2)]])
    assert numbers(positions.Positions(shard).read("reap", body(1, 9))) == [1, 2]


def test_an_open_shard_has_nothing_behind_an_empty_page() -> None:
    shard = Shard([[record(1)], [], [record(3)]])
    assert numbers(positions.Positions(shard).read("reap", body(1, 9))) == [1]


@pytest.mark.parametrize(("function", "wanted"), [("reap", [3, 4]), ("audit", [1, 2])])
def test_each_function_gets_what_its_mapping_lets_through(function: str, wanted: list[int]) -> None:
    names = enumerate(["INSERT", "MODIFY", "REMOVE", "REMOVE"], start=1)
    shard = Shard([[record(number, name) for number, name in names]])
    assert numbers(positions.Positions(shard).read(function, body(1, 4))) == wanted


@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
def test_a_stream_that_is_gone_or_has_forgotten_is_told_so(code: str) -> None:
    with pytest.raises(positions.Forgotten):
        positions.Positions(Shard([], code)).read("reap", body(1, 1))


def test_any_other_failure_is_awss() -> None:
    """The letter can be processed later."""
    with pytest.raises(ClientError, match="LimitExceededException"):
        positions.Positions(Shard([], "LimitExceededException")).read("reap", body(1, 1))


def test_bytes_and_times_come_as_lambda_delivers_them() -> None:
    at = datetime(2026, 11, 29, 17, 0, 0, 500_000, tzinfo=UTC)
    given = {"at": at, "hash": {"B": b"\x00\xff"}, "number": {"N": "7"}}
    assert positions.as_delivered(given) == {
        "at": 1795971600.5,
        "hash": {"B": "AP8="},
        "number": {"N": "7"},
    }
    with pytest.raises(TypeError, match="set"):
        positions.as_delivered({"strange": {1}})


def weigh(characters: int) -> dict[str, Any]:
    """A record that takes so many characters as JSON."""
    return {"x": "y" * (characters - len(json.dumps({"x": ""})))}


@pytest.mark.parametrize(
    ("weights", "calls"),
    [
        ([2_500_000, 2_500_000], [2]),
        ([2_500_000, 2_500_001], [1, 1]),
        ([1_000_000, 4_500_000, 400_000, 100_000, 1], [1, 3, 1]),
        ([5_000_001, 5_000_001], [1, 1]),
        ([], []),
    ],
)
def test_a_call_takes_five_million_characters_or_a_single_record(
    weights: list[int], calls: list[int]
) -> None:
    records = [weigh(max(each, 9)) for each in weights]
    assert [len(some) for some in positions.in_payloads(records)] == calls
