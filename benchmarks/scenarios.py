"""The secrets whose cost is told: what is done with each, from its creation to its erasure.

Each is a generator that does its part, gives the secret's id once it is created, and goes on.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import boto3
import httpx
from urllib3 import encode_multipart_formdata

from benchmarks.account import Account
from burnbag import Burnbag
from tests.support.api import common_headers, request
from tests.support.asking import Submission

Scenario = Callable[[Account], Iterator[str]]
URL: Final = "http://127.0.0.1/live"
TEXT: Final = "a" * 400
FILE_BYTES: Final = 100 * 1024
LARGEST_TEXT: Final = "a" * 262_144


def rest_text(account: Account) -> Iterator[str]:
    """A text of 400 bytes, created and revealed by REST."""
    yield from create_and_reveal(account, TEXT)


def large_text(account: Account) -> Iterator[str]:
    """A text of 256 KB, created and revealed by REST."""
    yield from create_and_reveal(account, LARGEST_TEXT)


def never_opened(account: Account) -> Iterator[str]:
    """A text of 400 bytes that nobody reveals: it expires and is swept away."""
    sealed = create(account, TEXT, ttl=60)
    yield sealed["id"]
    account.burnbag.clock.skipped += 61
    account.sweep()
    account.burnbag.clock.skipped -= 61


def file(account: Account) -> Iterator[str]:
    """A file of 100 KB, created and revealed by REST."""
    parts: Any = {"file": ("report.pdf", b"a" * FILE_BYTES, "application/pdf")}
    body, content_type = encode_multipart_formdata(parts)
    event = request("POST", "/v1/secrets", body, common_headers(None, content_type))
    sealed = json.loads(account.request(event)["body"])
    yield sealed["id"]
    reveal(account, sealed)


def command_text(account: Account) -> Iterator[str]:
    """A text of 300 bytes by the command: encrypted there, with idempotency keys, confirmed."""
    transport, session = InProcess(account), boto3.Session()
    with Burnbag(URL, session, region="us-east-1", transport=transport) as client:
        sent = client.send("a" * 300)
        yield sent.id
        client.peek(sent.link)
        assert client.open(sent.link).data == b"a" * 300


def asked_for(account: Account) -> Iterator[str]:
    """A text of 400 bytes that was asked for: its submitter looks at the request and answers it,
    and the requester reads the receipt for the key.

    Nobody answers within the second: so the answer expires later than the request, and its entry in
    the index by expiry is taken out and put in again.
    """
    asked = call(account, "POST", "/v1/requests", label="API key for staging")
    account.settle()
    account.burnbag.clock.skipped += 1
    path, token = f"/v1/requests/{asked['id']}", asked["submit_token"]
    call(account, "GET", path, token)
    sent = Submission(TEXT.encode())
    call(account, "POST", f"{path}/submit", token, **sent.fields)
    yield asked["id"]
    call(account, "GET", f"/v1/receipts/{asked['id']}", asked["receipt_token"])
    reveal(account, sent.link(asked))
    account.burnbag.clock.skipped -= 1


SCENARIOS: Final[dict[str, Scenario]] = {
    "REST text": rest_text,
    "command text": command_text,
    "file": file,
    "never opened": never_opened,
    "256 KB text": large_text,
    "asked for": asked_for,
}


def create_and_reveal(account: Account, text: str) -> Iterator[str]:
    sealed = create(account, text)
    yield sealed["id"]
    assert json.loads(reveal(account, sealed))["secret"] == text


def create(account: Account, text: str, **fields: Any) -> dict[str, Any]:
    return call(account, "POST", "/v1/secrets", secret=text, **fields)


def call(
    account: Account, method: str, path: str, capability: str | None = None, **fields: Any
) -> dict[str, Any]:
    """A call of JSON, with the token of a capability where it needs one."""
    body = json.dumps(fields).encode() if fields else b""
    event = request(method, path, body, common_headers(capability, "application/json"))
    answer: dict[str, Any] = json.loads(account.request(event)["body"])
    return answer


def reveal(account: Account, sealed: dict[str, Any]) -> str:
    headers = common_headers(sealed["token"], "application/json")
    event = request("POST", f"/v1/secrets/{sealed['id']}/reveal", b"", headers)
    body: str = account.request(event)["body"]
    return body


class InProcess(httpx.BaseTransport):
    """Brings a client's requests to an account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def handle_request(self, asked: httpx.Request) -> httpx.Response:
        path = asked.url.path.removeprefix("/live")
        event = request(asked.method, path, asked.read(), dict(asked.headers))
        answer = self.account.request(event)
        body = httpx.ByteStream(answer["body"].encode())
        return httpx.Response(answer["statusCode"], headers=answer["headers"], stream=body)
