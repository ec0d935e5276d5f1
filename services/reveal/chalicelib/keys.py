"""Data keys from KMS: this service may unwrap them, and may have none made."""

from typing import Any

from botocore.exceptions import ClientError
from burnbag_core.aws import as_unavailable
from burnbag_core.errors import Damaged
from burnbag_core.sealing import encryption_context

from chalicelib.settings import Settings


class DataKeys:
    """Data keys wrapped by the sealing key."""

    def __init__(self, kms: Any, settings: Settings) -> None:
        self.kms = kms
        self.key_arn = settings.sealing_key_arn
        self.environment = settings.environment

    @as_unavailable()
    def unwrap(self, secret_id: str, wrapped_key: bytes) -> bytes:
        """The data key of one secret.

        Raises Damaged when KMS says that these bytes were not wrapped for this secret.
        """
        try:
            answer = self.kms.decrypt(
                KeyId=self.key_arn,
                CiphertextBlob=wrapped_key,
                EncryptionContext=encryption_context(secret_id, self.environment),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidCiphertextException":
                raise Damaged from None
            raise
        plaintext: bytes = answer["Plaintext"]
        return plaintext
