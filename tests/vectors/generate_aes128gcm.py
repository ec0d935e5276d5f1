"""Writes aes128gcm.json: vectors of RFC 8188, and of what burnbag's clients put inside.

The first two are the RFC's own examples, copied from it. Each implementation of a client reads
this file; a vector that has been published never changes.

    PYTHONPATH=client python tests/vectors/generate_aes128gcm.py > tests/vectors/aes128gcm.json
"""

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

from burnbag_format.base64url import decode
from burnbag_format.content import Description

from burnbag.aes128gcm import RECORD_SIZE, derive, encrypt, header, record_nonce

KEY, SALT = bytes(range(16)), bytes(range(16, 32))
TEXT = b"correct horse battery staple"
SMALL = 25  # of which 8 are data
RFC_KEY, RFC_MESSAGE = (
    "yqdlZ-tYemfogSmv7Ws5PQ",
    "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg",
)
RFC_PADDED_KEY, RFC_PADDED_MESSAGE = (
    "BO3ZVPxUlnLORbVGMpbT1Q",
    "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF"
    "1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA",
)


def vectors() -> Iterator[dict[str, Any]]:
    walrus = b"I am the walrus"
    for section, key, sealed, size in (
        ("3.1", RFC_KEY, RFC_MESSAGE, 53),
        ("3.2", RFC_PADDED_KEY, RFC_PADDED_MESSAGE, 73),
    ):
        name = f"RFC 8188, section {section}"
        yield vector(name, decode(sealed, size), walrus, decode(key, 16))
    for length in (0, 1, 7, 8, 9, 16, 17, 28):
        yield vector(f"{length} bytes in records of 8", message(TEXT[:length]), TEXT[:length])
    padded = start() + record(0, TEXT[:3] + b"\x01" + bytes(5)) + record(1, b"\x02\0\0\0")
    yield vector("padding in both records", padded, TEXT[:3])
    text = Description("text/plain; charset=utf-8").pack() + TEXT
    yield vector("a text, as burnbag sends it", message(text, RECORD_SIZE), text) | {
        "content": {"media_type": "text/plain; charset=utf-8", "filename": "", "data": TEXT.hex()}
    }
    named = Description("application/pdf", "Bericht \u00fcber Z\u00fcrich.pdf")
    yield vector(
        "a file, as burnbag sends it", message(named.pack(), RECORD_SIZE), named.pack()
    ) | {"content": {"media_type": named.media_type, "filename": named.filename, "data": ""}}
    yield from failures()


def failures() -> Iterator[dict[str, Any]]:
    whole = message(TEXT)  # 28 bytes: records of 8, 8, 8 and 4
    head, records = whole[:21], [whole[at : at + SMALL] for at in range(21, len(whole), SMALL)]
    a, b, c, d = records
    yield failure("cut between two records", head + a + b)
    yield failure("cut within a record", whole[:-1])
    yield failure("cut to less than a tag", head + a[:16])
    yield failure("no record at all", head)
    yield failure("a header cut short", head[:20])
    yield failure("nothing", b"")
    yield failure("two records changed places", head + b + a + c + d)
    yield failure("a record repeated", head + a + a + b + c + d)
    yield failure("a record left out", head + b + c + d)
    yield failure("a record after the last", whole + d)
    yield failure("a byte after the last record", whole + b"\0")
    yield failure("the last record says that more follow", start() + record(0, b"abc\x01"))
    early = start() + record(0, TEXT[:7] + b"\x02") + record(1, b"\x02")
    yield failure("a record that is not the last says that it is", early)
    yield failure("a record of zeros alone", start() + record(0, bytes(4)))
    yield failure("a delimiter that is neither", start() + record(0, b"abc\x03"))
    yield failure("a record size without room for data", start(17) + record(0, b"\x02"))
    yield failure("a record size of 0", start(0) + record(0, b"\x02"))
    yield failure("a record size of 2 GiB", start(1 << 31) + record(0, b"abc\x02"))
    for name, at in {"salt": 0, "record size": 19, "first record": 21, "last tag": -1}.items():
        changed = bytearray(whole)
        changed[at] ^= 1
        yield failure(f"a changed bit: {name}", bytes(changed))
    yield failure("another key", whole) | {"key": bytes(16).hex()}


def vector(name: str, sealed: bytes, plaintext: bytes, key: bytes = KEY) -> dict[str, Any]:
    return {
        "name": name,
        "expect": "decrypts",
        "key": key.hex(),
        "message": sealed.hex(),
        "plaintext": plaintext.hex(),
    }


def failure(name: str, sealed: bytes) -> dict[str, Any]:
    return {"name": name, "expect": "fails", "key": KEY.hex(), "message": sealed.hex()}


def message(plaintext: bytes, record_size: int = SMALL) -> bytes:
    return b"".join(encrypt(io.BytesIO(plaintext), KEY, salt=SALT, record_size=record_size))


def start(record_size: int = SMALL) -> bytes:
    return header.pack(SALT, record_size, 0)


def record(sequence: int, padded: bytes) -> bytes:
    cipher, nonce = derive(KEY, SALT)
    return cipher.encrypt(record_nonce(nonce, sequence), padded, None)


if __name__ == "__main__":
    document = {"format": "RFC 8188 aes128gcm", "vectors": list(vectors())}
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")
