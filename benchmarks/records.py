"""Many records at once, as if their secrets had been sealed: to see what numbers change."""

import os
import time
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar

from burnbag_core import aws
from burnbag_core.items import receipt_item, secret_item
from burnbag_core.records import Receipt, Secret
from burnbag_format.base64url import encode

T = TypeVar("T")
# The most that one BatchWriteItem takes.
BATCH: Final = 25
LIFE: Final = 86_400
# The embedded AWS takes in a million records with pauses that no function would wait for.
make_patient_client: Final = partial(aws.client, read_timeout=60)


def put_many(count: int, expires_at: int, suffix: str = "") -> None:
    """Put secrets and their receipts into the tables whose names end so."""
    dynamodb = make_patient_client("dynamodb")
    ids = [encode(os.urandom(16)) for _ in range(count)]
    for batch in batches(ids, BATCH):
        for table, make in (("receipts", make_receipt), ("secrets", make_secret)):
            puts = [{"PutRequest": {"Item": make(each, expires_at)}} for each in batch]
            answer = dynamodb.batch_write_item(RequestItems={f"{table}{suffix}": puts})
            assert not answer["UnprocessedItems"]


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def make_secret(secret_id: str, expires_at: int) -> dict[str, Any]:
    """The size of a text's record."""
    made = Secret(
        id=secret_id,
        kind="text",
        sealed=bytes(100),
        wrapped_key=bytes(184),
        token_hash=bytes(32),
        max_views=1,
        views_left=1,
        created_at=expires_at - LIFE,
        expires_at=expires_at,
        size=30,
    )
    return secret_item(made, expires_at)


def make_receipt(secret_id: str, expires_at: int, created_by: str | None = None) -> dict[str, Any]:
    made = Receipt(
        id=secret_id,
        state="sealed",
        kind="text",
        size=30,
        created_at=expires_at - LIFE,
        expires_at=expires_at,
        max_views=1,
        passphrase=False,
        token_hash=bytes(32),
        receipt_token_hash=bytes(32),
        purge_at=expires_at + 90 * LIFE,
        created_by=created_by,
    )
    return receipt_item(made)


def in_a_day() -> int:
    return int(time.time()) + LIFE
