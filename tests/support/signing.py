"""Calls that are signed with SigV4: a server that records them, and a check of the signature.

The check is botocore's own signer over what arrived: it shares nothing with curl or the emulator.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


@dataclass(frozen=True)
class Arrived:
    """A request as it came over the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    def verify(self, credentials: Credentials) -> bool:
        """Whether the signature is that of this method, path, query, headers and body."""
        given = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request,"
            r" ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})",
            self.headers["authorization"],
        )
        assert given, self.headers["authorization"]
        key, region, service, names, signature = given.groups()
        signed = {name: self.headers[name] for name in names.split(";")}
        request: Any = AWSRequest(self.method, self.url, headers=signed, data=self.body)
        request.context["timestamp"] = self.headers["x-amz-date"]
        signer = SigV4Auth(credentials, service, region)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return key == credentials.access_key and signature == signer.signature(text, request)


@dataclass
class Recorder:
    url: str
    arrived: list[Arrived] = field(default_factory=list)


@contextmanager
def recorder() -> Iterator[Recorder]:
    """A server on the loopback that accepts everything and remembers it."""

    class Handler(BaseHTTPRequestHandler):
        def record(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.arrived.append(Arrived(self.command, found.url + self.path, headers, body))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_DELETE = record

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Recorder(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
