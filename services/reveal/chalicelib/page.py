"""The page that a link leads to: its HTML, its assets, and what it has to know of its stack.

No call of the API needs any of this, so it is imported and read at the first visit. The files lie
in the function's package, and their manifest says which there are: a name is looked up in it, and
never becomes a path. Every visit gets the same, so nothing here can consume a view.
"""

import gzip
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from burnbag_core import http
from burnbag_core.errors import NoSuchFile
from burnbag_format.page import fill_headers
from chalice.app import Request, Response

INDEX: Final = "index.html"
MANIFEST: Final = "manifest.json"
# In the HTML, where the version of the assets belongs.
VERSION: Final = b"{version}"
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# An asset's URL has the version of all of them, so what it leads to never changes.
FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
NOT_AT_ALL: Final = "no-store"


class Page:
    """The page in `folder`; `facts` is all that its config.json tells besides its version."""

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self.folder = folder
        self.facts = facts
        self.compressed: dict[str, bytes] = {}

    def show(self, request: Request) -> Response:
        """The HTML. Its assets are relative to the base, which therefore ends with a slash."""
        path: str = request.context["path"]
        if not path.endswith("/"):
            return self.redirect(path)
        return self.respond(INDEX, request, NOT_AT_ALL)

    def show_asset(self, version: str, name: str, request: Request) -> Response:
        """A file of the page's one version. Raises NoSuchFile."""
        is_known = name == MANIFEST or name in self.manifest["files"]
        if version != self.manifest["version"] or not is_known or name == INDEX:
            raise NoSuchFile
        return self.respond(name, request, FOR_A_YEAR)

    def show_config(self) -> Response:
        """What the page has to know of this stack; all of it is public."""
        facts = {**self.facts, "version": self.manifest["version"]}
        headers = {**self.headers, "Content-Type": "application/json"}
        return http.make_response(json.dumps(facts), 200, headers)

    def redirect(self, path: str) -> Response:
        """To the same place with a slash at its end; a browser takes the fragment along.

        The target is relative, so it can't lead to another host, and holds behind a proxy too.
        """
        target = f"./{quote(path.rpartition('/')[2])}/"
        return http.make_response("", 307, {**self.headers, "Location": target})

    def respond(self, name: str, request: Request, caching: str) -> Response:
        """A file as its bytes, compressed for those who can read that."""
        headers = {
            **self.headers,
            "Cache-Control": caching,
            "Content-Type": MEDIA_TYPES[PurePosixPath(name).suffix],
            "Vary": "Accept-Encoding",
        }
        if accepts_gzip(request):
            headers["Content-Encoding"] = "gzip"
            data = self.compress(name)
        else:
            data = self.read(name)
        return http.respond_bytes(b"" if request.method == "HEAD" else data, headers)

    def compress(self, name: str) -> bytes:
        """A file's bytes, compressed once in the life of this instance."""
        if name not in self.compressed:
            self.compressed[name] = gzip.compress(self.read(name))
        return self.compressed[name]

    def read(self, name: str) -> bytes:
        """A file's bytes as they are served; `name` is one that the manifest knows."""
        data = (self.folder / name).read_bytes()
        if name == INDEX:
            return data.replace(VERSION, str(self.manifest["version"]).encode())
        return data

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads((self.folder / MANIFEST).read_bytes())
        return found

    @cached_property
    def headers(self) -> dict[str, str]:
        """What every answer says of the page, so that a browser allows it no more than it needs."""
        return fill_headers(self.manifest["headers"], self.facts)


def accepts_gzip(request: Request) -> bool:
    """Whether the caller says that it can read gzip (RFC 9110, section 12.5.3)."""
    codings = str(request.headers.get("accept-encoding") or "").lower().split(",")
    for coding in codings:
        name, _, weight = (part.strip() for part in coding.partition(";"))
        if name == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
