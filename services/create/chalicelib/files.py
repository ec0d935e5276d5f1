"""Objects in S3: this service may put them, and may read and delete none."""

from typing import Any

from burnbag_core.aws import as_unavailable
from burnbag_core.records import object_key


class Files:
    """The bucket of sealed files, as far as a sender may touch it."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3 = s3
        self.bucket = bucket

    @as_unavailable()
    def put(self, secret_id: str, sealed: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=object_key(secret_id), Body=sealed)

    @as_unavailable()
    def presign_post(self, secret_id: str, size: int, until: int, now: int) -> dict[str, Any]:
        """A form for one object of exactly `size` bytes, good until then; made without calling AWS.

        A form that is asked for later than that has expired already.
        """
        post = self.s3.generate_presigned_post(
            Bucket=self.bucket,
            Key=object_key(secret_id),
            Conditions=[["content-length-range", size, size]],
            ExpiresIn=until - now,
        )
        return {"url": post["url"], "fields": post["fields"], "expires_at": until}
