"""The conditional writes of requests, by who asks and by who answers."""

from typing import Any, Final

from burnbag_core import aws
from burnbag_core.aws import as_unavailable
from burnbag_core.items import (
    Item,
    key,
    receipt_item,
    request_item,
    secret_item,
    serialize,
)
from burnbag_core.records import REQUEST, REQUESTED, Receipt, Secret

from chalicelib.store import Store

# The record is a request's that can still be answered.
WAITS: Final = "#kind = :request AND expires_at > :now"
UNLEASED: Final = "(attribute_not_exists(lease) OR leased_until <= :now)"
OWN_LEASE: Final = "lease = :lease"
# What an answer changes in the receipt of its request.
CHANGED: Final = (
    *("state", "kind", "size", "expires_at", "purge_at", "token_hash", "encrypted", "part_size"),
    *("submitted_at", "submitted_ip", "submitted_agent", "submit_digest", "sealed_key"),
)


class RequestStore:
    """Requests in DynamoDB: a record in the place of a secret, and the receipt."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.dynamodb = store.dynamodb

    def receipt(self, secret_id: str) -> Receipt | None:
        return self.store.receipt(secret_id)

    @as_unavailable()
    def add_request(self, receipt: Receipt) -> bool:
        """Put both records or neither; False as `Store.add`."""
        record = self.store.put(self.store.secrets, request_item(receipt))
        put_receipt = self.store.put(self.store.receipts, receipt_item(receipt))
        return self.transact([record, put_receipt])

    @as_unavailable()
    def lease(self, receipt: Receipt, lease: str, until: int, now: int) -> bool:
        """Let only the holder of `lease` answer until then; False where somebody else holds one,
        and where the request is over.
        """
        record = request_item(receipt, lease=lease, leased_until=until)
        condition = f"{WAITS} AND {UNLEASED}"
        return self.transact([self.put_over(record, condition, {":now": now})])

    @as_unavailable()
    def give_back(self, receipt: Receipt, lease: str) -> None:
        """End a lease before its time, if it is still held."""
        condition = f"#kind = :request AND {OWN_LEASE}"
        self.transact([self.put_over(request_item(receipt), condition, {":lease": lease})])

    @as_unavailable()
    def answer(
        self, secret: Secret, receipt: Receipt, erase_at: int, lease: str | None, now: int
    ) -> bool:
        """Put a secret over the record of its request, and note that in the receipt.

        With it goes the request's `erase_at`, so that neither the sweep nor DynamoDB's TTL takes
        the secret for the request. False where the request is over, or somebody else's lease is
        not.
        """
        condition = f"{WAITS} AND {OWN_LEASE if lease else UNLEASED}"
        values = {":now": now} | ({":lease": lease} if lease else {})
        record = self.put_over(secret_item(secret, erase_at), condition, values)
        return self.transact([record, self.note(receipt)])

    def put_over(self, item: Item, condition: str, values: dict[str, Any]) -> Item:
        return {
            "Put": {
                "TableName": self.store.secrets,
                "Item": item,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#kind": "kind"},
                "ExpressionAttributeValues": serialize(values | {":request": REQUEST}),
            }
        }

    def note(self, receipt: Receipt) -> Item:
        """Write into the receipt of a request what its answer changes."""
        changed = {name: value for name in CHANGED if (value := getattr(receipt, name)) is not None}
        return {
            "Update": {
                "TableName": self.store.receipts,
                "Key": key(receipt.id),
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in changed),
                "ConditionExpression": "#state = :requested",
                "ExpressionAttributeNames": {f"#{name}": name for name in changed},
                "ExpressionAttributeValues": serialize(
                    {f":{name}": value for name, value in changed.items()}
                    | {":requested": REQUESTED}
                ),
            }
        }

    def transact(self, writes: list[Item]) -> bool:
        """Do all of it, or nothing: in a transaction also where it is one write, since AWS applies
        that once however often it is sent.
        """
        try:
            aws.transact(self.dynamodb, writes)
        except aws.ConditionFailed:
            return False
        return True
