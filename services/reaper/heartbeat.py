"""A heartbeat that goes through everything that erases and tells, once a minute.

`sweep` removes a record of no secret. `reap` has to see that in the secrets stream, delete what is
in the bucket and settle its receipt, and `audit` has to see the settled receipt and write its log.
Only then it measures how long that took. So whichever of them stands still, is late, or has lost a
right, the measurement is late or missing, though no secret ends in that hour. AWS's own metrics
are silent then: a stream's age is measured only while its function is called.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core.items import deserialize_value, key, serialize

# No secret's id: those have 22 characters.
HEARTBEAT: Final = "heartbeat"
# Not `sealed`, so that reap has no end to give it.
STATE: Final = "heartbeat"


@dataclass(frozen=True)
class Heart:
    """What beats: two records of its own, one in each table."""

    dynamodb: Any
    secrets_table: str
    receipts_table: str

    def beat(self, now: int) -> None:
        """Open the receipt again, then put a record and remove it.

        In this order, so that the removal finds its receipt open. Twice, or half of it, does no
        harm: the next beat begins anew. Raises ClientError or BotoCoreError.
        """
        names, values = {"#state": "state"}, {":state": STATE, ":now": now}
        self.dynamodb.update_item(
            TableName=self.receipts_table,
            Key=key(HEARTBEAT),
            UpdateExpression="SET #state = :state, beat_at = :now REMOVE removed_at, erased_at",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=serialize(values),
        )
        self.dynamodb.put_item(TableName=self.secrets_table, Item=key(HEARTBEAT))
        self.dynamodb.delete_item(TableName=self.secrets_table, Key=key(HEARTBEAT))


def is_beat(image: Mapping[str, Any]) -> bool:
    """Whether a receipt's image is the heartbeat's."""
    return bool(image["id"] == {"S": HEARTBEAT})


def beat_time(image: Mapping[str, Any]) -> int | None:
    """When a heartbeat that has come all the way began; None while it is on its way.

    While reap is behind, the receipt is a later beat's than the removal that settles it. So the
    removal counts, if it is older.
    """
    if "erased_at" not in image:
        return None
    times = [image[name] for name in ("beat_at", "removed_at") if name in image]
    return min(int(deserialize_value(at)) for at in times)
