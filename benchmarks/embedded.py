"""burnbag on an embedded AWS of its own, with its services and its reaper in this process."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import boto3
from burnbag_core import aws

from tests.support.services import ENVIRON, load, load_app
from tools import emulator
from tools.checkout import BUILD, lock

MakeClient = Callable[..., Any]
AUDIT_LOG: Final = "/burnbag/test/audit"


@dataclass
class Clock:
    """Epoch seconds, of which some can be skipped."""

    skipped: int = 0

    def __call__(self) -> int:
        return int(time.time()) + self.skipped


@dataclass(frozen=True)
class Burnbag:
    """All functions, each as its own `build` makes it. Those of the API are Chalice applications.

    A Chalice application keeps its request in itself, so each caller needs a burnbag of its own.
    """

    clock: Clock
    create: Any
    reveal: Any
    reap: Any
    sweep: Any
    audit: Any
    stray: Any


@dataclass(frozen=True)
class Aws:
    """A running embedded AWS: its process, and the functions' environment on it."""

    pid: int
    environ: Mapping[str, str]

    def memory(self) -> int:
        """Bytes of memory that it occupies."""
        pages = int(Path("/proc", str(self.pid), "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")


@contextmanager
def run_aws() -> Iterator[Aws]:
    """Run an empty embedded AWS, with the stores that Terraform would make.

    In this process, what looks for AWS finds this one only.
    """
    folder, port = BUILD / "bench", emulator.find_free_port()
    with lock(folder):
        started = emulator.start(folder, port)
        try:
            with mock.patch.dict(os.environ, environment(started.url)):
                begin_sessions()
                yield Aws(started.pid, ENVIRON | make_stores())
        finally:
            forget_sessions()
            emulator.stop(folder)


def environment(url: str) -> dict[str, str]:
    """What makes boto3 and botocore find this AWS, and no configuration of anybody's."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": emulator.REGION,
        "AWS_ACCESS_KEY_ID": emulator.ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def begin_sessions() -> None:
    """Make new sessions find this AWS: each keeps the credentials that it finds first."""
    forget_sessions()
    boto3.client("dynamodb")
    aws.client("dynamodb")


def forget_sessions() -> None:
    boto3.DEFAULT_SESSION = None
    aws.session.cache_clear()


def make_stores() -> dict[str, str]:
    """Make tables, bucket, keys and log group; the environment variables that name the keys."""
    make_tables()
    boto3.client("s3").create_bucket(Bucket="files")
    boto3.client("logs").create_log_group(logGroupName=AUDIT_LOG)
    kms = boto3.client("kms")
    sealing = kms.create_key()["KeyMetadata"]["Arn"]
    receipts = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    return {"SEALING_KEY_ARN": sealing, "RECEIPT_KEY_ARNS": receipts, "AUDIT_LOG_GROUP": AUDIT_LOG}


def make_tables(suffix: str = "", streamed: bool = True) -> None:
    """As terraform/modules/burnbag/modules/storage/tables.tf makes them."""
    dynamodb = boto3.client("dynamodb")
    key: Any = {"AttributeName": "id", "KeyType": "HASH"}
    common: Any = {"KeySchema": [key], "BillingMode": "PAY_PER_REQUEST"}
    dynamodb.create_table(
        TableName=f"secrets{suffix}",
        **index_of("overdue", expiry_shard="S", erase_at="N"),
        StreamSpecification=make_stream("KEYS_ONLY", streamed),
        **common,
    )
    dynamodb.create_table(
        TableName=f"receipts{suffix}",
        **index_of("by_creator", creator="S", created_at="N"),
        StreamSpecification=make_stream("NEW_AND_OLD_IMAGES", streamed),
        **common,
    )


def index_of(name: str, **types: str) -> Any:
    """A table's one index, of keys only, by these two attributes."""
    keys = [
        {"AttributeName": attribute, "KeyType": kind}
        for attribute, kind in zip(types, ("HASH", "RANGE"), strict=True)
    ]
    index = {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "KEYS_ONLY"}}
    attributes = [
        {"AttributeName": attribute, "AttributeType": kind}
        for attribute, kind in {"id": "S", **types}.items()
    ]
    return {"AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [index]}


def make_stream(view: str, enabled: bool) -> Any:
    return {"StreamEnabled": enabled} | ({"StreamViewType": view} if enabled else {})


def build(environ: Mapping[str, str], client: MakeClient = aws.client) -> Burnbag:
    """A burnbag of new functions, on clients that `client` makes."""
    clock = Clock()
    create = load("create", "chalicelib.service").build(environ, client, clock)
    reveal = load("reveal", "chalicelib.service").build(environ, client, clock)
    return Burnbag(
        clock,
        create=load_app("create", create).app,
        reveal=load_app("reveal", reveal).app,
        reap=load("reaper", "reap").build(environ, client, clock),
        sweep=load("reaper", "sweep").build(environ, client, clock),
        audit=load("reaper", "audit").build(environ, client, lambda: time.time_ns() // 1_000_000),
        stray=load("reaper", "stray").build(environ, client),
    )
