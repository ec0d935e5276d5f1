"""Passphrase attempts: at most five wrong guesses are ever evaluated, however many arrive at once.

An attempt is reserved by a conditional write before the passphrase is looked at. A wrong guess
is counted, the fifth locks; a right one is handed back with the view it consumes. The sum of
`attempts_left`, `failed_attempts` and the reservations in flight is always five.

After the last view a record may be left to its claims, which take the passphrase too: their
holders' guesses are counted on, and the fifth wrong one removes the record. The receipt has its
end already.
"""

from contextlib import suppress
from typing import Any, Final

from burnbag_core import aws
from burnbag_core.aws import ConditionFailed
from burnbag_core.errors import Busy
from burnbag_core.records import MAX_ATTEMPTS, Secret, View

from chalicelib.settings import Settings
from chalicelib.writes import ending, living, receipt_write, secret_write

# Longer than a call can take (20 s): an attempt reserved before that will never report back.
LOST_AFTER: Final = 60


class Attempts:
    """The attempt counters of secrets in DynamoDB."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self.dynamodb = dynamodb
        self.settings = settings

    def reserve(self, secret: Secret, now: int) -> Secret | None:
        """Take one attempt; the record as it is then, or None where the secret has ended.

        Raises Busy when all attempts are taken by calls that have not reported back. Not a
        transaction, because those don't return the record: sent again after a lost answer it may
        reserve twice, which spends an attempt and never gives a guess (ADR 4).
        """
        write = self.write(secret, "attempts_left > :none", {":none": 0, ":one": 1, ":now": now})
        write["UpdateExpression"] = "SET attempts_left = attempts_left - :one, attempted_at = :now"
        write["ReturnValues"] = "ALL_NEW"
        try:
            return Secret.from_item(aws.update(self.dynamodb, write)["Attributes"])
        except ConditionFailed as refused:
            found = living(refused, now)
        if found is None:
            return None
        if found.attempted_at + LOST_AFTER >= now:
            raise Busy
        self.lock_lost(found, now)
        return None

    def lock_lost(self, secret: Secret, now: int) -> None:
        """Lock what spent its attempts on calls that died: they may have evaluated a guess.

        Raises Busy where one has reported back after all.
        """
        spent = {":failed": secret.failed_attempts}
        try:
            self.lock(secret, now, {}, spent, " AND attempts_left = :none")
        except ConditionFailed as refused:
            if living(refused, now):
                raise Busy from None

    def hand_back(self, secret: Secret, now: int, unless_consumed: bool) -> None:
        """Return an attempt that is not to be counted.

        A transaction, though of one write, because AWS applies it once however often it is sent:
        an attempt handed back twice would be a sixth guess. After a burn that AWS answered with
        an error (`unless_consumed`) only where no view was consumed: its transaction may have
        been applied, and have handed the attempt back, all the same.
        """
        values = {":one": 1, ":all": MAX_ATTEMPTS, ":now": now}
        condition = "attempts_left < :all"
        if unless_consumed:
            values[":views"] = secret.views_left
            condition += " AND views_left = :views"
        write = self.write(secret, condition, values)
        write["UpdateExpression"] = "SET attempts_left = attempts_left + :one"
        with suppress(ConditionFailed):
            aws.transact(self.dynamodb, [{"Update": write}])

    def fail(self, secret: Secret, guess: View) -> int | None:
        """Count a wrong guess; the attempts left then, or None where the secret has ended."""
        while True:
            failed = secret.failed_attempts + 1
            record = self.lock if failed == MAX_ATTEMPTS else self.count
            values = {":failed": failed, ":failure": vars(guess)}
            try:
                record(secret, guess.at, {"last_failure": ":failure"}, values)
                return MAX_ATTEMPTS - failed
            except ConditionFailed as refused:
                found = living(refused, guess.at)
            if found is None or progress(found) == progress(secret):
                return None
            secret = found

    def count(
        self, secret: Secret, now: int, changes: dict[str, str], values: dict[str, Any]
    ) -> None:
        condition, known = unchanged(secret)
        known |= {":failed": values[":failed"], ":now": now}
        update = self.write(secret, condition, known)
        update["UpdateExpression"] = "SET failed_attempts = :failed"
        self.transact({"Update": update}, secret, changes, values)

    def lock(
        self,
        secret: Secret,
        now: int,
        changes: dict[str, str],
        values: dict[str, Any],
        and_only_if: str = "",
    ) -> None:
        condition, known = unchanged(secret)
        delete = self.write(secret, condition + and_only_if, known | {":now": now})
        if secret.views_left > 0:
            end, ended = ending("locked", now, self.settings.receipt_retention)
            changes, values = changes | end, values | ended
        self.transact({"Delete": delete}, secret, changes, values)

    def write(self, secret: Secret, condition: str, values: dict[str, Any]) -> dict[str, Any]:
        return secret_write(self.settings.secrets_table, secret.id, condition, values)

    def transact(
        self,
        write: dict[str, Any],
        secret: Secret,
        changes: dict[str, str],
        values: dict[str, Any],
    ) -> None:
        """Both records change, or neither."""
        table = self.settings.receipts_table
        changes = {"failed_attempts": ":failed"} | changes
        state = "sealed" if secret.views_left > 0 else "revealed"
        receipt = receipt_write(table, secret.id, changes, values, state)
        aws.transact(self.dynamodb, [write, {"Update": receipt}])


def unchanged(secret: Secret) -> tuple[str, dict[str, Any]]:
    """The condition, and its values, that no guess was counted meanwhile and no last view consumed.

    The secret's own condition has to say the latter, though the receipt's would refuse as well:
    only a write whose own condition failed tells what it found.
    """
    views = "views_left > :none" if secret.views_left > 0 else "views_left = :none"
    return f"failed_attempts = :before AND {views}", {":before": secret.failed_attempts, ":none": 0}


def progress(secret: Secret) -> tuple[int, int]:
    """What a counted guess and a consumed view change, and nothing ever changes back."""
    return secret.failed_attempts, secret.views_left
