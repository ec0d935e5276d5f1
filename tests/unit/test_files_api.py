"""Files and uploads: round trips, names that mislead, bodies that lie."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.api import Api
from tests.support.services import load
from tests.support.world import client
from tests.unit.conftest import Calls

MIB = 2**20
answers = load("reveal", "chalicelib.answers")


def objects() -> set[str]:
    found = client("s3").list_objects_v2(Bucket="files").get("Contents", [])
    return {entry["Key"] for entry in found}


def records() -> int:
    dynamodb = client("dynamodb")
    return sum(len(dynamodb.scan(TableName=name)["Items"]) for name in ("secrets", "receipts"))


@pytest.mark.parametrize("size", [0, 1, 65536, 4 * MIB])
def test_a_file_comes_back_byte_for_byte_under_its_name(api: Api, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sealed = api.send_file(data, "r\u00e9sum\u00e9.pdf", ttl="2h", label="Q3").body
    assert (sealed["kind"], sealed["size"], sealed["label"]) == ("file", size, "Q3")
    answer = api.reveal_secret(sealed["id"], sealed["token"])
    assert (answer.status, answer.data) == (200, data)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"r_sum_.pdf\"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf"
    )
    assert answer.headers["X-Burnbag-Views-Left"] == "0"


def test_whoever_asks_for_json_gets_json(api: Api) -> None:
    sealed = api.send_file(b"%PDF", "a.pdf").body
    answer = api.reveal_secret(sealed["id"], sealed["token"], accept="application/json")
    assert (answer.body["filename"], answer.body["media_type"]) == ("a.pdf", "application/pdf")
    assert answer.body["secret_base64"] == "JVBERg=="


def test_neither_name_nor_bytes_are_stored_in_the_clear(api: Api) -> None:
    sealed = api.send_file(b"recognisable bytes", "recognisable.pdf").body
    stored = client("s3").get_object(Bucket="files", Key=f"files/{sealed['id']}")
    assert b"recognisable" not in stored["Body"].read()
    for table in ("secrets", "receipts"):
        assert "recognisable" not in str(client("dynamodb").scan(TableName=table))


def test_a_file_makes_four_calls_each_way(
    api: Api, create_calls: Calls, reveal_calls: Calls
) -> None:
    sealed = api.send_file(b"x").body
    assert create_calls == {
        "GenerateDataKey": 1,
        "TransactWriteItems": 1,
        "PutObject": 1,
        "UpdateItem": 1,
    }
    api.reveal_secret(sealed["id"], sealed["token"])
    assert reveal_calls == {"GetItem": 1, "Decrypt": 1, "GetObject": 1, "TransactWriteItems": 1}


@pytest.mark.parametrize(
    "name",
    [
        "../etc/passwd",
        "a/b",
        "a\\b",
        "..",
        "a\nb",
        "a\r\nSet-Cookie: x",
        'a"b',
        'a\\"b',
        "a%22b",
        "a\u202egnp.exe",
        "a\u200fb",
        "a\x00b",
        "x" * 1000,
    ],
    ids=ascii,
)
def test_a_misleading_name_is_refused_and_leaves_nothing(api: Api, name: str) -> None:
    # Written by hand: libraries escape what an attacker would not.
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body = head.encode() + b"Content-Type: text/plain\r\n\r\nx\r\n--b--\r\n"
    content_type = "multipart/form-data; boundary=b"
    answer = api.call("POST", "/v1/secrets", raw=body, content_type=content_type)
    assert (answer.status, answer.problem) == (400, "bad-request")
    assert (objects(), records()) == (set(), 0)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_no_name_breaks_a_header(name: str) -> None:
    shown = answers.make_disposition(name)
    assert shown.isascii() and shown.isprintable()
    plain = shown.removeprefix('attachment; filename="').split('"; ')[0]
    assert '"' not in plain and "\\" not in plain


PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n'
BROKEN = {
    "without an end": PART,
    "cut off": PART[:-9],
    "two files": PART * 2 + b"--b--\r\n",
    "10,000 parts": PART.replace(b'"file"', b'"x"') * 10_000 + b"--b--\r\n",
    "an unknown field": b'--b\r\nContent-Disposition: form-data; name="pw"\r\n\r\nx\r\n--b--\r\n',
    "no file": b'--b\r\nContent-Disposition: form-data; name="ttl"\r\n\r\n60\r\n--b--\r\n',
    "a file without a name": PART.replace(b'; filename="a"', b"") + b"--b--\r\n",
    "no disposition": b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
    "a bad media type": PART.replace(b"\r\n\r\n", b"\r\nContent-Type: te xt/h<tml\r\n\r\n")
    + b"--b--\r\n",
    "another boundary": PART.replace(b"--b", b"--c") + b"--c--\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_form_is_refused_and_leaves_nothing(api: Api, body: bytes) -> None:
    answer = api.call(
        "POST", "/v1/secrets", raw=body, content_type="multipart/form-data; boundary=b"
    )
    assert (answer.status, answer.problem) == (400, "bad-request")
    assert (objects(), records()) == (set(), 0)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_without_a_boundary_is_refused(api: Api, content_type: str) -> None:
    answer = api.call("POST", "/v1/secrets", raw=PART, content_type=content_type)
    assert (answer.status, answer.problem) == (400, "bad-request")


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"views": "0"}, 422), ({"views": "two"}, 400), ({"ttl": "1w"}, 400), ({"label": ""}, 400)],
)
def test_a_forms_fields_are_read_as_strictly_as_json(
    api: Api, fields: dict[str, str], status: int
) -> None:
    assert api.send_file(b"x", **fields).status == status
    assert (objects(), records()) == (set(), 0)


def test_a_form_takes_views_and_a_passphrase(api: Api) -> None:
    sealed = api.send_file(b"data", views="3", passphrase="p").body
    assert (sealed["max_views"], sealed["passphrase"]) == (3, True)
    wrong = api.reveal_secret(sealed["id"], sealed["token"], passphrase="wrong")
    assert wrong.body["attempts_left"] == 4
    assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").data == b"data"


FIELD = b'--b\r\nContent-Disposition: form-data; name="label"\r\n'


@pytest.mark.parametrize("charset", ["bogus", "hex", "unicode_escape", "utf-16", "idna"])
@pytest.mark.parametrize(("label", "status"), [(b"caf\xc3\xa9", 201), (b"caf\xe9", 400)])
def test_a_field_is_utf_8_whatever_its_part_says(
    api: Api, charset: str, label: bytes, status: int
) -> None:
    media_type = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
    body = PART + FIELD + media_type + label + b"\r\n--b--\r\n"
    answer = api.call(
        "POST", "/v1/secrets", raw=body, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status == status
    said = answer.body["label"] if status == 201 else answer.body["field"]
    assert said == ("caf\u00e9" if status == 201 else "label")


def test_a_file_above_the_limit_is_told_of_uploads(api: Api) -> None:
    answer = api.send_file(b"x" * (4 * MIB + 1))
    assert (answer.status, answer.problem) == (413, "too-large")
    assert "/v1/uploads" in answer.body["detail"]
    assert (objects(), records()) == (set(), 0)


@pytest.mark.parametrize("call", ["PutObject", "UpdateItem"])
def test_a_file_that_was_not_finished_is_swept_away_within_minutes(
    api: Api, create_calls: Calls, call: str
) -> None:
    create_calls.failing.add(call)
    assert api.send_file(b"x").problem == "unavailable"
    (item,) = client("dynamodb").scan(TableName="secrets")["Items"]
    assert int(item["erase_at"]["N"]) <= int(item["created_at"]["N"]) + 60


@pytest.mark.parametrize("call", ["GetItem", "Decrypt", "GetObject", "TransactWriteItems"])
def test_when_aws_fails_a_file_is_still_whole(api: Api, reveal_calls: Calls, call: str) -> None:
    sealed = api.send_file(b"data", passphrase="p").body
    reveal_calls.failing.add(call)
    answer = api.reveal_secret(sealed["id"], sealed["token"], passphrase="p")
    assert answer.problem == "unavailable"
    reveal_calls.failing.clear()
    assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").data == b"data"


def test_anothers_object_does_not_open(api: Api) -> None:
    one, other = api.send_file(b"one").body, api.send_file(b"other").body
    s3 = client("s3")
    s3.copy_object(
        Bucket="files", Key=f"files/{one['id']}", CopySource=f"files/files/{other['id']}"
    )
    answer = api.reveal_secret(one["id"], one["token"])
    assert (answer.status, answer.problem) == (500, "damaged")
    assert api.peek(one["id"], one["token"]).status == 200


def test_an_upload_is_declared_posted_and_linked_to(api: Api, reveal_calls: Calls) -> None:
    declared = api.declare(size=3, ttl="1h").body
    post = declared["upload"]
    assert post["expires_at"] == declared["created_at"] + 900
    assert post["fields"]["key"] == f"files/{declared['id']}"
    early = api.reveal_secret(declared["id"], declared["token"])
    assert (early.status, early.problem) == (409, "upload-incomplete")
    client("s3").put_object(Bucket="files", Key=f"files/{declared['id']}", Body=b"abc")
    assert api.peek(declared["id"], declared["token"]).body["views_left"] == 1
    reveal_calls.clear()
    answer = api.reveal_secret(declared["id"], declared["token"]).body
    assert reveal_calls == {"GetItem": 1, "HeadObject": 1, "Decrypt": 1, "TransactWriteItems": 1}
    assert answer["download"]["expires_at"] == answer["claimed_until"]
    assert f"files/{declared['id']}" in answer["download"]["url"]
    assert 890 <= answer["claimed_until"] - declared["created_at"] <= 960
    again = api.reveal_secret(declared["id"], declared["token"], key=answer["idempotency_key"])
    assert (again.status, again.body["views_left"]) == (200, 0)
    assert api.reveal_secret(declared["id"], declared["token"]).status == 410


def test_the_posts_policy_fixes_key_size_and_expiry(api: Api) -> None:
    declared = api.declare(size=7).body
    policy = json.loads(base64.b64decode(declared["upload"]["fields"]["policy"]))
    assert ["content-length-range", 7, 7] in policy["conditions"]
    assert {"key": f"files/{declared['id']}"} in policy["conditions"]
    assert {"bucket": "files"} in policy["conditions"]
    assert not [c for c in policy["conditions"] if "starts-with" in str(c)]


def test_declaring_an_upload_makes_two_calls(api: Api, create_calls: Calls) -> None:
    api.declare(size=5 * 2**30)
    assert create_calls == {"GenerateDataKey": 1, "TransactWriteItems": 1}


def test_an_object_of_another_size_is_not_the_upload(api: Api) -> None:
    declared = api.declare(size=3).body
    client("s3").put_object(Bucket="files", Key=f"files/{declared['id']}", Body=b"abcd")
    answer = api.reveal_secret(declared["id"], declared["token"])
    assert (answer.status, answer.problem) == (409, "upload-incomplete")


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({}, 400, "size"),
        ({"size": "7"}, 400, "size"),
        ({"size": True}, 400, "size"),
        ({"size": 0}, 422, "size"),
        ({"size": 5 * 2**30 + 1}, 413, "size"),
        ({"size": 1, "secret": "x"}, 400, "secret"),
    ],
)
def test_a_bad_declaration_is_refused(
    api: Api, fields: dict[str, Any], status: int, field: str
) -> None:
    answer = api.declare(**fields)
    assert (answer.status, answer.body["field"]) == (status, field)
    assert records() == 0
