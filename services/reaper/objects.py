"""Objects in S3: the reaper may delete them, and may read and put none."""

import logging
from typing import Any

from burnbag_core.records import object_key

logger = logging.getLogger("burnbag")


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
