"""Uploads in parts through the deployed API: resumed, completed once, and never changed after."""

import base64
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.e2e.test_client import Person, fill, recipient, sender, sha256
from tests.support.cli import interrupt, wait_until
from tests.support.deployment import Deployment, at_once, until
from tests.support.size import FULL
from tests.support.slow_line import slow_line

__all__ = ["recipient", "sender"]
MIB = 2**20
PART = 6 * MIB
LARGE = (1024 if FULL else 48) * MIB
FIRST, LAST = b"a" * PART, b"last"


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def presigned(deployment: Deployment, sealed: dict[str, Any], number: int, data: bytes) -> Any:
    body = {"parts": [{"number": number, "sha256": digest(data)}]}
    return call(deployment, sealed, "POST", "parts", body)


def call(
    deployment: Deployment, sealed: dict[str, Any], method: str, what: str, body: Any = None
) -> requests.Response:
    path = f"/v1/uploads/{sealed['id']}/{what}"
    return deployment.sender.call(method, path, token=sealed["receipt_token"], body=body)


def put(part: dict[str, Any], data: bytes) -> requests.Response:
    return requests.put(part["url"], data=data, headers=part["headers"], timeout=60)


def declared(deployment: Deployment, *parts: bytes) -> dict[str, Any]:
    return deployment.declared(sum(map(len, parts)), parts=True)


def arrived(deployment: Deployment, *parts: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An upload whose parts have all arrived, and where they were put."""
    sealed, where = declared(deployment, *parts), []
    for number, data in enumerate(parts, start=1):
        (part,) = presigned(deployment, sealed, number, data).json()["parts"]
        assert put(part, data).status_code == 200
        where.append(part)
    return sealed, where


def complete(deployment: Deployment, sealed: dict[str, Any], *parts: bytes) -> requests.Response:
    digests = b"".join(hashlib.sha256(part).digest() for part in parts)
    body = {"sha256": f"{digest(digests)}-{len(parts)}"}
    return call(deployment, sealed, "POST", "complete", body)


def unfinished(deployment: Deployment, sealed: dict[str, Any]) -> int:
    """How many uploads of this secret S3 has parts of."""
    bucket, key = deployment.outputs["files_bucket_name"], f"files/{sealed['id']}"
    found = deployment.client("s3").list_multipart_uploads(Bucket=bucket, Prefix=key)
    return len(found.get("Uploads", []))


def download(deployment: Deployment, sealed: dict[str, Any]) -> bytes:
    answer = deployment.reveal(sealed).json()
    return requests.get(answer["download"]["url"], timeout=60).content


def test_s3_takes_the_signed_bytes_alone_for_a_part(deployment: Deployment) -> None:
    sealed = declared(deployment, LAST)
    (part,) = presigned(deployment, sealed, 1, LAST).json()["parts"]
    lies = {"x-amz-checksum-sha256": digest(b"lost")}
    for wrong in (
        put(part, b"lost"),
        put(part, LAST + b"x"),
        put(part | {"headers": {}}, LAST),
        put(part | {"headers": lies}, b"lost"),
        put(part | {"url": part["url"].replace("partNumber=1", "partNumber=2")}, LAST),
    ):
        assert wrong.status_code in (400, 403)
    assert call(deployment, sealed, "GET", "parts").json()["parts"] == []
    assert put(part, LAST).status_code == 200
    listed = call(deployment, sealed, "GET", "parts").json()
    assert listed == {"parts": [{"number": 1, "sha256": digest(LAST)}], "complete": False}


@pytest.mark.disturbing
def test_many_that_complete_at_once_make_one_object_that_nobody_changes(
    deployment: Deployment, pool: ThreadPoolExecutor
) -> None:
    sealed, where = arrived(deployment, FIRST, LAST)
    assert deployment.reveal(sealed).status_code == 409

    def end_or_put(number: int) -> int:
        if number % 4 == 3:
            return put(where[1], LAST).status_code
        return complete(deployment, sealed, FIRST, LAST).status_code

    answers = at_once(pool, 8, end_or_put)
    # One that met another's halfway is told to come again.
    assert {answer for n, answer in enumerate(answers) if n % 4 != 3} <= {204, 503}
    assert 204 in answers
    assert complete(deployment, sealed, FIRST, LAST).status_code == 204
    assert put(where[1], LAST).status_code == 404
    assert presigned(deployment, sealed, 2, b"lost").json()["type"].endswith(":already-arrived")
    assert unfinished(deployment, sealed) == 0
    assert download(deployment, sealed) == FIRST + LAST


def test_what_is_missing_or_another_is_not_completed(deployment: Deployment) -> None:
    sealed, _ = arrived(deployment, FIRST)
    assert complete(deployment, sealed, LAST).json()["type"].endswith(":checksum-differs")
    more = declared(deployment, FIRST, LAST)
    assert complete(deployment, more, FIRST, LAST).json()["missing"] == [1, 2]
    assert {sealed["id"], more["id"]}.isdisjoint(deployment.objects())


def test_a_revocation_in_the_middle_leaves_no_part(deployment: Deployment) -> None:
    sealed, where = arrived(deployment, FIRST, LAST)
    assert unfinished(deployment, sealed) == 1
    assert deployment.revoke(sealed).status_code == 204
    assert complete(deployment, sealed, FIRST, LAST).status_code == 410
    receipt = deployment.erased(sealed)
    assert receipt["state"] == "revoked"
    assert unfinished(deployment, sealed) == 0
    assert put(where[1], LAST).status_code == 404
    assert sealed["id"] not in deployment.objects()


def test_an_object_that_is_put_together_after_the_end_is_deleted(deployment: Deployment) -> None:
    """By `stray`: nobody else would ever look at it."""
    s3, bucket = deployment.client("s3"), deployment.outputs["files_bucket_name"]
    where = {"Bucket": bucket, "Key": f"files/{'A' * 21}Q"}
    upload = where | {"UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=LAST)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    until(
        lambda: where["Key"].removeprefix("files/") in deployment.objects(), lambda there: not there
    )


@pytest.mark.disturbing
@pytest.mark.embedded("the line leads to this machine")
def test_a_large_file_that_was_cut_goes_on_in_another_process(
    deployment: Deployment, sender: Person, recipient: Person
) -> None:
    digest = fill(sender.home / "disk.img", LARGE)
    port = urlsplit(deployment.stack.api_url).port
    assert port
    with slow_line(port, 40 * MIB) as line:
        process = subprocess.Popen(
            line.command("send", "disk.img"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=sender.environ,
            cwd=sender.home,
        )
        wait_until(lambda: line.sent > LARGE // 2 or process.poll() is not None)
        ran = interrupt(process)
    assert ran.err.endswith("burnbag: interrupted\n") and "send --resume" in ran.err
    began = time.monotonic()
    link, peak = sender.measure("send", "--resume", "disk.img")
    assert peak < 250 * 1024, f"{time.monotonic() - began:.1f} s"
    recipient.run("open", "--yes", link.decode().strip(), "-o", ".")
    assert sha256(recipient.home / "disk.img") == digest
    assert not list((sender.home / ".local/state/burnbag").glob("*.resume"))


def test_the_command_needs_no_secret_on_its_command_line(sender: Person) -> None:
    """Nothing to resume, and nothing said of where that would be."""
    said = subprocess.run(
        [sys.executable, "-m", "burnbag", "send", "--resume"],
        capture_output=True,
        env=sender.environ,
        cwd=sender.home,
        timeout=60,
    )
    assert (said.returncode, said.stderr) == (2, b"burnbag: there is no upload to resume\n")
