"""reconcile: once a day, compare what there is, and mend what a stream has forgotten.

A stream keeps a record for 24 hours, and then whoever has not seen it never will. This looks at all
records, receipts and objects instead. What it finds it mends as `reap` and `sweep` would have done,
and a receipt that it settles tells the audit log by itself.

It may run twice at once, and beside everything else: what is younger than a link to upload lives is
left to `reap` and `stray`; records are deleted and receipts settled under conditions; and nothing
is erased before DynamoDB has said that its record is gone.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from burnbag_core import aws, settings

from comparison import OBJECTS, RECEIPTS, Comparison
from erasing import DELETE_SECONDS, Receipts
from findings import FINDINGS
from mending import Mender, Tally
from metrics import print_gauge
from objects import Objects
from overdue import Overdue
from presence import Presence
from survey import Survey

logger = logging.getLogger("burnbag")
# What was not looked at is named in the answer, so it stops before it is stopped.
RESERVE_MILLISECONDS: Final = 30_000
# Seconds for a page of 1 MB.
PAGE_SECONDS: Final = 10


class Unfinished(Exception):
    """AWS refused something that no later run will be given either."""


@dataclass(frozen=True)
class Settings:
    environment: str
    secrets_table: str
    receipts_table: str
    files_bucket: str


@dataclass(frozen=True)
class Reconcile:
    """The function; `clock` gives epoch seconds, and `mender` one for a run's tally."""

    environment: str
    survey: Survey
    mender: Callable[[Tally], Mender]
    clock: Callable[[], int]

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The Lambda entry point: what was looked at, found and mended.

        `event["parts"]` names what to look at, as `left` in an earlier answer does; else it is all.
        Raises Unfinished where something could not be mended, and no later run will change that.
        """

        def has_time() -> bool:
            return bool(context.get_remaining_time_in_millis() >= RESERVE_MILLISECONDS)

        tally = Tally()
        run = Comparison(self.survey, self.mender(tally), self.clock(), has_time)
        left = run.compare(event.get("parts", RECEIPTS + OBJECTS))
        print_gauge(self.environment, "ReconcileFindings", sum(tally.found.values()), "Count")
        report(tally, left)
        return {
            **{name: dict(getattr(tally, name)) for name in ("seen", "found", "mended", "failed")},
            "examples": {finding: tally.examples[finding] for finding in tally.found},
            "words": {finding: FINDINGS[finding] for finding in tally.found},
            "left": left,
        }


def report(tally: Tally, left: list[str]) -> None:
    """Log what was found. Raises Unfinished unless AWS was only busy."""
    for finding, number in tally.found.items():
        named = " ".join(tally.examples[finding])
        logger.warning("reconcile: %d %s (%s): %s", number, FINDINGS[finding], finding, named)
    for code, number in tally.failed.items():
        logger.error("reconcile: %d not done: %s", number, code)
    if left:
        logger.warning("reconcile: out of time, not looked at: %s", " ".join(left))
    if not tally.failed.keys() <= aws.TRANSIENT:
        raise Unfinished(", ".join(tally.failed))


def build(
    environ: Mapping[str, str], client: Callable[..., Any], clock: Callable[[], int]
) -> Reconcile:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    dynamodb = client("dynamodb", read_timeout=PAGE_SECONDS)
    s3 = client("s3", read_timeout=DELETE_SECONDS)
    overdue = Overdue(dynamodb, config.secrets_table)
    mender = partial(
        Mender,
        overdue,
        Presence(dynamodb, config.secrets_table),
        Objects(s3, config.files_bucket),
        Receipts(dynamodb, config.receipts_table),
        clock,
    )
    survey = Survey(overdue, config.receipts_table, s3, config.files_bucket)
    return Reconcile(config.environment, survey, mender, clock)


handler = build(os.environ, aws.client, lambda: int(time.time()))
