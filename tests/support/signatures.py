"""Receipts that somebody signs as they like, and keys to check them with."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

RECEIPT: Final[dict[str, Any]] = {
    "id": "A" * 22,
    "state": "revealed",
    "kind": "text",
    "size": 67,
    "label": "staging",
    "passphrase": False,
    "created_at": 1_800_000_000,
    "created_by": "arn:aws:sts::123456789012:assumed-role/orders/1",
    "expires_at": 1_800_086_400,
    "max_views": 1,
    "views_left": 0,
    "views": [{"at": 1_800_000_100, "by": None, "ip": "192.0.2.7"}],
    "failed_attempts": 0,
    "ended_at": 1_800_000_100,
    "ended_by": None,
    "erased_at": 1_800_000_101,
}
CLAIMS: Final[dict[str, Any]] = {
    "iss": "https://burnbag.example",
    "sub": RECEIPT["id"],
    "iat": 1_800_000_200,
    "receipt": RECEIPT,
}


@dataclass(frozen=True)
class Signer:
    """Somebody with a private key on P-256."""

    kid: str = "key-1"
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def sign(self, claims: object = CLAIMS, **header: Any) -> str:
        """A receipt as the server signs it, but for what is named of its header."""
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        fields = {"alg": "ES256", "kid": self.kid, "typ": "burnbag-receipt+jwt", **header}
        text = f"{encode(fields)}.{encode(payload)}"
        signature = ECAlgorithm(ECAlgorithm.SHA256).sign(text.encode(), self.key)
        return f"{text}.{encode(signature)}"

    def jwk(self) -> dict[str, Any]:
        members: dict[str, Any] = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return members | {"kid": self.kid, "use": "sig", "alg": "ES256"}

    def keys(self) -> dict[str, Any]:
        """The JWK set of this one key."""
        return {"keys": [self.jwk()]}


def encode(data: bytes | dict[str, Any]) -> str:
    """Base64url without padding; of a dict, its JSON's."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
