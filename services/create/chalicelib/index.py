"""Receipts by who created them: an index of keys, and then the receipts themselves."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from burnbag_core import aws
from burnbag_core.aws import as_unavailable
from burnbag_core.errors import Unavailable
from burnbag_core.items import deserialize, key, read_receipt, serialize
from burnbag_core.records import Receipt

from chalicelib.asked import Asked, Place
from chalicelib.settings import Settings

BY_CREATOR: Final = "by_creator"


class ReceiptIndex:
    """The receipts table, as far as lists read it."""

    def __init__(
        self, dynamodb: Any, settings: Settings, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.dynamodb = dynamodb
        self.receipts = settings.receipts_table
        self.pause = pause

    @as_unavailable()
    def find(self, asked: Asked, after: Place | None, limit: int) -> list[Place]:
        """The next places of a creator's list, newest first; fewer than `limit` only at its end.

        An index is behind its table by a moment, so what was created just now may be missing.
        """
        window = {":creator": asked.creator, ":since": asked.since, ":until": asked.until}
        query: dict[str, Any] = {
            "TableName": self.receipts,
            "IndexName": BY_CREATOR,
            "KeyConditionExpression": "creator = :creator AND created_at BETWEEN :since AND :until",
            "ExpressionAttributeValues": serialize(window),
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after is not None:
            start = {"creator": asked.creator, "created_at": after.created_at, "id": after.id}
            query["ExclusiveStartKey"] = serialize(start)
        items = map(deserialize, self.dynamodb.query(**query)["Items"])
        return [Place(item["created_at"], item["id"]) for item in items]

    @as_unavailable()
    def fetch(self, ids: Sequence[str]) -> dict[str, Receipt]:
        """The receipts as they are now, by id; without those that were purged meanwhile.

        DynamoDB leaves out what it had no capacity for, or no room in its answer. That is asked
        for again.
        """
        wanted = [key(each) for each in ids]
        found: list[Receipt] = []
        for attempt in range(aws.TRIES):
            if not wanted:
                return {receipt.id: receipt for receipt in found}
            if attempt:
                self.pause(aws.jitter(attempt))
            request = {self.receipts: {"Keys": wanted, "ConsistentRead": True}}
            answer = self.dynamodb.batch_get_item(RequestItems=request)
            found += map(read_receipt, answer["Responses"].get(self.receipts, []))
            wanted = answer.get("UnprocessedKeys", {}).get(self.receipts, {}).get("Keys", [])
        raise Unavailable("BatchGetItem UnprocessedKeys")
