"""A whole burnbag in one process: both sides, the reaper and a clock, on one store or another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from burnbag_core import settings
from burnbag_core.records import Receipt, Secret, View
from moto import mock_aws

from tests.support.memory import MemoryStore
from tests.support.services import ENVIRON, load

START = 1_800_000_000


@dataclass
class Clock:
    """Epoch seconds that pass only when told to."""

    now: int = START

    def __call__(self) -> int:
        return self.now


class FakeKeys:
    """KMS without KMS: a wrapped key opens under its own secret's id only."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, bytes], bytes] = {}

    def generate(self, secret_id: str) -> tuple[bytes, bytes]:
        number = len(self.keys).to_bytes(4, "big")
        wrapped = b"wrapped" + number
        self.keys[secret_id, wrapped] = b"\x07" * 28 + number
        return self.keys[secret_id, wrapped], wrapped

    def unwrap(self, secret_id: str, wrapped_key: bytes) -> bytes:
        return self.keys[secret_id, wrapped_key]


@dataclass
class World:
    """`sender` and `recipient` are the services' own logic; the rest stands in for AWS."""

    sender: Any
    recipient: Any
    clock: Clock
    sweep: Callable[[], None]
    reap: Callable[[], None]
    secret: Callable[[str], Secret | None]
    receipt: Callable[[str], Receipt | None]
    order: Any = field(default_factory=lambda: load("create", "chalicelib.order"))

    def seal(self, text: str = "hunter2", **fields: Any) -> dict[str, Any]:
        order = self.order.read_order({"secret": text, **fields}, self.sender.settings)
        sealed: dict[str, Any] = self.sender.seal(order, "arn:aws:iam::1:role/sender")
        return sealed

    def reveal(self, sealed: dict[str, Any], passphrase: str | None = None) -> dict[str, Any]:
        view = View(at=self.clock(), ip="192.0.2.7")
        revealed: dict[str, Any] = self.recipient.reveal(
            sealed["id"], sealed["token"], passphrase, view
        )
        return revealed


def memory_world() -> World:
    store, keys, clock = MemoryStore(), FakeKeys(), Clock()
    create, reveal = load("create", "chalicelib.logic"), load("reveal", "chalicelib.logic")
    config = settings.read(load("create", "chalicelib.settings").Settings, ENVIRON)
    return World(
        sender=create.Sender(store, keys, config, clock),
        recipient=reveal.Recipient(store, store, keys, clock),
        clock=clock,
        sweep=lambda: store.sweep(clock()),
        reap=lambda: store.settle(store.removed(), clock()),
        secret=store.secret,
        receipt=store.receipt,
    )


@contextmanager
def moto_world() -> Iterator[World]:
    """The services' own stores and keys on moto's DynamoDB and KMS."""
    with mock_aws():
        create_tables()
        kms = boto3.client("kms", "us-east-1")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/sealing", TargetKeyId=key)
        yield wired(Clock())


def wired(clock: Clock) -> World:
    dynamodb, kms = boto3.client("dynamodb", "us-east-1"), boto3.client("kms", "us-east-1")
    sender = load("create", "app").sender
    recipient = load("reveal", "app").recipient
    replace_clock(sender, clock)
    replace_clock(recipient, clock)
    overdue = load("reaper", "sweep").Overdue(dynamodb, "secrets")
    receipts = load("reaper", "reap").Receipts(dynamodb, "receipts")
    for holder in (sender.store, recipient.store, recipient.attempts):
        holder.dynamodb = dynamodb
    sender.data_keys.kms = recipient.data_keys.kms = kms

    def sweep() -> None:
        for ids in overdue.chunks(clock()):
            overdue.delete(ids, clock())

    def reap() -> None:
        gone = table_ids(dynamodb, "receipts") - table_ids(dynamodb, "secrets")
        if gone:
            receipts.settle(sorted(gone), clock())

    store = recipient.store
    return World(sender, recipient, clock, sweep, reap, store.secret, store.receipt)


def replace_clock(side: Any, clock: Clock) -> None:
    object.__setattr__(side, "clock", clock)


def table_ids(dynamodb: Any, table: str) -> set[str]:
    return {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}


def create_tables() -> None:
    dynamodb: Any = boto3.client("dynamodb", "us-east-1")
    common = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    dynamodb.create_table(
        TableName="secrets",
        AttributeDefinitions=SECRET_KEYS,
        GlobalSecondaryIndexes=[OVERDUE],
        **common,
    )
    dynamodb.create_table(TableName="receipts", AttributeDefinitions=[ID], **common)


ID: Any = {"AttributeName": "id", "AttributeType": "S"}
SECRET_KEYS: Any = [
    ID,
    {"AttributeName": "expiry_shard", "AttributeType": "S"},
    {"AttributeName": "erase_at", "AttributeType": "N"},
]
OVERDUE: Any = {
    "IndexName": "overdue",
    "KeySchema": [
        {"AttributeName": "expiry_shard", "KeyType": "HASH"},
        {"AttributeName": "erase_at", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
