"""reap: erase what is gone, and say in the receipt when.

Runs on the secrets table's stream (KEYS_ONLY, REMOVE), so it learns which record went and
nothing of what was in it, not even its kind. Whatever removes a record, this deletes its object
and, once S3 has said so, settles its receipt.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core import aws, settings

from batches import DeadLetters, Record, Response, process
from bulk import Statement, execute_patiently, in_batches
from objects import Objects

# The most keys that one DeleteObjects takes.
CHUNK: Final = 1000
# S3 takes its time over 1,000 keys. Two tries of this still leave this function, which has 60
# seconds, time for the receipts.
DELETE_SECONDS: Final = 15
SEALED: Final = "sealed"


@dataclass(frozen=True)
class Settings:
    receipts_table: str
    files_bucket: str
    dead_letters_url: str


class Receipts:
    """The receipts of secrets whose records are gone."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def settle(self, ids: list[str], now: int) -> dict[str, str]:
        """Set `erased_at`, once, and end as `expired` what nothing else had ended.

        Returns AWS's codes by id for those that failed. A receipt that was settled before, or is
        gone, is left alone, so delivering an id twice changes nothing.
        """
        failed: dict[str, str] = {}
        for batch in in_batches(ids):
            failed |= self.settle_batch(batch, now)
        return failed

    def settle_batch(self, ids: list[str], now: int) -> dict[str, str]:
        """Most secrets have an end by now. The receipts that have none refuse, and get one."""
        failed: dict[str, str] = {}
        writes = {secret_id: self.mark_erased(secret_id, now) for secret_id in ids}
        while writes:
            failures, writes = execute_patiently(self.dynamodb, writes), {}
            for secret_id, failure in failures.items():
                if not failure.is_refusal:
                    failed[secret_id] = failure.code
                elif failure.found and "erased_at" not in failure.found:
                    writes[secret_id] = self.settle_found(secret_id, failure.found, now)
        return failed

    def settle_found(self, secret_id: str, receipt: Mapping[str, Any], now: int) -> Statement:
        """The write for a receipt that refused another."""
        if receipt["state"] == SEALED:
            return self.end_as_expired(secret_id, min(receipt["expires_at"], now), now)
        return self.mark_erased(secret_id, now)

    def end_as_expired(self, secret_id: str, ended_at: int, now: int) -> Statement:
        """`ended_at` is before its time for a file whose object never came."""
        return self.update(
            '"state" = ?, "ended_at" = ?, "erased_at" = ?',
            '"state" = ?',
            ("expired", ended_at, now, secret_id, SEALED),
        )

    def mark_erased(self, secret_id: str, now: int) -> Statement:
        return self.update('"erased_at" = ?', '"state" <> ?', (now, secret_id, SEALED))

    def update(self, changes: str, condition: str, parameters: tuple[Any, ...]) -> Statement:
        # The table's name is Terraform's; what anybody sends is a parameter.
        where = f'"id" = ? AND {condition} AND "erased_at" IS MISSING'
        text = f'UPDATE "{self.table}" SET {changes} WHERE {where}'  # nosec B608
        return Statement(text, parameters, tells_found=True)


@dataclass(frozen=True)
class Reap:
    """The function; `clock` gives epoch seconds."""

    receipts: Receipts
    objects: Objects
    dead_letters: DeadLetters
    clock: Callable[[], int]

    def __call__(self, event: dict[str, Any], context: object) -> Response:
        """The Lambda entry point: a batch of REMOVE records, answered with its failures."""
        return process(event["Records"], removed_id, self.erase, self.dead_letters, CHUNK)

    def erase(self, ids: list[str]) -> dict[int, str]:
        """Erase what is left of `ids`; AWS's codes by place for those that failed."""
        failed = self.objects.delete(ids)
        deleted = list(dict.fromkeys(secret_id for secret_id in ids if secret_id not in failed))
        failed |= self.receipts.settle(deleted, self.clock())
        return {place: failed[each] for place, each in enumerate(ids) if each in failed}


def build(environ: Mapping[str, str], client: Callable[..., Any], clock: Callable[[], int]) -> Reap:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    return Reap(
        Receipts(client("dynamodb"), config.receipts_table),
        Objects(client("s3", read_timeout=DELETE_SECONDS), config.files_bucket),
        DeadLetters(client("sqs"), config.dead_letters_url, "reap"),
        clock,
    )


def removed_id(record: Record) -> str:
    secret_id: str = record["dynamodb"]["Keys"]["id"]["S"]
    return secret_id


handler = build(os.environ, aws.client, lambda: int(time.time()))
