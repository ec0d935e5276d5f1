"""Writes requests.json: vectors of requests for a secret, their links, and their answers' keys.

HPKE makes a new ephemeral key each time. For vectors it has to be fixed, so RFC 9180 is written out
here once more, by itself; its own example (A.3.1) shows that it is right. Each implementation of a
client reads this file. A vector that has been published never changes.

    PYTHONPATH=client python tests/vectors/generate_requests.py > tests/vectors/requests.json
"""

import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from typing import Any

from burnbag_format.base64url import decode, encode
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from burnbag.links import Link
from burnbag.request_links import AnswerLink, RequestLink, write_link

Vector = dict[str, Any]

BASE = "https://burnbag.example"
# The answer's link is that of link-1.json, whose messages it opens.
ID, TOKEN, LINK_KEY = encode(bytes(range(16))), encode(bytes(range(16, 48))), bytes(range(48, 64))
OTHER_ID = encode(bytes(range(1, 17)))
SUBMIT_TOKEN, RECEIPT_TOKEN = encode(bytes(range(80, 112))), encode(bytes(range(112, 144)))
PRIVATE, OTHER_PRIVATE, EPHEMERAL = (bytes(range(n, n + 32)) for n in (1, 33, 65))
CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
KEM, SUITE = b"KEM\x00\x10", b"HPKE\x00\x10\x00\x01\x00\x01"

# RFC 9180, A.3.1: the recipient's and the ephemeral scalar, and the first three encryptions.
RFC_PRIVATE = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2"
RFC_EPHEMERAL = "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb"
RFC_PUBLIC = (
    "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
    "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
)
RFC_ENC = (
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
    "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
)
RFC_CIPHERTEXT = (
    "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"
)


def vectors() -> Iterator[Vector]:
    yield from hpke_vectors()
    yield from request_links()
    yield from answer_links()
    yield from answers()


def hpke_vectors() -> Iterator[Vector]:
    """RFC 9180's own example. Its additional data is what burnbag leaves empty."""
    info, aad = b"Ode on a Grecian Urn", b"Count-0"
    sealed = seal(
        bytes.fromhex(RFC_PUBLIC[2:]),
        b"Beauty is truth, truth beauty",
        info,
        bytes.fromhex(RFC_EPHEMERAL),
        aad,
    )
    assert sealed.hex() == RFC_ENC + RFC_CIPHERTEXT
    good = {
        "name": "RFC 9180, A.3.1, sequence number 0",
        "what": "hpke",
        "expect": "decrypts",
        "private_key": RFC_PRIVATE,
        "public_key": RFC_PUBLIC,
        "ephemeral_key": RFC_EPHEMERAL,
        "info": info.hex(),
        "aad": aad.hex(),
        "message": RFC_ENC + RFC_CIPHERTEXT,
        "plaintext": b"Beauty is truth, truth beauty".hex(),
    }
    yield good
    bad = {name: good[name] for name in ("what", "private_key", "public_key", "info", "aad")}
    bad |= {"expect": "fails", "message": good["message"]}
    yield bad | {"name": "other information", "info": b"Ode on a Grecian urn".hex()}
    yield bad | {"name": "no additional data", "aad": ""}
    yield bad | {"name": "another private key", **keys_of(OTHER_PRIVATE)}


def keys_of(private: bytes) -> Vector:
    return {"private_key": private.hex(), "public_key": "04" + point_of(private).hex()}


def request_links() -> Iterator[Vector]:
    point = point_of(PRIVATE)
    good = RequestLink(BASE, ID, SUBMIT_TOKEN, point).reveal()
    common: Vector = {"what": "request link"}
    yield common | {
        "name": "a request",
        "expect": "is a link",
        "link": good,
        "id": ID,
        "token": SUBMIT_TOKEN,
        "public_key": point.hex(),
    }
    x, y = point[:32], point[32:]
    wrong_points = {
        "a point that is not on the curve": x + changed(y),
        "no point, but zeros": bytes(64),
        "a coordinate beyond the field": x + (FIELD + 1).to_bytes(32, "big"),
    }
    for name, wrong in wrong_points.items():
        link = write_link(BASE, "request", ID, SUBMIT_TOKEN, wrong)
        yield common | {"name": name, "expect": "is no link", "link": link}
    yield from broken(common, good, 8, {"id": 3, "token": 30, "key": 90, "checksum": 158})
    yield from misplaced(common, good, "request")
    other = good.replace(ID, OTHER_ID)
    yield common | {"name": "another request's id", "expect": "is no link", "link": other}


def answer_links() -> Iterator[Vector]:
    point = point_of(PRIVATE)
    good = AnswerLink(BASE, ID, RECEIPT_TOKEN, PRIVATE, point).reveal()
    common: Vector = {"what": "answer link"}
    yield common | {
        "name": "an answer",
        "expect": "is a link",
        "link": good,
        "id": ID,
        "token": RECEIPT_TOKEN,
        "private_key": PRIVATE.hex(),
        "public_key": point.hex(),
    }
    wrong_keys = {
        "a scalar of zero": bytes(32) + point,
        "a scalar as large as the order": ORDER.to_bytes(32, "big") + point,
        "another scalar's point": PRIVATE + point_of(OTHER_PRIVATE),
        "a point that is not on the curve": PRIVATE + changed(point),
    }
    for name, wrong in wrong_keys.items():
        link = write_link(BASE, "answer", ID, RECEIPT_TOKEN, wrong)
        yield common | {"name": name, "expect": "is no link", "link": link}
    yield from broken(common, good, 7, {"id": 3, "token": 30, "key": 90, "checksum": 200})
    yield from misplaced(common, good, "answer")


def broken(common: Vector, good: str, word: int, typos: dict[str, int]) -> Iterator[Vector]:
    """What becomes of a link on its way. `word` is how long its word is, with the dot."""
    bad = common | {"expect": "is no link"}
    place = good.index("#") + 1 + word
    for name, index in typos.items():
        typo = "x" if good[place + index] != "x" else "y"
        link = good[: place + index] + typo + good[place + index + 1 :]
        yield bad | {"name": f"a typo in the {name}", "link": link}
    yield bad | {"name": "a lost last character", "link": good[:-1]}
    yield bad | {"name": "a character too many", "link": good + "A"}
    yield bad | {"name": "a lost last part", "link": good.rpartition(".")[0]}
    yield bad | {"name": "a part too many", "link": good + "." + good.rpartition(".")[2]}
    text = good.rpartition(".")[2]
    newer = encode(b"\x02" + decode(text, len(text) * 3 // 4)[1:])
    yield bad | {"name": "a newer version", "link": good.replace(text, newer)}


def misplaced(common: Vector, good: str, word: str) -> Iterator[Vector]:
    """Another word, or none; and a link to a secret."""
    bad = common | {"expect": "is no link"}
    other = {"request": "answer", "answer": "request"}[word]
    yield bad | {"name": "the other word", "link": good.replace(f"#{word}.", f"#{other}.")}
    yield bad | {"name": "no word", "link": good.replace(f"#{word}.", "#")}
    secret = Link(BASE, ID, TOKEN, LINK_KEY).reveal()
    yield bad | {"name": "a link to a secret", "link": secret}


def answers() -> Iterator[Vector]:
    """What a submitter seals, and what somebody else may put in its place."""
    plaintext = decode(TOKEN, 32) + LINK_KEY
    good = seal(point_of(PRIVATE), plaintext, info_of(ID), EPHEMERAL)
    answer = AnswerLink(BASE, ID, RECEIPT_TOKEN, PRIVATE, point_of(PRIVATE)).reveal()
    common: Vector = {"what": "answer", "answer": answer}
    yield common | {
        "name": "an answer, which opens link-1.json's messages",
        "expect": "opens",
        "request": RequestLink(BASE, ID, SUBMIT_TOKEN, point_of(PRIVATE)).reveal(),
        "ephemeral_key": EPHEMERAL.hex(),
        "sealed_key": encode(good),
        "link": Link(BASE, ID, TOKEN, LINK_KEY).reveal(),
    }
    point = point_of(PRIVATE)
    bad = common | {"expect": "does not open"}
    wrong = {
        "for another request": seal(point, plaintext, info_of(OTHER_ID), EPHEMERAL),
        "for another key": seal(point_of(OTHER_PRIVATE), plaintext, info_of(ID), EPHEMERAL),
        "without information": seal(point, plaintext, b"", EPHEMERAL),
        "with additional data": seal(point, plaintext, info_of(ID), EPHEMERAL, b"aad"),
        "without the link's key": seal(point, plaintext[:32], info_of(ID), EPHEMERAL),
        "with a byte more": seal(point, plaintext + b"\0", info_of(ID), EPHEMERAL),
        "cut": good[:-1],
        "cut to its ephemeral point": good[:65],
        "nothing": b"",
        "a byte too many": good + b"\0",
        "a changed ephemeral point": good[:1] + changed(good[1:65]) + good[65:],
        "a compressed ephemeral point": b"\x02" + good[1:],
        "no ephemeral point, but zeros": b"\x04" + bytes(64) + good[65:],
        "a changed ciphertext": good[:65] + changed(good[65:]),
    }
    for name, sealed in wrong.items():
        yield bad | {"name": name, "sealed_key": encode(sealed)}


def changed(data: bytes) -> bytes:
    """The same, but for its last bit."""
    return data[:-1] + bytes([data[-1] ^ 1])


def info_of(secret_id: str) -> bytes:
    return b"burnbag/1/request" + decode(secret_id, 16)


def seal(public: bytes, plaintext: bytes, info: bytes, ephemeral: bytes, aad: bytes = b"") -> bytes:
    """RFC 9180 in base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM."""
    enc, recipient = b"\x04" + point_of(ephemeral), b"\x04" + public
    peer = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, recipient)
    shared = load(ephemeral).exchange(ec.ECDH(), peer)
    # Section 4.1
    secret = extract(KEM, b"", b"eae_prk", shared)
    secret = expand(KEM, secret, b"shared_secret", enc + recipient, 32)
    # Section 5.1
    context = b"\0" + extract(SUITE, b"", b"psk_id_hash", b"")
    context += extract(SUITE, b"", b"info_hash", info)
    secret = extract(SUITE, secret, b"secret", b"")
    key = expand(SUITE, secret, b"key", context, 16)
    nonce = expand(SUITE, secret, b"base_nonce", context, 12)
    return enc + AESGCM(key).encrypt(nonce, plaintext, aad)


def extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    """LabeledExtract."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + secret, "sha256")


def expand(suite: bytes, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand, of a single block."""
    assert length <= hashlib.sha256().digest_size
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(secret, labeled + b"\x01", "sha256")[:length]


def load(private: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(private, "big"), CURVE)


def point_of(private: bytes) -> bytes:
    public = load(private).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


if __name__ == "__main__":
    document = {"format": "burnbag request", "version": 1, "vectors": list(vectors())}
    json.dump(document, sys.stdout, indent=1, ensure_ascii=True)
    print()
