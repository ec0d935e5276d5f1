"""page: serve the page that links lead to, its assets, and what it has to know of its stack; and
tell which calls the API has, also to those who asked for one that it has not.

A function of its own, beside the one that reveals: it has no right but to write its log, and calls
nobody. It can answer only with what lies in its own package, so no visit can use anything up, be it
a scanner's or a link preview's. The package has the files as they are served, one behind the other,
and a manifest that says how long each is. A name is looked up in it, and never becomes a path.
"""

import gzip
import json
import logging
import lzma
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from burnbag_core import settings
from burnbag_core.errors import (
    BurnbagError,
    InternalError,
    MethodNotAllowed,
    NoSuchCall,
    NoSuchFile,
    describe,
)
from burnbag_format.page import fill_headers

from description import Description, Stack
from gateway import NOT_AT_ALL, Answer, Visit, respond, respond_bytes, respond_problem

logger = logging.getLogger("burnbag")
# Where the package has the page: see tools/package.py.
FOLDER: Final = Path(__file__).parent / "web"
MANIFEST, FILES, INDEX = "manifest.json", "files.xz", "index.html"
OPENAPI: Final = "openapi.json"
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# An asset's URL has the version of all of them, so what it leads to never changes.
FOR_A_YEAR: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Settings:
    """`page` is what config.json tells of the stack, besides the page's version.

    {"people_auth": null, "sign_in": null, "files_origin": …,
     "brand": {"name", "accent", "logo_url", "imprint_url", "help_url"},
     "limits": {"default_ttl", "min_ttl", "max_ttl", "max_views", "max_secret_bytes", …}}

    The others are for the API's description. What it says of uploads is not what the page may send.
    """

    page: dict[str, Any]
    api_url: str
    create_auth: str
    max_upload_bytes: int

    @property
    def stack(self) -> Stack:
        limits = {**self.page["limits"], "max_upload_bytes": self.max_upload_bytes}
        return Stack(self.api_url, limits, self.create_auth, self.page["people_auth"])


class Files:
    """The page's files as they are served, read at the first visit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.compressed: dict[str, bytes] = {}

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads((self.folder / MANIFEST).read_bytes())
        return found

    @cached_property
    def contents(self) -> Mapping[str, bytes]:
        """Each file by its name. In the package they are compressed together, which takes half."""
        data, found, start = lzma.decompress((self.folder / FILES).read_bytes()), {}, 0
        for name, facts in self.manifest["files"].items():
            found[name] = data[start : start + facts["size"]]
            start += facts["size"]
        return {**found, MANIFEST: (self.folder / MANIFEST).read_bytes()}

    def compress(self, name: str) -> bytes:
        """A file's bytes, compressed once in the life of this instance."""
        if name not in self.compressed:
            self.compressed[name] = gzip.compress(self.contents[name])
        return self.compressed[name]


class Page:
    """The function; `facts` is all that config.json tells besides the page's version."""

    def __init__(self, files: Files, facts: Mapping[str, Any], api: Description) -> None:
        self.files = files
        self.facts = facts
        self.api = api

    def __call__(self, event: Mapping[str, Any], context: object) -> Answer:
        """The Lambda entry point: API Gateway's event of a proxy integration."""
        visit = Visit.of_event(event)
        try:
            answer = self.answer(visit)
        except BurnbagError as error:
            answer = respond_problem(error, visit.id)
        except Exception as error:
            logger.error("unexpected: %s (request %s)", describe(error), visit.id)
            answer = respond_problem(InternalError(), visit.id)
        answer["headers"]["X-Request-Id"] = visit.id
        return answer | {"body": ""} if visit.method == "HEAD" else answer

    def answer(self, visit: Visit) -> Answer:
        """Answer one of the calls that API Gateway leads here.

        Raises NoSuchFile; and NoSuchCall or MethodNotAllowed for what is none.
        """
        match visit.resource, visit.method:
            case "/", "GET" | "HEAD":
                return self.show(visit)
            case "/config.json", "GET":
                return self.show_config()
            case "/v1/openapi.json", "GET" | "HEAD":
                return respond(200, {"Content-Type": "application/json"}, self.api.text)
            case "/assets/{version}/{file+}", "GET":
                return self.show_asset(visit)
        return self.tell_calls(visit)

    def tell_calls(self, visit: Visit) -> Answer:
        """Which methods there are (RFC 9110, section 9.3.7), without a word of CORS: no page of
        another origin may call. Raises NoSuchCall and MethodNotAllowed.
        """
        allowed = self.api.methods_at(visit.asked)
        if not allowed:
            raise NoSuchCall
        if visit.method != "OPTIONS":
            raise MethodNotAllowed(allowed)
        return respond(204, {"Allow": ", ".join(allowed), "X-Content-Type-Options": "nosniff"})

    def show(self, visit: Visit) -> Answer:
        """The HTML. Its assets are relative to the base, which therefore ends with a slash."""
        if not visit.path.endswith("/"):
            return self.redirect(visit.path)
        return self.respond_file(INDEX, visit, NOT_AT_ALL)

    def show_asset(self, visit: Visit) -> Answer:
        """A file of the page's one version. Raises NoSuchFile."""
        version, name = visit.parameters["version"], visit.parameters["file"]
        is_known = name in self.files.contents and name != INDEX
        if version != self.files.manifest["version"] or not is_known:
            raise NoSuchFile
        return self.respond_file(name, visit, FOR_A_YEAR)

    def show_config(self) -> Answer:
        """What the page has to know of this stack; all of it is public."""
        facts = {**self.facts, "version": self.files.manifest["version"]}
        return respond(200, {**self.headers, "Content-Type": "application/json"}, json.dumps(facts))

    def redirect(self, path: str) -> Answer:
        """To the same place with a slash at its end; a browser takes the fragment along.

        The target is relative, so it can't lead to another host, and holds behind a proxy too.
        """
        target = f"./{quote(path.rpartition('/')[2])}/"
        return respond(307, {**self.headers, "Location": target})

    def respond_file(self, name: str, visit: Visit, caching: str) -> Answer:
        """A file as its bytes, compressed for those who can read that."""
        headers = {
            **self.headers,
            "Cache-Control": caching,
            "Content-Type": MEDIA_TYPES[PurePosixPath(name).suffix],
            "Vary": "Accept-Encoding",
        }
        data = self.files.contents[name]
        if visit.accepts_gzip:
            headers["Content-Encoding"] = "gzip"
            data = self.files.compress(name)
        return respond_bytes(data, headers)

    @cached_property
    def headers(self) -> dict[str, str]:
        """What every answer says of the page, so that a browser allows it no more than it needs."""
        return fill_headers(self.files.manifest["headers"], self.facts)


def build(environ: Mapping[str, str], folder: Path = FOLDER) -> Page:
    """The function of one environment, with the page in `folder`. Raises BadSettings."""
    found = settings.read(Settings, environ)
    return Page(Files(folder), found.page, Description(folder / OPENAPI, found.stack))


handler = build(os.environ)
