"""Both services, and the reaper, on moto's AWS or in memory, in process."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from burnbag_core.items import key, serialize
from burnbag_core.records import expiry_shard
from burnbag_format.base64url import encode

from tests.support.api import Api
from tests.support.fakes import START
from tests.support.hooks import Clients, Hooks
from tests.support.services import ENVIRON, load
from tests.support.world import World, client, memory_world, moto_world

BATCH = "BatchExecuteStatement"


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


def no_pause(seconds: float) -> None:
    """What the sweep does instead of waiting."""


@dataclass
class Reaper:
    """The four functions as their own `build` makes them, on one AWS."""

    world: World
    hooks: Hooks
    reap: Any
    sweep: Any
    audit: Any
    stray: Any

    def calls(self) -> Calls:
        """What the four call from now on."""
        return Calls(self.world.clients["reaper"])

    def dead_letters(self) -> list[dict[str, Any]]:
        answer = client("sqs").receive_message(
            QueueUrl=self.reap.dead_letters.url, MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def events(self) -> list[dict[str, Any]]:
        found = client("logs").filter_log_events(logGroupName=self.audit.log.group)["events"]
        return [json.loads(event["message"]) for event in found]


def seal_many(world: World, count: int, kind: str = "text") -> list[str]:
    """Ids of secrets that live for a minute: one is sealed, the others are copies of it."""
    ids = copy_item("secrets", world.seal(kind=kind, ttl=60)["id"], count)
    if kind == "file":
        for each in ids:
            world.files.put(each, b"x")
    return copy_item("receipts", ids[0], count)


def copy_item(table: str, secret_id: str, count: int) -> list[str]:
    """The ids of `count` items: of one that is there, and of copies of it."""
    dynamodb = client("dynamodb")
    item = dynamodb.get_item(TableName=table, Key=key(secret_id))["Item"]
    ids = [secret_id, *(encode(number.to_bytes(16, "big")) for number in range(1, count))]
    for start in range(1, count, 25):
        copies = [
            item | serialize({"id": each, "expiry_shard": expiry_shard(each)})
            for each in ids[start : start + 25]
        ]
        puts = [{"PutRequest": {"Item": copy}} for copy in copies]
        dynamodb.batch_write_item(RequestItems={table: puts})
    return ids


@pytest.fixture
def reaper() -> Iterator[Reaper]:
    with moto_world() as world:
        url = client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
        client("logs").create_log_group(logGroupName="/burnbag/test/audit")
        environ = ENVIRON | {"DEAD_LETTERS_URL": url}
        clients, clock = world.clients["reaper"], world.clock
        standing = time.time_ns() // 1_000_000

        def later() -> int:
            return clock() + 60

        yield Reaper(
            world,
            world.hooks,
            reap=load("reaper", "reap").build(environ, clients, later),
            sweep=replace(load("reaper", "sweep").build(environ, clients, later), pause=no_pause),
            audit=load("reaper", "audit").build(environ, clients, lambda: standing),
            stray=load("reaper", "stray").build(environ, clients),
        )


def removed(secret_id: str, number: str = "1", at: float = START) -> dict[str, Any]:
    """A record of the secrets stream: KEYS_ONLY, REMOVE."""
    keys = {"Keys": key(secret_id), "SequenceNumber": number, "StreamViewType": "KEYS_ONLY"}
    return {"eventName": "REMOVE", "dynamodb": keys | {"ApproximateCreationDateTime": at}}


def refuse_object(refused: str) -> Any:
    """Delete all objects but one, as S3 may."""
    return lambda *_, **__: {"Errors": [{"Key": f"files/{refused}", "Code": "InternalError"}]}


def refuse(refused: dict[str, str]) -> Any:
    """Answer statements as DynamoDB does where it does not do those of some records, by id."""

    def answer(real: Any, Statements: list[Any]) -> Any:
        return {"Responses": [answer_one(real, statement) for statement in Statements]}

    def answer_one(real: Any, statement: Any) -> Any:
        parameters = {value.get("S") for value in statement["Parameters"]}
        if codes := [code for each, code in refused.items() if each in parameters]:
            return {"Error": {"Code": codes[0]}}
        return real(Statements=[statement])["Responses"][0]

    return answer
