"""Files and uploads through the deployed API: byte for byte, once, and gone afterwards."""

import functools
import hashlib
import http.client
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.deployment import (
    Deployment,
    assert_views,
    at_once,
    largest_function,
    post,
    until,
)
from tests.support.size import FULL

MIB = 2**20
CALLERS = 32 if FULL else 16
BLOCK = hashlib.sha256(b"burnbag").digest() * 2048  # 64 KiB that do not compress to nothing


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CALLERS) as pool:
        yield pool


@pytest.mark.parametrize("size", [0, 1, 65536, 4 * MIB])
def test_a_file_makes_the_round_trip(deployment: Deployment, size: int) -> None:
    data = (BLOCK * (size // len(BLOCK) + 1))[:size]
    sealed = deployment.sent(data, "caf\u00e9.bin")
    answer = deployment.reveal(sealed)
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert deployment.reveal(sealed).status_code == 410
    deployment.erased(sealed)
    assert sealed["id"] not in deployment.objects()


def test_curl_saves_a_file_under_its_name(deployment: Deployment, tmp_path: Path) -> None:
    sealed = deployment.sent(b"%PDF-1.7", "report.pdf")
    curl = shutil.which("curl")
    assert curl, "curl is needed"
    header = tmp_path / "token-header"
    header.write_text(f"X-Burnbag-Token: {sealed['token']}\n")
    url = f"{deployment.stack.api_url}/v1/secrets/{sealed['id']}/reveal"
    arguments = ["-sS", "-f", "-OJ", "-X", "POST", "-H", f"@{header}", url]
    subprocess.run([curl, *arguments], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "report.pdf").read_bytes() == b"%PDF-1.7"


@pytest.mark.disturbing
@pytest.mark.parametrize("size", [MIB, (100 if FULL else 72) * MIB], ids=["small", "large"])
@pytest.mark.embedded("it measures the functions' processes")
def test_an_upload_makes_the_round_trip_in_flat_memory(deployment: Deployment, size: int) -> None:
    declared = deployment.declared(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = stream_up(declared["upload"], size)
    answer = deployment.reveal(declared).json()
    received = hashlib.sha256()
    with requests.get(answer["download"]["url"], stream=True, timeout=120) as download:
        assert download.status_code == 200
        for chunk in download.iter_content(MIB):
            received.update(chunk)
    assert received.hexdigest() == sent
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 1024, f"the client grew by {grown} KiB"
    assert largest_function() < 250 * 1024
    assert deployment.confirm(declared, answer["idempotency_key"]).status_code == 204
    deployment.erased(declared)
    assert declared["id"] not in deployment.objects()


def stream_up(upload: dict[str, Any], size: int) -> str:
    """Post `size` bytes as a form without holding them; their SHA-256."""
    digest, boundary = hashlib.sha256(), "burnbag-boundary"
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in upload["fields"].items()
    )
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    tail = f"\r\n--{boundary}--\r\n"

    def body() -> Iterator[bytes]:
        yield head.encode()
        for _ in range(size // len(BLOCK)):
            digest.update(BLOCK)
            yield BLOCK
        yield tail.encode()

    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(head) + size + len(tail)),
    }
    url = urlsplit(upload["url"])
    connection = http.client.HTTPConnection(url.netloc, timeout=300)
    connection.request("POST", url.path, body=body(), headers=headers)
    answer = connection.getresponse()
    assert answer.status == 204, answer.read()
    connection.close()
    return digest.hexdigest()


@pytest.mark.disturbing
@pytest.mark.parametrize("kind", ["file", "upload"])
def test_simultaneous_reveals_of_an_object_consume_one_view(
    deployment: Deployment, pool: ThreadPoolExecutor, kind: str
) -> None:
    for _ in range(5 if FULL else 2):
        sealed = made(deployment, kind)
        answers = at_once(pool, CALLERS, functools.partial(numbered, deployment.reveal, sealed))
        assert_views(answers, 1)
        assert len(deployment.receipt(sealed)["views"]) == 1


@pytest.mark.disturbing
@pytest.mark.parametrize("kind", ["text", "file", "upload"])
def test_callers_with_one_key_share_one_view_and_with_many_keys_one_gets_it(
    deployment: Deployment, pool: ThreadPoolExecutor, kind: str
) -> None:
    same, other = made(deployment, kind), made(deployment, kind)
    key = "one-key-for-all-of-them"
    answers = at_once(pool, CALLERS, lambda _: deployment.insist(same, key))
    assert Counter(answer.status_code for answer in answers) == {200: CALLERS}
    assert len({essence(answer) for answer in answers}) == 1
    assert len(deployment.receipt(same)["views"]) == 1
    answers = at_once(pool, CALLERS, lambda n: deployment.insist(other, f"key-{n:020}"))
    assert Counter(a.status_code for a in answers) == {200: 1, 410: CALLERS - 1}


def numbered(reveal: Callable[..., requests.Response], sealed: Any, _: int) -> requests.Response:
    return reveal(sealed)


def made(deployment: Deployment, kind: str) -> dict[str, Any]:
    if kind == "upload":
        return deployment.uploaded(b"x" * 99)
    return deployment.sent(b"x" * 5000) if kind == "file" else deployment.sealed()


def essence(answer: requests.Response) -> str:
    """An answer without what differs between two signatures of the same link."""
    if "json" not in answer.headers["Content-Type"]:
        return repr((answer.content, answer.headers["X-Burnbag-Claimed-Until"]))
    body = answer.json()
    if "download" in body:
        body["download"]["url"] = body["download"]["url"].split("?")[0]
    return repr(sorted(body.items()))


def test_a_confirmed_claim_is_erased_at_once(deployment: Deployment) -> None:
    sealed, key = deployment.sent(b"data"), "one-key-for-all-of-them"
    assert deployment.reveal(sealed, key=key).content == b"data"
    assert sealed["id"] in deployment.objects()
    assert deployment.confirm(sealed, key).status_code == 204
    assert deployment.erased(sealed)["state"] == "revealed"
    assert sealed["id"] not in deployment.objects()


def test_revoked_and_locked_files_are_erased(deployment: Deployment) -> None:
    revoked, locked = deployment.sent(b"data"), deployment.sent(b"data", passphrase="right")
    assert deployment.revoke(revoked).status_code == 204
    for _ in range(5):
        deployment.reveal(locked, passphrase="wrong")
    for sealed in (revoked, locked):
        deployment.erased(sealed)
    assert not deployment.objects().intersection({revoked["id"], locked["id"]})


def test_an_upload_that_arrives_after_the_end_is_deleted_by_itself(
    deployment: Deployment,
) -> None:
    declared = deployment.declared(4)
    assert deployment.revoke(declared).status_code == 204
    deployment.erased(declared)
    assert post(declared, b"late").status_code == 204
    until(deployment.objects, lambda ids: declared["id"] not in ids)


def test_what_the_post_does_not_allow_is_refused_and_leaves_nothing(
    deployment: Deployment,
) -> None:
    declared = deployment.declared(4)
    before = deployment.objects()
    for data in (b"abc", b"abcde"):
        assert 400 <= post(declared, data).status_code < 500
    for changed in ({"key": "files/another"}, {"policy": "e30="}, {"acl": "public-read"}):
        assert 400 <= post(declared, b"abcd", **changed).status_code < 500
    # What other tests have sent goes meanwhile.
    assert deployment.objects() <= before
    early = deployment.reveal(declared)
    assert (early.status_code, early.json()["type"]) == (
        409,
        "urn:burnbag:problem:upload-incomplete",
    )
    assert post(declared, b"abcd").status_code == 204
    assert deployment.peek(declared).json()["views_left"] == 1
    assert deployment.reveal(declared).status_code == 200


def test_a_file_above_the_limit_is_told_of_uploads(deployment: Deployment) -> None:
    form = {"file": ("a", b"x" * (4 * MIB + 1), "text/plain")}
    answer = deployment.sender.call("POST", "/v1/secrets", form=form)
    assert (answer.status_code, "/v1/uploads" in answer.text) == (413, True)


@pytest.mark.disturbing
def test_a_reaper_that_may_not_delete_objects_erases_later(deployment: Deployment) -> None:
    sealed = deployment.sent(b"data")
    with deployment.denied("reap", "s3:DeleteObject"):
        assert deployment.reveal(sealed).status_code == 200
        until(lambda: deployment.receipt(sealed), lambda r: r["state"] == "revealed")
        assert sealed["id"] in deployment.objects()
        assert deployment.receipt(sealed)["erased_at"] is None
    deployment.erased(sealed)
    assert sealed["id"] not in deployment.objects()
