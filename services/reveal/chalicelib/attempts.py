"""Passphrase attempts: at most five wrong guesses are ever evaluated, however many arrive at once.

An attempt is reserved by a conditional write before the passphrase is looked at, and settled once:

counted   the guess was wrong; the fifth locks the secret, or freezes it until its sender allows
          five more, whichever the sender chose. One that the secret's end overtook is counted in
          the receipt
consumed  the guess was right: the transaction that consumes the view returns the attempt with it
returned  nothing was learned of the passphrase, or it was right and a later step failed
lost      the process died, or the burn got no answer and may still be applied (ADR 4)

The sum of `attempts_left`, `failed_attempts`, attempts in flight and lost ones is always five. The
receipt's `failed_attempts` goes on counting when the sender allows five more.

After the last view a record may be left to its claims, which take the passphrase too. Their
holders' guesses are counted on, and the fifth wrong one removes the record. The receipt has its
end already.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from burnbag_core import aws
from burnbag_core.aws import ConditionFailed, as_unavailable
from burnbag_core.errors import (
    AlreadyConfirmed,
    Busy,
    Damaged,
    Frozen,
    PassphraseWrong,
    Unanswered,
    Unavailable,
)
from burnbag_core.items import read_secret, serialize
from burnbag_core.records import MAX_ATTEMPTS, Claim, Secret, View
from burnbag_core.sealing import CannotOpen

from chalicelib.claims import Consumption
from chalicelib.door import Ended
from chalicelib.settings import Settings
from chalicelib.store import (
    LIVING,
    VIEWED,
    living_secret,
    opening_write,
    receipt_end,
    receipt_update,
)

# Longer than a call can take (20 s): an attempt reserved before that will never be settled.
LOST_AFTER: Final = 60


class Counters(Protocol):
    def take(self, secret: Secret, now: int) -> Secret | None: ...
    def hand_back(self, secret: Secret, now: int, unless_consumed: bool) -> None: ...
    def count_wrong(self, secret: Secret, guess: View) -> int | None: ...


@dataclass
class Attempt:
    """One reserved attempt; `secret` is the record as the reservation left it."""

    secret: Secret
    burning: bool = False
    consumed: bool = False

    def spend(self, consume_view: Callable[[], Consumption | None]) -> Claim:
        """Burn: call `consume_view`, whose transaction returns this attempt.

        Raises Ended or AlreadyConfirmed, and then nothing was burned.
        """
        self.burning = True
        try:
            consumption = consume_view()
        except AlreadyConfirmed:
            self.burning = False
            raise
        self.burning = False
        if consumption is None:
            raise Ended
        self.consumed = consumption.took_view
        return consumption.claim


@dataclass(frozen=True)
class Attempts:
    """Reserves attempts and settles them; `clock` gives epoch seconds."""

    counters: Counters
    clock: Callable[[], int]

    @contextmanager
    def reserve(self, secret: Secret, guess: View) -> Iterator[Attempt]:
        """Hold one attempt while the block opens the secret; settle it when the block ends.

        A block that raises CannotOpen has guessed wrong, or without a passphrase met a record
        that was changed. Raises Ended, Busy, Frozen, PassphraseWrong or Damaged, and what the block
        raises.
        """
        if not secret.passphrase:
            try:
                yield Attempt(secret)
            except CannotOpen:
                raise Damaged from None
            return
        taken = self.counters.take(secret, self.clock())
        if taken is None:
            raise Ended
        attempt = Attempt(taken)
        try:
            yield attempt
        except CannotOpen:
            raise self.count(taken, guess) from None
        except Exception as error:
            self.settle_failure(attempt, error)
            raise
        if not attempt.consumed:
            self.hand_back(taken)

    def count(self, secret: Secret, guess: View) -> Exception:
        attempts_left = self.counters.count_wrong(secret, guess)
        return Ended() if attempts_left is None else PassphraseWrong(attempts_left)

    def settle_failure(self, attempt: Attempt, error: Exception) -> None:
        """Return the attempt, unless the burn returns it or may still do so.

        Where AWS answered a burn with an error, the record tells whether it was applied after
        all. Where AWS did not answer it may be applied at any later time, with its own hand-back,
        and a second one would be a sixth guess: the attempt is lost.
        """
        if not attempt.burning:
            self.hand_back(attempt.secret)
        elif isinstance(error, Unavailable) and not isinstance(error, Unanswered):
            self.hand_back(attempt.secret, unless_consumed=True)

    def hand_back(self, secret: Secret, unless_consumed: bool = False) -> None:
        self.counters.hand_back(secret, self.clock(), unless_consumed)


class AttemptCounters:
    """The attempt counters of secrets in DynamoDB."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self.dynamodb = dynamodb
        self.settings = settings

    @as_unavailable()
    def take(self, secret: Secret, now: int) -> Secret | None:
        """Take one attempt; the record as it is then, or None where the secret has ended.

        Raises Frozen, or Busy when all attempts are taken by calls that have not settled theirs.
        Not a transaction, because those don't return the record: sent again after a lost answer it
        may take two, which spends an attempt and never gives a guess (ADR 4).
        """
        write = self.write(secret, "attempts_left > :none", {":none": 0, ":one": 1, ":now": now})
        write["UpdateExpression"] = "SET attempts_left = attempts_left - :one, attempted_at = :now"
        write["ReturnValues"] = "ALL_NEW"
        try:
            return read_secret(aws.update(self.dynamodb, write)["Attributes"])
        except ConditionFailed as refused:
            found = living_secret(refused, now)
        if found is None:
            return None
        if found.frozen_at is not None:
            raise Frozen
        if found.attempted_at + LOST_AFTER >= now:
            raise Busy
        self.lock_lost(found, now)
        if found.freezes:
            raise Frozen
        return None

    def lock_lost(self, secret: Secret, now: int) -> None:
        """Lock or freeze a secret whose attempts were lost: they may have evaluated a guess.

        Raises Busy where one was settled after all.
        """
        try:
            self.close(secret, now, None, " AND attempts_left = :none")
        except ConditionFailed as refused:
            if living_secret(refused, now):
                raise Busy from None

    @as_unavailable()
    def hand_back(self, secret: Secret, now: int, unless_consumed: bool) -> None:
        """Return an attempt; with `unless_consumed` only where no view was consumed since.

        A transaction, though it is one write, because AWS applies a transaction once however
        often it is sent: an attempt handed back twice would be a sixth guess.
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

    @as_unavailable()
    def count_wrong(self, secret: Secret, guess: View) -> int | None:
        """Count a wrong guess; the attempts left then, or None where the secret has ended.

        Retries from the record that DynamoDB returned, until nothing has changed there. A guess
        that the end overtook was evaluated all the same, so the receipt counts it.
        """
        while True:
            failed = secret.failed_attempts + 1
            try:
                if failed == MAX_ATTEMPTS:
                    self.close(secret, guess.at, guess)
                else:
                    self.count(secret, guess)
                return MAX_ATTEMPTS - failed
            except ConditionFailed as refused:
                found = living_secret(refused, guess.at)
            if found is None or not may_count_on(found, secret):
                self.count_late(secret, guess)
                return None
            secret = found

    def count(self, secret: Secret, guess: View) -> None:
        condition, values = unchanged_since(secret)
        values |= {":failed": secret.failed_attempts + 1, ":now": guess.at}
        update = self.write(secret, condition, values)
        update["UpdateExpression"] = "SET failed_attempts = :failed"
        self.transact({"Update": update}, secret, guess)

    def count_late(self, secret: Secret, guess: View) -> None:
        """Count a guess in the receipt alone; a transaction, so that it is counted once."""
        with suppress(ConditionFailed):
            aws.transact(self.dynamodb, [self.receive(secret, guess, "attribute_exists(#id)")])

    def close(self, secret: Secret, now: int, guess: View | None, and_only_if: str = "") -> None:
        """Let nobody guess any more: freeze the secret if its sender chose that, else remove it."""
        condition, values = unchanged_since(secret)
        write = self.write(secret, condition + and_only_if, values | {":now": now})
        if secret.freezes:
            failed = secret.failed_attempts + (1 if guess else 0)
            write["UpdateExpression"] = "SET frozen_at = :now, failed_attempts = :failed"
            write["ExpressionAttributeValues"] |= serialize({":failed": failed})
            freezing = {"frozen_at": ":now"}, {":now": now}
            return self.transact({"Update": write}, secret, guess, freezing)
        end = None
        if secret.views_left > 0:
            end = receipt_end("locked", now, self.settings.receipt_retention)
        self.transact({"Delete": write}, secret, guess, end)

    def write(self, secret: Secret, condition: str, values: dict[str, Any]) -> dict[str, Any]:
        return opening_write(self.settings.secrets_table, secret, condition, values)

    def transact(
        self,
        write: dict[str, Any],
        secret: Secret,
        guess: View | None,
        changes: tuple[dict[str, str], dict[str, Any]] | None = None,
    ) -> None:
        """Change both records, or neither; the receipt only where it has something to say."""
        condition = LIVING if secret.views_left > 0 else VIEWED
        tells = guess is not None or changes is not None
        receipt = [self.receive(secret, guess, condition, changes)] if tells else []
        aws.transact(self.dynamodb, [write, *receipt])

    def receive(
        self,
        secret: Secret,
        guess: View | None,
        condition: str,
        changes: tuple[dict[str, str], dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """A wrong guess in the receipt, and what else changes there."""
        sets, values = changes or ({}, {})
        if guess:
            sets = sets | {"failed_attempts": "#failed_attempts + :one", "last_failure": ":failure"}
            values = values | {":one": 1, ":failure": vars(guess)}
        table = self.settings.receipts_table
        return {"Update": receipt_update(table, secret.id, sets, values, condition)}


def unchanged_since(secret: Secret) -> tuple[str, dict[str, Any]]:
    """The condition, and its values, that no guess was counted meanwhile and no last view consumed.

    The secret's own condition has to say the latter, though the receipt's would refuse as well:
    only a write whose own condition failed tells what it found.
    """
    views = "views_left > :none" if secret.views_left > 0 else "views_left = :none"
    return f"failed_attempts = :before AND {views}", {":before": secret.failed_attempts, ":none": 0}


def may_count_on(found: Secret, secret: Secret) -> bool:
    """Whether a guess that was refused on `secret` may be counted on what was `found` instead.

    A counted guess and a consumed view change something there, and nothing changes it back but the
    sender's unfreezing: a guess from before does not count against the new five.
    """
    before = (secret.failed_attempts, secret.views_left)
    changed = (found.failed_attempts, found.views_left) != before
    return changed and found.unfrozen == secret.unfrozen
