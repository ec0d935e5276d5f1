"""API Gateway's events, so that a test calls a service as API Gateway would."""

import atexit
import base64
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from urllib3 import encode_multipart_formdata

from tests.support import described
from tests.support.hooks import Hooks
from tests.support.services import ENVIRON, ROOT, load, load_app
from tools import package

if TYPE_CHECKING:  # it brings moto, which the benchmarks do without
    from tests.support.world import World

ADDRESS = "192.0.2.7"
# What the page's function answers. It has no app that could be asked.
PAGE_CALLS = (
    "GET /",
    "HEAD /",
    "GET /assets/{version}/{file+}",
    "GET /config.json",
    "GET /v1/openapi.json",
    "HEAD /v1/openapi.json",
)
SENDER = "arn:aws:sts::123456789012:assumed-role/orders/1"
# Whose calls come in by /signed, if a test says nothing else.
RECIPIENT = "arn:aws:sts::123456789012:assumed-role/billing/1"
# A recipient's calls: where a secret is, by any of the entrances.
RECIPIENTS = re.compile(
    r"GET /(v1|signed|people)/secrets/[^/]+|POST /(v1|signed|people)/secrets/[^/]+/(reveal|confirm)"
)


@dataclass(frozen=True)
class Answer:
    """What the caller gets."""

    status: int
    headers: dict[str, str]
    text: str = field(repr=False)

    @property
    def body(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed

    @property
    def words(self) -> str:
        """The text without the request's id, which no two answers share."""
        return self.text.replace(self.headers["X-Request-Id"], "")

    @property
    def data(self) -> bytes:
        """The bytes that API Gateway makes of a base64 answer."""
        return base64.b64decode(self.text)

    @property
    def problem(self) -> str:
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.body["status"] == self.status
        assert self.body["request_id"] == self.headers["X-Request-Id"]
        kind: str = self.body["type"]
        return kind.removeprefix("urn:burnbag:problem:")


@dataclass(frozen=True)
class Api:
    """Both services and the page behind one door."""

    world: "World"

    @cached_property
    def create(self) -> ModuleType:
        return load_app("create", self.world.create)

    @cached_property
    def reveal(self) -> ModuleType:
        return load_app("reveal", self.world.reveal_service)

    @cached_property
    def page(self) -> Any:
        return make_page()

    @property
    def hooks(self) -> Hooks:
        return self.world.hooks

    def stored(self, sealed: dict[str, Any]) -> Any:
        """The record of a secret, None where there is none."""
        return self.world.secret(sealed["id"])

    def seal(self, **fields: Any) -> Answer:
        return self.call("POST", "/v1/secrets", fields)

    def sealed(self, **fields: Any) -> dict[str, Any]:
        answer = self.seal(**{"secret": "hunter2", **fields})
        assert answer.status == 201, answer.text
        return answer.body

    def send_file(
        self, data: bytes, name: str = "report.pdf", media_type: str = "", **fields: str
    ) -> Answer:
        parts: dict[str, Any] = {"file": (name, data, media_type or "application/pdf")} | fields
        body, content_type = encode_multipart_formdata(parts)
        return self.call("POST", "/v1/secrets", raw=body, content_type=content_type)

    def send_form(self, fields: list[tuple[str, Any]]) -> Answer:
        """Send a form whose fields may be repeated."""
        body, content_type = encode_multipart_formdata(fields)
        return self.call("POST", "/v1/secrets", raw=body, content_type=content_type)

    def declare(self, **fields: Any) -> Answer:
        return self.call("POST", "/v1/uploads", fields)

    def confirm(
        self, secret_id: str, token: str | None, key: str | None, at: str = "/v1", **who: Any
    ) -> Answer:
        path = f"{at}/secrets/{secret_id}/confirm"
        return self.call("POST", path, token=token, headers=keyed(key), **who)

    def receipt(self, secret_id: str, token: str | None) -> Answer:
        return self.call("GET", f"/v1/receipts/{secret_id}", token=token)

    def signed_receipt(self, secret_id: str, token: str | None) -> Answer:
        headers = {"Accept": "application/jwt"}
        return self.call("GET", f"/v1/receipts/{secret_id}", token=token, headers=headers)

    def keys(self) -> Answer:
        return self.call("GET", "/v1/keys")

    def revoke(self, secret_id: str, token: str | None, signed: bool = True) -> Answer:
        return self.call("DELETE", f"/v1/secrets/{secret_id}", token=token, signed=signed)

    def peek(self, secret_id: str, token: str | None, at: str = "/v1", **who: Any) -> Answer:
        """`at` is the entrance, `who` what API Gateway says of the caller there, as in `call`."""
        return self.call("GET", f"{at}/secrets/{secret_id}", token=token, **who)

    def reveal_secret(
        self,
        secret_id: str,
        token: str | None,
        key: str | None = None,
        accept: str = "*/*",
        at: str = "/v1",
        who: Any = MappingProxyType({}),
        **fields: Any,
    ) -> Answer:
        path, sent = f"{at}/secrets/{secret_id}/reveal", keyed(key) | {"Accept": accept}
        return self.call("POST", path, fields, token=token, headers=sent, **who)

    def call(
        self,
        method: str,
        path: str,
        fields: object = None,
        *,
        token: str | None = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] = MappingProxyType({}),
        signed: bool = True,
        claims: Mapping[str, str] | None = None,
        address: str = ADDRESS,
        by: str | None = None,
        query: Mapping[str, str | list[str]] = MappingProxyType({}),
    ) -> Answer:
        body = raw if raw is not None else json.dumps(fields).encode() if fields else b""
        sent = {**common_headers(token, content_type), **headers}
        event = request(method, path, body, sent)
        if not signed:
            event["requestContext"]["identity"].pop("userArn", None)
        if claims is not None:
            event["requestContext"]["authorizer"] = {"claims": dict(claims)}
        event["requestContext"]["identity"]["sourceIp"] = address
        if by is not None:
            event["requestContext"]["identity"]["userArn"] = by
        event |= query_string(query)
        response = find_function(self, method, path)(event, None)
        assert response["headers"]["X-Request-Id"] == event["requestContext"]["requestId"]
        call = f"{method} {event['resource']}"
        if described.operation(call):
            described.check(call, response)
        return Answer(response["statusCode"], response["headers"], response["body"])


def make_page() -> Any:
    """The page's function, with the page of this checkout."""
    return load("reveal", "page").build(ENVIRON, lay_out_page())


@cache
def lay_out_page() -> Path:
    """A folder with the page as its function's package has it."""
    folder = TemporaryDirectory(prefix="burnbag-page-")
    atexit.register(folder.cleanup)
    for name, data in package.join_web(package.read_page(ROOT)).items():
        Path(folder.name, PurePosixPath(name).name).write_bytes(data)
    return Path(folder.name)


def find_function(door: Any, method: str, path: str) -> Any:
    """The function behind `door` that API Gateway leads a call to."""
    if is_pages(path):
        return door.page
    return door.create.app if is_creates(method, path) else door.reveal.app


def is_senders(method: str, path: str) -> bool:
    own = ("/v1/secrets", "/v1/uploads", "/v1/requests")
    theirs = ("/v1/receipts", "/v1/uploads/")
    is_theirs = method == "DELETE" or path in own or path.startswith(theirs)
    return (is_theirs and path.startswith("/v1/")) or path == "/v1/revocations"


def is_recipients(method: str, path: str) -> bool:
    """Whether it is one of the recipient's calls, by whichever entrance."""
    return RECIPIENTS.fullmatch(f"{method} {path}") is not None


def is_creates(method: str, path: str) -> bool:
    """Whether the create service answers: the sender's calls, of services and of people, and those
    that need no signature.
    """
    people = path.startswith("/people/") and not is_recipients(method, path)
    anyones = path == "/v1/keys" or path.startswith("/v1/requests/")
    return is_senders(method, path) or people or anyones


def signer_of(method: str, path: str) -> str | None:
    """Who has signed a call, if a test says nothing else; None where API Gateway asks for no
    signature, and then tells of none.
    """
    if path.startswith("/signed/"):
        return RECIPIENT
    return SENDER if is_senders(method, path) else None


def is_pages(path: str) -> bool:
    """Whether the page's function answers."""
    return path in ("/", "/config.json", "/v1/openapi.json") or path.startswith("/assets/")


def keyed(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Idempotency-Key": key}


def common_headers(token: str | None, content_type: str) -> dict[str, str]:
    sent = {"Content-Type": content_type, "Accept": "*/*"}
    return sent | {"X-Burnbag-Token": token} if token is not None else sent


def find_resource(path: str) -> tuple[str, dict[str, str]]:
    """The resource that API Gateway finds for a path, and the values of its parameters."""
    if path.startswith("/assets/"):
        _, _, version, file = path.split("/", 3)
        return "/assets/{version}/{file+}", {"version": version, "file": file}
    parts = path.split("/")
    if len(parts) < 4:
        return path or "/", {}
    return "/".join([*parts[:3], "{id}", *parts[4:]]), {"id": parts[3]}


def query_string(query: Mapping[str, str | list[str]]) -> dict[str, Any]:
    """The parts of an event that have the query string; null where there is none."""
    values = {name: [v] if isinstance(v, str) else v for name, v in query.items()}
    last = {name: each[-1] for name, each in values.items()}
    return {
        "queryStringParameters": last or None,
        "multiValueQueryStringParameters": values or None,
    }


def request(method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """An event of API Gateway's Lambda proxy integration, payload format 1.0."""
    resource, parameters = find_resource(path)
    signer = signer_of(method, path)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        **query_string({}),
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "resourcePath": resource,
            "path": f"/live{path}",
            "httpMethod": method,
            "identity": {"sourceIp": ADDRESS} | ({"userArn": signer} if signer else {}),
        },
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }
