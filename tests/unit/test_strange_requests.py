"""What a stranger may send to the recipient's calls: refused before any work is done on it."""

import base64
import json
from typing import Any

import pytest

from tests.support.api import Answer, Api, common_headers, request
from tests.unit.conftest import Calls

KEY = "k" * 22
LARGE = 16 * 1024


def call(api: Api, event: dict[str, Any]) -> Answer:
    service = api.reveal if "reveal" in event["path"] or "confirm" in event["path"] else api.create
    answer = service.app(event, None)
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


@pytest.mark.parametrize("action", ["reveal", "confirm"])
def test_a_body_that_no_recipient_sends_is_not_parsed(
    api: Api, action: str, reveal_calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = api.sealed()
    parsed: list[bytes] = []
    monkeypatch.setattr(json, "loads", parsed.append)
    path = f"/v1/secrets/{sealed['id']}/{action}"
    body = b'{"passphrase": "' + b"x" * LARGE + b'"}'
    answer = api.call(
        "POST", path, raw=body, token=sealed["token"], headers={"Idempotency-Key": KEY}
    )
    monkeypatch.undo()
    assert (answer.status, answer.problem) == (413, "too-large")
    assert not parsed and not reveal_calls


def test_a_body_of_just_that_size_is_read(api: Api) -> None:
    sealed = api.sealed()
    path = f"/v1/secrets/{sealed['id']}/reveal"
    body = b"{}".ljust(LARGE)
    assert api.call("POST", path, raw=body, token=sealed["token"]).status == 200


@pytest.mark.parametrize("encoded", [True, False])
def test_the_limit_is_of_the_bytes_however_they_come(api: Api, encoded: bool) -> None:
    sealed = api.sealed()
    path = f"/v1/secrets/{sealed['id']}/reveal"
    event = request("POST", path, b" " * (LARGE + 3), common_headers(sealed["token"], "text/plain"))
    if not encoded:
        event |= {"body": " " * (LARGE + 3), "isBase64Encoded": False}
    assert call(api, event).status == 413


@pytest.mark.parametrize("action", ["reveal", "confirm"])
@pytest.mark.parametrize("token", [None, "", "x", "A" * 42])
def test_the_token_is_looked_at_before_the_body(api: Api, action: str, token: str | None) -> None:
    path = f"/v1/secrets/{'A' * 22}/{action}"
    answer = api.call("POST", path, raw=b"not even JSON", token=token)
    assert (answer.status, answer.problem) == (404, "not-found")


@pytest.mark.parametrize("action", ["reveal", "confirm"])
def test_for_whom_has_no_token_nothing_is_parsed(
    api: Api, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parsing 16 KiB of JSON made for it costs more than everything else."""
    sealed = api.sealed()
    parsed: list[bytes] = []
    monkeypatch.setattr("burnbag_core.fields.parse_json", parsed.append)
    path = f"/v1/secrets/{sealed['id']}/{action}"
    for body in (b"[" + b"[]," * 5000 + b"[]]", b"{" * LARGE):
        answer = api.call("POST", path, raw=body, token="A" * 43, headers={"Idempotency-Key": KEY})
        assert answer.status in (400, 404) and not parsed


@pytest.mark.parametrize("media_type", ["text/html", "application/x-www-form-urlencoded", "%", ""])
def test_a_get_with_a_foreign_media_type_is_answered_like_any_other(
    api: Api, media_type: str
) -> None:
    sealed = api.sealed()
    for path, token in (
        ("/v1/health", None),
        (f"/v1/secrets/{sealed['id']}", sealed["token"]),
        (f"/v1/receipts/{sealed['id']}", sealed["receipt_token"]),
    ):
        answer = api.call("GET", path, token=token, content_type=media_type)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", ["x", "\u00e9\u00e9\u00e9\u00e9", '{"passphrase": "p"}'])
@pytest.mark.parametrize("action", ["reveal", "confirm", None])
def test_a_body_that_claims_to_be_base64_is_a_bad_request(
    api: Api, body: str, action: str | None
) -> None:
    sealed = api.sealed(passphrase="p")
    path = f"/v1/secrets/{sealed['id']}/{action}" if action else "/v1/secrets"
    headers = common_headers(sealed["token"], "application/json") | {"Idempotency-Key": KEY}
    event = request("POST", path, b"", headers) | {"body": body, "isBase64Encoded": True}
    answer = call(api, event)
    assert answer.problem == "bad-request" and answer.status == 400
    assert answer.headers["Cache-Control"] == "no-store"
    assert api.peek(sealed["id"], sealed["token"]).body["views_left"] == 1


def test_a_body_that_claims_not_to_be_base64_is_a_bad_request(api: Api) -> None:
    sealed = api.sealed()
    body = base64.b64encode(b'{"passphrase": "p"}').decode()
    headers = common_headers(sealed["token"], "application/json")
    event = request("POST", f"/v1/secrets/{sealed['id']}/reveal", b"", headers)
    assert call(api, event | {"body": body}).problem == "bad-request"
