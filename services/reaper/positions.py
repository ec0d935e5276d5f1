"""The records behind a position in a stream, read again as Lambda would deliver them.

A stream keeps a record for 24 hours. Lambda gives up two hours before, and sets the position aside.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

# What each function's mapping lets through (triggers.tf).
WANTED: Final = {"reap": {"REMOVE"}, "audit": {"INSERT", "MODIFY"}}
GONE: Final = {"TrimmedDataAccessException", "ResourceNotFoundException"}
# Lambda takes 6 MB; as many records as a mapping gives `audit`.
PAYLOAD: Final = 5_000_000
MOST: Final = 300


class Forgotten(Exception):
    """The stream does not have the records any more."""


class Positions:
    """Reads streams from a position on."""

    def __init__(self, streams: Any) -> None:
        self.streams = streams

    def read(self, function: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The records that a function was to get. Raises Forgotten, ClientError, BotoCoreError."""
        batch = body["DDBStreamBatchInfo"]
        last = int(batch["endSequenceNumber"])
        found = []
        for record in self.follow(batch):
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                break
            if record["eventName"] in WANTED[function]:
                found.append(as_delivered(record))
        return found

    def follow(self, batch: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The records of a shard, from the batch's first on."""
        try:
            iterator = self.streams.get_shard_iterator(
                StreamArn=batch["streamArn"],
                ShardId=batch["shardId"],
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=batch["startSequenceNumber"],
            )["ShardIterator"]
            while iterator:
                page = self.streams.get_records(ShardIterator=iterator)
                yield from page["Records"]
                # At the end of an open shard there is always another iterator, and nothing behind.
                iterator = page.get("NextShardIterator") if page["Records"] else None
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                raise Forgotten from None
            raise


def as_delivered(record: dict[str, Any]) -> dict[str, Any]:
    """A record as Lambda delivers it: JSON has neither bytes nor times."""
    delivered: dict[str, Any] = json.loads(json.dumps(record, default=as_json))
    return delivered


def as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"a stream has no {type(value).__name__}")


def in_payloads(records: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The records, in order, as many at a time as one call takes."""
    some: list[dict[str, Any]] = []
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if some and (size + length > PAYLOAD or len(some) == MOST):
            yield some
            some, size = [], 0
        some.append(record)
        size += length
    if some:
        yield some
