"""DynamoDB's streams, read as Lambda reads them: each record as the event that a function gets."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3

Record = dict[str, Any]


class Stream:
    """What happens to a table from now on."""

    def __init__(self, table: str) -> None:
        self.client = boto3.client("dynamodbstreams")
        described = boto3.client("dynamodb").describe_table(TableName=table)["Table"]
        self.arn = described["LatestStreamArn"]
        shards = self.client.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]
        self.iterators = [self.begin(shard["ShardId"]) for shard in shards]

    def begin(self, shard: str) -> str:
        place: Any = {"StreamArn": self.arn, "ShardId": shard, "ShardIteratorType": "LATEST"}
        return self.client.get_shard_iterator(**place)["ShardIterator"]

    def read(self) -> list[Record]:
        """The records since the last reading."""
        return [record for place in range(len(self.iterators)) for record in self.read_shard(place)]

    def read_shard(self, place: int) -> Iterator[Record]:
        while True:
            page: Any = self.client.get_records(ShardIterator=self.iterators[place])
            self.iterators[place] = page["NextShardIterator"]
            if not page["Records"]:
                return
            yield from map(as_delivered, page["Records"])


def as_delivered(record: Any) -> Record:
    """A record as JSON has it: bytes in base64, times as numbers."""
    delivered: Record = json.loads(json.dumps(record, default=encode))
    return delivered


def encode(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.timestamp()
