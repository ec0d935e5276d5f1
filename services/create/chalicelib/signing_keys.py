"""The keys that receipts are signed with: KMS signs, and never gives a private key away."""

from typing import Any

from burnbag_core.aws import as_unavailable

from chalicelib.settings import Settings


class SigningKeys:
    """The receipt keys of this environment, oldest first. The last one signs."""

    def __init__(self, kms: Any, settings: Settings) -> None:
        self.kms = kms
        self.arns = settings.receipt_key_arns
        self.known: dict[str, bytes] = {}

    def public_keys(self) -> list[bytes]:
        """All public keys, each as a SubjectPublicKeyInfo in DER."""
        return [self.public_key(arn) for arn in self.arns]

    def newest(self) -> bytes:
        """The public key of the one that signs. The others need not answer."""
        return self.public_key(self.arns[-1])

    @as_unavailable()
    def public_key(self, arn: str) -> bytes:
        """One of them. It never changes, so KMS is asked once."""
        if arn not in self.known:
            self.known[arn] = self.kms.get_public_key(KeyId=arn)["PublicKey"]
        return self.known[arn]

    @as_unavailable()
    def sign(self, digest: bytes) -> bytes:
        """The signature of a SHA-256 digest, in DER."""
        answer = self.kms.sign(
            KeyId=self.arns[-1],
            Message=digest,
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        signature: bytes = answer["Signature"]
        return signature
