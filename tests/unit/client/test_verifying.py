"""What a signed receipt must be to prove something, and all that proves nothing."""

import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm

from burnbag import Burnbag, ConfigurationError, NotFound, NotVerified, Unavailable, verify_receipt
from burnbag.answers import parse_receipt
from burnbag.verifying import LARGEST
from tests.support.server import Served
from tests.support.signatures import CLAIMS, RECEIPT, Signer, encode

SIGNER, STRANGER = Signer(), Signer()
KEYS = SIGNER.keys()
GENUINE = SIGNER.sign()
TYPE = "burnbag-receipt+jwt"


def test_a_genuine_receipt_says_who_signed_it_when_and_what_became_of_the_secret() -> None:
    found = verify_receipt(GENUINE, KEYS)
    assert (found.issuer, found.key_id) == ("https://burnbag.example", "key-1")
    assert found.signed_at == datetime(2027, 1, 15, 8, 3, 20, tzinfo=UTC)
    assert found.receipt == parse_receipt(RECEIPT)


def test_a_receipt_of_an_old_key_is_as_good() -> None:
    old, new = Signer("old"), Signer("new")
    keys = {"keys": [old.jwk(), new.jwk()]}
    assert verify_receipt(old.sign(), keys).key_id == "old"
    assert verify_receipt(new.sign(), keys).key_id == "new"


def unsigned(signature: str = "", alg: str = "none") -> str:
    header = encode({"alg": alg, "kid": "key-1", "typ": TYPE})
    return f"{header}.{encode(CLAIMS)}.{signature}"


def by_hmac(secret: bytes, alg: str = "HS256") -> str:
    """Signed with a public key as if it were a shared secret. PyJWT refuses to make that."""
    text = unsigned(alg=alg)[:-1]
    half = hmac.digest(secret, text.encode(), hashlib.sha256)
    return f"{text}.{encode(half + half)}"


def public(encoding: Encoding) -> bytes:
    form = PublicFormat.SubjectPublicKeyInfo
    found: bytes = SIGNER.key.public_key().public_bytes(encoding, form)
    return found


def swapped() -> str:
    """What one receipt says, with the genuine signature of another."""
    other = SIGNER.sign({**CLAIMS, "iat": 1})
    return ".".join([*GENUINE.split(".")[:2], other.split(".")[2]])


def changed(**claims: Any) -> str:
    header, _, signature = GENUINE.split(".")
    return ".".join([header, encode({**CLAIMS, **claims}), signature])


def own_key(**header: Any) -> str:
    """Signed by a stranger, who brings the key or says where it is."""
    return STRANGER.sign(kid="key-1", **header)


WRONG_SIGNATURE = "the signature is wrong"
NO_RECEIPT = "this is no signed receipt"
NOT_ES256 = "this is not signed by ES256"
UNKNOWN_KEY = "none of these keys"
FORGED: dict[str, tuple[str, str]] = {
    "by a stranger": (STRANGER.sign(), WRONG_SIGNATURE),
    "by a stranger, with the key": (own_key(jwk=STRANGER.jwk()), WRONG_SIGNATURE),
    "by a stranger, with a URL": (own_key(jku="https://evil.example/"), WRONG_SIGNATURE),
    "by a stranger, with a certificate": (own_key(x5c=["MII"], x5u="http://x"), WRONG_SIGNATURE),
    "by an unknown key": (SIGNER.sign(kid="key-2"), UNKNOWN_KEY),
    "without a key id": (SIGNER.sign(kid=None), NO_RECEIPT),
    "a key id that is no text": (SIGNER.sign(kid=5), NO_RECEIPT),
    "alg ES384": (SIGNER.sign(alg="ES384"), NOT_ES256),
    "a payload beside it": (SIGNER.sign(b64=False), NO_RECEIPT),
    "other payload": (changed(iat=1), WRONG_SIGNATURE),
    "other receipt": (changed(receipt={**RECEIPT, "state": "sealed"}), WRONG_SIGNATURE),
    "another one's signature": (swapped(), WRONG_SIGNATURE),
    "a signature of zeros": (unsigned(encode(bytes(64)), "ES256"), WRONG_SIGNATURE),
    "a signature of ones": (unsigned(encode(b"\xff" * 64), "ES256"), WRONG_SIGNATURE),
    "no signature": (unsigned(), NO_RECEIPT),
    "alg none": (unsigned(encode(bytes(64))), NOT_ES256),
    "alg None": (unsigned(encode(bytes(64)), "None"), NOT_ES256),
    "alg es256": (unsigned(encode(bytes(64)), "es256"), NOT_ES256),
    "alg empty": (unsigned(encode(bytes(64)), ""), NOT_ES256),
    "HMAC with the key in PEM": (by_hmac(public(Encoding.PEM)), NOT_ES256),
    "HMAC with the key in DER": (by_hmac(public(Encoding.DER)), NOT_ES256),
    "HMAC as ES256": (by_hmac(public(Encoding.DER), "ES256"), WRONG_SIGNATURE),
    "another type": (SIGNER.sign(typ="JWT"), NO_RECEIPT),
    "no type": (SIGNER.sign(typ=None), NO_RECEIPT),
    "a critical extension": (SIGNER.sign(crit=["b64"], b64=True), NO_RECEIPT),
    "a padded signature": (f"{GENUINE}==", NO_RECEIPT),
    "a short signature": (GENUINE[:-2], NO_RECEIPT),
    "four parts": (f"{GENUINE}.{GENUINE.split('.')[2]}", NO_RECEIPT),
    "two parts": (GENUINE.rpartition(".")[0], NO_RECEIPT),
    "a newline within": (GENUINE.replace(".", ".\n", 1), NO_RECEIPT),
    "other letters": (GENUINE.replace(".", ".\N{GREEK SMALL LETTER PI}", 1), NO_RECEIPT),
    "nothing": ("", NO_RECEIPT),
    "a receipt": (json.dumps(RECEIPT), NO_RECEIPT),
    "a header that is no JSON": (f"{encode(b'x')}.{GENUINE.partition('.')[2]}", NO_RECEIPT),
    "a header that is no object": (f"{encode(b'[]')}.{GENUINE.partition('.')[2]}", NO_RECEIPT),
    "a header that is no text": (f"{encode(bytes([255]))}.{GENUINE.partition('.')[2]}", NO_RECEIPT),
    "a deep header": (f"{encode(b'[' * 99_999)}.{GENUINE.partition('.')[2]}", NO_RECEIPT),
    "too large": (SIGNER.sign({**CLAIMS, "more": "x" * LARGEST}), NO_RECEIPT),
}  # fmt: skip


@pytest.mark.parametrize(("forged", "why"), FORGED.values(), ids=FORGED)
def test_a_forged_receipt_proves_nothing(forged: str, why: str) -> None:
    with pytest.raises(NotVerified, match=why) as caught:
        verify_receipt(forged, KEYS)
    assert caught.value.__cause__ is None


@given(st.integers(0, len(GENUINE) - 1), st.sampled_from("ABCDEFGHabcdefgh01234567-_.=~ "))
def test_no_character_of_it_can_be_another_one(place: int, character: str) -> None:
    other = GENUINE[:place] + character + GENUINE[place + 1 :]
    if other != GENUINE:
        with pytest.raises(NotVerified):
            verify_receipt(other, KEYS)


NO_RECEIPTS: dict[str, object] = {
    "no JSON": b"x",
    "no text": b"\xff",
    "no object": [],
    "nothing": b"{}",
    "deep": b"[" * 99_999,
    "no receipt": {"iss": "x", "sub": "x", "iat": 1},
    "of another secret": {**CLAIMS, "sub": "B" * 22},
    "an issuer that is no text": {**CLAIMS, "iss": 5},
    "a time that is no number": {**CLAIMS, "iat": "now"},
    "a time that is no time": {**CLAIMS, "iat": 10**30},
    "a time that is not finite": b'{"iss": "x", "sub": "x", "iat": NaN, "receipt": {}}',
    "views that are none": {**CLAIMS, "receipt": {**RECEIPT, "views": 5}},
}


@pytest.mark.parametrize("claims", NO_RECEIPTS.values(), ids=NO_RECEIPTS)
def test_what_is_signed_and_no_receipt_proves_nothing(claims: object) -> None:
    with pytest.raises(NotVerified, match="can't read what it signs"):
        verify_receipt(SIGNER.sign(claims), KEYS)


def test_the_receipt_of_a_thousand_views_is_not_too_large() -> None:
    """As many as an environment can allow, each by somebody with a long name and address."""
    view = {"at": 1_800_000_100, "by": "arn:aws:sts::123456789012:assumed-role/" + "r" * 64}
    views = [{**view, "ip": "2001:0db8:85a3:0000:0000:8a2e:0370:7334"}] * 1000
    signed = SIGNER.sign({**CLAIMS, "receipt": {**RECEIPT, "views": views, "max_views": 1000}})
    assert len(verify_receipt(signed, KEYS).receipt.views) == 1000


def other_curve() -> dict[str, Any]:
    members = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True)
    return {**members, "kid": "key-1"}


SECRET = {"kty": "oct", "k": encode(b"k" * 32), "kid": "key-1", "alg": "HS256"}
USELESS: dict[str, object] = {
    "no object": [],
    "no set": SIGNER.jwk(),
    "an empty one": {"keys": []},
    "keys that are none": {"keys": "x"},
    "entries that are none": {"keys": [None, 5, "x", []]},
    "a shared secret": {"keys": [SECRET]},
    "a shared secret for ES256": {"keys": [{**SECRET, "alg": "ES256"}]},
    "another curve": {"keys": [other_curve()]},
    "no id": {"keys": [{k: v for k, v in SIGNER.jwk().items() if k != "kid"}]},
    "an id that is no text": {"keys": [SIGNER.jwk() | {"kid": 5}]},
    "no point": {"keys": [{k: v for k, v in SIGNER.jwk().items() if k != "y"}]},
    "a point that is no text": {"keys": [SIGNER.jwk() | {"x": 5}]},
    "a point that is not on the curve": {"keys": [SIGNER.jwk() | {"x": encode(b"\1" * 32)}]},
}


@pytest.mark.parametrize("keys", USELESS.values(), ids=USELESS)
def test_a_set_without_a_key_for_receipts_is_refused(keys: Any) -> None:
    with pytest.raises(ConfigurationError, match="no key for receipts"):
        verify_receipt(GENUINE, keys)


def test_keys_for_something_else_are_passed_over() -> None:
    keys = {"keys": [None, SECRET, other_curve(), SIGNER.jwk(), {"kty": "RSA"}], "more": 1}
    assert verify_receipt(GENUINE, keys).key_id == "key-1"


def test_a_receipt_from_the_server_is_verified_with_its_keys(burnbag: Burnbag) -> None:
    sent = burnbag.send("hunter2", label="caf\u00e9")
    burnbag.open(sent.link)
    signed = burnbag.signed_receipt(sent.id, sent.receipt_token)
    found = verify_receipt(signed, burnbag.receipt_keys())
    assert found.receipt == burnbag.receipt(sent.id, sent.receipt_token)
    assert found.issuer == burnbag.api.url
    with pytest.raises(NotVerified, match=UNKNOWN_KEY):
        verify_receipt(signed, KEYS)


def test_the_keys_are_asked_for_without_a_signature(server: Served) -> None:
    with Burnbag(server.url, NoSession()) as client:
        client.receipt_keys()
    assert server.requests == ["GET /live/v1/keys"]


class NoSession:
    """A session that must not be used."""


def test_a_wrong_receipt_token_gets_nothing_signed(burnbag: Burnbag, server: Served) -> None:
    sent = burnbag.send("hunter2")
    with pytest.raises(NotFound):
        burnbag.signed_receipt(sent.id, "A" * 43)
    server.requests.clear()
    with pytest.raises(NotFound):
        burnbag.signed_receipt(sent.id, "no token")
    assert server.requests == []


@pytest.mark.parametrize("body", [b'{"id": "x"}', b"", b"\xff", b"\x1b[2J", b"a.b.c"])
def test_an_answer_that_is_no_signed_receipt_is_not_handed_on(
    burnbag: Burnbag, server: Served, body: bytes
) -> None:
    server.faults.foreign.append((200, {"Content-Type": "application/json"}, body))
    with pytest.raises(Unavailable, match="no signed receipt"):
        burnbag.signed_receipt("A" * 22, "A" * 43)


@pytest.mark.parametrize("body", [b"{}", b'{"keys": []}', b"", b"[]", b"x"])
def test_an_answer_that_is_no_key_set_is_not_handed_on(
    burnbag: Burnbag, server: Served, body: bytes
) -> None:
    server.faults.foreign.append((200, {"Content-Type": "application/json"}, body))
    with pytest.raises(Unavailable):
        burnbag.receipt_keys()


@pytest.mark.parametrize(
    "call", [lambda b: b.receipt_keys(), lambda b: b.signed_receipt("A" * 22, "A" * 43)]
)
def test_without_a_url_there_is_nobody_to_ask(call: Callable[[Burnbag], Any]) -> None:
    with Burnbag() as client, pytest.raises(ConfigurationError, match="no URL is set"):
        call(client)


def test_the_library_that_checks_is_imported_when_it_is_needed() -> None:
    program = "import sys, burnbag.client, burnbag.verifying; print('jwt' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
