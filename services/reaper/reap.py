"""reap: erase what is gone, and say in the receipt when.

Runs on the secrets table's stream (KEYS_ONLY, REMOVE), so it learns which record went and
nothing of what was in it, not even its kind. Whatever removes a record, this deletes its object
and, once S3 has said so, settles its receipt.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from burnbag_core import aws, settings

from batches import DeadLetters, Record, Response, process
from erasing import CHUNK, DELETE_SECONDS, Receipts, Removal, erase
from objects import Objects


@dataclass(frozen=True)
class Settings:
    receipts_table: str
    files_bucket: str
    dead_letters_url: str


@dataclass(frozen=True)
class Reap:
    """The function; `clock` gives epoch seconds."""

    receipts: Receipts
    objects: Objects
    dead_letters: DeadLetters
    clock: Callable[[], int]

    def __call__(self, event: dict[str, Any], context: object) -> Response:
        """The Lambda entry point: a batch of REMOVE records, answered with its failures."""
        return process(event["Records"], read_removal, self.erase, self.dead_letters, CHUNK)

    def erase(self, removals: list[Removal]) -> dict[int, str]:
        """Erase what is left of secrets; AWS's codes by place for those that failed."""
        failed = erase(removals, self.objects, self.receipts, self.clock())
        return {n: failed[each.id] for n, each in enumerate(removals) if each.id in failed}


def build(environ: Mapping[str, str], client: Callable[..., Any], clock: Callable[[], int]) -> Reap:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    return Reap(
        Receipts(client("dynamodb"), config.receipts_table),
        Objects(client("s3", read_timeout=DELETE_SECONDS), config.files_bucket),
        DeadLetters(client("sqs"), config.dead_letters_url, "reap"),
        clock,
    )


def read_removal(record: Record) -> Removal:
    change = record["dynamodb"]
    return Removal(change["Keys"]["id"]["S"], int(change["ApproximateCreationDateTime"]))


handler = build(os.environ, aws.client, lambda: int(time.time()))
