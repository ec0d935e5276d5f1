"""The secrets whose cost is told: what is done with each, from its creation to its erasure.

Each is a generator that does its part, gives the secret's id once it is created, and goes on.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import boto3
import httpx
from urllib3 import encode_multipart_formdata

from benchmarks.stage import Stage
from burnbag import Burnbag
from tests.support.api import common_headers, request

Scenario = Callable[[Stage], Iterator[str]]
URL: Final = "http://127.0.0.1/live"
TEXT: Final = "a" * 400
FILE_BYTES: Final = 100 * 1024
LARGEST_TEXT: Final = "a" * 262_144


def rest_text(stage: Stage) -> Iterator[str]:
    """A text of 400 bytes, created and revealed by REST."""
    yield from create_and_reveal(stage, TEXT)


def large_text(stage: Stage) -> Iterator[str]:
    """A text of 256 KB, created and revealed by REST."""
    yield from create_and_reveal(stage, LARGEST_TEXT)


def never_opened(stage: Stage) -> Iterator[str]:
    """A text of 400 bytes that nobody reveals: it expires and is swept away."""
    sealed = create(stage, TEXT, ttl=60)
    yield sealed["id"]
    stage.burnbag.clock.skipped += 61
    stage.sweep()
    stage.burnbag.clock.skipped -= 61


def file(stage: Stage) -> Iterator[str]:
    """A file of 100 KB, created and revealed by REST."""
    parts: Any = {"file": ("report.pdf", b"a" * FILE_BYTES, "application/pdf")}
    body, content_type = encode_multipart_formdata(parts)
    event = request("POST", "/v1/secrets", body, common_headers(None, content_type))
    sealed = json.loads(stage.request(event)["body"])
    yield sealed["id"]
    reveal(stage, sealed)


def command_text(stage: Stage) -> Iterator[str]:
    """A text of 300 bytes by the command: encrypted there, with idempotency keys, confirmed."""
    transport, session = InProcess(stage), boto3.Session()
    with Burnbag(URL, session, region="us-east-1", transport=transport) as client:
        sent = client.send("a" * 300)
        yield sent.id
        client.peek(sent.link)
        assert client.open(sent.link).data == b"a" * 300


SCENARIOS: Final[dict[str, Scenario]] = {
    "REST text": rest_text,
    "command text": command_text,
    "file": file,
    "never opened": never_opened,
    "256 KB text": large_text,
}


def create_and_reveal(stage: Stage, text: str) -> Iterator[str]:
    sealed = create(stage, text)
    yield sealed["id"]
    assert json.loads(reveal(stage, sealed))["secret"] == text


def create(stage: Stage, text: str, **fields: Any) -> dict[str, Any]:
    body = json.dumps({"secret": text, **fields}).encode()
    event = request("POST", "/v1/secrets", body, common_headers(None, "application/json"))
    sealed: dict[str, Any] = json.loads(stage.request(event)["body"])
    return sealed


def reveal(stage: Stage, sealed: dict[str, Any]) -> str:
    headers = common_headers(sealed["token"], "application/json")
    event = request("POST", f"/v1/secrets/{sealed['id']}/reveal", b"", headers)
    body: str = stage.request(event)["body"]
    return body


class InProcess(httpx.BaseTransport):
    """Brings a client's requests to a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def handle_request(self, asked: httpx.Request) -> httpx.Response:
        path = asked.url.path.removeprefix("/live")
        event = request(asked.method, path, asked.read(), dict(asked.headers))
        answer = self.stage.request(event)
        body = httpx.ByteStream(answer["body"].encode())
        return httpx.Response(answer["statusCode"], headers=answer["headers"], stream=body)
