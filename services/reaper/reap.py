"""reap: what is gone is erased, and the receipt says when.

Runs on the secrets table's stream (KEYS_ONLY, REMOVE), so it learns which record went and
nothing of what was in it. Whatever removes a record, this settles its receipt.
"""

import os
import time
from dataclasses import dataclass
from typing import Any

from burnbag_core import aws, settings
from burnbag_core.items import Item, key, serialize

from batches import DeadLetters, Record, Response, process

# The most writes that one transaction takes.
CHUNK = 100


@dataclass(frozen=True)
class Settings:
    receipts_table: str
    dead_letters_url: str


class Receipts:
    """The receipts of secrets whose records are gone."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def settle(self, ids: list[str], now: int) -> None:
        """Set `erased_at`, once, and end as `expired` what nothing else had ended.

        Optimistic: all receipts in one transaction, as if all had expired. Those that say
        otherwise are written again as what they are, and those settled before are left alone,
        so delivering an id twice changes nothing.
        """
        writes = {secret_id: self.expired(secret_id, now) for secret_id in ids}
        while writes:
            try:
                return aws.transact(self.dynamodb, [{"Update": w} for w in writes.values()])
            except aws.ConditionFailed as error:
                results = zip(list(writes), error.refused, error.items, strict=True)
                for secret_id, refused, found in results:
                    if refused and (found is None or "erased_at" in found):
                        del writes[secret_id]
                    elif refused:
                        writes[secret_id] = self.erased(secret_id, now)

    def expired(self, secret_id: str, now: int) -> Item:
        return self.update(
            secret_id,
            "SET #state = :expired, ended_at = expires_at, erased_at = :now",
            "#state = :sealed AND attribute_not_exists(erased_at)",
            {":expired": "expired", ":sealed": "sealed", ":now": now},
        )

    def erased(self, secret_id: str, now: int) -> Item:
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


config = settings.read(Settings, os.environ)
receipts = Receipts(aws.client("dynamodb"), config.receipts_table)
dead_letters = DeadLetters(aws.client("sqs"), config.dead_letters_url, "reap")


def handler(event: dict[str, Any], context: object) -> Response:
    """The Lambda entry point: a batch of REMOVE records, answered with its failures."""
    return process(event["Records"], removed_id, settle, dead_letters, CHUNK)


def settle(ids: list[str]) -> None:
    if ids:
        receipts.settle(list(dict.fromkeys(ids)), int(time.time()))


def removed_id(record: Record) -> str:
    secret_id: str = record["dynamodb"]["Keys"]["id"]["S"]
    return secret_id
