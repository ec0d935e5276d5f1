"""An HTTP server on the loopback that others call, such as a webhook, and that keeps the calls."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tools import emulator


@dataclass(frozen=True)
class Call:
    """One call; `headers` by their names in small letters."""

    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Endpoint(ThreadingHTTPServer):
    """The calls that have come, the oldest first."""

    def __init__(self) -> None:
        super().__init__((emulator.HOST, 0), Answer)
        self.calls: list[Call] = []

    @property
    def url(self) -> str:
        return f"http://{emulator.HOST}:{self.server_port}"

    def called(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]


class Answer(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.calls.append(Call(self.path, headers, body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ok": true}')

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serve() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        threading.Thread(target=endpoint.serve_forever, daemon=True).start()
        yield endpoint
        endpoint.shutdown()
