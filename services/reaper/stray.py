"""stray: an upload that arrives after its record's end is deleted.

Runs when a presigned POST has put an object. A link to upload is good for 15 minutes, and its
secret may be revoked or expire before it is used: then nothing would ever delete the object.
Whether a record exists is asked with a condition, so this needs no right to read one.
"""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from burnbag_core import aws, settings
from burnbag_core.items import key
from burnbag_core.objects import PREFIX

from objects import Objects


@dataclass(frozen=True)
class Settings:
    secrets_table: str
    files_bucket: str


config = settings.read(Settings, os.environ)
dynamodb = aws.client("dynamodb")
objects = Objects(aws.client("s3"), config.files_bucket)


def handler(event: dict[str, Any], context: object) -> None:
    """The Lambda entry point: S3's notification. Raises what AWS raises, so Lambda tries again."""
    for record in event["Records"]:
        secret_id = unquote_plus(record["s3"]["object"]["key"]).removeprefix(PREFIX)
        if not exists(secret_id) and objects.delete([secret_id]):
            raise RuntimeError("an object was not deleted")


def exists(secret_id: str) -> bool:
    """Whether a record exists now. Where it does, its removal will make `reap` delete the object:
    the object was there first."""
    absent = {
        "TableName": config.secrets_table,
        "Key": key(secret_id),
        "ConditionExpression": "attribute_not_exists(id)",
    }
    try:
        aws.transact(dynamodb, [{"ConditionCheck": absent}])
    except aws.ConditionFailed:
        return True
    return False
