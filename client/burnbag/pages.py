"""The page that people open links in, compared with the one that this package knows.

`page.json` is the manifest of the page that was released with this package: the SHA-256 of each of
its files, and the headers that they are served with. Whatever else a server sends is found out,
but only about the answers that it gives to this caller, now.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

import httpx
from burnbag_format.page import connection_origins, fill_headers, image_origins

from burnbag.deadlines import Deadline
from burnbag.errors import PageDiffers
from burnbag.links import normalize_base
from burnbag.problems import parse_error
from burnbag.results import VerifiedPage
from burnbag.retries import retry
from burnbag.transport import Api

INDEX: Final = "index.html"
CONFIG: Final = "config.json"
MANIFEST: Final = "manifest.json"
VERSION: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
# No file of the page is nearly as large, and no list of them as long.
LARGEST: Final = 1024 * 1024
LONGEST_LIST, LONGEST_NAME = 200, 100
# What would let the page load, keep or do something that its files do not ask for.
UNWANTED: Final = ("Link", "Refresh", "Service-Worker-Allowed", "Set-Cookie")
# By these alone, a server can't tell this from a browser that visits the page.
BROWSER: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Safari/537.36"
)
HEADERS: Final = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en-US,en;q=0.9",
}
# Of an answer that was decoded, these are no longer true.
DECODED: Final = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})
WRONG: Final = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
Facts = dict[str, Any]


def verify_page(
    url: str,
    *,
    user_agent: str = BROWSER,
    timeout: float = 30.0,
    transport: httpx.BaseTransport | None = None,
) -> VerifiedPage:
    """Check that the page at `url` is the one of this package, to the last byte.

    That is the HTML, every file that it may load, and the headers that limit it. What the page may
    talk to besides its own server is in the result, for you to judge: it is another in each stack.

    Raises PageDiffers, which says what differs; LinkError for a URL that is none; Unavailable or
    Refused where the server gives no answer.

    >>> verify_page(url).connections
    ('https://files.s3.amazonaws.com',)
    """
    api = Api(url, None, None, timeout, transport)
    try:
        return Comparison(api, normalize_base(url), user_agent, read_known()).compare()
    finally:
        api.close()


def read_known() -> bytes:
    """The manifest of the page that this package knows."""
    return (resources.files("burnbag") / "page.json").read_bytes()


@dataclass
class Comparison:
    """A page that is being compared with `known`; `differences` are what was found by file."""

    api: Api
    base: str
    user_agent: str
    known: bytes
    differences: dict[str, str] = field(default_factory=dict)

    def compare(self) -> VerifiedPage:
        """Raises PageDiffers, Unavailable or Refused."""
        manifest = json.loads(self.known)
        files = {name: facts["sha256"] for name, facts in manifest["files"].items()}
        facts, headers = self.read_facts(manifest)
        # The HTML says which assets are loaded. Where it is another, look at those of its version.
        is_known = self.check(INDEX, "/", files.pop(INDEX), headers)
        version = manifest["version"] if is_known else facts.get("version")
        if not isinstance(version, str) or not VERSION.fullmatch(version):
            version = manifest["version"]
        for name, digest in files.items():
            self.check(name, f"/assets/{version}/{name}", digest, headers)
        self.check_list(version, {*files, INDEX}, headers)
        if self.differences:
            raise PageDiffers(self.differences)
        return VerifiedPage(
            url=f"{self.base}/",
            version=version,
            files=1 + len(files),
            connections=tuple(connection_origins(facts)),
            images=tuple(image_origins(facts)),
            facts=facts,
        )

    def read_facts(self, manifest: Mapping[str, Any]) -> tuple[Facts, dict[str, str]]:
        """What config.json says, and the headers that the page of such a stack has."""
        try:
            facts = json.loads(self.fetch(f"/{CONFIG}").content)
            headers = fill_headers(manifest["headers"], facts)
        except WRONG:
            self.note(CONFIG, "is missing, or not burnbag's")
            return {}, {}
        if facts.get("version") != manifest["version"]:
            self.note(CONFIG, f"says that this is version {str(facts.get('version'))[:64]}")
        return facts, headers

    def check(self, name: str, path: str, digest: str, headers: Mapping[str, str]) -> bool:
        """Whether a file is what it should be, with these headers; if not, it is noted."""
        answer = self.fetch(path)
        if answer.status_code != 200:
            self.note(name, f"is missing (the server answers {answer.status_code})")
            return False
        is_same = hash_of(answer.content) == digest
        if not is_same:
            self.note(name, "differs")
        for header in headers:
            if ", ".join(answer.headers.get_list(header)) != headers[header]:
                self.note(name, f"has another {header}")
        for header in UNWANTED:
            if header in answer.headers:
                self.note(name, f"has the header {header}")
        return is_same

    def check_list(self, version: str, names: set[str], headers: Mapping[str, str]) -> None:
        """Note which further files the server says that its page has."""
        path = f"/assets/{version}/{MANIFEST}"
        if self.check(MANIFEST, path, hash_of(self.known), headers):
            return
        try:
            listed = map(str, json.loads(self.fetch(path).content)["files"])
        except WRONG:
            return
        for name in sorted(set(listed) - names)[:LONGEST_LIST]:
            self.note(name[:LONGEST_NAME], "is extra")

    def note(self, name: str, what: str) -> None:
        before = self.differences.get(name)
        self.differences[name] = f"{before}, {what}" if before else what

    def fetch(self, path: str) -> httpx.Response:
        """A file as a browser would get it. Raises Unavailable or Refused."""
        answer = retry(lambda: self.ask(path))
        if answer.status_code >= 500 or answer.status_code == 429:
            raise parse_error(answer, self.base)
        return answer

    def ask(self, path: str) -> httpx.Response:
        """Ask once, and read the answer by a deadline. No redirect is followed."""
        headers = {**HEADERS, "User-Agent": self.user_agent}
        request = self.api.http.build_request("GET", self.base + path, headers=headers)
        with self.api.limit() as deadline, closing(self.api.send(request)) as response:
            body = read_decoded(response, deadline)
        kept = [pair for pair in response.headers.raw if pair[0].lower() not in DECODED]
        return httpx.Response(response.status_code, headers=kept, content=body)


def read_decoded(response: httpx.Response, deadline: Deadline) -> bytes:
    """The body of an answer; nothing if it is too large, or can't be decoded.

    Raises httpx's errors if it is slow.
    """
    body = bytearray()
    try:
        for piece in response.iter_bytes():
            body += piece
            if len(body) > LARGEST:
                return b""
            if deadline.left() <= 0:
                raise httpx.ReadTimeout("too slow", request=response.request)
    except httpx.DecodingError:
        return b""
    return bytes(body)


def hash_of(data: bytes) -> str:
    """As the manifest has it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
