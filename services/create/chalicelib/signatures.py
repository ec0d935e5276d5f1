"""Signed receipts: what a third party can check without asking anybody.

    JWS       base64url(header) "." base64url(payload) "." base64url(r || s)     RFC 7515
    header    alg: ES256, kid: thumbprint of the key, typ: burnbag-receipt+jwt
    payload   iss: the links' base URL, sub: the secret's id, iat: now, receipt: as in JSON

KMS has the private keys and signs digests. Whoever checks has the public ones, as JWKs (RFC 7517).

What reads keys and signatures is imported where it is used: few requests need it, and it would take
some 6 % of every cold start.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from burnbag_core.capability import Capability
from burnbag_format import base64url

from chalicelib.sender import Sender, describe_receipt

ALGORITHM: Final = "ES256"
TYPE: Final = "burnbag-receipt+jwt"
# Of a coordinate, and of each half of a signature (RFC 7518, sections 3.4 and 6.2.1.2).
NUMBER_BYTES: Final = 32


class SigningKeys(Protocol):
    """Keys on the curve P-256, oldest first. The last one signs."""

    def public_keys(self) -> list[bytes]: ...
    def newest(self) -> bytes: ...
    def sign(self, digest: bytes) -> bytes: ...


@dataclass(frozen=True)
class ReceiptSigner:
    """Signs what `sender` says of its secrets."""

    sender: Sender
    keys: SigningKeys

    def sign_receipt(self, capability: Capability) -> str:
        """The receipt as a JWS, for whoever holds its token. Raises NotFound or Unavailable."""
        # The time comes first: what the receipt does not know yet has happened after it.
        now = self.sender.clock()
        receipt = self.sender.find_receipt(capability)
        payload = {
            "iss": self.sender.settings.link_base_url,
            "sub": receipt.id,
            "iat": now,
            "receipt": describe_receipt(receipt, now),
        }
        key = make_jwk(self.keys.newest())
        header = {"alg": ALGORITHM, "kid": key["kid"], "typ": TYPE}
        signed = f"{encode_part(header)}.{encode_part(payload)}"
        signature = self.keys.sign(hashlib.sha256(signed.encode()).digest())
        return f"{signed}.{base64url.encode(join_signature(signature))}"

    def show_keys(self) -> dict[str, Any]:
        """The public keys as a JWK set: also the old ones, which old receipts are signed with.

        Raises Unavailable.
        """
        return {"keys": [make_jwk(key) for key in self.keys.public_keys()]}


def encode_part(content: Mapping[str, Any]) -> str:
    return base64url.encode(json.dumps(content, separators=(",", ":")).encode())


def join_signature(der: bytes) -> bytes:
    """A signature as JWS has it, r || s, from the DER that KMS answers."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    return b"".join(n.to_bytes(NUMBER_BYTES, "big") for n in decode_dss_signature(der))


def make_jwk(der: bytes) -> dict[str, str]:
    """A public key as a JWK, from a SubjectPublicKeyInfo. Raises ValueError for any other curve."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(der)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("not a key on P-256")
    point = key.public_numbers()
    x, y = (base64url.encode(n.to_bytes(NUMBER_BYTES, "big")) for n in (point.x, point.y))
    required = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    return required | {"kid": thumbprint(required), "use": "sig", "alg": ALGORITHM}


def thumbprint(required: Mapping[str, str]) -> str:
    """The thumbprint of a key's required members (RFC 7638, section 3)."""
    canonical = json.dumps(dict(required), separators=(",", ":"), sort_keys=True)
    return base64url.encode(hashlib.sha256(canonical.encode()).digest())
