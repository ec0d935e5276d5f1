"""reap: erase what is gone, and say in the receipt when.

Runs on the secrets table's stream (KEYS_ONLY, REMOVE), so it learns which record went and
nothing of what was in it, not even its kind. Whatever removes a record, this deletes its object
and, once S3 has said so, settles its receipt.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core import aws, settings
from burnbag_core.items import Item, key, serialize

from batches import DeadLetters, Record, Response, process
from objects import Objects

# The most keys that one DeleteObjects takes, and the most writes that one transaction takes.
CHUNK: Final = 1000
TRANSACTION: Final = 100
# S3 takes its time over 1,000 keys. Two tries of this still leave this function, which has 60
# seconds, time for the receipts.
DELETE_SECONDS: Final = 15


@dataclass(frozen=True)
class Settings:
    receipts_table: str
    files_bucket: str
    dead_letters_url: str


class Receipts:
    """The receipts of secrets whose records are gone."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def settle(self, ids: list[str], now: int) -> None:
        """Set `erased_at`, once, and end as `expired` what nothing else had ended.

        Writes all receipts in one transaction, as if all had expired. Those that say otherwise
        are written again as what they are, and those settled before are left alone, so delivering
        an id twice changes nothing. A transaction takes a hundred writes.
        """
        writes = {secret_id: self.end_as_expired(secret_id, now) for secret_id in ids}
        while writes:
            try:
                return aws.transact(self.dynamodb, [{"Update": w} for w in writes.values()])
            except aws.ConditionFailed as error:
                results = zip(list(writes), error.refused, error.items, strict=True)
                for secret_id, refused, found in results:
                    if not refused:
                        continue
                    if found is None or "erased_at" in found:
                        del writes[secret_id]
                    elif found["state"]["S"] == "sealed":
                        writes[secret_id] = self.end_as_unfinished(secret_id, now)
                    else:
                        writes[secret_id] = self.mark_erased(secret_id, now)

    def end_as_expired(self, secret_id: str, now: int) -> Item:
        return self.update(
            secret_id,
            "SET #state = :expired, ended_at = expires_at, erased_at = :now",
            "#state = :sealed AND expires_at <= :now AND attribute_not_exists(erased_at)",
            {":expired": "expired", ":sealed": "sealed", ":now": now},
        )

    def end_as_unfinished(self, secret_id: str, now: int) -> Item:
        """A file whose object never came: its record was swept before its time."""
        return self.update(
            secret_id,
            "SET #state = :expired, ended_at = :now, erased_at = :now",
            "#state = :sealed AND attribute_not_exists(erased_at)",
            {":expired": "expired", ":sealed": "sealed", ":now": now},
        )

    def mark_erased(self, secret_id: str, now: int) -> Item:
        return self.update(
            secret_id,
            "SET erased_at = :now",
            "#state <> :sealed AND attribute_not_exists(erased_at)",
            {":sealed": "sealed", ":now": now},
        )

    def update(self, secret_id: str, change: str, condition: str, values: dict[str, Any]) -> Item:
        return {
            "TableName": self.table,
            "Key": key(secret_id),
            "UpdateExpression": change,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": serialize(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


@dataclass(frozen=True)
class Reap:
    """The function; `clock` gives epoch seconds."""

    receipts: Receipts
    objects: Objects
    dead_letters: DeadLetters
    clock: Callable[[], int]

    def __call__(self, event: dict[str, Any], context: object) -> Response:
        """The Lambda entry point: a batch of REMOVE records, answered with its failures."""
        return process(event["Records"], removed_id, self.erase, self.dead_letters, CHUNK)

    def erase(self, ids: list[str]) -> set[int]:
        """Erase what is left of `ids`; returns the places of those that S3 did not delete."""
        failed = self.objects.delete(ids)
        deleted = list(dict.fromkeys(secret_id for secret_id in ids if secret_id not in failed))
        for start in range(0, len(deleted), TRANSACTION):
            self.receipts.settle(deleted[start : start + TRANSACTION], self.clock())
        return {place for place, secret_id in enumerate(ids) if secret_id in failed}


def build(environ: Mapping[str, str], client: Callable[..., Any], clock: Callable[[], int]) -> Reap:
    """The function of one environment; `client` makes boto3 clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    return Reap(
        Receipts(client("dynamodb"), config.receipts_table),
        Objects(client("s3", read_timeout=DELETE_SECONDS), config.files_bucket),
        DeadLetters(client("sqs"), config.dead_letters_url, "reap"),
        clock,
    )


def removed_id(record: Record) -> str:
    secret_id: str = record["dynamodb"]["Keys"]["id"]["S"]
    return secret_id


handler = build(os.environ, aws.client, lambda: int(time.time()))
