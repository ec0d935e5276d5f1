"""sweep: every minute, delete what is overdue.

DynamoDB's own TTL may take days; this takes at most a minute, and `reap` does the rest. It
finds records through the index `overdue`, which holds keys and times and nothing else.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core import aws, settings
from burnbag_core.items import Item, key, serialize
from burnbag_core.records import EXPIRY_SHARDS

logger = logging.getLogger("burnbag")
# The most writes that one transaction takes.
CHUNK: Final = 100
# What is left over is found again by the next sweep, so it stops before it is stopped.
RESERVE_MILLISECONDS: Final = 10_000


@dataclass(frozen=True)
class Settings:
    secrets_table: str


class Overdue:
    """The records whose time has come."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def chunks(self, now: int) -> Iterator[list[str]]:
        """The ids of overdue records, as many as one transaction deletes at a time."""
        ids: list[str] = []
        for shard in range(EXPIRY_SHARDS):
            for secret_id in self.shard(str(shard), now):
                ids.append(secret_id)
                if len(ids) == CHUNK:
                    yield ids
                    ids = []
        if ids:
            yield ids

    def shard(self, shard: str, now: int) -> Iterator[str]:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="overdue",
            KeyConditionExpression="expiry_shard = :shard AND erase_at <= :now",
            ExpressionAttributeValues=serialize({":shard": shard, ":now": now}),
        )
        for page in pages:
            for item in page["Items"]:
                yield item["id"]["S"]

    def delete(self, ids: list[str], now: int) -> int:
        """Delete those of `ids` that are still overdue; returns how many those were.

        The index lags behind the table, so the table itself decides. A record that is gone by
        now refuses the transaction, and is left out of the next.
        """
        while ids:
            try:
                aws.transact(self.dynamodb, [self.deletion(secret_id, now) for secret_id in ids])
                return len(ids)
            except aws.ConditionFailed as error:
                pairs = zip(ids, error.refused, strict=True)
                ids = [secret_id for secret_id, refused in pairs if not refused]
        return 0

    def deletion(self, secret_id: str, now: int) -> Item:
        return {
            "Delete": {
                "TableName": self.table,
                "Key": key(secret_id),
                "ConditionExpression": "erase_at <= :now",
                "ExpressionAttributeValues": serialize({":now": now}),
            }
        }


@dataclass(frozen=True)
class Sweep:
    """The function; `clock` gives epoch seconds."""

    overdue: Overdue
    clock: Callable[[], int]

    def __call__(self, event: object, context: Any) -> dict[str, int]:
        """The Lambda entry point, once a minute: how many records were deleted."""
        now = self.clock()
        deleted = 0
        for ids in self.overdue.chunks(now):
            deleted += self.overdue.delete(ids, now)
            if context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
                logger.warning("sweep: out of time, the next one goes on")
                break
        return {"deleted": deleted}


def build(
    environ: Mapping[str, str], client: Callable[[str], Any], clock: Callable[[], int]
) -> Sweep:
    """The function of one environment; `client` makes boto3 clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    return Sweep(Overdue(client("dynamodb"), config.secrets_table), clock)


handler = build(os.environ, aws.client, lambda: int(time.time()))
