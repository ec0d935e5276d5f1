"""sweep: every minute, delete what is overdue.

DynamoDB's own TTL may take days; this takes at most a minute, and `reap` does the rest. It
finds records through the index `overdue`, which holds keys and times and nothing else.
"""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from burnbag_core import aws, settings
from burnbag_core.items import serialize
from burnbag_core.records import EXPIRY_SHARDS

from bulk import Statement, execute, in_batches

logger = logging.getLogger("burnbag")
# What is left over is found again by the next sweep, so it stops before it is stopped.
RESERVE_MILLISECONDS: Final = 10_000
MINUTE: Final = 60
# Seconds until a partition that was too busy has taken its fill of the next second.
PAUSE: Final = 1.0
# How many ids of what can't be deleted are logged: enough to look at one.
EXAMPLES: Final = 10


class Unfinished(Exception):
    """Overdue records could not be deleted, and the next sweep won't be able to either."""


@dataclass(frozen=True)
class Settings:
    secrets_table: str


class Overdue:
    """The records whose time has come."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def find(self, shard: int, now: int) -> Iterator[str]:
        """The ids of a shard's overdue records, the oldest first."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="overdue",
            KeyConditionExpression="expiry_shard = :shard AND erase_at <= :now",
            ExpressionAttributeValues=serialize({":shard": str(shard), ":now": now}),
        )
        for page in pages:
            for item in page["Items"]:
                yield item["id"]["S"]

    def delete(self, ids: list[str], now: int) -> dict[str, str]:
        """Delete those of up to 25 records that are still overdue; AWS's codes by id for failures.

        The index lags behind the table, so the table itself decides.
        """
        try:
            failures = execute(self.dynamodb, {each: self.deletion(each, now) for each in ids})
        except (ClientError, BotoCoreError) as error:
            return dict.fromkeys(ids, aws.code_of(error))
        return {each: found.code for each, found in failures.items() if not found.is_refusal}

    def deletion(self, secret_id: str, now: int) -> Statement:
        # The table's name is Terraform's; what anybody sends is a parameter.
        text = f'DELETE FROM "{self.table}" WHERE "id" = ? AND "erase_at" <= ?'  # nosec B608
        return Statement(text, (secret_id, now))


@dataclass
class Run:
    """One minute's sweep: how many records are gone now, and AWS's codes for what failed.

    `has_time` tells whether another call may begin, `pause` waits for so many seconds.
    """

    overdue: Overdue
    now: int
    has_time: Callable[[], bool]
    pause: Callable[[float], None]
    deleted: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)

    def sweep(self) -> None:
        """Delete what is overdue. What failed is tried once more at the end, in nobody's way."""
        self.delete(self.find())
        if self.failed:
            self.pause(PAUSE)
            self.delete(list(self.failed))

    def find(self) -> Iterator[str]:
        """The overdue ids. Each minute begins with another shard, so that none is always last."""
        first = self.now // MINUTE
        for number in range(EXPIRY_SHARDS):
            if not self.has_time():
                return
            shard = (first + number) % EXPIRY_SHARDS
            try:
                yield from self.overdue.find(shard, self.now)
            except (ClientError, BotoCoreError) as error:
                self.unread[shard] = aws.code_of(error)

    def delete(self, ids: Iterable[str]) -> None:
        for batch in in_batches(ids):
            if not self.has_time():
                return
            failed = self.overdue.delete(batch, self.now)
            for secret_id in batch:
                self.failed.pop(secret_id, None)
            self.failed |= failed
            self.deleted += len(batch) - len(failed)

    def report(self) -> None:
        """Log what failed. Raises Unfinished unless it was only AWS's being busy."""
        codes = Counter([*self.failed.values(), *self.unread.values()])
        for code, number in codes.items():
            logger.error("sweep: %d not deleted, or not read: %s", number, code)
        if self.failed:
            logger.error("sweep: not deleted: %s", " ".join(list(self.failed)[:EXAMPLES]))
        if not self.has_time():
            logger.warning("sweep: out of time, the next one goes on")
        if not codes.keys() <= aws.TRANSIENT:
            raise Unfinished(", ".join(codes))


@dataclass(frozen=True)
class Sweep:
    """The function; `clock` gives epoch seconds."""

    overdue: Overdue
    clock: Callable[[], int]
    pause: Callable[[float], None] = time.sleep

    def __call__(self, event: object, context: Any) -> dict[str, int]:
        """The Lambda entry point, once a minute: how many records are gone.

        Raises Unfinished where some are not and no later minute may change that, but only after
        all others were deleted.
        """

        def has_time() -> bool:
            return bool(context.get_remaining_time_in_millis() >= RESERVE_MILLISECONDS)

        run = Run(self.overdue, self.clock(), has_time, self.pause)
        run.sweep()
        run.report()
        return {"deleted": run.deleted}


def build(
    environ: Mapping[str, str], client: Callable[[str], Any], clock: Callable[[], int]
) -> Sweep:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    return Sweep(Overdue(client("dynamodb"), config.secrets_table), clock)


handler = build(os.environ, aws.client, lambda: int(time.time()))
