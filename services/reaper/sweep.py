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
from burnbag_core.records import EXPIRY_SHARDS

from bulk import in_batches
from heartbeat import Heart
from metrics import print_gauge
from overdue import Overdue

logger = logging.getLogger("burnbag")
# What is left over is found again by the next sweep, so it stops before it is stopped.
RESERVE_MILLISECONDS: Final = 10_000
MINUTE: Final = 60
# Seconds until a partition that was too busy has taken its fill of the next second.
PAUSE: Final = 1.0
# Every how many minutes the living secrets are counted: it costs reads in proportion to them.
COUNTED_EVERY: Final = 10
# How many ids of what can't be deleted are logged: enough to look at one.
EXAMPLES: Final = 10


class Unfinished(Exception):
    """Overdue records could not be deleted, and the next sweep won't be able to either."""


@dataclass(frozen=True)
class Settings:
    environment: str
    secrets_table: str
    receipts_table: str


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
    oldest: int | None = None
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
                for secret_id, erase_at in self.overdue.find(shard, self.now):
                    self.oldest = min(erase_at, self.oldest or erase_at)
                    yield secret_id
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

    @property
    def oldest_age(self) -> int:
        """Since how many seconds the oldest record that it met was overdue."""
        return 0 if self.oldest is None else self.now - self.oldest

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
class Gauges:
    """What each run measures once it has deleted: nothing that fails here undoes that."""

    environment: str
    overdue: Overdue
    heart: Heart

    def __call__(self, run: Run) -> None:
        """Print how late the sweep is, let the heart beat, and count the living now and then."""
        print_gauge(self.environment, "OldestOverdueSeconds", run.oldest_age, "Seconds")
        self.heart.beat(run.now)
        if run.now // MINUTE % COUNTED_EVERY == 0 and run.has_time():
            living = sum(self.overdue.count_living(n, run.now) for n in range(EXPIRY_SHARDS))
            print_gauge(self.environment, "LivingSecrets", living, "Count")


@dataclass(frozen=True)
class Sweep:
    """The function; `clock` gives epoch seconds."""

    overdue: Overdue
    measure: Callable[[Run], None]
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
        try:
            self.measure(run)
        finally:
            run.report()
        return {"deleted": run.deleted}


def build(
    environ: Mapping[str, str], client: Callable[[str], Any], clock: Callable[[], int]
) -> Sweep:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    dynamodb = client("dynamodb")
    overdue = Overdue(dynamodb, config.secrets_table)
    heart = Heart(dynamodb, config.secrets_table, config.receipts_table)
    return Sweep(overdue, Gauges(config.environment, overdue, heart), clock)


handler = build(os.environ, aws.client, lambda: int(time.time()))
