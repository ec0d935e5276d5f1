"""The page beside a burnbag in memory, at one origin, with the headers that it is served with."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from burnbag_format.page import fill_headers

from burnbag import keys
from tests.support.server import Handler, Served, run_server
from tests.support.web import WEB
from tools import manifest

VERSION: Final = "version-of-tests"
# A passphrase costs the page what it costs the client: nearly nothing, or all of it.
KEYS: Final = "scripts/format/keys.js"
ROUNDS: Final = b"const ROUNDS = 600_000;"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
FACTS: Final[dict[str, Any]] = {
    "people_auth": None,
    "sign_in": None,
    "files_origin": None,
    "brand": {
        "name": "burnbag",
        "accent": "#a8321c",
        "logo_url": None,
        "imprint_url": "https://example.com/imprint",
        "help_url": "https://example.com/help",
    },
    "limits": {},
    "version": VERSION,
}


class PageHandler(Handler):
    """What API Gateway and the services answer, and the page."""

    facts: ClassVar[Mapping[str, Any]] = FACTS

    def parse_request(self) -> bool:
        """A page that stays loaded asks one burnbag after the other by the same connection."""
        self.served = self.server.served  # type: ignore[attr-defined]
        return super().parse_request()

    def call(self, request: str) -> None:
        method, _, path = request.partition(" /live")
        if method != "GET" or path.startswith(("/v1/", "/people/")):
            return super().call(request)
        if path == "/config.json":
            return self.answer_page(json.dumps(self.facts).encode(), ".json")
        name = path.removeprefix(f"/assets/{VERSION}/") if path != "/" else "index.html"
        file = WEB / name.lstrip("/")
        if not file.is_file():
            return self.answer(404, b"{}", {"Content-Type": "application/json"})
        data = file.read_bytes()
        if path == "/":
            data = data.replace(b"{version}", VERSION.encode())
        if name == KEYS:
            assert data.count(ROUNDS) == 1
            data = data.replace(ROUNDS, b"const ROUNDS = %d;" % keys.ROUNDS)
        self.answer_page(data, file.suffix)

    def answer_page(self, data: bytes, suffix: str) -> None:
        headers = fill_headers(manifest.HEADERS, self.facts)
        # An asset's URL has the version of all of them, so what it leads to never changes.
        kept = "immutable, max-age=31536000" if "/assets/" in self.path else "no-store"
        headers |= {"Content-Type": TYPES[suffix], "Cache-Control": kept}
        self.answer(200, data, headers)


@contextmanager
def run_page() -> Iterator[Served]:
    """A new and empty burnbag with its page; links of its secrets lead to the page."""
    with run_server(PageHandler) as served:
        yield served
