"""page: serve the page that links lead to, its assets, and what it has to know of its stack.

A function of its own, beside the one that reveals: it has no right but to write its log, and calls
nobody. It can answer only with what lies in its own package, so no visit can use anything up, be it
a scanner's or a link preview's. The package has the files as they are served, one behind the other,
and a manifest that says how long each is. A name is looked up in it, and never becomes a path.
"""

import base64
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
from burnbag_core.errors import BurnbagError, InternalError, NoSuchFile, describe
from burnbag_format.page import fill_headers

logger = logging.getLogger("burnbag")
# Where the package has the page: see tools/package.py.
FOLDER: Final = Path(__file__).parent / "web"
MANIFEST, FILES, INDEX = "manifest.json", "files.xz", "index.html"
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
Answer = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """`page` is what config.json tells of the stack, besides the page's version.

    {"people_auth": null, "sign_in": null, "files_origin": …,
     "brand": {"name", "accent", "logo_url", "imprint_url", "help_url"},
     "limits": {"default_ttl", "min_ttl", "max_ttl", "max_views", "max_secret_bytes", …}}
    """

    page: dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """What API Gateway says of a request; `accepted` are the codings that the caller can read."""

    id: str
    resource: str
    method: str
    path: str
    parameters: Mapping[str, str]
    accepted: str

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> "Visit":
        headers = {name.lower(): value for name, value in (event["headers"] or {}).items()}
        return cls(
            event["requestContext"]["requestId"],
            event["resource"],
            event["httpMethod"],
            event["requestContext"]["path"],
            event["pathParameters"] or {},
            headers.get("accept-encoding", ""),
        )

    @property
    def accepts_gzip(self) -> bool:
        """Whether the caller says that it can read gzip (RFC 9110, section 12.5.3)."""
        for coding in self.accepted.lower().split(","):
            name, _, weight = (part.strip() for part in coding.partition(";"))
            if name == "gzip":
                return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
        return False


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

    def __init__(self, files: Files, facts: Mapping[str, Any]) -> None:
        self.files = files
        self.facts = facts

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
        return answer

    def answer(self, visit: Visit) -> Answer:
        """Answer one of the calls that API Gateway leads here. Raises NoSuchFile."""
        match visit.resource:
            case "/":
                return self.show(visit)
            case "/config.json":
                return self.show_config()
            case "/assets/{version}/{file+}":
                return self.show_asset(visit)
        raise NoSuchFile

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
        body = b"" if visit.method == "HEAD" else data
        answer = respond(200, headers, base64.b64encode(body).decode())
        return {**answer, "isBase64Encoded": True}

    @cached_property
    def headers(self) -> dict[str, str]:
        """What every answer says of the page, so that a browser allows it no more than it needs."""
        return fill_headers(self.files.manifest["headers"], self.facts)


def respond_problem(error: BurnbagError, request_id: str) -> Answer:
    """The problem document (RFC 9457) that tells a caller of `error`."""
    headers = {"Content-Type": "application/problem+json", "X-Content-Type-Options": "nosniff"}
    document = error.problem() | {"request_id": request_id}
    return respond(error.status, headers, json.dumps(document))


def respond(status: int, headers: Mapping[str, str], body: str = "") -> Answer:
    """An answer for API Gateway. It is cached nowhere, unless `headers` say so."""
    return {"statusCode": status, "headers": {"Cache-Control": NOT_AT_ALL, **headers}, "body": body}


def build(environ: Mapping[str, str], folder: Path = FOLDER) -> Page:
    """The function of one environment, with the page in `folder`. Raises BadSettings."""
    return Page(Files(folder), settings.read(Settings, environ).page)


handler = build(os.environ)
