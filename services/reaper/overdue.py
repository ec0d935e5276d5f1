"""Records by their time, in the index `overdue`: it holds keys and times, and nothing else."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from burnbag_core import aws
from burnbag_core.items import serialize

from bulk import Statement, execute


class Overdue:
    """The records whose time has come."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def find(self, shard: int, now: int) -> Iterator[tuple[str, int]]:
        """The ids of a shard's overdue records, and since when they are; the oldest first."""
        for page in self.query("erase_at <= :now", shard, now):
            for item in page["Items"]:
                yield item["id"]["S"], int(item["erase_at"]["N"])

    def count_living(self, shard: int, now: int) -> int:
        """How many of a shard's records are not overdue. Reads 1 MB of the index in a call."""
        pages = self.query("erase_at > :now", shard, now, Select="COUNT")
        return sum(page["Count"] for page in pages)

    def query(self, condition: str, shard: int, now: int, **how: str) -> Iterator[dict[str, Any]]:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="overdue",
            KeyConditionExpression=f"expiry_shard = :shard AND {condition}",
            ExpressionAttributeValues=serialize({":shard": str(shard), ":now": now}),
            **how,
        )
        yield from pages

    def delete(self, ids: list[str], now: int) -> dict[str, str]:
        """Delete those of up to 25 records that are still overdue; AWS's codes by id for failures.

        The index lags behind the table, so the table itself decides.
        """
        return self.execute({each: self.deletion(each, "<=", now) for each in ids})

    def delete_unchanged(self, records: dict[str, int]) -> dict[str, str]:
        """Delete those of up to 25 records that go at these times; AWS's codes as by `delete`."""
        return self.execute({each: self.deletion(each, "=", at) for each, at in records.items()})

    def execute(self, deletions: dict[str, Statement]) -> dict[str, str]:
        try:
            failures = execute(self.dynamodb, deletions)
        except (ClientError, BotoCoreError) as error:
            return dict.fromkeys(deletions, aws.code_of(error))
        return {each: found.code for each, found in failures.items() if not found.is_refusal}

    def deletion(self, secret_id: str, comparison: str, erase_at: int) -> Statement:
        # The table's name is Terraform's; what anybody sends is a parameter.
        where = f'"id" = ? AND "erase_at" {comparison} ?'
        return Statement(f'DELETE FROM "{self.table}" WHERE {where}', (secret_id, erase_at))  # nosec B608
