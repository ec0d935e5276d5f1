"""The keys of an answer, encrypted so that only who asked can read them: HPKE (RFC 9180).

    suite      = DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM; base mode, no additional data
    info       = "burnbag/1/request" || id (16)
    plaintext  = token (32) || link key (16)
    sealed key = enc (65) || ciphertext (64)

The answer itself is encrypted like any secret's content, with a token and a link key that are made
for it. So whoever opens the sealed key has an ordinary link. Base mode says nothing of who
answered: anybody with the request's link may have (ADR 39).
"""

from typing import Final

from burnbag_format import base64url
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from burnbag.errors import Damaged
from burnbag.links import ID_BYTES, KEY_BYTES, TOKEN_BYTES, Link
from burnbag.request_links import COORDINATE_BYTES, UNCOMPRESSED, AnswerLink

SUITE: Final = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
CURVE: Final = ec.SECP256R1()
SEALED_BYTES: Final = 129
NOT_OPENED: Final = (
    "the answer's key does not open: it was changed, or was not made for this request"
)


def make_pair() -> tuple[bytes, bytes]:
    """A new private scalar, and its point."""
    private = ec.generate_private_key(CURVE)
    scalar = private.private_numbers().private_value
    return scalar.to_bytes(COORDINATE_BYTES, "big"), point_of(private)


def seal_keys(public_key: bytes, secret_id: str, token: str, link_key: bytes) -> bytes:
    """The token and the key of an answer's link, for the holder of the private key alone."""
    plaintext = base64url.decode(token, TOKEN_BYTES) + link_key
    return SUITE.encrypt(plaintext, load_public(public_key), info_of(secret_id))


def open_keys(answer: AnswerLink, sealed: bytes) -> Link:
    """The link that an answer opens by. Raises Damaged."""
    opened = b""
    try:
        if len(sealed) == SEALED_BYTES:
            opened = SUITE.decrypt(sealed, load_private(answer.private_key), info_of(answer.id))
    except (InvalidTag, ValueError):
        opened = b""
    if len(opened) != TOKEN_BYTES + KEY_BYTES:
        raise Damaged(NOT_OPENED)
    token, link_key = opened[:TOKEN_BYTES], opened[TOKEN_BYTES:]
    return Link(answer.base, answer.id, base64url.encode(token), link_key)


def info_of(secret_id: str) -> bytes:
    return b"burnbag/1/request" + base64url.decode(secret_id, ID_BYTES)


def load_public(public_key: bytes) -> ec.EllipticCurvePublicKey:
    """Raises ValueError for what is no point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, UNCOMPRESSED + public_key)


def load_private(private_key: bytes) -> ec.EllipticCurvePrivateKey:
    """Raises ValueError for a scalar that is out of range."""
    return ec.derive_private_key(int.from_bytes(private_key, "big"), CURVE)


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The point, without the byte that says that it is not compressed."""
    public = private.public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
