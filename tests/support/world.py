"""A whole burnbag in one process: both sides, the reaper and a clock, on one store or another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

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
class FakeFiles:
    """The bucket in memory, for both sides and the reaper."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put(self, secret_id: str, sealed: bytes) -> None:
        self.objects[secret_id] = sealed

    def post(self, secret_id: str, size: int, now: int) -> dict[str, Any]:
        return {"url": "https://files.example", "fields": {"key": secret_id}, "size": size}

    def get(self, secret_id: str) -> bytes | None:
        return self.objects.get(secret_id)

    def size(self, secret_id: str) -> int | None:
        return len(self.objects[secret_id]) if secret_id in self.objects else None

    def link(self, secret_id: str, seconds: int) -> str:
        return f"https://files.example/{secret_id}"

    def delete(self, ids: list[str]) -> None:
        for secret_id in ids:
            self.objects.pop(secret_id, None)

    def ids(self) -> set[str]:
        return set(self.objects)


class S3Files:
    """What lies in moto's bucket, and an uploader that needs no network."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3

    def put(self, secret_id: str, data: bytes) -> None:
        self.s3.put_object(Bucket="files", Key=f"files/{secret_id}", Body=data)

    def ids(self) -> set[str]:
        found = self.s3.list_objects_v2(Bucket="files").get("Contents", [])
        return {entry["Key"].removeprefix("files/") for entry in found}


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
    files: Any
    ids: Callable[[str], set[str]]
    reapers: tuple[Any, ...] = ()
    order: Any = field(default_factory=lambda: load("create", "chalicelib.order"))

    def seal(self, text: str = "hunter2", kind: str = "text", **fields: Any) -> dict[str, Any]:
        """A sealed secret; an upload is declared here and arrives by `upload`."""
        config, data = self.sender.settings, text.encode()
        if kind == "file":
            file = self.order.File(data, "caf\u00e9.txt", "text/plain")
            order = self.order.read_file_order({"file": file, **fields}, config)
        elif kind == "upload":
            order = self.order.read_upload_order({"size": len(data), **fields}, config)
        else:
            order = self.order.read_order({"secret": text, **fields}, config)
        sealed: dict[str, Any] = self.sender.seal(order, "arn:aws:iam::1:role/sender")
        return sealed

    def upload(self, sealed: dict[str, Any], text: str) -> None:
        """The bytes of an upload arrive, as by the presigned POST."""
        self.files.put(sealed["id"], text.encode())

    def reveal(
        self, sealed: dict[str, Any], passphrase: str | None = None, key: str | None = None
    ) -> tuple[str, dict[str, Any]]:
        """The text of a secret (of an upload the link to it), and what was said of it."""
        view = View(at=self.clock(), ip="192.0.2.7")
        content, said = self.recipient.reveal(sealed["id"], sealed["token"], passphrase, view, key)
        return said["download"]["url"] if "download" in said else content.data.decode(), said


def memory_world() -> World:
    store, keys, clock, files = MemoryStore(), FakeKeys(), Clock(), FakeFiles()
    create, reveal = load("create", "chalicelib.logic"), load("reveal", "chalicelib.logic")
    opener = reveal.Opener(store, keys, files, clock)
    config = settings.read(load("create", "chalicelib.settings").Settings, ENVIRON)

    def reap() -> None:
        files.delete(store.removed())
        store.settle(store.removed(), clock())

    return World(
        sender=create.Sender(store, keys, files, config, clock),
        recipient=reveal.Recipient(store, opener, files, clock),
        clock=clock,
        sweep=lambda: store.sweep(clock()),
        reap=reap,
        secret=store.secret,
        receipt=store.receipt,
        files=files,
        ids=lambda table: set(getattr(store, table)),
    )


@contextmanager
def moto_world() -> Iterator[World]:
    """The services' own stores and keys on moto's DynamoDB and KMS."""
    with mock_aws():
        create_stores()
        yield wired(Clock())


def wired(clock: Clock) -> World:
    dynamodb, kms = boto3.client("dynamodb", "us-east-1"), boto3.client("kms", "us-east-1")
    sender = load("create", "app").sender
    recipient = load("reveal", "app").recipient
    replace_clock(sender, clock)
    replace_clock(recipient, clock)
    replace_clock(recipient.opener, clock)
    overdue = load("reaper", "sweep").overdue
    reaper, files = load("reaper", "reap"), S3Files(boto3.client("s3", "us-east-1"))
    for holder in (sender.store, recipient.store, recipient.opener.attempts):
        holder.dynamodb = dynamodb
    sender.data_keys.kms = recipient.opener.data_keys.kms = kms

    def sweep() -> None:
        for ids in list(overdue.chunks(clock())):
            overdue.delete(ids, clock())

    def reap() -> None:
        gone = table_ids(dynamodb, "receipts") - table_ids(dynamodb, "secrets")
        with mock.patch.object(reaper, "now", clock):
            assert not reaper.erase(sorted(gone))

    store = recipient.store
    return World(
        sender,
        recipient,
        clock,
        sweep,
        reap,
        store.secret,
        store.receipt,
        files,
        ids=lambda table: table_ids(dynamodb, table),
        reapers=(overdue.dynamodb, reaper.receipts.dynamodb, reaper.objects.s3),
    )


def replace_clock(side: Any, clock: Clock) -> None:
    object.__setattr__(side, "clock", clock)


def table_ids(dynamodb: Any, table: str) -> set[str]:
    return {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}


def create_stores() -> None:
    """Tables, bucket and key, as Terraform makes them."""
    create_tables()
    boto3.client("s3", "us-east-1").create_bucket(Bucket="files")
    kms = boto3.client("kms", "us-east-1")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/sealing", TargetKeyId=key)


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
