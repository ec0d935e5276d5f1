"""`make restore`: lost receipts come back, and nothing else changes."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from tools.console import Problem
from tools.restore import restore
from tools.target import Target

LIVE, RESTORED = "burnbag-test-receipts", "burnbag-test-receipts-restored"
NOW = 1_800_000_000


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("dynamodb", "us-east-1")
        for table in (LIVE, RESTORED):
            client.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        yield client


@pytest.fixture
def target(dynamodb: Any) -> Target:
    def client(service: str, **options: Any) -> Any:
        return boto3.client("dynamodb", "us-east-1", config=Config(**options))

    return Target({"receipts_table_name": LIVE}, True, client, lambda: None)  # type: ignore[arg-type,return-value]


def put(dynamodb: Any, table: str, name: str, state: str, **numbers: int) -> None:
    item = {"id": {"S": name}, "state": {"S": state}}
    more = {field: {"N": str(value)} for field, value in numbers.items()}
    dynamodb.put_item(TableName=table, Item=item | more)


def states(dynamodb: Any) -> dict[str, str]:
    items = dynamodb.scan(TableName=LIVE)["Items"]
    return {item["id"]["S"]: item["state"]["S"] for item in items}


def test_what_is_missing_comes_back_and_what_is_there_stays(
    dynamodb: Any, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    put(dynamodb, RESTORED, "lost", "revealed", purge_at=NOW + 1)
    put(dynamodb, RESTORED, "known", "sealed")
    put(dynamodb, RESTORED, "old", "expired", purge_at=NOW)
    put(dynamodb, LIVE, "known", "revoked")
    restore(target, RESTORED, NOW)
    assert states(dynamodb) == {"lost": "revealed", "known": "revoked"}
    said = "receipts: 1 put back, 1 there already, 1 to be purged by now, left out\n"
    assert capsys.readouterr().out == said


def test_a_second_time_changes_nothing(dynamodb: Any, target: Target) -> None:
    for number in range(50):
        put(dynamodb, RESTORED, f"secret {number}", "sealed")
    assert restore(target, RESTORED, NOW) == {"put back": 50}
    assert restore(target, RESTORED, NOW) == {"there already": 50}


def test_the_table_itself_is_no_source(dynamodb: Any, target: Target) -> None:
    with pytest.raises(Problem, match="the receipts table itself"):
        restore(target, LIVE, NOW)


def test_what_aws_refuses_is_said_in_words(dynamodb: Any, target: Target) -> None:
    with pytest.raises(Problem, match=r"broke off after receipts: 0 put back.*may be run again"):
        restore(target, "burnbag-test-nothing", NOW)
