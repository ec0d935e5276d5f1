"""What happens right before a call, or instead of it: how races and failures are made to happen."""

import json
from base64 import b64encode
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from typing import Any

from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from burnbag_core import aws

from tests.support.partiql import execute_batch

Answer = Callable[..., Any]


class Hooks:
    """What waits for the next calls, by the name of the method that will be called."""

    def __init__(self) -> None:
        self.waiting: dict[str, Answer] = {}
        self.lasting: dict[str, Answer] = {}

    def before(self, call: str, first: Callable[[], object]) -> None:
        """Let `first` happen right before the next `call`."""

        def answer(real: Answer, *arguments: Any, **options: Any) -> Any:
            first()
            return real(*arguments, **options)

        self.waiting[call] = answer

    def instead(self, call: str, answer: Answer) -> None:
        """Answer the next `call` by `answer`, whose first argument is the real method."""
        self.waiting[call] = answer

    def always(self, call: str, answer: Answer) -> None:
        """Answer every `call` by `answer`, until `undo`."""
        self.lasting[call] = answer

    def undo(self) -> None:
        """Let every call be what it is."""
        self.waiting.clear()
        self.lasting.clear()

    def find(self, call: str) -> Answer | None:
        return self.waiting.pop(call, None) or self.lasting.get(call)


class Hooked:
    """A client or store of which each call may be preceded or replaced."""

    def __init__(self, part: Any, hooks: Hooks) -> None:
        self.part = part
        self.hooks = hooks

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.part, name)
        answer = self.hooks.find(name)
        return partial(answer, real) if answer else real


class Clients:
    """boto3 clients as one service makes them, with hooks and observers that end with the test.

    boto3 takes a tenth of a second for a client, so the clients themselves are kept.
    """

    def __init__(self, owner: str, hooks: Hooks) -> None:
        self.owner = owner
        self.hooks = hooks
        self.used: dict[int, Any] = {}
        self.observers: list[tuple[str, Answer]] = []

    def __call__(self, service: str, **options: Any) -> Hooked:
        made = make_client(self.owner, service, tuple(options.items()))
        self.used[id(made)] = made
        for event, observer in self.observers:
            made.meta.events.register(event, observer)
        return Hooked(made, self.hooks)

    def observe(self, event: str, observer: Answer) -> None:
        """Call `observer` at each `event` of botocore's, on every client."""
        self.observers.append((event, observer))
        for made in self.used.values():
            made.meta.events.register(event, observer)

    def close(self) -> None:
        for event, observer in self.observers:
            for made in self.used.values():
                made.meta.events.unregister(event, observer)
        self.observers.clear()


@cache
def make_client(owner: str, service: str, options: tuple[tuple[str, Any], ...]) -> Any:
    made = aws.client(service, parameter_validation=True, **dict(options))
    if service == "dynamodb":
        made.meta.events.register_last("before-call", execute_statements)
    if service != "s3":
        # moto believes everybody, and of the others' URLs none is signed without a call.
        made.meta.events.register_first("choose-signer", leave_unsigned)
    if service == "s3":
        made.meta.events.register_first("after-call", tell_checksums)
    return made


def leave_unsigned(**_: Any) -> Any:
    return UNSIGNED


def tell_checksums(model: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Say of parts that are listed which checksums they have: moto forgets them."""
    if model.name == "ListParts" and "Parts" in parsed:
        # The benchmarks do without moto, which makes every client of AWS slower.
        from moto.backends import get_backend
        from moto.core.models import DEFAULT_ACCOUNT_ID

        bucket: Any = get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].buckets[parsed["Bucket"]]
        stored = bucket.multiparts[parsed["UploadId"]].parts
        for part in parsed["Parts"]:
            digest = sha256(stored[part["PartNumber"]].value).digest()
            part["ChecksumSHA256"] = b64encode(digest).decode()


def execute_statements(model: Any, params: dict[str, Any], **_: Any) -> Any:
    """Do what moto can't: answer a batch of PartiQL statements."""
    if model.name != "BatchExecuteStatement":
        return None
    body = json.loads(params["body"])
    answer = execute_batch(make_client("moto", "dynamodb", ()), body["Statements"])
    return AWSResponse("", 200, HTTPHeaders(), None), answer
