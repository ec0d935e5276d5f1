"""A JWS made by hand, held against a library that knows nothing of us."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from burnbag_format import base64url
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import START, FakeSigningKeys
from tests.support.services import load
from tests.support.world import World, memory_world, receipt_of

# The number of points on P-256 (FIPS 186-5); both halves of a signature are below it.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
below_order = st.integers(1, ORDER - 1) | st.integers(1, 2**16)
signatures = load("create", "chalicelib.signatures")


@given(below_order, below_order)
def test_any_signature_of_kms_becomes_64_bytes(r: int, s: int) -> None:
    raw = signatures.join_signature(encode_dss_signature(r, s))
    assert len(raw) == 64
    assert (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")) == (r, s)


def spki(key: Any) -> bytes:
    found: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


@given(below_order)
def test_any_key_becomes_a_jwk_with_coordinates_of_32_bytes(secret: int) -> None:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    jwk = signatures.make_jwk(spki(key))
    assert len(base64url.decode(jwk["x"], 32) + base64url.decode(jwk["y"], 32)) == 64
    assert jwt.PyJWK(jwk).key.public_numbers() == key.public_key().public_numbers()
    assert (jwk["use"], jwk["alg"]) == ("sig", "ES256")


@pytest.mark.parametrize(
    "make",
    [
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP256K1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
)
def test_a_key_on_another_curve_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match="P-256"):
        signatures.make_jwk(spki(make()))


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    """RFC 7638, section 3.1. The order in which the members come does not matter."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    members = {"kty": "RSA", "n": modulus, "e": "AQAB"}
    assert signatures.thumbprint(members) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.fixture(scope="module")
def world() -> World:
    return memory_world()


@given(label=st.text(st.characters(codec="utf-8"), min_size=1), views=st.integers(1, 100))
def test_a_library_verifies_whatever_is_signed(world: World, label: str, views: int) -> None:
    sealed = world.seal(views=views)
    receipt = world.receipt(sealed["id"])
    assert receipt
    keys = FakeSigningKeys(generations=2)
    sender = replace(world.sender, store=OneReceipt(replace(receipt, label=label)))
    signer = signatures.ReceiptSigner(sender, keys)
    signed = signer.sign_receipt(receipt_of(sealed))
    known = jwt.PyJWKSet.from_dict(signer.show_keys())
    header = jwt.get_unverified_header(signed)
    assert header == {
        "alg": "ES256",
        "kid": known.keys[-1].key_id,
        "typ": "burnbag-receipt+jwt",
    }
    claims = jwt.decode(
        signed, known[header["kid"]], algorithms=["ES256"], options={"verify_iat": False}
    )
    assert claims == {
        "iss": "https://burnbag.example",
        "sub": sealed["id"],
        "iat": START,
        "receipt": sender.show_receipt(receipt_of(sealed)),
    }
    assert claims["receipt"]["label"] == label


class OneReceipt:
    """A store of one receipt."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def receipt(self, secret_id: str) -> Any:
        return self.found


def test_what_is_signed_is_true_at_the_second_that_it_states(world: World) -> None:
    """A secret may expire while its receipt is being signed."""
    sealed = world.seal(ttl=60)
    ticks = iter(range(sealed["expires_at"] - 1, sealed["expires_at"] + 9))
    sender = replace(world.sender, clock=lambda: next(ticks))
    signed = signatures.ReceiptSigner(sender, FakeSigningKeys()).sign_receipt(receipt_of(sealed))
    claims = json.loads(jwt.utils.base64url_decode(signed.split(".")[1]))
    assert (claims["iat"], claims["receipt"]["state"]) == (sealed["expires_at"] - 1, "sealed")
