"""The one conditional transaction that consumes a view."""

from typing import Any

from burnbag_core import aws
from burnbag_core.aws import ConditionFailed, as_unavailable
from burnbag_core.errors import AlreadyConfirmed
from burnbag_core.items import Item
from burnbag_core.records import Claim, Secret, View

from chalicelib import claims
from chalicelib.claims import ClaimRequest, Consumption, find_dead
from chalicelib.settings import Settings
from chalicelib.store import LIVING, living_secret, opening_write, receipt_end, receipt_update


class Views:
    """The views of secrets in DynamoDB."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self.dynamodb = dynamodb
        self.settings = settings

    @as_unavailable()
    def consume(
        self, secret: Secret, view: View, request: ClaimRequest | None
    ) -> Consumption | None:
        """Consume one view and write it into the receipt: both or neither. None after the end.

        Where a write is refused, another caller was faster: retries from the record that DynamoDB
        returned. That ends, because a new claim takes a view, and without one claims only become
        fewer. Raises AlreadyConfirmed.
        """
        while secret.views_left > 0:
            claim = claims.begin(request, secret, view.at)
            try:
                aws.transact(self.dynamodb, self.writes(secret, view, request, claim))
                return Consumption(claim, took_view=True)
            except ConditionFailed as refused:
                found = living_secret(refused, view.at)
            if found is None:
                return None
            if own := claims.find(request, found, view.at):
                return Consumption(own, took_view=False)
            if claims.is_confirmed(request, found):
                raise AlreadyConfirmed
            if (found.views_left, found.claims) == (secret.views_left, secret.claims):
                return None
            secret = found
        return None

    def writes(
        self, secret: Secret, view: View, request: ClaimRequest | None, claim: Claim
    ) -> list[Item]:
        """Both writes: the record's first, because its refusal tells what became of it."""
        if secret.views_left > 1:
            return [self.count(secret, view, request, claim, None), self.receive(secret, view)]
        changes, values = receipt_end("revealed", view.at, self.settings.receipt_retention)
        erase_at = claims.last_end(secret, claim, view.at)
        if erase_at:
            changes |= {"erase_due": ":erase_due"}
            values |= {":erase_due": erase_at}
            write = self.count(secret, view, request, claim, erase_at)
        else:
            write = self.burn(secret, view)
        return [write, self.receive(secret, view, changes, values)]

    def burn(self, secret: Secret, view: View) -> Item:
        """The last view: the record goes."""
        table, values = self.settings.secrets_table, {":left": secret.views_left, ":now": view.at}
        return {"Delete": opening_write(table, secret, "views_left = :left", values)}

    def count(
        self,
        secret: Secret,
        view: View,
        request: ClaimRequest | None,
        claim: Claim,
        erase_at: int | None,
    ) -> Item:
        """One view fewer, a claim on it where one is wanted, and the attempt handed back.

        The condition names the views that were left, because the answer says how many are left
        now. With `erase_at` it is the last view, and the record is left to its claims until then.
        Then the number of claims is in the condition too: one that was confirmed meanwhile keeps
        no record. Claims that are over go: no new one has begun under their keys, because it would
        have taken a view.
        """
        values: Item = {":one": 1, ":left": secret.views_left, ":now": view.at}
        condition = "views_left = :left"
        changes = ["views_left = views_left - :one"]
        names: Item = {}
        if secret.passphrase:
            changes.append("attempts_left = attempts_left + :one")
        if erase_at:
            changes.append("erase_at = :erase_at")
            condition += " AND size(claims) = :open"
            values |= {":erase_at": erase_at, ":open": len(secret.claims)}
        if request:
            change, unclaimed, names, claimed = claims.add_to_update(request, claim)
            changes.append(change)
            condition += f" AND {unclaimed}"
            values |= claimed
        dead = {f"#dead{n}": key for n, key in enumerate(find_dead(secret, request, view.at))}
        names |= dead
        update = opening_write(self.settings.secrets_table, secret, condition, values)
        update["UpdateExpression"] = f"SET {', '.join(changes)}"
        if dead:
            update["UpdateExpression"] += f" REMOVE {', '.join(f'claims.{name}' for name in dead)}"
        return {"Update": update | ({"ExpressionAttributeNames": names} if names else {})}

    def receive(
        self,
        secret: Secret,
        view: View,
        end: dict[str, str] | None = None,
        end_values: Item | None = None,
    ) -> Item:
        """The view in the receipt, with the secret's end where it is the last.

        The receipt counts for itself: it takes no more views than were allowed, whatever somebody
        has made of the record.
        """
        changes = {"views": "list_append(#views, :view)"} | (end or {})
        values = {":view": [vars(view)]} | (end_values or {})
        allowed = f"{LIVING} AND size(#views) < #max_views"
        table = self.settings.receipts_table
        return {"Update": receipt_update(table, secret.id, changes, values, allowed)}
