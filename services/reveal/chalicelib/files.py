"""Objects in S3: this service may read them, and may put and delete none."""

from typing import Any, Final

from botocore.exceptions import ClientError
from burnbag_core.objects import object_key

# Without the right to list, which nobody needs, S3 says "denied" of what is not there.
ABSENT: Final = {"404", "NoSuchKey", "403", "AccessDenied"}


class Files:
    """The bucket of sealed files, as far as a recipient may touch it."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3 = s3
        self.bucket = bucket

    def get(self, secret_id: str) -> bytes | None:
        """A secret's object, None where there is none."""
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=object_key(secret_id))
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return None
            raise
        data: bytes = answer["Body"].read()
        return data

    def size(self, secret_id: str) -> int | None:
        """The bytes of a secret's object, None where there is none."""
        try:
            answer = self.s3.head_object(Bucket=self.bucket, Key=object_key(secret_id))
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return None
            raise
        length: int = answer["ContentLength"]
        return length

    def link(self, secret_id: str, seconds: int) -> str:
        """A presigned GET of a secret's object, good for `seconds`; made without calling AWS."""
        url: str = self.s3.generate_presigned_url(
            "get_object",
            Params={"Bucket": self.bucket, "Key": object_key(secret_id)},
            ExpiresIn=seconds,
        )
        return url
