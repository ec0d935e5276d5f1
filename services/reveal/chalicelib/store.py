"""The recipient's reads, and the one conditional transaction that consumes a view."""

from typing import Any

from burnbag_core import aws
from burnbag_core.aws import ConditionFailed
from burnbag_core.items import Item, key
from burnbag_core.records import Receipt, Secret, View

from chalicelib.settings import Settings
from chalicelib.writes import ending, living, receipt_write, secret_write


class Store:
    """Secrets and receipts in DynamoDB, as far as a recipient may touch them."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self.dynamodb = dynamodb
        self.settings = settings

    def secret(self, secret_id: str) -> Secret | None:
        item = self.read(self.settings.secrets_table, secret_id)
        return Secret.from_item(item) if item else None

    def receipt(self, secret_id: str) -> Receipt | None:
        item = self.read(self.settings.receipts_table, secret_id)
        return Receipt.from_item(item) if item else None

    def read(self, table: str, secret_id: str) -> Item | None:
        answer = self.dynamodb.get_item(TableName=table, Key=key(secret_id), ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def consume(self, secret: Secret, view: View) -> int | None:
        """Consume one view and write it into the receipt: both or neither.

        Returns the views left, or None where the secret has ended. The last view deletes the
        record. Whether a view is the last one can change under concurrency: then it is tried
        again with what was found, and every such change is somebody else's progress.
        """
        while True:
            writes = self.burn(secret, view) if secret.views_left == 1 else self.count(secret, view)
            try:
                aws.transact(self.dynamodb, writes)
                return secret.views_left - 1
            except ConditionFailed as refused:
                found = living(refused, view.at)
                if found is None or found.views_left == secret.views_left:
                    return None
                secret = found

    def burn(self, secret: Secret, view: View) -> list[Item]:
        """The last view: the record goes, the receipt says so."""
        table = self.settings.secrets_table
        values = {":last": 1, ":now": view.at}
        changes, more = ending("revealed", view.at, self.settings.receipt_retention)
        return [
            {"Delete": secret_write(table, secret.id, "views_left = :last", values)},
            {"Update": self.viewed(secret, view, changes, more)},
        ]

    def count(self, secret: Secret, view: View) -> list[Item]:
        """One view of several. An attempt that succeeded is handed back with it."""
        table = self.settings.secrets_table
        update = secret_write(table, secret.id, "views_left > :one", {":one": 1, ":now": view.at})
        returned = ", attempts_left = attempts_left + :one" if secret.passphrase else ""
        update["UpdateExpression"] = f"SET views_left = views_left - :one{returned}"
        return [{"Update": update}, {"Update": self.viewed(secret, view, {}, {})}]

    def viewed(
        self, secret: Secret, view: View, changes: dict[str, str], values: dict[str, Any]
    ) -> Item:
        return receipt_write(
            self.settings.receipts_table,
            secret.id,
            {"views": "list_append(#views, :view)"} | changes,
            {":view": [vars(view)]} | values,
        )
