"""An upload in parts, as S3 has it: begun, presigned part by part, listed, completed.

What S3 enforces of it: a presigned part is good for one number, one length and one SHA-256; only
parts that are named with their checksums and as they are stored become the object, and only if they
add up to its size. Nothing here reads an object, or a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError
from burnbag_core.aws import as_unavailable
from burnbag_core.errors import Unavailable
from burnbag_core.records import object_key

# The function has 20 seconds, and each call is tried twice. S3 may take longer to put a large
# object together: it goes on, and who asks again is told.
COMPLETE_SECONDS: Final = 7
NO_UPLOAD: Final = "NoSuchUpload"
# Another call has replaced a part, or completes the same upload at this moment.
OVERTAKEN: Final = frozenset({"InvalidPart", "ConditionalRequestConflict", "PreconditionFailed"})


@dataclass(frozen=True)
class Part:
    """What is to come: a part's number, its length, and its SHA-256 in base64."""

    number: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Arrived(Part):
    """A part that S3 has, and what S3 calls this very version of it."""

    etag: str = field(repr=False)


class PartFiles:
    """The bucket of sealed files, as far as an upload in parts may touch it."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3 = s3
        self.bucket = bucket

    @as_unavailable()
    def begin(self, secret_id: str) -> str:
        """S3's id for a new upload. Each part must come with its SHA-256."""
        answer = self.s3.create_multipart_upload(
            Bucket=self.bucket,
            Key=object_key(secret_id),
            ChecksumAlgorithm="SHA256",
            ChecksumType="COMPOSITE",
        )
        upload_id: str = answer["UploadId"]
        return upload_id

    @as_unavailable()
    def presign(self, secret_id: str, upload_id: str, part: Part, seconds: int) -> str:
        """A URL to PUT this part to, and no other bytes; made without calling AWS."""
        url: str = self.s3.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self.bucket,
                "Key": object_key(secret_id),
                "UploadId": upload_id,
                "PartNumber": part.number,
                "ContentLength": part.size,
                "ChecksumSHA256": part.sha256,
            },
            ExpiresIn=seconds,
        )
        return url

    @as_unavailable()
    def find_parts(self, secret_id: str, upload_id: str, after: int) -> list[Arrived] | None:
        """Up to 1,000 parts that have arrived, of higher numbers; None if the upload is over."""
        try:
            answer = self.s3.list_parts(
                Bucket=self.bucket,
                Key=object_key(secret_id),
                UploadId=upload_id,
                PartNumberMarker=after,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == NO_UPLOAD:
                return None
            raise
        return [
            Arrived(part["PartNumber"], part["Size"], part.get("ChecksumSHA256", ""), part["ETag"])
            for part in answer.get("Parts", [])
        ]

    @as_unavailable()
    def complete(self, secret_id: str, upload_id: str, parts: Sequence[Arrived], size: int) -> bool:
        """Make the object of its parts; False if the upload is over.

        Raises Unavailable if another call has changed something meanwhile.
        """
        named = [
            {"PartNumber": part.number, "ETag": part.etag, "ChecksumSHA256": part.sha256}
            for part in parts
        ]
        try:
            self.s3.complete_multipart_upload(
                Bucket=self.bucket,
                Key=object_key(secret_id),
                UploadId=upload_id,
                MultipartUpload={"Parts": named},
                MpuObjectSize=size,
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == NO_UPLOAD:
                return False
            if code in OVERTAKEN:
                raise Unavailable(f"CompleteMultipartUpload {code}") from None
            raise
        return True
