"""Deleting objects: up to a thousand in one call, and what S3 says of those that are left."""

from typing import Any

import pytest

from tests.support.services import load

objects = load("reaper", "objects")


class S3:
    """S3, which leaves some objects, by their codes."""

    def __init__(self, **codes: str) -> None:
        self.codes = codes
        self.asked: list[dict[str, Any]] = []

    def delete_objects(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        errors = [{"Key": f"files/{each}", "Code": code} for each, code in self.codes.items()]
        return {"Errors": errors} if errors else {}


def test_objects_are_deleted_by_the_ids_of_their_secrets_in_one_call() -> None:
    s3 = S3()
    assert objects.Objects(s3, "bucket").delete(["a", "b"]) == {}
    named = [{"Key": "files/a"}, {"Key": "files/b"}]
    assert s3.asked == [{"Bucket": "bucket", "Delete": {"Objects": named, "Quiet": True}}]


def test_nothing_is_asked_about_nobody() -> None:
    s3 = S3()
    assert objects.Objects(s3, "bucket").delete([]) == {}
    assert s3.asked == []


def test_what_is_left_is_told_by_id_and_logged_by_code(caplog: pytest.LogCaptureFixture) -> None:
    s3 = S3(a="InternalError", c="InternalError", d="AccessDenied")
    left = objects.Objects(s3, "bucket").delete(["a", "b", "c", "d"])
    assert left == {"a": "InternalError", "c": "InternalError", "d": "AccessDenied"}
    assert sorted(caplog.messages) == [
        "objects not deleted: AccessDenied",
        "objects not deleted: InternalError",
    ]
