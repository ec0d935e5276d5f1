"""Calls what formats.js exports, in a page that holds nothing but the page's format modules."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

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
