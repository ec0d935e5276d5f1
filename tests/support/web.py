"""The page's files over HTTP, under the policy that they are served with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from burnbag_format.page import fill_headers

from tests.support.services import ROOT
from tools import emulator, manifest

WEB: Final = ROOT / "web"
# What the machine's own table may have differently.
TYPES: Final = {".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
TESTS: Final = ROOT / "tests" / "page"
NOWHERE_ELSE: Final = {"brand": {"logo_url": None}, "sign_in": None, "files_origin": None}
POLICY: Final = fill_headers(manifest.HEADERS, NOWHERE_ELSE)["Content-Security-Policy"]
BLANK: Final = b"<!doctype html><html lang=en><title>blank</title><link rel=icon href=data:,>"


class Files(SimpleHTTPRequestHandler):
    """Serves web/, tests/page/ below /tests/, and at /blank a document without anything in it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/blank":
            return super().do_GET()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(BLANK)))
        self.end_headers()
        self.wfile.write(BLANK)

    def guess_type(self, path: Any) -> str:
        return TYPES.get(Path(path).suffix) or super().guess_type(path)

    def translate_path(self, path: str) -> str:
        self.directory = str(WEB)
        if path.startswith("/tests/"):
            self.directory, path = str(TESTS), path.removeprefix("/tests")
        return super().translate_path(path)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serve() -> Iterator[str]:
    """The URL of a server on the loopback, without a final slash."""
    with ThreadingHTTPServer((emulator.HOST, 0), partial(Files, directory=str(WEB))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{emulator.HOST}:{server.server_port}"
        finally:
            server.shutdown()
