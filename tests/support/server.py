"""burnbag in memory, over real HTTP: the services' own routes, a bucket, and faults on demand."""

import base64
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

from multipart import MultipartError, MultipartParser, parse_options_header

from burnbag.links import Link
from tests.support import api
from tests.support.fakes import FakeFiles, FakeKeys
from tests.support.hooks import Hooked, Hooks
from tests.support.memory import MemoryStore
from tests.support.services import ENVIRON, load_app
from tests.support.world import fake_services

BLOCK = 64 * 1024


class HttpFiles(FakeFiles):
    """The bucket, with the URLs by which a client reaches it."""

    def presign_post(self, secret_id: str, size: int, until: int, now: int) -> dict[str, Any]:
        fields = {"key": f"files/{secret_id}", "policy": "signed"}
        return {"url": f"{self.url}/bucket", "fields": fields, "expires_at": until}

    def presign_get(self, secret_id: str, seconds: int) -> str:
        return f"{self.url}/bucket/{secret_id}?signature=1"


@dataclass
class Faults:
    """What goes wrong: each entry once, at the next request whose method and path fit.

    `drop` makes the call and then closes the connection without an answer; `refuse` answers with
    a status instead of making the call; `cut` breaks off a download after so many bytes; `unread`
    closes an upload's connection after reading so many bytes. What the page is made of always
    arrives: when it is asked for its scripts, such as `open/reveal.js`, is chance.
    """

    drop: list[str] = field(default_factory=list)
    refuse: list[tuple[str, int]] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    change: Callable[[bytes], bytes] | None = None
    surplus: bytes = b""
    slow: float = 0.0
    words: bytes = b"{}"
    retry_after: str = ""
    location: str = ""
    # Answers of somebody who is not burnbag: status, headers, body.
    foreign: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)

    def take_drop(self, request: str) -> bool:
        """Whether this request is to stay without an answer."""
        fits = next((f for f in self.drop if f in request), None)
        if fits:
            self.drop.remove(fits)
        return fits is not None

    def take_refusal(self, request: str) -> int | None:
        """The status to refuse this request with, if any."""
        # "/reveal" means the call, not open/reveal.js: an asset is met by a fault that says so.
        asset = "/assets/" in request
        fits = next(
            (f for f in self.refuse if f[0] in request and (not asset or "/assets" in f[0])), None
        )
        if fits:
            self.refuse.remove(fits)
        return fits[1] if fits else None


@dataclass
class Served:
    """A running server: its URL, its stores, the requests it got, and what is to go wrong."""

    url: str
    store: MemoryStore
    files: HttpFiles
    create: ModuleType
    reveal: ModuleType
    hooks: Hooks
    requests: list[str] = field(default_factory=list)
    # Who may come by /signed: an access key's ARN. And by /people: what an id token says.
    signers: dict[str, str] = field(default_factory=dict)
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    # Where people sign in, if they do.
    provider: Any = None
    faults: Faults = field(default_factory=Faults)
    # A Chalice application keeps its current request in itself, so it can only do one at a time.
    lock: Any = field(default_factory=threading.Lock)

    @cached_property
    def page(self) -> Any:
        return api.make_page()

    def reap(self) -> None:
        """Do what the reaper would do."""
        self.files.delete(self.store.removed())
        self.store.settle(self.store.removed(), int(time.time()))


def views_left(server: Served, link: str) -> int:
    """The views that the secret behind `link` has left."""
    return server.store.secrets[Link.parse(link).id].views_left


@contextmanager
def hold_parts(server: Served, after: int) -> Iterator[None]:
    """Store so many parts; what comes later is on its way until the block ends, and then lost."""
    store, numbers, is_over = server.files.store_part, count(), threading.Event()

    def hold(*part: Any) -> None:
        if next(numbers) >= after:
            is_over.wait(120)
            raise ConnectionAbortedError
        store(*part)

    vars(server.files)["store_part"] = hold
    try:
        yield
    finally:
        del vars(server.files)["store_part"]
        is_over.set()


# Places whose burnbag has ended. To begin and end one takes as long as many a test.
idle: list["Place"] = []


@contextmanager
def run_server(handler: type["Handler"] | None = None) -> Iterator[Served]:
    """Run a new and empty burnbag on a free port of 127.0.0.1; with a handler, one of its own."""
    if handler is None:
        place = idle.pop() if idle else start_place(Handler)
        try:
            yield place.begin()
        finally:
            idle.append(place)
    else:
        with run_place(handler) as place:
            yield place.begin()


@contextmanager
def run_place(handler: type["Handler"]) -> Iterator["Place"]:
    """Run a server on a free port of 127.0.0.1, for one burnbag after the other."""
    place = start_place(handler)
    try:
        yield place
    finally:
        place.shutdown()
        place.server_close()


def start_place(handler: type["Handler"]) -> "Place":
    place = Place(("127.0.0.1", 0), handler)
    place.handler = handler
    # How long it takes to notice that it is to end: those that never end need not look.
    look = 60 if handler is Handler else 0.02
    threading.Thread(target=place.serve_forever, args=(look,), daemon=True).start()
    return place


class Place(ThreadingHTTPServer):
    """A server that does not mind when a client goes away."""

    handler: type["Handler"]
    served: Served

    def begin(self) -> Served:
        """A new and empty burnbag, which gets the requests of all connections from now on."""
        store, files, hooks = MemoryStore(), HttpFiles(), Hooks()
        files.url = f"http://127.0.0.1:{self.server_port}"
        url = f"{files.url}/live"
        hooked, clock = Hooked(store, hooks), lambda: int(time.time())
        environ = ENVIRON | {"LINK_BASE_URL": url}
        services = fake_services(hooked, FakeKeys(), files, clock, environ)
        create, reveal = map(load_app, ("create", "reveal"), services)
        self.served = Served(url, store, files, create, reveal, hooks)
        return self.served

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """API Gateway, and as much of S3 as presigned requests need."""

    protocol_version = "HTTP/1.1"
    # A small body would wait 40 ms for the client's word that the headers have arrived.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        # Whatever comes late is of the test whose connection it is.
        self.served: Served = self.server.served  # type: ignore[attr-defined]

    def answer_request(self) -> None:
        request = f"{self.command} {self.path.partition('?')[0]}"
        self.served.requests.append(request)
        if status := self.served.faults.take_refusal(request):
            self.read_body()
            faults = self.served.faults
            said = {"Retry-After": faults.retry_after, "Location": faults.location}
            headers = {name: value for name, value in said.items() if value}
            return self.answer(status, self.served.faults.words, headers)
        if self.served.faults.foreign:
            self.read_body()
            status, headers, body = self.served.faults.foreign.pop(0)
            return self.answer(status, body, headers)
        if self.command == "PUT":
            self.put_part()
        elif self.path.startswith("/bucket/"):
            self.download()
        elif self.path == "/bucket":
            self.upload()
        else:
            self.call(request)

    do_GET = do_POST = do_PUT = do_DELETE = answer_request

    def call(self, request: str) -> None:
        path, _, query = self.path.removeprefix("/live").partition("?")
        body = self.read_body()
        if api.signer_of(self.command, path) and not self.is_signed():
            problem = {"type": "urn:burnbag:problem:forbidden", "title": "Missing signature"}
            return self.answer(403, json.dumps(problem).encode(), {})
        event = api.request(self.command, path, body, dict(self.headers.items()))
        self.identify(path, event["requestContext"])
        event |= api.query_string(parse_qs(query, keep_blank_values=True))
        with self.served.lock:
            found = api.find_function(self.served, self.command, path)(event, None)
        if self.served.faults.take_drop(request):
            self.close_connection = True
            return
        body = found["body"].encode()
        if found.get("isBase64Encoded"):
            body = base64.b64decode(body)
        self.answer(found["statusCode"], body, found["headers"])

    def is_signed(self) -> bool:
        scope = self.headers.get("Authorization", "")
        return scope.startswith("AWS4-HMAC-SHA256 ") and "/execute-api/aws4_request" in scope

    def identify(self, path: str, context: dict[str, Any]) -> None:
        """Say who calls, as API Gateway does: of a signed call who signed it, and of a person's
        what the token says. A token that nobody has made says nothing.
        """
        authorization = self.headers.get("Authorization", "")
        signer = re.search(r"Credential=([^/]+)/", authorization)
        if context["identity"].get("userArn") and signer and signer[1] in self.served.signers:
            context["identity"]["userArn"] = self.served.signers[signer[1]]
        if path.startswith("/people/"):
            claims = self.served.people.get(authorization.removeprefix("Bearer "), {})
            context["authorizer"] = {"claims": claims}

    def read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def upload(self) -> None:
        if "Content-Length" not in self.headers:
            self.close_connection = True
            return self.answer(411, b"<Code>MissingContentLength</Code>", {})
        faults, length = self.served.faults, int(self.headers["Content-Length"])
        if faults.unread:
            self.rfile.read(min(faults.unread.pop(0), length))
            self.close_connection = True
            return
        _, options = parse_options_header(self.headers["Content-Type"])
        limit = 1 << 40
        parser = MultipartParser(
            self.rfile, options["boundary"], length, spool_limit=limit, memory_limit=limit
        )
        try:
            parts = {part.name: part for part in parser}
        except MultipartError:  # The client went away.
            self.close_connection = True
            return
        assert list(parts)[-1] == "file" and "policy" in parts
        secret_id = parts["key"].value.removeprefix("files/")
        if len(parts["file"].raw) != self.served.store.secrets[secret_id].size:
            return self.answer(400, b"<Code>EntityTooSmall</Code>", {})
        self.served.files.put(secret_id, parts["file"].raw)
        self.answer(204, b"", {})

    def put_part(self) -> None:
        """Take a part as S3 does: for the number, length and checksum that were signed."""
        faults, length = self.served.faults, int(self.headers["Content-Length"])
        if faults.unread:
            self.rfile.read(min(faults.unread.pop(0), length))
            self.close_connection = True
            return
        pieces = []
        for start in range(0, length, BLOCK):
            pieces.append(self.rfile.read(min(BLOCK, length - start)))
            time.sleep(faults.slow)
        data = b"".join(pieces)
        asked = parse_qs(self.path.partition("?")[2])
        upload_id, number = asked["uploadId"][0], int(asked["partNumber"][0])
        if upload_id not in self.served.files.uploads:
            return self.answer(404, b"<Code>NoSuchUpload</Code>", {})
        digest = base64.b64encode(sha256(data).digest()).decode()
        if length != int(asked["length"][0]) or digest != self.headers["x-amz-checksum-sha256"]:
            return self.answer(403, b"<Code>SignatureDoesNotMatch</Code>", {})
        self.served.files.store_part(upload_id, number, data)
        self.answer(200, b"", {"ETag": "x"})

    def download(self) -> None:
        """Answer with the bytes from where the Range header says."""
        faults = self.served.faults
        secret_id = self.path.removeprefix("/bucket/").partition("?")[0]
        if secret_id not in self.served.files.objects:
            return self.answer(403, b"<Code>AccessDenied</Code>", {})
        data = self.served.files.objects[secret_id]
        data = faults.change(data) if faults.change else data
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start + len(faults.surplus)))
        self.end_headers()
        end = min(len(data), start + faults.cut.pop(0)) if faults.cut else len(data)
        for begin in range(start, end, BLOCK):
            self.wfile.write(data[begin : min(end, begin + BLOCK)])
            time.sleep(faults.slow)
        if end == len(data):
            self.wfile.write(faults.surplus)
        self.close_connection = end < len(data)

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Do nothing: the requests are in `requests`."""
