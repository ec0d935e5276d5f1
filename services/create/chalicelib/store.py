"""The sender's conditional writes."""

from typing import Any

from burnbag_core import aws
from burnbag_core.aws import as_unavailable
from burnbag_core.items import Item, key, read_receipt, receipt_item, secret_item, serialize
from burnbag_core.records import MAX_ATTEMPTS, Caller, Receipt, Secret

from chalicelib.settings import Settings


class Store:
    """Secrets and receipts in DynamoDB, as far as a sender may touch them."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self.dynamodb = dynamodb
        self.secrets = settings.secrets_table
        self.receipts = settings.receipts_table
        self.retention = settings.receipt_retention

    @as_unavailable()
    def add(self, secret: Secret, receipt: Receipt, erase_at: int) -> bool:
        """Put both records or neither: no secret without a receipt, and no receipt without one.

        False where there is such a secret, or was: then an idempotency key came again.
        """
        put_secret = self.put(self.secrets, secret_item(secret, erase_at))
        put_receipt = self.put(self.receipts, receipt_item(receipt))
        try:
            aws.transact(self.dynamodb, [put_secret, put_receipt])
        except aws.ConditionFailed:
            return False
        return True

    @as_unavailable()
    def keep(self, secret_id: str, erase_at: int, expires_at: int) -> bool:
        """Let a secret live until it expires, and not only until `erase_at`.

        False where that was done already, where it was swept away meanwhile, and where its last
        view has left it to its claims: a late copy of this call must not keep it any longer.
        """
        return self.set_end(secret_id, erase_at, expires_at)

    @as_unavailable()
    def is_kept(self, secret_id: str, expires_at: int) -> bool:
        """Whether `keep` was done. This service may not read the record: a condition tells."""
        return self.set_end(secret_id, expires_at, expires_at)

    def set_end(self, secret_id: str, before: int, expires_at: int) -> bool:
        write = {
            "TableName": self.secrets,
            "Key": key(secret_id),
            "UpdateExpression": "SET erase_at = :expires_at",
            "ConditionExpression": "erase_at = :before",
            "ExpressionAttributeValues": serialize({":before": before, ":expires_at": expires_at}),
        }
        try:
            aws.update(self.dynamodb, write)
        except aws.ConditionFailed:
            return False
        return True

    @as_unavailable()
    def begin_upload(self, secret_id: str, upload_id: str, now: int) -> bool:
        """Note by which id S3 knows an upload, once and for ever.

        False where another call was first, and where the secret has ended.
        """
        write = {
            "TableName": self.receipts,
            "Key": key(secret_id),
            "UpdateExpression": "SET upload_id = :upload_id",
            "ConditionExpression": "#state = :sealed AND expires_at > :now"
            " AND attribute_not_exists(upload_id) AND attribute_not_exists(arrived_at)",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": serialize(
                {":upload_id": upload_id, ":sealed": "sealed", ":now": now}
            ),
        }
        try:
            aws.update(self.dynamodb, write)
        except aws.ConditionFailed:
            return False
        return True

    @as_unavailable()
    def finish_upload(self, receipt: Receipt, erase_at: int, now: int) -> bool:
        """Let the secret live until it expires, and note that the last of its upload has arrived.

        False where it has ended, or was noted before. Nothing is left for `reap` to abort then, so
        the upload's id goes.
        """
        keep = {
            "TableName": self.secrets,
            "Key": key(receipt.id),
            "UpdateExpression": "SET erase_at = :expires_at",
            "ConditionExpression": "erase_at = :before",
            "ExpressionAttributeValues": serialize(
                {":before": erase_at, ":expires_at": receipt.expires_at}
            ),
        }
        note = {
            "TableName": self.receipts,
            "Key": key(receipt.id),
            "UpdateExpression": "SET arrived_at = :now REMOVE upload_id",
            "ConditionExpression": "#state = :sealed AND upload_id = :upload_id",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": serialize(
                {":now": now, ":sealed": "sealed", ":upload_id": receipt.upload_id}
            ),
        }
        try:
            aws.transact(self.dynamodb, [{"Update": keep}, {"Update": note}])
        except aws.ConditionFailed:
            return False
        return True

    def put(self, table: str, item: Item) -> Item:
        return {
            "Put": {
                "TableName": table,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(id)",
            }
        }

    @as_unavailable()
    def receipt(self, secret_id: str) -> Receipt | None:
        answer = self.dynamodb.get_item(
            TableName=self.receipts, Key=key(secret_id), ConsistentRead=True
        )
        return read_receipt(answer["Item"]) if "Item" in answer else None

    @as_unavailable()
    def revoke(self, secret_id: str, now: int, by: Caller) -> bool:
        """Delete the secret, or the request for it, and say so in its receipt; False when it had
        ended before.
        """
        told = describe_caller("ended", by)
        delete = {
            "TableName": self.secrets,
            "Key": key(secret_id),
            "ConditionExpression": "expires_at > :at",
            "ExpressionAttributeValues": serialize({":at": now}),
        }
        end = {
            "TableName": self.receipts,
            "Key": key(secret_id),
            "UpdateExpression": "SET #state = :revoked, ended_at = :at, purge_at = :purge_at"
            + "".join(f", {name} = :{name}" for name in told),
            "ConditionExpression": "#state IN (:sealed, :requested)",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": serialize(
                {
                    ":revoked": "revoked",
                    ":sealed": "sealed",
                    ":requested": "requested",
                    ":at": now,
                    ":purge_at": now + self.retention,
                }
                | values_of(told)
            ),
        }
        try:
            aws.transact(self.dynamodb, [{"Delete": delete}, {"Update": end}])
        except aws.ConditionFailed:
            return False
        return True

    @as_unavailable()
    def unfreeze(self, receipt: Receipt, now: int, by: Caller) -> bool:
        """Allow five more guesses; False where the secret has ended or is not frozen any more.

        `unfrozen` makes a second call, or a late copy of the first, change nothing. The record
        decides: it is frozen and unfrozen together with its receipt, never alone.
        """
        values = {":now": now, ":one": 1}
        allowed = {":before": receipt.unfrozen, ":all": MAX_ATTEMPTS, ":none": 0}
        told = describe_caller("unfrozen", by)
        known = "".join(f", {name} = :{name}" for name in told)
        unknown = "".join(f", {name}" for name in names("unfrozen") if name not in told)
        record = {
            "TableName": self.secrets,
            "Key": key(receipt.id),
            "UpdateExpression": "SET unfrozen = unfrozen + :one, attempts_left = :all,"
            " failed_attempts = :none REMOVE frozen_at",
            "ConditionExpression": "expires_at > :now AND attribute_exists(frozen_at)"
            " AND unfrozen = :before",
            "ExpressionAttributeValues": serialize(values | allowed),
        }
        update = {
            "TableName": self.receipts,
            "Key": key(receipt.id),
            "UpdateExpression": "SET unfrozen = unfrozen + :one, unfrozen_at = :now"
            f"{known} REMOVE frozen_at{unknown}",
            "ConditionExpression": "#state = :sealed",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": serialize(
                values | {":sealed": "sealed"} | values_of(told)
            ),
        }
        try:
            aws.transact(self.dynamodb, [{"Update": record}, {"Update": update}])
        except aws.ConditionFailed:
            return False
        return True


class PeopleCounters:
    """How often each person has sent, hour by hour."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    @as_unavailable()
    def count(self, counter: str, limit: int, until: int) -> bool:
        """Count one more; False where there are `limit` already. It is erased after `until`.

        One conditional write, so calls that come at once are counted one by one.
        """
        write = {
            "TableName": self.table,
            "Key": key(counter),
            "UpdateExpression": "SET purge_at = :until ADD sent :one",
            "ConditionExpression": "attribute_not_exists(sent) OR sent < :limit",
            "ExpressionAttributeValues": serialize({":until": until, ":one": 1, ":limit": limit}),
        }
        try:
            aws.update(self.dynamodb, write)
        except aws.ConditionFailed:
            return False
        return True


def names(deed: str) -> list[str]:
    """The attributes in which a receipt says who has `ended` or `unfrozen` its secret."""
    return [f"{deed}_by", f"{deed}_ip", f"{deed}_agent"]


def describe_caller(deed: str, caller: Caller) -> dict[str, str]:
    """The values of those attributes that are known."""
    values = (caller.by, caller.ip, caller.agent)
    return {name: value for name, value in zip(names(deed), values, strict=True) if value}


def values_of(told: dict[str, str]) -> dict[str, str]:
    return {f":{name}": value for name, value in told.items()}
