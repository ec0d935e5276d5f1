"""Claims: a caller's right to fetch a view again that it has consumed, and whose answer got lost.

begins  with the view: the transaction that consumes it puts `claims.<hash of the key>` into the
        record, with the time when the claim ends and what the answer said of the views left
found   by the same key, until that time: the caller gets the same answer, nobody else anything.
        Where the secret names its recipients, only by the one who began it
ends    by its caller's confirm, by its time, by the secret's own expiry, or with the record,
        which the fifth wrong passphrase removes (ADR 4)

The key of a confirmed claim stays in the record (`confirmed`) for as long as there is one: a copy
of the request that comes late, from a proxy for instance, must not consume another view.

A claim that is over is cleared away by a later view.

After the last view the record lives for its claims alone: until the last of them is over
(`erase_at`, for the sweep), or until the last of them is confirmed.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from burnbag_core import aws
from burnbag_core.aws import ConditionFailed, as_unavailable
from burnbag_core.items import Item
from burnbag_core.recipients import principal_of
from burnbag_core.records import Caller, Claim, Secret
from burnbag_format import base64url

from chalicelib.settings import Settings
from chalicelib.store import living_secret, secret_write

# An update expression takes 4 KB.
MOST_CLEARED: Final = 20


@dataclass(frozen=True)
class ClaimRequest:
    """A caller's wish for a claim, for so many seconds, under its idempotency key.

    `owner` is who alone has it, of the recipients that the secret names; "" where it names none.
    """

    key: str = field(repr=False)
    seconds: int
    owner: str = ""

    @property
    def key_hash(self) -> str:
        """What is stored in the key's place."""
        return hash_key(self.key, self.owner)


@dataclass(frozen=True)
class Consumption:
    """The end of a burn: the claim, and whether it took a view.

    It took none where a concurrent request of the same caller had consumed it already: then the
    claim is that request's.
    """

    claim: Claim
    took_view: bool


def hash_key(key: str, owner: str = "") -> str:
    """What stands for a key, and for its owner where there is one: neither has a zero in it."""
    text = f"{owner}\0{key}" if owner else key
    return base64url.encode(hashlib.sha256(text.encode()).digest())


def find_owner(secret: Secret, caller: Caller) -> str:
    """Whose the caller's claims are: a named recipient's own, whatever key another one sends.

    A role's sessions are one recipient. Where a secret names nobody, a key alone tells callers
    apart: it may come back through another entrance.
    """
    return (principal_of(caller.by) or "") if secret.recipients else ""


def find(request: ClaimRequest | None, secret: Secret, now: int) -> Claim | None:
    """The caller's own claim on a secret, if it has one that is not over."""
    return secret.live_claims(now).get(request.key_hash) if request else None


def is_confirmed(request: ClaimRequest | None, secret: Secret) -> bool:
    """Whether the caller has had its view, and confirmed it."""
    return request is not None and request.key_hash in secret.confirmed


def begin(request: ClaimRequest | None, secret: Secret, now: int) -> Claim:
    """The claim that comes with the next view; `until` is 0 where none is asked for.

    No claim outlives the secret's own expiry.
    """
    until = min(now + request.seconds, secret.expires_at) if request else 0
    return Claim(until=until, views_left=secret.views_left - 1)


def describe(claim: Claim) -> dict[str, Any]:
    """What the caller is told of its claim."""
    return {"claimed_until": claim.until} if claim.until else {}


def last_end(secret: Secret, claim: Claim, now: int) -> int:
    """When the last of a record's claims is over, `claim` among them; 0 where there is none."""
    return max([c.until for c in secret.live_claims(now).values()] + [claim.until])


def add_to_update(request: ClaimRequest, claim: Claim) -> tuple[str, str, Item, Item]:
    """What puts a claim into the update that consumes a view.

    Its change, its condition, the names and the values in them. The condition: no other request
    with the same key was faster, be it still open or confirmed.
    """
    change = "claims.#key = :claim"
    condition = (
        "(attribute_not_exists(claims.#key) OR claims.#key.#until <= :now)"
        " AND attribute_not_exists(confirmed.#key)"
    )
    names = {"#key": request.key_hash, "#until": "until"}
    return change, condition, names, {":claim": vars(claim)}


def find_dead(secret: Secret, spared: ClaimRequest | None, now: int) -> list[str]:
    """The keys of claims that are over, except the one that is about to begin again.

    Each view may add one claim, so clearing some away with each view keeps the record small.
    """
    live = secret.live_claims(now)
    dead = (key for key in secret.claims if key not in live)
    return [key for key in dead if spared is None or key != spared.key_hash][:MOST_CLEARED]


class Claims:
    """The ends of claims, in DynamoDB."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self.dynamodb = dynamodb
        self.settings = settings

    @as_unavailable()
    def end(self, secret: Secret, key_hash: str, now: int) -> bool:
        """End a claim; the last one ends the record. False where there is no such claim.

        Retries from the record that DynamoDB returned. Gives up if the write is refused though
        the record is unchanged.
        """
        before: Secret | None = None
        found: Secret | None = secret
        while found and found != before and key_hash in found.live_claims(now):
            try:
                aws.transact(self.dynamodb, [self.release(found, key_hash, now)])
                return True
            except ConditionFailed as refused:
                before, found = found, living_secret(refused, now)
        return False

    def release(self, secret: Secret, key_hash: str, now: int) -> Item:
        """The write that ends a claim and remembers its key; after the last view and the last
        claim, the one that removes the record.

        `views_left` and the number of claims tell that no view was consumed meanwhile and no claim
        was confirmed, so the keys to remember are those that were read, and this one.

        It goes into a transaction, though it is one write, because AWS applies a transaction once
        however often it is sent. Otherwise a confirm whose answer got lost would find its own
        work done, and be refused.
        """
        condition = "attribute_exists(claims.#key) AND views_left = :left AND size(claims) = :open"
        values: Item = {":left": secret.views_left, ":open": len(secret.claims), ":now": now}
        claims = secret.live_claims(now)
        until = claims.pop(key_hash).until
        keeps = secret.views_left > 0 or bool(claims)
        change = "REMOVE claims.#key SET confirmed = :confirmed"
        if keeps:
            values[":confirmed"] = {**secret.confirmed, key_hash: until}
        if keeps and secret.views_left == 0:
            change += ", erase_at = :erase_at"
            values[":erase_at"] = max(claim.until for claim in claims.values())
        write = secret_write(self.settings.secrets_table, secret.id, condition, values)
        write["ExpressionAttributeNames"] = {"#key": key_hash}
        return {"Update": write | {"UpdateExpression": change}} if keeps else {"Delete": write}
