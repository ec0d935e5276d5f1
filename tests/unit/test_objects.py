"""Deleting objects: up to a thousand in one call, and what S3 says of those that are left."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

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


class Uploads(S3):
    """S3, which answers some calls with an error, by their names."""

    def call(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append({"call": name, **request})
        if code := self.codes.get(name):
            raise ClientError({"Error": {"Code": code}}, name)
        return {}

    def abort_multipart_upload(self, **request: Any) -> dict[str, Any]:
        return self.call("abort", request)

    def list_parts(self, **request: Any) -> dict[str, Any]:
        return self.call("list", request)

    def delete_objects(self, **request: Any) -> dict[str, Any]:
        self.asked.append({"call": "delete"})
        code = self.codes.get("delete")
        return {"Errors": [{"Key": "files/a", "Code": code}]} if code else {}


@pytest.mark.parametrize(
    ("codes", "left", "calls"),
    [
        ({"list": "NoSuchUpload"}, None, ["abort", "list", "delete"]),
        ({"abort": "NoSuchUpload"}, None, ["abort", "delete"]),
        ({"abort": "SlowDown"}, "SlowDown", ["abort"]),
        ({"list": "AccessDenied"}, "AccessDenied", ["abort", "list"]),
        ({}, "UploadLeft", ["abort", "list"]),
        ({"abort": "NoSuchUpload", "delete": "SlowDown"}, "SlowDown", ["abort", "delete"]),
    ],
)
def test_an_upload_is_gone_when_s3_says_so_and_its_object_goes_last(
    codes: dict[str, str], left: str | None, calls: list[str]
) -> None:
    s3 = Uploads(**codes)
    assert objects.Objects(s3, "bucket").abort("a", "upload") == left
    assert [each["call"] for each in s3.asked] == calls
    upload = {"Bucket": "bucket", "Key": "files/a", "UploadId": "upload"}
    assert s3.asked[0] == {"call": "abort", **upload}
