"""The recipient's reads, and the one conditional transaction that consumes a view."""

from typing import Any

from burnbag_core import aws
from burnbag_core.aws import ConditionFailed
from burnbag_core.items import Item, key
from burnbag_core.records import Claim, Receipt, Secret, View

from chalicelib.claims import Intent
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

    def consume(
        self, secret: Secret, view: View, intent: Intent | None
    ) -> tuple[Claim, bool] | None:
        """Consume one view and write it into the receipt: both or neither.

        Returns what is left then, and whether a view was consumed: it was not where the same
        caller was faster than itself, whose claim it then shares. None where the secret has
        ended. The last view deletes the record, unless a claim is open on it. What a write found
        instead of what was expected is somebody else's progress, and is gone on from: it has an
        end, because a new claim takes a view, and without one claims only become fewer.
        """
        while secret.views_left > 0:
            claim = claimed(secret, view.at, intent)
            try:
                aws.transact(self.dynamodb, self.writes(secret, view, intent, claim))
                return claim, True
            except ConditionFailed as refused:
                found = living(refused, view.at)
            if found is None:
                return None
            if intent and intent.key_hash in found.live_claims(view.at):
                return found.live_claims(view.at)[intent.key_hash], False
            if (found.views_left, found.claims) == (secret.views_left, secret.claims):
                return None
            secret = found
        return None

    def writes(self, secret: Secret, view: View, intent: Intent | None, claim: Claim) -> list[Item]:
        last = secret.views_left == 1
        changes, values = (
            ending("revealed", view.at, self.settings.receipt_retention) if last else ({}, {})
        )
        viewed = receipt_write(
            self.settings.receipts_table,
            secret.id,
            {"views": "list_append(#views, :view)"} | changes,
            {":view": [vars(view)]} | values,
        )
        open_until = max([c.until for c in secret.live_claims(view.at).values()] + [claim.until])
        consumed = (
            self.burn(secret, view)
            if last and open_until == 0
            else self.count(secret, view, intent, claim, open_until if last else None)
        )
        return [consumed, {"Update": viewed}]

    def burn(self, secret: Secret, view: View) -> Item:
        """The last view: the record goes."""
        table, values = self.settings.secrets_table, {":one": 1, ":now": view.at}
        return {"Delete": secret_write(table, secret.id, "views_left = :one", values)}

    def count(
        self,
        secret: Secret,
        view: View,
        intent: Intent | None,
        claim: Claim,
        erase_at: int | None,
    ) -> Item:
        """One view fewer, and a claim on it where one is wanted.

        An attempt that succeeded is handed back with it. Where only claims are left
        (`erase_at`), the record goes with the last of them; one confirmed meanwhile is none.
        """
        values: Item = {":one": 1, ":now": view.at}
        condition = "views_left = :one" if erase_at else "views_left > :one"
        changes = ["views_left = views_left - :one"]
        names = {}
        if secret.passphrase:
            changes.append("attempts_left = attempts_left + :one")
        if erase_at:
            changes.append("erase_at = :erase_at")
            condition += " AND size(claims) = :open"
            values |= {":erase_at": erase_at, ":open": len(secret.claims)}
        if intent:
            changes.append("claims.#key = :claim")
            condition += " AND (attribute_not_exists(claims.#key) OR claims.#key.#until <= :now)"
            names = {"#key": intent.key_hash, "#until": "until"}
            values[":claim"] = vars(claim)
        update = secret_write(self.settings.secrets_table, secret.id, condition, values)
        update["UpdateExpression"] = f"SET {', '.join(changes)}"
        return {"Update": update | ({"ExpressionAttributeNames": names} if names else {})}

    def confirm(self, secret: Secret, key_hash: str, now: int) -> bool:
        """End a claim; the last one ends the record. False where there is no such claim.

        A refusal over a record that is as it was is not tried for ever.
        """
        before: Secret | None = None
        found: Secret | None = secret
        while found and found != before and key_hash in found.live_claims(now):
            try:
                self.release(found, key_hash, now)
                return True
            except ConditionFailed as refused:
                before, found = found, living(refused, now)
        return False

    def release(self, secret: Secret, key_hash: str, now: int) -> None:
        """Remove a claim; after the last view the record lives as long as the others, if any.

        A transaction, though of one write, because AWS applies it once however often it is sent:
        otherwise a confirm whose answer got lost would find its own work done, and be refused.
        """
        condition = "attribute_exists(claims.#key) AND views_left = :left AND size(claims) = :open"
        values = {":left": secret.views_left, ":open": len(secret.claims), ":now": now}
        others = [c.until for hashed, c in secret.live_claims(now).items() if hashed != key_hash]
        change = "REMOVE claims.#key"
        if secret.views_left == 0 and others:
            change += " SET erase_at = :erase_at"
            values[":erase_at"] = max(others)
        write = secret_write(self.settings.secrets_table, secret.id, condition, values)
        write["ExpressionAttributeNames"] = {"#key": key_hash}
        if secret.views_left > 0 or others:
            released = {"Update": write | {"UpdateExpression": change}}
        else:
            released = {"Delete": write}
        aws.transact(self.dynamodb, [released])


def claimed(secret: Secret, now: int, intent: Intent | None) -> Claim:
    """What the caller is told and, with an idempotency key, may ask for again.

    Nothing outlives the secret's own expiry; `until` is 0 where nothing is claimed.
    """
    until = min(now + intent.seconds, secret.expires_at) if intent else 0
    return Claim(until=until, views_left=secret.views_left - 1)
