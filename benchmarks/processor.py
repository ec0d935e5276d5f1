"""Handler processor time per create and reveal, as a ratio to the same boto3 calls bare.

What a pair of calls asks of AWS is recorded once. Then rounds take turns: the handlers do pairs,
and boto3's default clients make the same calls, with ids and keys of their own, against the same
embedded AWS. Only this process's time counts, and what the bare calls send is prepared before.
"""

import base64
import copy
import json
import os
import statistics
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore import xform_name
from burnbag_core import aws

from benchmarks import embedded
from benchmarks.embedded import Burnbag
from tests.support.api import common_headers, request

ROUNDS: Final = 40
PAIRS: Final = 20


@dataclass(frozen=True)
class Call:
    """A call of AWS: the service, boto3's name of the method, and its arguments."""

    service: str
    method: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """Milliseconds of processor time for a pair, and the median and quartiles of the ratios."""

    calls: list[str]
    handlers: float
    bare: float
    ratio: float
    lower: float
    upper: float


def measure(environ: Mapping[str, str], rounds: int = ROUNDS, pairs: int = PAIRS) -> Measured:
    burnbag, clients = embedded.build(environ), BareClients()
    calls = record_pair(environ)
    do_pair(burnbag)
    clients.make(prepare(calls))  # the connections are open from now on
    times = []
    for _ in range(rounds):
        own = spend(lambda: do_pair(burnbag), pairs)
        clients.take([prepare(calls) for _ in range(pairs)])
        times.append((own, spend(clients.do_next, pairs)))
    lower, median, upper = statistics.quantiles([own / bare for own, bare in times])
    return Measured(
        [f"{call.service} {call.method}" for call in calls],
        statistics.median(own for own, _ in times) * 1e3,
        statistics.median(bare for _, bare in times) * 1e3,
        median,
        lower,
        upper,
    )


def spend(work: Callable[[], object], times: int) -> float:
    """Seconds of this process's processor time that one `work` takes."""
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times


def do_pair(burnbag: Burnbag) -> str:
    """Create a text and reveal it; its id."""
    sealed = call(burnbag.create, "POST", "/v1/secrets", {"secret": "hunter2"})
    path = f"/v1/secrets/{sealed['id']}/reveal"
    assert call(burnbag.reveal, "POST", path, None, sealed["token"])["secret"] == "hunter2"
    found: str = sealed["id"]
    return found


def call(app: Any, method: str, path: str, fields: object, token: str | None = None) -> Any:
    body = json.dumps(fields).encode() if fields else b""
    answer = app(request(method, path, body, common_headers(token, "application/json")), None)
    assert answer["statusCode"] < 300, answer["body"]
    return json.loads(answer["body"])


def record_pair(environ: Mapping[str, str]) -> list[Call]:
    """What a pair asks of AWS, with `None` in place of what is different each time."""
    calls: list[Call] = []

    def make_client(service: str, **options: Any) -> Any:
        made = aws.client(service, **options)
        made.meta.events.register("provide-client-params", record)
        return made

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        service = model.service_model.service_name
        calls.append(Call(service, xform_name(model.name), copy.deepcopy(params)))

    secret_id = do_pair(embedded.build(environ, make_client))
    assert calls, "the calls were not seen"
    return [Call(c.service, c.method, replace(c.arguments, secret_id, None)) for c in calls]


def replace(value: Any, old: object, new: object) -> Any:
    """A copy of `value`, with `new` wherever `old` was."""
    if isinstance(value, dict):
        return {name: replace(each, old, new) for name, each in value.items()}
    if isinstance(value, list):
        return [replace(each, old, new) for each in value]
    return new if type(value) is type(old) and value == old else value


def prepare(calls: list[Call]) -> list[Call]:
    """The calls for a secret of its own."""
    secret_id = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    new = [Call(c.service, c.method, replace(c.arguments, None, secret_id)) for c in calls]
    for each in new:
        if "ClientRequestToken" in each.arguments:
            each.arguments["ClientRequestToken"] = str(uuid.uuid4())
    return new


class BareClients:
    """boto3's clients, as they are by default."""

    def __init__(self) -> None:
        self.clients = {name: boto3.client(name) for name in ("dynamodb", "kms")}
        self.work: list[list[Call]] = []

    def take(self, work: list[list[Call]]) -> None:
        self.work = work

    def do_next(self) -> None:
        self.make(self.work.pop())

    def make(self, calls: list[Call]) -> None:
        """Make the calls. A data key is unwrapped as it was wrapped."""
        wrapped = b""
        for each in calls:
            if each.method == "decrypt":
                each.arguments["CiphertextBlob"] = wrapped
            answer = getattr(self.clients[each.service], each.method)(**each.arguments)
            wrapped = answer.get("CiphertextBlob", wrapped)
