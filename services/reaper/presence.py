"""Whether records exist, asked with conditions: that needs no right to read one."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from burnbag_core import aws
from burnbag_core.items import Item, key

# The most conditions that one transaction checks.
BATCH: Final = 100


class Presence:
    """The records of a table, as far as they are there or not: read consistently."""

    def __init__(
        self, dynamodb: Any, table: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.pause = pause

    def find_absent(self, ids: Iterable[str]) -> set[str]:
        """Those of up to 100 ids that have no record now. Raises ClientError or BotoCoreError."""
        asked = list(ids)
        while asked:
            try:
                aws.transact(self.dynamodb, [self.absent(each) for each in asked], self.pause)
                break
            except aws.ConditionFailed as failed:
                found = zip(asked, failed.refused, strict=True)
                asked = [each for each, exists in found if not exists]
        return set(asked)

    def absent(self, secret_id: str) -> Item:
        """The condition that no record has this id."""
        check = {
            "TableName": self.table,
            "Key": key(secret_id),
            "ConditionExpression": "attribute_not_exists(id)",
        }
        return {"ConditionCheck": check}
