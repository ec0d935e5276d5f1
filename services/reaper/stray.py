"""stray: delete an object that arrives after its record's end.

Runs when an object was put, by a presigned POST or by create. A link to upload is good for 15
minutes, and its secret may be revoked or expire before it is used; what create puts may be stored
late. Nothing would ever delete such an object.
Whether a record exists is asked with a condition, so this needs no right to read one.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from burnbag_core import aws, settings
from burnbag_core.records import OBJECT_PREFIX

from objects import Objects
from presence import Presence


@dataclass(frozen=True)
class Settings:
    secrets_table: str
    files_bucket: str


@dataclass(frozen=True)
class Stray:
    """The function."""

    records: Presence
    objects: Objects

    def __call__(self, event: dict[str, Any], context: object) -> None:
        """The Lambda entry point: S3's notification. What AWS raises makes Lambda try again."""
        for record in event["Records"]:
            secret_id = unquote_plus(record["s3"]["object"]["key"]).removeprefix(OBJECT_PREFIX)
            # A record that exists now will be removed, and then `reap` deletes the object: that was
            # there first.
            absent = self.records.find_absent([secret_id])
            if absent and self.objects.delete([secret_id]):
                raise RuntimeError("an object was not deleted")


def build(environ: Mapping[str, str], client: Callable[[str], Any]) -> Stray:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    objects = Objects(client("s3"), config.files_bucket)
    return Stray(Presence(client("dynamodb"), config.secrets_table), objects)


handler = build(os.environ, aws.client)
