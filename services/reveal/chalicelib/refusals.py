"""Refusals: who came with a link that names others, counted in the receipt for its sender."""

from contextlib import suppress
from typing import Any

from burnbag_core import aws
from burnbag_core.aws import ConditionFailed, as_unavailable
from burnbag_core.records import MOST_REFUSALS, View

from chalicelib.settings import Settings
from chalicelib.store import receipt_update


class Refusals:
    """The refusals of secrets in DynamoDB."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self.dynamodb = dynamodb
        self.settings = settings

    @as_unavailable()
    def count_refusal(self, secret_id: str, refusal: View) -> None:
        """Count one more in the receipt, up to a hundred; whether or not the secret has ended.

        A transaction, though it is one write, because AWS applies a transaction once however often
        it is sent. The secret's own record is not touched.
        """
        changes = {"refusals": "#refusals + :one", "last_refusal": ":refusal"}
        values = {":one": 1, ":refusal": vars(refusal), ":most": MOST_REFUSALS}
        table = self.settings.receipts_table
        write = receipt_update(table, secret_id, changes, values, "#refusals < :most")
        with suppress(ConditionFailed):
            aws.transact(self.dynamodb, [{"Update": write}])
