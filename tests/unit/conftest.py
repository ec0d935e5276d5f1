"""Both services on moto's AWS or in memory, in process."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from burnbag_core.items import key, serialize

from tests.support.api import Api
from tests.support.hooks import Clients
from tests.support.world import World, client, memory_world, moto_world


@pytest.fixture
def api() -> Iterator[Api]:
    """Both services' routes, on moto's AWS and the real time."""
    with moto_world(lambda: int(time.time())) as world:
        yield Api(world)


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
    client("dynamodb").update_item(
        TableName="secrets",
        Key=key(secret_id),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues=serialize({f":{name}": v for name, v in values.items()}),
    )


class Calls(Counter[str]):
    """The AWS calls of a service, counted as they leave; `fail` makes the named ones fail."""

    def __init__(self, clients: Clients) -> None:
        super().__init__()
        self.failing: set[str] = set()
        clients.observe("before-call", self.count)

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
    return Calls(api.world.clients["create"])


@pytest.fixture
def reveal_calls(api: Api) -> Calls:
    return Calls(api.world.clients["reveal"])
