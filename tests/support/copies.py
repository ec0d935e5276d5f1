"""Open secrets in thousands: one that was really sealed, and copies of its record and receipt.

A copy has an id and nothing that opens it. So what happens to it afterwards is as real as with the
original, but for its being opened.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from burnbag_core.items import key, serialize
from burnbag_core.records import expiry_shard
from burnbag_format.base64url import encode

# The most that one BatchWriteItem takes.
BATCH = 25


def copy_secret(dynamodb: Any, outputs: Any, secret_id: str, count: int) -> list[str]:
    """The ids of `count` copies; each write is one that Terraform's tables and streams see."""
    tables = [outputs["secrets_table_name"], outputs["receipts_table_name"]]
    items = {t: dynamodb.get_item(TableName=t, Key=key(secret_id))["Item"] for t in tables}
    ids = [encode(os.urandom(16)) for _ in range(count)]

    def put(batch: list[str]) -> None:
        for table in tables:
            puts = [{"PutRequest": {"Item": copy_item(items[table], each)}} for each in batch]
            left = dynamodb.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]
            assert not left

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(put, [ids[start : start + BATCH] for start in range(0, count, BATCH)]))
    return ids


def copy_item(item: dict[str, Any], secret_id: str) -> dict[str, Any]:
    shard = {"expiry_shard": expiry_shard(secret_id)} if "expiry_shard" in item else {}
    return item | serialize({"id": secret_id, **shard})
