"""Writes link-1.json: vectors of links whose key part is of version 1, and of what is behind them.

Every input is fixed, so that any client can check itself: the page reads this file too. A vector
that has been published never changes.

    PYTHONPATH=client python tests/vectors/generate_link.py > tests/vectors/link-1.json
"""

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

from burnbag_format.base64url import encode
from burnbag_format.content import Description

from burnbag.aes128gcm import encrypt
from burnbag.keys import make_keys
from burnbag.links import Link
from burnbag.padding import padded_size

BASE = "https://burnbag.example"
ID, TOKEN, LINK_KEY = encode(bytes(range(16))), encode(bytes(range(16, 48))), bytes(range(48, 64))
SALT = bytes(range(64, 80))
PASSPHRASE = "p\u00e4ssw\u00f6rd"


def vectors() -> Iterator[dict[str, Any]]:
    text = Description("text/plain; charset=utf-8").pack() + b"correct horse battery staple"
    file = Description("application/pdf", "Bericht.pdf").pack() + bytes(1000)
    yield vector("a text", "text", text)
    yield vector("a file", "file", file)
    yield vector("an upload", "upload", file)
    yield vector("a passphrase", "text", text, PASSPHRASE)
    yield vector("the same, decomposed (NFD)", "text", text, "pa\u0308sswo\u0308rd")
    yield from failures(vector("", "text", text, PASSPHRASE))
    yield from broken_links(Link(BASE, ID, TOKEN, LINK_KEY).reveal())


def vector(name: str, kind: str, content: bytes, passphrase: str | None = None) -> dict[str, Any]:
    keys = make_keys(ID, LINK_KEY, passphrase)
    content_key = keys.content_key(kind)
    message = encrypt(io.BytesIO(content), content_key, salt=SALT, padded_size=padded_size)
    return {
        "name": name,
        "expect": "opens",
        "link": Link(BASE, ID, TOKEN, LINK_KEY).reveal(),
        "kind": kind,
        "passphrase": passphrase,
        "server_half": keys.passphrase,
        "content_key": content_key.hex(),
        "content": content.hex(),
        "message": b"".join(message).hex(),
    }


def failures(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a server may try: the message of one secret as that of another."""
    bad = {"expect": "does not open", "message": good["message"], "passphrase": PASSPHRASE}
    other = Link(BASE, encode(bytes(range(1, 17))), TOKEN, LINK_KEY).reveal()
    yield bad | {"name": "another secret's message", "link": other, "kind": "text"}
    yield bad | {"name": "as another kind", "link": good["link"], "kind": "file"}
    same = bad | {"link": good["link"], "kind": "text"}
    yield same | {"name": "another passphrase", "passphrase": "Password"}
    yield same | {"name": "no passphrase", "passphrase": None}


def broken_links(good: str) -> Iterator[dict[str, Any]]:
    bad = {"expect": "is no link"}
    place = good.index("#") + 1
    for name, index in {"id": 3, "token": 30, "key": 70, "checksum": 88}.items():
        changed = "x" if good[place + index] != "x" else "y"
        typo = good[: place + index] + changed + good[place + index + 1 :]
        yield bad | {"name": f"a typo in the {name}", "link": typo}
    yield bad | {"name": "a lost last character", "link": good[:-1]}
    yield bad | {"name": "a key cut to its older length", "link": good[:-6]}
    yield bad | {"name": "a character too many", "link": good + "A"}


if __name__ == "__main__":
    document = {"format": "burnbag link", "version": 1, "vectors": list(vectors())}
    json.dump(document, sys.stdout, indent=1, ensure_ascii=True)
    print()
