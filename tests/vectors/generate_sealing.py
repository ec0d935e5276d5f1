"""Writes sealing-3.json: the published vectors of burnbag's sealed format, version 3.

Every input is fixed, so that anyone can check an implementation of their own. Run it only when
a new version of the format is published; a vector that has been published never changes.

    PYTHONPATH=core:client python tests/vectors/generate_sealing.py > tests/vectors/sealing-3.json
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from burnbag_core.header import FREEZE, NEWEST, Header
from burnbag_core.sealing import Content, KeyMaterial, seal
from burnbag_format.base64url import encode

DATA_KEY = bytes(range(32))
TOKEN = bytes(range(32, 64))
SALT = bytes(range(64, 80))
NONCE = bytes(range(80, 92))
HEADER = Header(encode(bytes(range(96, 112))), "text", 1_800_000_000, 1_800_086_400, 1, False)
TEXT = Content(b"correct horse battery staple", "text/plain; charset=utf-8")
FILE = Content(b"", "application/pdf", "Bericht \u00fcber Z\u00fcrich.pdf")
EMPTY = Content(b"", "application/octet-stream")
NAMED = (
    "@example.com",
    "ada@example.org",
    "arn:aws:iam::123456789012:role/billing",
    "arn:aws:iam::123456789012:user/ada",
)


def vectors() -> Iterator[dict[str, Any]]:
    plain = KeyMaterial(DATA_KEY, TOKEN)
    locked = KeyMaterial(DATA_KEY, TOKEN, "p\u00e4ssw\u00f6rd", SALT)
    with_passphrase = replace(HEADER, passphrase=True)
    yield vector("a text", HEADER, TEXT, plain)
    yield vector("a text of no bytes", HEADER, EMPTY, plain)
    yield vector("a file's name and media type", replace(HEADER, kind="file"), FILE, plain)
    yield vector("many views", replace(HEADER, max_views=100), TEXT, plain)
    yield vector("encrypted by its sender", replace(HEADER, encrypted=True), TEXT, plain)
    frozen = replace(with_passphrase, on_lock=FREEZE)
    yield vector("a passphrase that freezes", frozen, TEXT, locked)
    yield vector("a passphrase", with_passphrase, TEXT, locked)
    yield vector("one recipient", replace(HEADER, recipients=NAMED[:1]), TEXT, plain)
    named = replace(HEADER, recipients=NAMED)
    yield vector("several recipients", named, TEXT, plain)
    decomposed = replace(locked, passphrase="pa\u0308sswo\u0308rd")
    yield vector("the same passphrase, decomposed (NFD)", with_passphrase, TEXT, decomposed)
    yield from failures(vector("", HEADER, TEXT, plain))
    yield from failures(vector("", with_passphrase, TEXT, locked))
    yield from other_recipients(vector("", named, TEXT, plain))


def vector(name: str, header: Header, content: Content, keys: KeyMaterial) -> dict[str, Any]:
    sealed = seal(header, content, keys, random=lambda length: NONCE[:length])
    return {
        "name": name,
        "expect": "opens",
        "header": vars(header),
        "data_key": keys.data_key.hex(),
        "token": keys.token.hex(),
        "passphrase": keys.passphrase,
        "salt": keys.salt.hex() if keys.salt else None,
        "sealed": sealed.hex(),
        "content": {
            "data": content.data.hex(),
            "media_type": content.media_type,
            "filename": content.filename,
        },
    }


def failures(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each input in turn is another one, and the sealed bytes must not open."""
    bad = {key: value for key, value in good.items() if key != "content"} | {"expect": "fails"}
    kind = "with a passphrase" if good["passphrase"] else "without a passphrase"
    other = {
        "id": encode(bytes(range(97, 113))),
        "kind": "upload",
        "created_at": HEADER.created_at - 1,
        "expires_at": HEADER.expires_at + 1,
        "max_views": 2,
        "passphrase": not good["header"]["passphrase"],
        "encrypted": True,
        "on_lock": FREEZE,
        "version": 1,
        "recipients": NAMED[:1],
    }
    for field, value in other.items():
        changed = good["header"] | {field: value}
        yield bad | {"name": f"another {field}, {kind}", "header": changed}
    for field in ("data_key", "token") + (("salt",) if good["salt"] else ()):
        yield bad | {"name": f"another {field}, {kind}", field: flipped(good[field], 0)}
    if good["passphrase"]:
        yield bad | {"name": "another passphrase", "passphrase": "Password"}
        yield bad | {"name": "no passphrase where one is set", "passphrase": None}
    length = len(good["sealed"]) // 2
    for place, index in {"version": 0, "nonce": 1, "ciphertext": 13, "tag": length - 1}.items():
        yield bad | {"name": f"a changed {place}, {kind}", "sealed": flipped(good["sealed"], index)}
    yield bad | {"name": f"a lost last byte, {kind}", "sealed": good["sealed"][:-2]}
    yield bad | {"name": f"a byte too many, {kind}", "sealed": good["sealed"] + "00"}
    for version in (1, 2):
        older = good["header"] | {"version": version}
        as_older = f"0{version}" + good["sealed"][2:]
        yield bad | {"name": f"as version {version}, {kind}", "header": older, "sealed": as_older}
    yield bad | {"name": f"nothing but the version, {kind}", "sealed": "03"}
    yield bad | {"name": f"nothing at all, {kind}", "sealed": ""}


def other_recipients(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Somebody has changed who may open it, and the sealed bytes must not open."""
    bad = {key: value for key, value in good.items() if key != "content"} | {"expect": "fails"}
    lists = {
        "nobody is named any more": (),
        "one is taken away": NAMED[1:],
        "one is added": (*NAMED, "eve@example.net"),
        "one is another": ("@example.net", *NAMED[1:]),
        "they are in another order": tuple(reversed(NAMED)),
        "one is there twice": (NAMED[0], *NAMED),
        "two have become one": (NAMED[0] + NAMED[1], *NAMED[2:]),
    }
    for name, recipients in lists.items():
        yield bad | {"name": name, "header": good["header"] | {"recipients": recipients}}
    older = good["header"] | {"version": 2, "recipients": ()}
    as_older = "02" + good["sealed"][2:]
    yield bad | {"name": "as version 2, which names nobody", "header": older, "sealed": as_older}


def flipped(text: str, index: int) -> str:
    data = bytearray.fromhex(text)
    data[index] ^= 1
    return data.hex()


if __name__ == "__main__":
    document = {"format": "burnbag sealed secret", "version": NEWEST, "vectors": list(vectors())}
    json.dump(document, sys.stdout, indent=1, ensure_ascii=True)
    print()
