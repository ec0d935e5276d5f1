"""Objects in S3: this service may read them, and may put and delete none."""

import logging
from typing import Any, Final

from botocore.exceptions import ClientError
from burnbag_core.aws import as_unavailable, describe
from burnbag_core.records import object_key

logger = logging.getLogger("burnbag")

ABSENT: Final = {"404", "NoSuchKey"}
# Without the right to list, which nobody needs, S3 says "denied" of what is not there. It says
# the same where the right to read was lost, and only the log can tell an operator that.
DENIED: Final = {"403", "AccessDenied"}


class Files:
    """The bucket of sealed files, as far as a recipient may touch it."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3 = s3
        self.bucket = bucket

    @as_unavailable()
    def get(self, secret_id: str) -> bytes | None:
        """A secret's object, None where S3 gives none."""
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=object_key(secret_id))
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        data: bytes = answer["Body"].read()
        return data

    @as_unavailable()
    def size(self, secret_id: str) -> int | None:
        """The bytes of a secret's object, None where S3 gives none."""
        try:
            answer = self.s3.head_object(Bucket=self.bucket, Key=object_key(secret_id))
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        length: int = answer["ContentLength"]
        return length

    @as_unavailable()
    def presign_get(self, secret_id: str, seconds: int) -> str:
        """A presigned GET of a secret's object, good for `seconds`; made without calling AWS."""
        url: str = self.s3.generate_presigned_url(
            "get_object",
            Params={"Bucket": self.bucket, "Key": object_key(secret_id)},
            ExpiresIn=seconds,
        )
        return url


def is_absent(error: ClientError) -> bool:
    """Whether S3 means that there is no such object, or may mean it."""
    code = error.response["Error"]["Code"]
    if code in DENIED:
        logger.warning("an object is not there, or denied: %s", describe(error))
    return code in ABSENT | DENIED
