"""Signed receipts, checked without asking anybody: a JWS by ES256 (RFC 7515, RFC 7518).

What a signed receipt says of itself decides nothing. The algorithm is always the same one, and the
keys are those that the caller trusts: a key, a certificate or a URL in the receipt is ignored.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from burnbag_format.base64url import is_canonical

from burnbag.answers import WRONG, parse_json, parse_receipt
from burnbag.errors import ConfigurationError, NotVerified, Unavailable
from burnbag.fields import read_text, read_time
from burnbag.results import SignedReceipt

if TYPE_CHECKING:
    from jwt import PyJWK

TYPE: Final = "burnbag-receipt+jwt"
ALGORITHM: Final = "ES256"
# The receipt of a thousand views has room in it, and nothing that is larger is read.
LARGEST: Final = 256 * 1024
# Three parts in base64url without padding.
FORM: Final = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]+)", re.ASCII)
SIGNATURE_BYTES: Final = 64


def verify_receipt(signed: str, keys: Mapping[str, Any]) -> SignedReceipt:
    """Check a signed receipt, and tell what it says.

    `keys` is a JWK set (RFC 7517) that you trust: what `Burnbag.receipt_keys` returned once, from
    the burnbag that you expect the receipt to come from. No call is made. `issuer` is the URL
    that the signer gave itself; nobody has checked it.

    Raises NotVerified, or ConfigurationError if there is no usable key in `keys`.

    >>> verify_receipt(signed, keys).receipt.state
    'sealed'
    """
    import jwt

    known, key_id = read_keys(keys), read_key_id(signed)
    if key_id not in known:
        raise NotVerified("none of these keys has signed this; is the key set another's, or older?")
    try:
        payload = jwt.PyJWS().decode(signed, known[key_id], algorithms=[ALGORITHM])
    except jwt.PyJWTError:
        payload = None
    if payload is None:
        raise NotVerified("the signature is wrong: this was changed, or somebody else signed it")
    return parse_signed(payload, key_id)


def check_answer(answer: bytes) -> str:
    """A server's answer, if it has the form of a signed receipt. Raises Unavailable."""
    signed = answer.decode(errors="replace")
    if not has_form(signed):
        raise Unavailable("the answer is no signed receipt; is the server older than this client?")
    return signed


def check_keys(answer: dict[str, Any]) -> dict[str, Any]:
    """A server's answer, if it is a key set for receipts. Raises Unavailable."""
    try:
        read_keys(answer)
    except ConfigurationError as error:
        raise Unavailable(f"{error}; is the URL right?") from None
    return answer


def has_form(text: str) -> bool:
    """Whether a text looks like a signed receipt; only a key can tell whether it is one."""
    parts = FORM.fullmatch(text) if len(text) <= LARGEST else None
    return parts is not None and is_canonical(parts[3], SIGNATURE_BYTES)


def read_keys(keys: object) -> "dict[str, PyJWK]":
    """The keys of a set that receipts can be signed with, by their ids.

    Other keys in it are passed over. Raises ConfigurationError if none is left.
    """
    import jwt

    listed = keys.get("keys") if isinstance(keys, Mapping) else None
    found = {}
    for each in listed if isinstance(listed, list) else []:
        try:
            if (each["kty"], each["crv"]) == ("EC", "P-256") and type(each["kid"]) is str:
                found[each["kid"]] = jwt.PyJWK(each, ALGORITHM)
        except (jwt.PyJWTError, *WRONG):
            continue
    if not found:
        raise ConfigurationError("there is no key for receipts in this key set")
    return found


def read_key_id(signed: str) -> str:
    """The id of the key that a receipt says it is signed with. Raises NotVerified."""
    import jwt

    header = {}
    if has_form(signed):
        try:
            header = jwt.get_unverified_header(signed)
        # An older PyJWT lets a header of many brackets end in a RecursionError.
        except (jwt.PyJWTError, RecursionError, *WRONG):
            header = {}
    # These two would change what is signed, or how it is read (RFC 7515 and RFC 7797).
    if header.get("typ") != TYPE or {"crit", "b64"} & header.keys():
        raise NotVerified("this is no signed receipt")
    if header.get("alg") != ALGORITHM:
        raise NotVerified(f"this is not signed by {ALGORITHM}, as receipts are")
    return str(header.get("kid"))


def parse_signed(payload: bytes, key_id: str) -> SignedReceipt:
    """What was signed. Raises NotVerified for what is genuine and yet no receipt."""
    try:
        claims = parse_json(payload)
        found = SignedReceipt(
            issuer=read_text(claims, "iss"),
            signed_at=read_time(claims, "iat"),
            key_id=key_id,
            receipt=parse_receipt(claims["receipt"]),
        )
        if found.receipt.id == claims["sub"]:
            return found
    except (Unavailable, *WRONG):
        pass
    raise NotVerified("the signature is good, but this version can't read what it signs")
