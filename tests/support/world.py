"""A whole burnbag in one process: both sides, the reaper and a clock, on one store or another."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Any
from unittest import mock

from burnbag_core import settings
from burnbag_core.capability import Capability
from burnbag_core.records import Caller, Receipt, Secret
from moto import backends, mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.kms import utils as moto_keys

from tests.support.fakes import (
    Clock,
    FakeCounters,
    FakeFiles,
    FakeKeys,
    FakeParts,
    FakeSigningKeys,
)
from tests.support.hooks import Clients, Hooked, Hooks, make_client
from tests.support.memory import MemoryStore
from tests.support.services import ENVIRON, LambdaContext, load

# Whose clients a world has.
OWNERS = ("create", "reveal", "reaper")


class S3Files:
    """What lies in moto's bucket, and an uploader that needs no network."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3

    def put(self, secret_id: str, data: bytes) -> None:
        self.s3.put_object(Bucket="files", Key=f"files/{secret_id}", Body=data)

    def put_part(self, secret_id: str, receipt: Any, number: int, data: bytes) -> None:
        self.s3.upload_part(
            Bucket="files",
            Key=f"files/{secret_id}",
            UploadId=receipt.upload_id,
            PartNumber=number,
            Body=data,
            ChecksumAlgorithm="SHA256",
        )

    def unfinished(self) -> int:
        """How many uploads are neither completed nor aborted."""
        return len(self.s3.list_multipart_uploads(Bucket="files").get("Uploads", []))

    def parts(self) -> int:
        """How many parts lie in uploads that are neither completed nor aborted."""
        uploads = self.s3.list_multipart_uploads(Bucket="files").get("Uploads", [])
        where = [{"Key": each["Key"], "UploadId": each["UploadId"]} for each in uploads]
        found = [self.s3.list_parts(Bucket="files", **each).get("Parts", []) for each in where]
        return sum(map(len, found))

    def ids(self) -> set[str]:
        found = self.s3.list_objects_v2(Bucket="files").get("Contents", [])
        return {entry["Key"].removeprefix("files/") for entry in found}


@dataclass
class World:
    """`create` and `reveal` are the services as their own `build` makes them, or on fakes."""

    create: Any
    reveal_service: Any
    clock: Callable[[], int]
    hooks: Hooks
    sweep: Callable[[], None]
    reap: Callable[[], None]
    secret: Callable[[str], Secret | None]
    receipt: Callable[[str], Receipt | None]
    files: Any
    ids: Callable[[str], set[str]]
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def sender(self) -> Any:
        return self.create.sender

    @property
    def recipient(self) -> Any:
        return self.reveal_service.recipient

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        assert isinstance(self.clock, Clock)
        self.clock.now += seconds

    def seal(
        self,
        text: str = "hunter2",
        kind: str = "text",
        idempotency_key: str | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """A sealed secret; an upload is declared here and arrives by `upload`."""
        order, settings, data = load("create", "chalicelib.order"), self.create.settings, text
        if kind == "parts":
            return self.declare_parts(len(data.encode()), idempotency_key, **fields)
        if kind == "file":
            file = order.File(data.encode(), "caf\u00e9.txt", "text/plain")
            wanted = order.read_file_order({"file": file, **fields}, settings)
        elif kind == "upload":
            wanted = order.read_upload_order({"size": len(data.encode()), **fields}, settings)
        else:
            wanted = order.read_text_order({"secret": data, **fields}, settings)
        creator = Caller("arn:aws:iam::1:role/sender")
        sealed: dict[str, Any] = self.sender.seal(wanted, creator, idempotency_key)
        return sealed

    def declare_parts(
        self, size: int, idempotency_key: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """An upload that will come in parts."""
        read = load("create", "chalicelib.order").read_upload_order
        wanted = read({"size": size, "parts": True, **fields}, self.create.settings)
        creator = Caller("arn:aws:iam::1:role/sender")
        sealed: dict[str, Any] = self.sender.seal(wanted, creator, idempotency_key)
        return sealed

    def put_part(self, sealed: dict[str, Any], number: int, data: bytes) -> dict[str, Any]:
        """Have a part presigned, and put it as its sender would; the answer."""
        answer = self.presign(sealed, number, data)
        self.store_part(sealed, number, data)
        return answer

    def presign(self, sealed: dict[str, Any], number: int, data: bytes) -> dict[str, Any]:
        digest = b64encode(sha256(data).digest()).decode()
        asked = {"parts": [{"number": number, "sha256": digest}]}
        answer: dict[str, Any] = self.create.parts.presign(receipt_of(sealed), asked)
        return answer

    def store_part(self, sealed: dict[str, Any], number: int, data: bytes) -> None:
        """A part arrives at S3."""
        self.files.put_part(sealed["id"], self.receipt(sealed["id"]), number, data)

    def complete(self, sealed: dict[str, Any], *parts: bytes) -> None:
        """End an upload of these parts."""
        digests = b"".join(sha256(part).digest() for part in parts)
        checksum = f"{b64encode(sha256(digests).digest()).decode()}-{len(parts)}"
        self.create.parts.complete(receipt_of(sealed), checksum)

    def upload(self, sealed: dict[str, Any], text: str) -> None:
        """The bytes of an upload arrive, as by the presigned POST."""
        self.files.put(sealed["id"], text.encode())

    def peek(self, sealed: dict[str, Any], by: str | None = None) -> dict[str, Any]:
        seen: dict[str, Any] = self.recipient.peek(link_to(sealed), Caller(by))
        return seen

    def reveal(
        self,
        sealed: dict[str, Any],
        passphrase: str | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """The text of a secret (of an upload the link to it), and what was said of it.

        `by` is who calls, as an entrance has verified it.
        """
        viewer = Caller(by, ip="192.0.2.7")
        revealed = self.recipient.reveal(link_to(sealed), lambda: passphrase, viewer, key)
        facts = dict(revealed.facts)
        text = revealed.content.data.decode() if revealed.content else facts["download"]["url"]
        return text, facts

    def confirm(self, sealed: dict[str, Any], key: str, by: str | None = None) -> None:
        self.recipient.confirm(link_to(sealed), key, Caller(by))

    def show_receipt(self, sealed: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = self.sender.show_receipt(receipt_of(sealed))
        return shown

    def unfreeze(
        self, sealed: dict[str, Any], by: str | None = None, frozen_at: int | None = None
    ) -> None:
        self.sender.unfreeze(receipt_of(sealed), frozen_at, Caller(by))

    def revoke(self, sealed: dict[str, Any], by: str | None = None) -> None:
        self.sender.revoke(receipt_of(sealed), Caller(by))


def link_to(sealed: dict[str, Any]) -> Capability:
    """What the recipient holds."""
    return Capability.parse(sealed["id"], sealed["token"])


def receipt_of(sealed: dict[str, Any]) -> Capability:
    """What the sender holds."""
    return Capability.parse(sealed["id"], sealed["receipt_token"])


def fake_services(
    store: Any,
    keys: Any,
    files: Any,
    clock: Callable[[], int],
    environ: Mapping[str, str] = ENVIRON,
) -> tuple[Any, Any]:
    """Both services on a store, keys and files in memory."""
    create, reveal = load("create", "chalicelib.service"), load("reveal", "chalicelib.service")
    sender_settings = settings.read(create.Settings, environ)
    sender = create.Sender(store, keys, files, sender_settings, clock)
    listing = create.Listing(store, clock, elapsed=lambda: 0.0)
    recipient = reveal.Recipient(
        door=reveal.Door(store, store, clock),
        kinds=reveal.kinds.all_kinds(files, clock),
        attempts=reveal.Attempts(store, clock),
        data_keys=keys,
        views=store,
        claims=store,
        clock=clock,
    )
    recipient_settings = settings.read(reveal.Settings, environ)
    parts, submitter = FakeParts(files), create.Submitter(sender, store)
    return (
        create.Service(
            sender=sender,
            signer=create.ReceiptSigner(sender, FakeSigningKeys()),
            people=create.People(sender_settings, FakeCounters(), clock),
            listing=listing,
            revoker=create.Revoker(listing, store, clock, elapsed=lambda: 0.0),
            parts=create.Parts(sender, store, parts),
            requester=create.Requester(sender, store),
            submitter=submitter,
            submitters_parts=create.Parts(submitter, store, parts),
            settings=sender_settings,
        ),
        reveal.Service(recipient, recipient_settings),
    )


def memory_world() -> World:
    clock, hooks, memory, files = Clock(), Hooks(), MemoryStore(), FakeFiles()
    store, keys = Hooked(memory, hooks), Hooked(FakeKeys(), hooks)
    create, reveal = fake_services(store, keys, files, clock)

    def reap() -> None:
        for secret_id in memory.removed():
            files.abort(memory.receipts[secret_id].upload_id)
        files.delete(memory.removed())
        memory.settle(memory.removed(), clock())

    return World(
        create=create,
        reveal_service=reveal,
        clock=clock,
        hooks=hooks,
        sweep=lambda: memory.sweep(clock()),
        reap=reap,
        secret=memory.secret,
        receipt=memory.receipt,
        files=files,
        ids=lambda table: memory.records() if table == "secrets" else set(memory.receipts),
    )


@contextmanager
def moto_world(clock: Callable[[], int] | None = None) -> Iterator[World]:
    """The services as their own `build` makes them, on moto's DynamoDB, KMS and S3."""
    with mock_aws():
        put_stores()
        world = build_world(clock or Clock())
        try:
            yield world
        finally:
            for clients in world.clients.values():
                clients.close()


def build_world(clock: Callable[[], int], **changed: str) -> World:
    """Both services and the reaper, on clients of moto's AWS; `changed` are settings."""
    hooks, dynamodb = Hooks(), client("dynamodb")
    return assemble(
        clock,
        {name: Clients(name, hooks) for name in OWNERS},
        hooks,
        S3Files(client("s3")),
        lambda table: table_ids(dynamodb, table),
        {**ENVIRON, **changed},
    )


def assemble(
    clock: Callable[[], int],
    clients: dict[str, Any],
    hooks: Hooks,
    files: S3Files,
    ids: Callable[[str], set[str]],
    environ: Mapping[str, str] = ENVIRON,
) -> World:
    """Both services and the reaper, each on its own of `clients`."""
    create = load("create", "chalicelib.service").build(environ, clients["create"], clock)
    # moto's tables are not made for several threads. And however slow it is, nothing is too late.
    listing = replace(create.listing, elapsed=lambda: 0.0)
    revoker = replace(create.revoker, listing=listing, threads=1, elapsed=lambda: 0.0)
    create = replace(create, listing=listing, revoker=revoker)
    reveal = load("reveal", "chalicelib.service").build(environ, clients["reveal"], clock)
    reveal = hook_parts(reveal, hooks)
    sweep = load("reaper", "sweep").build(environ, clients["reaper"], clock)
    # What it measures is half of its calls, and changes nothing for any secret.
    sweep = replace(sweep, measure=lambda run: None)
    reaper = load("reaper", "reap").build(environ, clients["reaper"], clock)

    def sweep_all() -> None:
        sweep({}, LambdaContext())

    def reap_all() -> None:
        gone = ids("receipts") - ids("secrets")
        removal = load("reaper", "reap").Removal
        assert not reaper.erase([removal(each, clock()) for each in sorted(gone)])

    records = reveal.recipient.door.records
    return World(
        create=create,
        reveal_service=reveal,
        clock=clock,
        hooks=hooks,
        sweep=sweep_all,
        reap=reap_all,
        secret=records.secret,
        receipt=records.receipt,
        files=files,
        ids=ids,
        clients=clients,
    )


def hook_parts(service: Any, hooks: Hooks) -> Any:
    """The reveal service, with hooks on its own steps as on its clients' calls."""
    recipient = service.recipient
    counters = Hooked(recipient.attempts.counters, hooks)
    recipient = replace(
        recipient,
        data_keys=Hooked(recipient.data_keys, hooks),
        views=Hooked(recipient.views, hooks),
        attempts=replace(recipient.attempts, counters=counters),
    )
    return replace(service, recipient=recipient)


def table_ids(dynamodb: Any, table: str) -> set[str]:
    return {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}


def client(service: str) -> Any:
    """A test's own client of moto's AWS."""
    return make_client("test", service, ())


def put_stores() -> None:
    """Put tables, bucket and keys into moto."""
    for there, made in zip(moto_stores(), make_stores(), strict=True):
        there.update(deepcopy(made))


@cache
def make_stores() -> tuple[dict[Any, Any], ...]:
    """What `put_stores` puts: the ten calls that make it take longer than most tests on moto."""
    create_stores()
    return deepcopy(moto_stores())


def moto_stores() -> tuple[dict[Any, Any], ...]:
    """Where moto has tables, keys and buckets, and whose buckets those are."""
    region = client("dynamodb").meta.region_name
    backend: Any = backends.get_backend
    dynamodb, kms = (backend(name)[ACCOUNT][region] for name in ("dynamodb", "kms"))
    s3 = backend("s3")
    return dynamodb.tables, kms.keys, s3[ACCOUNT]["aws"].buckets, s3.bucket_accounts


def create_stores() -> None:
    """Tables, bucket and keys, as Terraform makes them."""
    create_tables()
    client("s3").create_bucket(Bucket="files")
    kms = client("kms")
    with mock.patch.object(moto_keys, "RSAPrivateKey", make_rsa_key):
        key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/sealing", TargetKeyId=key)
    for generation in (1, 2):
        made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        kms.create_alias(AliasName=f"alias/receipts-{generation}", TargetKeyId=made["KeyId"])


# moto makes an RSA key for a symmetric one too, and never uses it: 60 ms for each test.
make_rsa_key = cache(moto_keys.RSAPrivateKey)


def create_tables() -> None:
    dynamodb = client("dynamodb")
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
    dynamodb.create_table(
        TableName="receipts",
        AttributeDefinitions=RECEIPT_KEYS,
        GlobalSecondaryIndexes=[BY_CREATOR],
        **common,
    )
    dynamodb.create_table(TableName="people", AttributeDefinitions=[ID], **common)


ID: Any = {"AttributeName": "id", "AttributeType": "S"}
SECRET_KEYS: Any = [
    ID,
    {"AttributeName": "expiry_shard", "AttributeType": "S"},
    {"AttributeName": "erase_at", "AttributeType": "N"},
]
RECEIPT_KEYS: Any = [
    ID,
    {"AttributeName": "creator", "AttributeType": "S"},
    {"AttributeName": "created_at", "AttributeType": "N"},
]
BY_CREATOR: Any = {
    "IndexName": "by_creator",
    "KeySchema": [
        {"AttributeName": "creator", "KeyType": "HASH"},
        {"AttributeName": "created_at", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
OVERDUE: Any = {
    "IndexName": "overdue",
    "KeySchema": [
        {"AttributeName": "expiry_shard", "KeyType": "HASH"},
        {"AttributeName": "erase_at", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
