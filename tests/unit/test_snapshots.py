"""What a function does before its first request may be done once for many instances (SnapStart)."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from burnbag_core import aws

from tests.support.services import ENVIRON, load

EXPIRED, VALID = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
SERVICES = [
    ("create", "chalicelib.service"),
    ("reveal", "chalicelib.service"),
    *(("reaper", name) for name in ("reap", "sweep", "audit", "stray", "reconcile", "letters")),
]


class Untouched:
    """A client that may be kept, and not be called: a connection would be in the snapshot."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is called before the first request")


@pytest.mark.parametrize(("service", "module"), SERVICES)
def test_nothing_is_called_before_the_first_request(service: str, module: str) -> None:
    build = load(service, module).build
    clock = () if module in ("stray", "letters") else (lambda: 1,)
    assert build(ENVIRON, lambda *_, **__: Untouched(), *clock)


class Credentials(BaseHTTPRequestHandler):
    """Lambda's own endpoint for a snapshot's credentials: new ones at each call."""

    expirations: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        number = len(self.expirations)
        made = {"AccessKeyId": f"key-{number}", "SecretAccessKey": "s", "Token": "t"}
        body = json.dumps(made | {"Expiration": self.expirations.pop(0)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Credentials)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
    aws.session.cache_clear()
    yield url
    aws.session.cache_clear()
    server.shutdown()
    server.server_close()


def test_credentials_that_expired_in_a_snapshot_are_fetched_again(endpoint: str) -> None:
    Credentials.expirations = [EXPIRED, VALID]
    client = aws.client("dynamodb", proxies={})
    signer = client._request_signer
    assert signer._credentials.access_key == "key-1"
    assert Credentials.expirations == []
