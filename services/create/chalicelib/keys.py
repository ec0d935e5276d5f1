"""Data keys from KMS: this service may have new ones made, and may unwrap none."""

from typing import Any

from burnbag_core.aws import as_unavailable
from burnbag_core.sealing import encryption_context

from chalicelib.settings import Settings


class DataKeys:
    """New data keys under the sealing key."""

    def __init__(self, kms: Any, settings: Settings) -> None:
        self.kms = kms
        self.key_arn = settings.sealing_key_arn
        self.environment = settings.environment

    @as_unavailable()
    def generate(self, secret_id: str) -> tuple[bytes, bytes]:
        """A 32-byte data key for one secret: plain, and wrapped by KMS."""
        answer = self.kms.generate_data_key(
            KeyId=self.key_arn,
            KeySpec="AES_256",
            EncryptionContext=encryption_context(secret_id, self.environment),
        )
        return answer["Plaintext"], answer["CiphertextBlob"]
