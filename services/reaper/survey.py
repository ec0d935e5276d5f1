"""What is there: all records, receipts and objects, in parts that can be read side by side.

Of a record only its id and time are read, of a receipt only what `findings` judges by, and of an
object only its name and age.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from burnbag_core import aws
from burnbag_core.items import Item, key
from burnbag_core.records import EXPIRY_SHARDS, OBJECT_PREFIX

from findings import ATTRIBUTES
from overdue import Overdue

# Of the receipts table, and of the bucket. More parts than threads, so that the threads end
# together, and little is lost where time runs out.
RECEIPT_PARTS: Final = 32
OBJECT_PARTS: Final = 8
# What an id consists of, in S3's order.
ALPHABET: Final = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
# Later than any record ends.
EVER: Final = 10**12


class Survey:
    """Reads what there is of secrets. Every method raises ClientError or BotoCoreError."""

    def __init__(
        self,
        overdue: Overdue,
        receipts_table: str,
        s3: Any,
        bucket: str,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.overdue = overdue
        self.dynamodb = overdue.dynamodb
        self.receipts_table = receipts_table
        self.s3 = s3
        self.bucket = bucket
        self.pause = pause

    def read_records(self) -> dict[str, int]:
        """Every record's id, and when it goes. Takes about 0.2 KB of memory for each."""
        shards = range(EXPIRY_SHARDS)
        return {each: at for shard in shards for each, at in self.overdue.find(shard, EVER)}

    def read_receipts(self, part: int) -> Iterator[list[Item]]:
        """The receipts of a part that do not say `erased_at`, page by page.

        DynamoDB passes over the others: most receipts are of secrets that were erased long ago.
        """
        request: dict[str, Any] = {
            "TableName": self.receipts_table,
            "Segment": part,
            "TotalSegments": RECEIPT_PARTS,
            "Select": "SPECIFIC_ATTRIBUTES",
            "FilterExpression": "attribute_not_exists(erased_at)",
            **PROJECTION,
        }
        while True:
            page = aws.retry(lambda: self.dynamodb.scan(**request), self.pause)
            yield page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def read_receipt(self, secret_id: str) -> Item | None:
        """One receipt, as it is now."""
        answer = aws.retry(
            lambda: self.dynamodb.get_item(
                TableName=self.receipts_table,
                Key=key(secret_id),
                ConsistentRead=True,
                **PROJECTION,
            ),
            self.pause,
        )
        found: Item | None = answer.get("Item")
        return found

    def read_objects(self, part: int) -> Iterator[list[tuple[str, int]]]:
        """The ids of a part's objects, and since when each is there, page by page."""
        after, end = bounds(part)
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=OBJECT_PREFIX, StartAfter=after
        )
        for page in pages:
            found = [
                (each["Key"].removeprefix(OBJECT_PREFIX), int(each["LastModified"].timestamp()))
                for each in page.get("Contents", [])
                if each["Key"] <= end
            ]
            yield found
            if len(found) < len(page.get("Contents", [])):
                return


# `state` is a word of DynamoDB's own.
PROJECTION: Final[dict[str, Any]] = {
    "ProjectionExpression": ", ".join(name.replace("state", "#state") for name in ATTRIBUTES),
    "ExpressionAttributeNames": {"#state": "state"},
}


def bounds(part: int) -> tuple[str, str]:
    """The key after which a part of the objects begins, and the last that may be in it."""
    width = len(ALPHABET) // OBJECT_PARTS
    last = "\U0010ffff" if part == OBJECT_PARTS - 1 else ALPHABET[(part + 1) * width]
    first = "" if part == 0 else ALPHABET[part * width]
    return OBJECT_PREFIX + first, OBJECT_PREFIX + last
