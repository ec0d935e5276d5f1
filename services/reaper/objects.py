"""Objects in S3: the reaper may delete them, and may read and put none."""

import logging
from typing import Any, Final

from botocore.exceptions import ClientError
from burnbag_core.records import object_key

logger = logging.getLogger("burnbag")


NO_UPLOAD: Final = "NoSuchUpload"


class Objects:
    """The bucket of sealed files, as far as an undertaker may touch it."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3 = s3
        self.bucket = bucket

    def delete(self, ids: list[str]) -> dict[str, str]:
        """Delete the objects of up to 1,000 secrets in one call; S3's codes by id for what is left.

        S3 says "deleted" of what is not there as well, so any secret may be asked for, and twice.
        """
        if not ids:
            return {}
        keys = {object_key(secret_id): secret_id for secret_id in ids}
        answer = self.s3.delete_objects(
            Bucket=self.bucket,
            Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
        )
        errors = answer.get("Errors", [])
        for code in {error["Code"] for error in errors}:
            logger.error("objects not deleted: %s", code)
        return {keys[error["Key"]]: error["Code"] for error in errors}

    def abort(self, secret_id: str, upload_id: str) -> str | None:
        """Abort an upload in parts and delete what it may have become; S3's code if it is left.

        The object goes last: an upload that was completed before it could be aborted is one by
        then. A part that was on its way may still be stored after an abort, so S3 is asked whether
        the upload is gone. One that it doesn't know is gone.
        """
        upload = {"Bucket": self.bucket, "Key": object_key(secret_id), "UploadId": upload_id}
        try:
            self.s3.abort_multipart_upload(**upload)
            self.s3.list_parts(**upload, MaxParts=1)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code != NO_UPLOAD:
                logger.error("an upload was not aborted: %s", code)
                return code
            return self.delete([secret_id]).get(secret_id)
        logger.error("an upload was aborted, and is still there")
        return "UploadLeft"
