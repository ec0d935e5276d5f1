"""The sweep at the limits of DynamoDB's partitions: large records that expire together."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from burnbag_core.items import secret_item
from burnbag_core.records import Secret
from burnbag_format.base64url import encode

from tests.support.services import LambdaContext, load
from tools import emulator
from tools.capacity import KB, write_units

TABLE = "burnbag-throttled-secrets"
COUNT = 100
LARGE = 256 * KB
NOW = 1_800_000_000
# Four partitions delete four large records' worth of units each second.
SECONDS = 300


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An embedded DynamoDB that throttles as AWS does, with the secrets table in it."""
    folder = tmp_path_factory.mktemp("throttled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYNAMODB_THROTTLING", "1")
        server = emulator.start(folder, emulator.find_free_port())
    try:
        yield make_table(client(server.url, retries=10))
    finally:
        emulator.stop(folder)


def client(url: str, retries: int) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=emulator.REGION,
        aws_access_key_id=emulator.ROOT_KEY,
        aws_secret_access_key=emulator.ROOT_KEY,
        config=Config(proxies={}, retries={"total_max_attempts": retries, "mode": "standard"}),
    )


def make_table(dynamodb: Any) -> Any:
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "expiry_shard", "AttributeType": "S"},
            {"AttributeName": "erase_at", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "overdue",
                "KeySchema": [
                    {"AttributeName": "expiry_shard", "KeyType": "HASH"},
                    {"AttributeName": "erase_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    return dynamodb


@pytest.fixture(scope="module")
def items(dynamodb: Any) -> list[dict[str, Any]]:
    """A hundred large records that expired together."""
    made = [item_of(number) for number in range(COUNT)]
    for item in made:
        until_admitted(lambda item=item: dynamodb.put_item(TableName=TABLE, Item=item))
    return made


def item_of(number: int) -> dict[str, Any]:
    name, sealed = encode(number.to_bytes(16, "big")), b"s" * LARGE
    made = Secret(name, "text", sealed, b"w" * 200, b"t" * 32, 1, 1, NOW - 60, NOW, LARGE)
    return secret_item(made, NOW)


def until_admitted(call: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            call()
            return
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ThrottlingException"
            assert time.monotonic() < deadline
            time.sleep(0.1)


def count(dynamodb: Any) -> int:
    pages = dynamodb.get_paginator("query").paginate
    shards = [
        pages(
            TableName=TABLE,
            IndexName="overdue",
            KeyConditionExpression="expiry_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": str(shard)}},
        )
        for shard in range(8)
    ]
    return sum(page["Count"] for shard in shards for page in shard)


def test_one_transaction_of_large_deletes_never_passes(
    dynamodb: Any, items: list[dict[str, Any]]
) -> None:
    """What the sweep once did. It takes 51,400 units at once, and none of it is ever deleted."""
    assert sum(write_units(item, transactional=True) for item in items) > 50_000
    deletes = [{"Delete": {"TableName": TABLE, "Key": {"id": item["id"]}}} for item in items]
    for _ in range(3):
        time.sleep(1.1)  # a second gives back all that a partition can have
        with pytest.raises(ClientError) as refused:
            dynamodb.transact_write_items(TransactItems=deletes)
        reasons = refused.value.response["CancellationReasons"]
        assert {reason["Code"] for reason in reasons} == {"ThrottlingError"}
    assert count(dynamodb) == COUNT


def test_the_sweep_deletes_all_the_same(dynamodb: Any, items: list[dict[str, Any]]) -> None:
    """It deletes what there are units for, and goes on with the rest, without giving up."""
    module: Any = load("reaper", "sweep")
    environ = {"ENVIRONMENT": "test", "SECRETS_TABLE": TABLE, "RECEIPTS_TABLE": "none"}
    sweep = module.build(environ, lambda _service: dynamodb, lambda: NOW)
    sweep = replace(sweep, measure=lambda run: None)
    deadline, runs = time.monotonic() + SECONDS, 0
    while count(dynamodb):
        assert time.monotonic() < deadline, f"{count(dynamodb)} left after {runs} runs"
        sweep({}, LambdaContext())
        runs += 1
        time.sleep(0.5)
