"""Calls what formats.js exports, in a page that holds nothing but the page's format modules."""

import io
import random
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from burnbag_format import base64url
from hypothesis import strategies as st
from playwright.sync_api import Page

from burnbag import Link
from burnbag.aes128gcm import decrypt, encrypt

BASE = "https://burnbag.example/live"
# Python's Unicode may be older than the browser's, so nothing that it does not know yet.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cn"])
TEXTS = st.text(CHARACTERS, max_size=40)
CALL = "async ([name, value]) => (await import('/tests/formats.js'))[name](value)"


def to_base64(data: bytes) -> str:
    return b64encode(data).decode()


def from_base64(text: str) -> bytes:
    return b64decode(text, validate=True)


@dataclass(frozen=True)
class Formats:
    """Bytes go in and come out as base64. A case that throws becomes the name of its error."""

    page: Page

    def run(self, name: str, value: Any = None) -> Any:
        return self.page.evaluate(CALL, [name, value])


def seal_whole(data: bytes, key: bytes, **options: Any) -> bytes:
    return b"".join(encrypt(io.BytesIO(data), key, **options))


def open_whole(message: bytes, key: bytes) -> bytes:
    return b"".join(decrypt(io.BytesIO(message), key))


def make_links() -> list[Link]:
    """Links of both versions, and without a key; the first is of the newest."""
    chance = random.Random(12)
    return [
        Link(
            base,
            base64url.encode(chance.randbytes(16)),
            base64url.encode(chance.randbytes(32)),
            key,
            version,
        )
        for base in (BASE, "http://127.0.0.1:4566/_aws/execute-api/abc/live", "http://localhost")
        for key, version in ((chance.randbytes(16), 1), (chance.randbytes(16), 0), (None, 1))
    ]
