"""A whole burnbag on AWS in memory: the services' own `build`, on clients that are not boto3's.

What moto does in fifty milliseconds takes one here, so there is time for every case; that the calls
are valid ones, boto3 and moto say in fewer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.simulation.bucket import Bucket
from tests.simulation.dynamodb import Tables
from tests.support.fakes import Clock, FakeKeys
from tests.support.hooks import Hooked, Hooks
from tests.support.world import OWNERS, S3Files, World, assemble

Observer = Callable[..., object]
# What a client does by itself.
LOCAL: Final = ("generate_presigned_post", "generate_presigned_url")


class Kms:
    """KMS in memory: a wrapped key opens for the secret for which it was made."""

    def __init__(self) -> None:
        self.keys = FakeKeys()

    def generate_data_key(self, EncryptionContext: dict[str, str], **_: str) -> dict[str, bytes]:
        key, wrapped = self.keys.generate(EncryptionContext["burnbag:id"])
        return {"Plaintext": key, "CiphertextBlob": wrapped}

    def decrypt(
        self, CiphertextBlob: bytes, EncryptionContext: dict[str, str], **_: str
    ) -> dict[str, bytes]:
        return {"Plaintext": self.keys.unwrap(EncryptionContext["burnbag:id"], CiphertextBlob)}


@dataclass(frozen=True)
class Aws:
    """The services of AWS that burnbag keeps something in."""

    dynamodb: Tables = field(default_factory=Tables)
    s3: Bucket = field(default_factory=Bucket)
    kms: Kms = field(default_factory=Kms)
    sqs: object = None


class Clients:
    """Clients of one AWS as a service makes them, with the hooks and observers of boto3's."""

    def __init__(self, aws: Aws, hooks: Hooks) -> None:
        self.aws = aws
        self.hooks = hooks
        self.observers: dict[str, list[Observer]] = {"before-call": [], "after-call": []}

    def __call__(self, service: str, **options: Any) -> Hooked:
        return Hooked(Observed(getattr(self.aws, service), self.observers), self.hooks)

    def observe(self, event: str, observer: Observer) -> None:
        """Call `observer` at each `event`."""
        self.observers[event].append(observer)


class Observed:
    """A client whose calls are observed, as botocore's events let one observe them."""

    def __init__(self, service: Any, observers: dict[str, list[Observer]]) -> None:
        self.service = service
        self.observers = observers

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.service, name)
        return real if name in LOCAL else partial(self.call, name, real)

    def call(self, name: str, real: Callable[..., Any], **request: Any) -> Any:
        model = SimpleNamespace(name="".join(map(str.capitalize, name.split("_"))))
        self.tell("before-call", model)
        try:
            answer = real(**request)
        except ClientError:
            self.tell("after-call", model)
            raise
        self.tell("after-call", model)
        return answer

    def tell(self, event: str, model: object) -> None:
        for observer in self.observers[event]:
            observer(model=model)

    def get_paginator(self, operation: str) -> Any:
        """All in one page."""
        return SimpleNamespace(paginate=lambda **asked: iter([getattr(self, operation)(**asked)]))


@contextmanager
def simulated_world() -> Iterator[World]:
    """The services as their own `build` makes them, on an empty AWS in memory."""
    aws, hooks = Aws(), Hooks()
    clients = {name: Clients(aws, hooks) for name in OWNERS}
    yield assemble(Clock(), clients, hooks, S3Files(aws.s3), lambda t: set(aws.dynamodb.items[t]))
