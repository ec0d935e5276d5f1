"""The stores in memory: what DynamoDB's conditional writes promise, said plainly in Python."""

import threading
from dataclasses import dataclass, field, replace

from burnbag_core.errors import Busy
from burnbag_core.records import MAX_ATTEMPTS, Receipt, Secret, View

RETENTION = 7776000
LOST_AFTER = 60


@dataclass
class MemoryStore:
    """Secrets and receipts; every method is atomic, as the transaction it stands for is."""

    secrets: dict[str, Secret] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def seal(self, secret: Secret, receipt: Receipt) -> None:
        with self.lock:
            assert secret.id not in self.secrets and receipt.id not in self.receipts
            self.secrets[secret.id] = secret
            self.receipts[receipt.id] = receipt

    def secret(self, secret_id: str) -> Secret | None:
        return self.secrets.get(secret_id)

    def receipt(self, secret_id: str) -> Receipt | None:
        return self.receipts.get(secret_id)

    def living(self, secret_id: str, now: int) -> Secret | None:
        secret = self.secrets.get(secret_id)
        return None if secret is None or secret.expired(now) else secret

    def revoke(self, secret_id: str, now: int, by: str | None) -> bool:
        with self.lock:
            if self.living(secret_id, now) is None:
                return False
            self.end(secret_id, now, state="revoked", ended_by=by)
            return True

    def consume(self, secret: Secret, view: View) -> int | None:
        with self.lock:
            found = self.living(secret.id, view.at)
            if found is None:
                return None
            self.write(secret.id, views=(*self.receipts[secret.id].views, view))
            if found.views_left == 1:
                self.end(secret.id, view.at, state="revealed")
            else:
                returned = 1 if found.passphrase else 0
                self.secrets[secret.id] = replace(
                    found,
                    views_left=found.views_left - 1,
                    attempts_left=found.attempts_left + returned,
                )
            return found.views_left - 1

    def reserve(self, secret: Secret, now: int) -> Secret | None:
        with self.lock:
            found = self.living(secret.id, now)
            if found is None:
                return None
            if found.attempts_left > 0:
                reserved = replace(found, attempts_left=found.attempts_left - 1, attempted_at=now)
                self.secrets[secret.id] = reserved
                return reserved
            if found.attempted_at + LOST_AFTER >= now:
                raise Busy
            self.end(secret.id, now, state="locked")
            return None

    def hand_back(self, secret: Secret, now: int) -> None:
        with self.lock:
            found = self.living(secret.id, now)
            if found is not None:
                self.secrets[secret.id] = replace(found, attempts_left=found.attempts_left + 1)

    def fail(self, secret: Secret, guess: View) -> int | None:
        with self.lock:
            found = self.living(secret.id, guess.at)
            if found is None:
                return None
            failed = found.failed_attempts + 1
            self.secrets[secret.id] = replace(found, failed_attempts=failed)
            self.write(secret.id, failed_attempts=failed)
            if failed == MAX_ATTEMPTS:
                self.end(secret.id, guess.at, state="locked")
            return MAX_ATTEMPTS - failed

    def sweep(self, now: int) -> None:
        with self.lock:
            for secret in [secret for secret in self.secrets.values() if secret.expired(now)]:
                del self.secrets[secret.id]

    def settle(self, ids: list[str], now: int) -> None:
        with self.lock:
            for receipt in [self.receipts[secret_id] for secret_id in ids]:
                if receipt.state == "sealed":
                    self.write(receipt.id, state="expired", ended_at=receipt.expires_at)
                if receipt.erased_at is None:
                    self.write(receipt.id, erased_at=now)

    def removed(self) -> list[str]:
        return [secret_id for secret_id in self.receipts if secret_id not in self.secrets]

    def end(self, secret_id: str, now: int, **changes: str | None) -> None:
        del self.secrets[secret_id]
        self.write(secret_id, ended_at=now, purge_at=now + RETENTION, **changes)

    def write(self, secret_id: str, **changes: object) -> None:
        self.receipts[secret_id] = replace(self.receipts[secret_id], **changes)  # type: ignore[arg-type]
