"""Erasing what is left of secrets whose records are gone: the objects, then the receipts' ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core.records import OPEN_STATES

from bulk import Statement, execute_patiently, in_batches
from objects import Objects

# The most keys that one DeleteObjects takes.
CHUNK: Final = 1000
# S3 takes its time over 1,000 keys. Two tries of this still leave reap, which has 60 seconds, time
# for the receipts.
DELETE_SECONDS: Final = 15
# What a receipt's state is not once something has ended it, as a condition.
ENDED: Final = " AND ".join(['"state" <> ?'] * len(OPEN_STATES))
# Aborts the upload of a secret by its two ids; answers S3's code if that fails.
Abort = Callable[[str, str], str | None]


@dataclass(frozen=True)
class Removal:
    """A record that is gone, and since when."""

    id: str
    at: int


class Receipts:
    """The receipts of secrets whose records are gone."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def settle(self, removals: list[Removal], now: int, abort: Abort) -> dict[str, str]:
        """Set `erased_at`, once, and end as `expired` what nothing else had ended.

        An upload that has not arrived is aborted first: its receipt refuses until then. Returns
        AWS's codes by id for those that failed. A receipt that was settled before, or is gone, is
        left alone, so delivering an id twice changes nothing.
        """
        failed: dict[str, str] = {}
        for batch in in_batches(removals):
            failed |= self.settle_batch(batch, now, abort)
        return failed

    def settle_batch(self, removals: list[Removal], now: int, abort: Abort) -> dict[str, str]:
        """Most secrets have an end by now. The receipts that have none refuse, and get one: also
        those of requests that nobody has answered.
        """
        failed: dict[str, str] = {}
        by_id = {removal.id: removal for removal in removals}
        writes = {
            each: self.mark_erased_without_upload(removal, now) for each, removal in by_id.items()
        }
        while writes:
            failures, writes = execute_patiently(self.dynamodb, writes), {}
            for secret_id, failure in failures.items():
                if not failure.is_refusal:
                    failed[secret_id] = failure.code
                elif failure.found and "erased_at" not in failure.found:
                    if code := abort_unfinished(secret_id, failure.found, abort):
                        failed[secret_id] = code
                    else:
                        removal = by_id[secret_id]
                        writes[secret_id] = self.settle_found(removal, failure.found, now)
        return failed

    def settle_found(self, removal: Removal, receipt: Mapping[str, Any], now: int) -> Statement:
        """The write for a receipt that refused another."""
        if (state := receipt["state"]) in OPEN_STATES:
            return self.end_as_expired(removal, state, min(receipt["expires_at"], now), now)
        return self.mark_erased(removal, now)

    def end_as_expired(self, removal: Removal, state: str, ended_at: int, now: int) -> Statement:
        """`ended_at` is before its time for a file whose object never came."""
        return self.update(
            ("state", "ended_at", "removed_at", "erased_at"),
            '"state" = ?',
            ("expired", ended_at, min(removal.at, now), now, removal.id, state),
        )

    def mark_erased_without_upload(self, removal: Removal, now: int) -> Statement:
        """As `mark_erased`, refused where S3 may still have parts of an upload."""
        return self.mark_erased(removal, now, f'{ENDED} AND "upload_id" IS MISSING')

    def mark_erased(self, removal: Removal, now: int, condition: str = ENDED) -> Statement:
        return self.update(
            ("removed_at", "erased_at"),
            condition,
            (min(removal.at, now), now, removal.id, *OPEN_STATES),
        )

    def update(
        self, names: tuple[str, ...], condition: str, parameters: tuple[Any, ...]
    ) -> Statement:
        # The names are ours and the table's is Terraform's; what anybody sends is a parameter.
        changes = " ".join(f'SET "{name}" = ?' for name in names)
        where = f'"id" = ? AND {condition} AND "erased_at" IS MISSING'
        text = f'UPDATE "{self.table}" {changes} WHERE {where}'  # nosec B608
        return Statement(text, parameters, tells_found=True)


def abort_unfinished(secret_id: str, receipt: Mapping[str, Any], abort: Abort) -> str | None:
    """Abort an upload that has not arrived, if the receipt has one; S3's code if it is left."""
    upload_id = receipt.get("upload_id")
    return abort(secret_id, upload_id) if upload_id else None


def erase(
    removals: list[Removal], objects: Objects, receipts: Receipts, now: int
) -> dict[str, str]:
    """Erase what is left of up to 1,000 secrets; AWS's codes by id for those that failed.

    A receipt is settled only once S3 has said that the object is gone.
    """
    first = {removal.id: removal for removal in reversed(removals)}
    failed = objects.delete([removal.id for removal in removals])
    deleted = [removal for each, removal in first.items() if each not in failed]
    return failed | receipts.settle(deleted, now, objects.abort)
