"""Both services on moto's AWS or in memory, in process."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from burnbag_core.items import key, serialize
from moto import mock_aws

from tests.support.api import Api
from tests.support.services import load
from tests.support.world import World, create_stores, memory_world, moto_world


@pytest.fixture
def api() -> Iterator[Api]:
    with mock_aws():
        create_stores()
        yield Api(load("create", "app"), load("reveal", "app"))


@pytest.fixture
def world() -> Iterator[World]:
    """The services' own logic and stores, on moto's DynamoDB."""
    with moto_world() as world:
        yield world


@pytest.fixture(params=["dynamodb", "memory"])
def either_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The services' own logic, on the real store and on the one in memory."""
    if request.param == "memory":
        yield memory_world()
    else:
        yield request.getfixturevalue("world")


def change(secret_id: str, **values: Any) -> None:
    """Change a stored secret behind burnbag's back."""
    boto3.client("dynamodb").update_item(
        TableName="secrets",
        Key=key(secret_id),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues=serialize({f":{name}": v for name, v in values.items()}),
    )


class Calls(Counter[str]):
    """The AWS calls of a service, counted as they leave; `fail` makes the named ones fail."""

    def __init__(self, *clients: Any) -> None:
        super().__init__()
        self.failing: set[str] = set()
        for client in clients:
            client.meta.events.register("before-call", self.count)

    def count(self, model: Any, **_: object) -> tuple[Any, dict[str, Any]] | None:
        self[model.name] += 1
        if model.name not in self.failing:
            return None
        error = {"Error": {"Code": "InternalServerError", "Message": "made to fail"}}
        return FAILED, error


class FAILED:
    """An HTTP answer of 500, as botocore wants one from a handler that answers itself."""

    status_code = 500


@pytest.fixture
def create_calls(api: Api) -> Calls:
    sender = api.create.sender
    return Calls(sender.store.dynamodb, sender.data_keys.kms, sender.files.s3)


@pytest.fixture
def reveal_calls(api: Api) -> Calls:
    recipient = api.reveal.recipient
    return Calls(recipient.store.dynamodb, recipient.opener.data_keys.kms, recipient.files.s3)
