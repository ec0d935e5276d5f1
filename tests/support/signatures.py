"""Receipts that somebody signs as they like, and keys to check them with."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.support.fakes import START
from tests.support.world import memory_world


def make_receipt() -> dict[str, Any]:
    """What the service says of a secret that was opened and erased."""
    world = memory_world()
    sealed = world.seal(label="staging")
    world.reveal(sealed)
    world.reap()
    return world.show_receipt(sealed)


RECEIPT: Final = make_receipt()
CLAIMS: Final[dict[str, Any]] = {
    "iss": "https://burnbag.example",
    "sub": RECEIPT["id"],
    "iat": START + 200,
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
