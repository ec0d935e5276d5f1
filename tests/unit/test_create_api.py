"""The sender's calls: what is taken, what is refused, and in which words."""

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api import ADDRESS, SENDER, Api
from tests.support.size import examples
from tests.support.world import build_world, client
from tests.unit.conftest import Calls


def test_seals_a_secret_and_answers_with_link_and_tokens(api: Api) -> None:
    sealed = api.sealed(label="for the pipeline")
    assert sealed["link"] == f"https://burnbag.example/#{sealed['id']}.{sealed['token']}"
    assert len(sealed["id"]) == 22
    assert len(sealed["token"]) == len(sealed["receipt_token"]) == 43
    assert sealed["token"] != sealed["receipt_token"]
    assert sealed["expires_at"] == pytest.approx(time.time() + 86400, abs=60)
    assert (sealed["kind"], sealed["size"], sealed["max_views"]) == ("text", 7, 1)


def test_sealing_makes_two_aws_calls(api: Api, create_calls: Calls) -> None:
    api.sealed(passphrase="p", views=5)
    assert create_calls == {"GenerateDataKey": 1, "TransactWriteItems": 1}


def test_no_answer_may_be_cached(api: Api) -> None:
    for answer in (api.seal(secret="x"), api.seal(), api.peek("x", None)):
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("ttl", "seconds"),
    [(60, 60), ("60", 60), ("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604800)],
)
def test_a_ttl_is_seconds_or_a_number_with_a_unit(api: Api, ttl: object, seconds: int) -> None:
    sealed = api.sealed(ttl=ttl)
    assert sealed["expires_at"] - sealed["created_at"] == seconds


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "secret"),
    ({"secret": "a", "secret_base64": "YQ=="}, 400, "secret"),
    ({"secret": ""}, 400, "secret"),
    ({"secret": 5}, 400, "secret"),
    ({"secret": None}, 400, "secret"),
    ({"secret": "\ud800"}, 400, "secret"),
    ({"secret_base64": "YQ"}, 400, "secret_base64"),
    ({"secret_base64": "YQ==\n"}, 400, "secret_base64"),
    ({"secret_base64": " YQ=="}, 400, "secret_base64"),
    ({"secret_base64": "YR=="}, 400, "secret_base64"),
    ({"secret_base64": "Y-_="}, 400, "secret_base64"),
    ({"secret": "a", "ttl": "1w"}, 400, "ttl"),
    ({"secret": "a", "ttl": "2h "}, 400, "ttl"),
    ({"secret": "a", "ttl": "\u0661\u0662\u0663"}, 400, "ttl"),
    ({"secret": "a", "ttl": 90.5}, 400, "ttl"),
    ({"secret": "a", "ttl": True}, 400, "ttl"),
    ({"secret": "a", "ttl": None}, 400, "ttl"),
    ({"secret": "a", "ttl": 59}, 422, "ttl"),
    ({"secret": "a", "ttl": -1}, 422, "ttl"),
    ({"secret": "a", "ttl": "31d"}, 422, "ttl"),
    ({"secret": "a", "ttl": 10**30}, 422, "ttl"),
    ({"secret": "a", "views": 0}, 422, "views"),
    ({"secret": "a", "views": 101}, 422, "views"),
    ({"secret": "a", "views": "3"}, 400, "views"),
    ({"secret": "a", "views": True}, 400, "views"),
    ({"secret": "a", "passphrase": ""}, 400, "passphrase"),
    ({"secret": "a", "passphrase": "x" * 1025}, 422, "passphrase"),
    ({"secret": "a", "label": "x" * 257}, 422, "label"),
    ({"secret": "a", "label": "two\nlines"}, 400, "label"),
    ({"secret": "a", "password": "x"}, 400, "password"),
    ({"secret": "a", "new\nline": "x"}, 400, "body"),
]


@pytest.mark.parametrize(("fields", "status", "field"), REFUSED, ids=lambda v: str(v)[:40])
def test_bad_input_is_refused_by_the_name_of_its_field(
    api: Api, create_calls: Calls, fields: dict[str, Any], status: int, field: str
) -> None:
    answer = api.seal(**fields)
    assert (answer.status, answer.body["field"]) == (status, field)
    assert answer.problem in {"bad-request", "out-of-range"}
    assert not create_calls


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b'"secret"',
        b"null",
        b"\xff",
        '{"secret": "x"}'.encode("utf-16"),
        '{"secret": "x"}'.encode("utf-8-sig"),
        b'{"secret": "a", "secret": "b"}',
        b'{"secret": NaN}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_one_json_object_is_refused(api: Api, raw: bytes) -> None:
    answer = api.call("POST", "/v1/secrets", raw=raw)
    assert (answer.status, answer.problem) == (400, "bad-request")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_refused(api: Api, media_type: str) -> None:
    raw = json.dumps({"secret": "x"}).encode()
    answer = api.call("POST", "/v1/secrets", raw=raw, content_type=media_type)
    assert (answer.status, answer.problem) == (415, "unsupported-media-type")


def test_a_charset_is_no_other_media_type(api: Api) -> None:
    raw = json.dumps({"secret": "x"}).encode()
    answer = api.call(
        "POST", "/v1/secrets", raw=raw, content_type="Application/JSON; charset=utf-8"
    )
    assert answer.status == 201


def test_a_secret_at_the_limit_is_taken_and_one_byte_more_is_not(api: Api) -> None:
    assert api.seal(secret="x" * 262144).status == 201
    for fields in (
        {"secret": "x" * 262145},
        {"secret": "\u00e9" * 131073},
        {"secret_base64": base64.b64encode(b"x" * 262145).decode()},
    ):
        answer = api.seal(**fields)
        assert (answer.status, answer.problem) == (413, "too-large")
        assert "262144" in answer.body["detail"]


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8"), min_size=1), st.binary(min_size=1, max_size=99))
def test_any_text_and_any_bytes_come_back_as_they_were(api: Api, text: str, data: bytes) -> None:
    encoded = base64.b64encode(data).decode()
    for field, value in (("secret", text), ("secret_base64", encoded)):
        sealed = api.seal(**{field: value}).body
        revealed = api.reveal_secret(sealed["id"], sealed["token"])
        assert revealed.body[field] == value


def test_a_receipt_tells_everything_and_no_secret(api: Api) -> None:
    sealed = api.sealed(label="l", passphrase="p", views=2)
    receipt = api.receipt(sealed["id"], sealed["receipt_token"]).body
    assert receipt == {
        "id": sealed["id"],
        "state": "sealed",
        "kind": "text",
        "size": 7,
        "label": "l",
        "passphrase": True,
        "encrypted": False,
        "on_lock": "burn",
        "frozen_at": None,
        "created_at": sealed["created_at"],
        "created_by": SENDER,
        "expires_at": sealed["expires_at"],
        "max_views": 2,
        "views_left": 2,
        "views": [],
        "failed_attempts": 0,
        "recipients": [],
        "refusals": 0,
        "last_refusal": None,
        "ended_at": None,
        "ended_by": None,
        "erased_at": None,
    }


def test_a_receipt_tells_of_each_view_when_from_where_and_with_what(api: Api) -> None:
    sealed = api.sealed()
    sent = {"User-Agent": "curl/8.5.0 (x86_64)"}
    path = f"/v1/secrets/{sealed['id']}/reveal"
    api.call("POST", path, token=sealed["token"], headers=sent)
    receipt = api.receipt(sealed["id"], sealed["receipt_token"]).body
    assert receipt["views"] == [
        {"at": receipt["ended_at"], "by": None, "ip": ADDRESS, "user_agent": "curl/8.5.0"}
    ]


def test_a_receipt_names_the_address_of_a_sender_that_did_not_sign(api: Api) -> None:
    sealed = api.call("POST", "/v1/secrets", {"secret": "x"}, signed=False).body
    assert sealed["created_by"] == ADDRESS


def test_a_wrong_receipt_token_looks_like_an_unknown_id(api: Api) -> None:
    sealed, other = api.sealed(), api.sealed()
    unknown = api.receipt("A" * 22, sealed["receipt_token"])
    for token in (None, "", "x", sealed["token"], other["receipt_token"]):
        for answer in (api.receipt(sealed["id"], token), api.revoke(sealed["id"], token)):
            assert (answer.status, answer.words) == (404, unknown.words)
    assert api.peek(sealed["id"], sealed["token"]).status == 200


@pytest.mark.parametrize("secret_id", ["x", "A" * 21 + "=", "A" * 21 + "B", "A" * 5000, "%00"])
def test_what_is_no_id_asks_aws_nothing(api: Api, create_calls: Calls, secret_id: str) -> None:
    assert api.receipt(secret_id, "A" * 43).status == 404
    assert not create_calls


def test_revoking_ends_a_secret_at_once(api: Api) -> None:
    sealed = api.sealed(views=3)
    api.reveal_secret(sealed["id"], sealed["token"])
    revoked = api.revoke(sealed["id"], sealed["receipt_token"])
    assert (revoked.status, revoked.text) == (204, "")
    gone = api.reveal_secret(sealed["id"], sealed["token"])
    assert (gone.status, gone.body["state"]) == (410, "revoked")
    receipt = api.receipt(sealed["id"], sealed["receipt_token"]).body
    assert (receipt["state"], receipt["ended_by"]) == ("revoked", SENDER)
    assert len(receipt["views"]) == 1


def test_revoking_what_has_ended_says_how_it_ended(api: Api) -> None:
    sealed = api.sealed()
    api.reveal_secret(sealed["id"], sealed["token"])
    gone = api.revoke(sealed["id"], sealed["receipt_token"])
    assert (gone.status, gone.problem, gone.body["state"]) == (410, "gone", "revealed")
    assert gone.body["ended_at"]


@pytest.mark.parametrize("call", ["GenerateDataKey", "TransactWriteItems"])
def test_when_aws_fails_nothing_is_sealed(api: Api, create_calls: Calls, call: str) -> None:
    create_calls.failing.add(call)
    answer = api.seal(secret="hunter2")
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert not client("dynamodb").scan(TableName="secrets")["Items"]
    assert not client("dynamodb").scan(TableName="receipts")["Items"]


@pytest.mark.parametrize(("recorded", "address"), [("true", ADDRESS), ("false", None)])
def test_an_address_is_recorded_where_that_is_switched_on(
    api: Api, recorded: str, address: str | None
) -> None:
    """A revoke that nobody signed, as where `create_auth` is off, has nothing but an address."""
    other = Api(build_world(api.world.clock, RECORD_SOURCE_IP=recorded))
    sealed = other.sealed()
    other.revoke(sealed["id"], sealed["receipt_token"], signed=False)
    receipt = other.receipt(sealed["id"], sealed["receipt_token"]).body
    assert (receipt["state"], receipt["ended_by"]) == ("revoked", address)
