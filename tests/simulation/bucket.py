"""S3 in memory: a bucket's objects, and its uploads in parts, with AWS's answers."""

import io
from base64 import b64encode
from hashlib import sha256
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

Answer = dict[str, Any]
Upload = dict[int, bytes]


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, operation)


class Bucket:
    """As much of a client of S3 as burnbag and its tests use, with one bucket behind it."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[tuple[str, str], Upload] = {}
        self.numbers = count(1)

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> Answer:
        self.objects[Key] = Body
        return {}

    def get_object(self, Bucket: str, Key: str) -> Answer:
        if Key not in self.objects:
            raise refusal("NoSuchKey", "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def head_object(self, Bucket: str, Key: str) -> Answer:
        if Key not in self.objects:
            raise refusal("404", "HeadObject")
        return {"ContentLength": len(self.objects[Key])}

    def delete_objects(self, Bucket: str, Delete: Answer) -> Answer:
        for each in Delete["Objects"]:
            self.objects.pop(each["Key"], None)
        return {}

    def list_objects_v2(self, Bucket: str) -> Answer:
        return {"Contents": [{"Key": key} for key in sorted(self.objects)]}

    def generate_presigned_post(self, **asked: Any) -> Answer:
        return {"url": "https://files.example", "fields": {"key": asked["Key"]}}

    def generate_presigned_url(self, operation: str, **asked: Any) -> str:
        return f"https://files.example/{asked['Params']['Key']}"

    def create_multipart_upload(self, Bucket: str, Key: str, **checksums: str) -> Answer:
        assert checksums == {"ChecksumAlgorithm": "SHA256", "ChecksumType": "COMPOSITE"}
        upload_id = f"upload-{next(self.numbers)}"
        self.uploads[Key, upload_id] = {}
        return {"UploadId": upload_id}

    def upload_part(self, PartNumber: int, Body: bytes, **upload: str) -> Answer:
        self.find(upload, "UploadPart")[PartNumber] = Body
        return {}

    def list_parts(self, PartNumberMarker: int = 0, MaxParts: int = 1000, **upload: str) -> Answer:
        found = self.find(upload, "ListParts")
        parts = [describe(n, found[n]) for n in sorted(found) if n > PartNumberMarker]
        return {"Parts": parts[:MaxParts]} if parts else {}

    def complete_multipart_upload(
        self, MultipartUpload: Answer, MpuObjectSize: int, **upload: str
    ) -> Answer:
        """Only parts that are named as they are stored become the object, in order."""
        found = self.find(upload, "CompleteMultipartUpload")
        named = MultipartUpload["Parts"]
        numbers = [each["PartNumber"] for each in named]
        assert numbers == sorted(set(numbers)) and numbers
        for each in named:
            stored = found.get(each["PartNumber"])
            if stored is None or describe(each["PartNumber"], stored) != each | {
                "Size": len(stored)
            }:
                raise refusal("InvalidPart", "CompleteMultipartUpload")
        data = b"".join(found[number] for number in numbers)
        assert len(data) == MpuObjectSize
        self.objects[upload["Key"]] = data
        del self.uploads[upload["Key"], upload["UploadId"]]
        return {}

    def abort_multipart_upload(self, **upload: str) -> Answer:
        self.find(upload, "AbortMultipartUpload")
        del self.uploads[upload["Key"], upload["UploadId"]]
        return {}

    def list_multipart_uploads(self, Bucket: str) -> Answer:
        return {"Uploads": [{"Key": key, "UploadId": each} for key, each in self.uploads]}

    def find(self, upload: dict[str, str], operation: str) -> Upload:
        """An upload that is neither completed nor aborted."""
        where = upload["Key"], upload["UploadId"]
        if where not in self.uploads:
            raise refusal("NoSuchUpload", operation)
        return self.uploads[where]


def describe(number: int, data: bytes) -> Answer:
    """A part as it is listed, and named when an upload is completed."""
    digest = b64encode(sha256(data).digest()).decode()
    return {
        "PartNumber": number,
        "Size": len(data),
        "ChecksumSHA256": digest,
        "ETag": f'"{digest}"',
    }
