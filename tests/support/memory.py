"""The stores in memory: what DynamoDB's conditional writes promise, said plainly in Python."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from burnbag_core.errors import AlreadyConfirmed, Busy, Frozen
from burnbag_core.records import (
    MAX_ATTEMPTS,
    MOST_REFUSALS,
    OPEN_STATES,
    Caller,
    Claim,
    Receipt,
    Secret,
    View,
    creator_of,
)

from tests.support.services import load

RETENTION = 7776000
LOST_AFTER = 60


@dataclass(frozen=True)
class Consumption:
    """As in the reveal service."""

    claim: Claim
    took_view: bool


@dataclass
class MemoryStore:
    """Secrets and receipts; every method is atomic, as the transaction it stands for is."""

    secrets: dict[str, Secret] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    erase_at: dict[str, int] = field(default_factory=dict)
    # Records of requests that nobody has answered: the lease on each, and until when.
    requests: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, secret: Secret, receipt: Receipt, erase_at: int) -> bool:
        with self.lock:
            if secret.id in self.secrets or receipt.id in self.receipts:
                return False
            self.secrets[secret.id] = secret
            self.receipts[receipt.id] = receipt
            self.erase_at[secret.id] = erase_at
            return True

    def add_request(self, receipt: Receipt) -> bool:
        with self.lock:
            if receipt.id in self.secrets or receipt.id in self.receipts:
                return False
            self.requests[receipt.id] = (None, 0)
            self.receipts[receipt.id] = receipt
            self.erase_at[receipt.id] = receipt.expires_at
            return True

    def waits(self, receipt: Receipt, now: int, lease: str | None = None) -> bool:
        """Whether a request can be answered by the holder of a lease, or of none."""
        if receipt.id not in self.requests or now >= self.erase_at[receipt.id]:
            return False
        held, until = self.requests[receipt.id]
        return held == lease if lease else held is None or until <= now

    def lease(self, receipt: Receipt, lease: str, until: int, now: int) -> bool:
        with self.lock:
            if not self.waits(receipt, now):
                return False
            self.requests[receipt.id] = (lease, until)
            return True

    def give_back(self, receipt: Receipt, lease: str) -> None:
        with self.lock:
            if self.requests.get(receipt.id, (None, 0))[0] == lease:
                self.requests[receipt.id] = (None, 0)

    def answer(
        self, secret: Secret, receipt: Receipt, erase_at: int, lease: str | None, now: int
    ) -> bool:
        with self.lock:
            is_requested = self.receipts[receipt.id].state == "requested"
            if not self.waits(receipt, now, lease) or not is_requested:
                return False
            del self.requests[receipt.id]
            self.secrets[secret.id] = secret
            self.erase_at[secret.id] = erase_at
            self.receipts[receipt.id] = receipt
            return True

    def keep(self, secret_id: str, erase_at: int, expires_at: int) -> bool:
        with self.lock:
            if secret_id not in self.secrets or self.erase_at[secret_id] != erase_at:
                return False
            self.erase_at[secret_id] = expires_at
            return True

    def is_kept(self, secret_id: str, expires_at: int) -> bool:
        with self.lock:
            return secret_id in self.secrets and self.erase_at[secret_id] == expires_at

    def begin_upload(self, secret_id: str, upload_id: str, now: int) -> bool:
        with self.lock:
            receipt = self.receipts[secret_id]
            begun = receipt.upload_id is not None or receipt.arrived_at is not None
            if begun or receipt.end(now):
                return False
            self.write(secret_id, upload_id=upload_id)
            return True

    def finish_upload(self, receipt: Receipt, erase_at: int, now: int) -> bool:
        with self.lock:
            found = self.receipts[receipt.id]
            if found.state != "sealed" or found.upload_id != receipt.upload_id:
                return False
            if not self.keep(receipt.id, erase_at, receipt.expires_at):
                return False
            self.write(receipt.id, arrived_at=now, upload_id=None)
            return True

    def unfreeze(self, receipt: Receipt, now: int, by: Caller) -> bool:
        with self.lock:
            found = self.living(receipt.id, now)
            if found is None or found.frozen_at is None or found.unfrozen != receipt.unfrozen:
                return False
            thawed = {"frozen_at": None, "unfrozen": found.unfrozen + 1}
            counters = {"attempts_left": MAX_ATTEMPTS, "failed_attempts": 0}
            self.secrets[receipt.id] = replace(found, **thawed, **counters)  # type: ignore[arg-type]
            self.write(receipt.id, unfrozen_at=now, **told("unfrozen", by), **thawed)
            return True

    def secret(self, secret_id: str) -> Secret | None:
        return self.secrets.get(secret_id)

    def receipt(self, secret_id: str) -> Receipt | None:
        return self.receipts.get(secret_id)

    def find(self, asked: Any, after: Any | None, limit: int) -> list[Any]:
        """As the index has them: newest first, and of one second in one order."""
        with self.lock:
            found = [
                (receipt.created_at, receipt.id)
                for receipt in self.receipts.values()
                if creator_of(receipt.created_by) == asked.creator
                and asked.since <= receipt.created_at <= asked.until
            ]
            if after is not None:
                found = [place for place in found if place < (after.created_at, after.id)]
            make_place = load("create", "chalicelib.asked").Place
            return [make_place(*place) for place in sorted(found, reverse=True)[:limit]]

    def fetch(self, ids: Sequence[str]) -> dict[str, Receipt]:
        with self.lock:
            return {each: self.receipts[each] for each in ids if each in self.receipts}

    def living(self, secret_id: str, now: int) -> Secret | None:
        secret = self.secrets.get(secret_id)
        return None if secret is None or secret.has_expired(now) else secret

    def revoke(self, secret_id: str, now: int, by: Caller) -> bool:
        with self.lock:
            requested = secret_id in self.requests and now < self.erase_at[secret_id]
            if self.living(secret_id, now) is None and not requested:
                return False
            if self.receipts[secret_id].state not in OPEN_STATES:
                return False
            self.finish(secret_id, now, state="revoked", **told("ended", by))
            return True

    def consume(self, secret: Secret, view: View, request: Any | None) -> "Consumption | None":
        with self.lock:
            found = self.living(secret.id, view.at)
            if found is None:
                return None
            claims = found.live_claims(view.at)
            if request and request.key_hash in claims:
                return Consumption(claims[request.key_hash], took_view=False)
            if request and request.key_hash in found.confirmed:
                raise AlreadyConfirmed
            seen = len(self.receipts[secret.id].views)
            if (
                found.views_left == 0
                or not self.may_guess(found, secret)
                or seen == found.max_views
            ):
                return None
            self.write(secret.id, views=(*self.receipts[secret.id].views, view))
            until = min(view.at + request.seconds, found.expires_at) if request else 0
            claim = Claim(until, found.views_left - 1)
            claims |= {request.key_hash: claim} if request else {}
            self.secrets[secret.id] = replace(
                found,
                views_left=found.views_left - 1,
                attempts_left=found.attempts_left + (1 if found.passphrase else 0),
                claims=claims,
            )
            if found.views_left == 1:
                self.settle_view(secret.id, view.at, claims)
            return Consumption(claim, took_view=True)

    def settle_view(self, secret_id: str, now: int, claims: dict[str, Claim]) -> None:
        """After the last view only claims are left, if any."""
        purge_at = now + RETENTION
        self.write(secret_id, state="revealed", ended_at=now, purge_at=purge_at)
        self.leave_to(secret_id, claims)

    def leave_to(self, secret_id: str, claims: dict[str, Claim]) -> None:
        if claims:
            self.erase_at[secret_id] = max(claim.until for claim in claims.values())
            self.write(secret_id, erase_due=self.erase_at[secret_id])
        else:
            del self.secrets[secret_id]

    def end(self, secret: Secret, key_hash: str, now: int) -> bool:
        with self.lock:
            found = self.living(secret.id, now)
            claims = found.live_claims(now) if found else {}
            if found is None or key_hash not in claims:
                return False
            confirmed = {**found.confirmed, key_hash: claims.pop(key_hash).until}
            self.secrets[secret.id] = replace(found, claims=claims, confirmed=confirmed)
            if found.views_left == 0:
                self.leave_to(secret.id, claims)
            return True

    def count_refusal(self, secret_id: str, refusal: View) -> None:
        with self.lock:
            counted = self.receipts[secret_id].refusals
            if counted < MOST_REFUSALS:
                self.write(secret_id, refusals=counted + 1, last_refusal=refusal)

    def take(self, secret: Secret, now: int) -> Secret | None:
        with self.lock:
            found = self.living(secret.id, now)
            if found is None:
                return None
            if found.frozen_at is not None:
                raise Frozen
            if found.attempts_left > 0 and self.may_guess(found, secret):
                reserved = replace(found, attempts_left=found.attempts_left - 1, attempted_at=now)
                self.secrets[secret.id] = reserved
                return reserved
            if found.attempted_at + LOST_AFTER >= now:
                raise Busy
            self.lock_out(secret.id, now)
            if found.freezes:
                raise Frozen
            return None

    def may_guess(self, found: Secret, secret: Secret) -> bool:
        """Whether it was not frozen since the guess was reserved on `secret`."""
        return found.frozen_at is None and found.unfrozen == secret.unfrozen

    def hand_back(self, secret: Secret, now: int, unless_consumed: bool) -> None:
        with self.lock:
            found = self.living(secret.id, now)
            consumed = found is not None and found.views_left != secret.views_left
            if found is None or (unless_consumed and consumed):
                return
            if found.attempts_left < MAX_ATTEMPTS and self.may_guess(found, secret):
                self.secrets[secret.id] = replace(found, attempts_left=found.attempts_left + 1)

    def count_wrong(self, secret: Secret, guess: View) -> int | None:
        with self.lock:
            found = self.living(secret.id, guess.at)
            counted = self.receipts[secret.id].failed_attempts + 1
            self.write(secret.id, failed_attempts=counted, last_failure=guess)
            if found is None or not self.may_guess(found, secret):
                return None
            failed = found.failed_attempts + 1
            self.secrets[secret.id] = replace(found, failed_attempts=failed)
            if failed == MAX_ATTEMPTS:
                self.lock_out(secret.id, guess.at)
            return MAX_ATTEMPTS - failed

    def lock_out(self, secret_id: str, now: int) -> None:
        """A secret ends, or is frozen; after the end only the claims do."""
        if self.secrets[secret_id].freezes:
            self.secrets[secret_id] = replace(self.secrets[secret_id], frozen_at=now)
            self.write(secret_id, frozen_at=now)
        elif self.receipts[secret_id].state == "sealed":
            self.finish(secret_id, now, state="locked")
        else:
            del self.secrets[secret_id]

    def sweep(self, now: int) -> None:
        with self.lock:
            for secret_id in [i for i in self.records() if self.erase_at[i] <= now]:
                self.remove(secret_id)

    def settle(self, ids: list[str], now: int) -> None:
        with self.lock:
            for receipt in [self.receipts[secret_id] for secret_id in ids]:
                if receipt.state in OPEN_STATES:
                    ended_at = min(receipt.expires_at, now)
                    self.write(receipt.id, state="expired", ended_at=ended_at)
                if receipt.erased_at is None:
                    self.write(receipt.id, erased_at=now)

    def removed(self) -> list[str]:
        return [secret_id for secret_id in self.receipts if secret_id not in self.records()]

    def records(self) -> set[str]:
        """The ids of all records, be they secrets or requests."""
        return {*self.secrets, *self.requests}

    def remove(self, secret_id: str) -> None:
        self.secrets.pop(secret_id, None)
        self.requests.pop(secret_id, None)

    def finish(self, secret_id: str, now: int, **changes: str | None) -> None:
        self.remove(secret_id)
        self.write(secret_id, ended_at=now, purge_at=now + RETENTION, **changes)

    def write(self, secret_id: str, **changes: object) -> None:
        self.receipts[secret_id] = replace(self.receipts[secret_id], **changes)  # type: ignore[arg-type]


def told(deed: str, caller: Caller) -> dict[str, str | None]:
    return {f"{deed}_by": caller.by, f"{deed}_ip": caller.ip, f"{deed}_agent": caller.agent}
