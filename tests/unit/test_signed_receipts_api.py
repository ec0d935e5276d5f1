"""Signed receipts and the keys to check them with, as HTTP answers them."""

from typing import Any

import jwt
import pytest

from tests.support.api import Answer, Api
from tests.support.world import build_world
from tests.unit.conftest import Calls


def verified(api: Api, signed: str) -> dict[str, Any]:
    """What a receipt says, checked with the keys that anybody can get."""
    keys = jwt.PyJWKSet.from_dict(api.keys().body)
    key = keys[jwt.get_unverified_header(signed)["kid"]]
    claims: dict[str, Any] = jwt.decode(signed, key, algorithms=["ES256"])
    return claims


def signed_receipt(api: Api, sealed: dict[str, Any]) -> Answer:
    return api.signed_receipt(sealed["id"], sealed["receipt_token"])


def test_a_signed_receipt_says_exactly_what_the_other_one_does(api: Api) -> None:
    sealed = api.sealed(label="caf\u00e9", passphrase="p", views=2)
    api.reveal_secret(sealed["id"], sealed["token"], passphrase="wrong")
    api.reveal_secret(sealed["id"], sealed["token"], passphrase="p")
    signed = signed_receipt(api, sealed)
    claims = verified(api, signed.text)
    assert (signed.status, signed.headers["Content-Type"]) == (200, "application/jwt")
    assert signed.headers["Cache-Control"] == "no-store"
    receipt = api.receipt(sealed["id"], sealed["receipt_token"]).body
    assert claims.pop("iat") >= sealed["created_at"]
    assert claims == {"iss": "https://burnbag.example", "sub": sealed["id"], "receipt": receipt}
    assert (receipt["failed_attempts"], len(receipt["views"])) == (1, 1)


@pytest.mark.parametrize(
    ("accept", "is_signed"),
    [
        ("application/jwt", True),
        ("Application/JWT; q=1", True),
        ("text/html, application/jwt;q=0.9, */*;q=0.1", True),
        ("*/*", False),
        ("application/*", False),
        ("application/json", False),
        ("application/jwt-set+json", False),
        ("", False),
    ],
)
def test_only_who_asks_for_it_gets_it_signed(api: Api, accept: str, is_signed: bool) -> None:
    sealed = api.sealed()
    path, token = f"/v1/receipts/{sealed['id']}", sealed["receipt_token"]
    answer = api.call("GET", path, token=token, headers={"Accept": accept})
    assert answer.status == 200
    assert (answer.headers["Content-Type"] == "application/jwt") == is_signed


def test_without_the_receipt_token_nothing_is_signed(api: Api, create_calls: Calls) -> None:
    sealed = api.sealed()
    plain = api.receipt(sealed["id"], "A" * 43)
    for token in (None, "A" * 43, sealed["token"]):
        answer = api.signed_receipt(sealed["id"], token)
        assert (answer.status, answer.problem, answer.words) == (404, "not-found", plain.words)
    assert not {"Sign", "GetPublicKey"} & create_calls.keys()


def test_the_newest_key_signs_and_all_are_published(api: Api) -> None:
    first, second = api.keys().body["keys"]
    assert first["kid"] != second["kid"]
    header = jwt.get_unverified_header(signed_receipt(api, api.sealed()).text)
    assert header["kid"] == second["kid"]


def test_the_first_key_signs_as_long_as_it_is_the_only_one(api: Api) -> None:
    early = Api(build_world(api.world.clock, RECEIPT_KEY_ARNS="alias/receipts-1"))
    sealed = early.sealed()
    signed = signed_receipt(early, sealed)
    assert verified(early, signed.text)["sub"] == sealed["id"]
    header = jwt.get_unverified_header(signed.text)
    assert header["kid"] == api.keys().body["keys"][0]["kid"]


def test_the_keys_are_for_everybody_and_may_be_cached_as_nothing_else(api: Api) -> None:
    answer = api.keys()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for key in answer.body["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_kms_is_asked_for_a_public_key_once(api: Api, create_calls: Calls) -> None:
    sealed = api.sealed()
    create_calls.clear()
    for _ in range(2):
        signed_receipt(api, sealed)
    assert create_calls == {"GetItem": 2, "Sign": 2, "GetPublicKey": 1}
    api.keys(), api.keys()
    assert create_calls == {"GetItem": 2, "Sign": 2, "GetPublicKey": 2}


def test_kms_signs_the_digest_and_hashes_nothing(api: Api) -> None:
    asked: list[dict[str, Any]] = []

    def sign(real: Any, **request: Any) -> Any:
        asked.append(request)
        return real(**request)

    api.hooks.instead("sign", sign)
    signed_receipt(api, api.sealed())
    (request,) = asked
    assert len(request.pop("Message")) == 32
    assert request == {
        "KeyId": "alias/receipts-2",
        "MessageType": "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }


@pytest.mark.parametrize("call", ["Sign", "GetPublicKey", "GetItem"])
def test_when_aws_fails_the_caller_is_told_to_come_again(
    api: Api, create_calls: Calls, call: str
) -> None:
    sealed = api.sealed()
    create_calls.failing.add(call)
    answer = signed_receipt(api, sealed)
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("1", "no-store")
    create_calls.failing.clear()
    assert signed_receipt(api, sealed).status == 200


def test_when_kms_fails_there_are_no_keys_and_the_failure_is_not_cached(
    api: Api, create_calls: Calls
) -> None:
    create_calls.failing.add("GetPublicKey")
    answer = api.keys()
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert answer.headers["Cache-Control"] == "no-store"
    create_calls.failing.clear()
    assert api.keys().status == 200


def test_to_sign_no_old_key_is_needed(api: Api) -> None:
    asked: list[str] = []

    def get_public_key(real: Any, **request: str) -> Any:
        asked.append(request["KeyId"])
        return real(**request)

    api.hooks.always("get_public_key", get_public_key)
    assert signed_receipt(api, api.sealed()).status == 200
    assert asked == ["alias/receipts-2"]


def test_a_receipt_without_signature_needs_no_key(api: Api, create_calls: Calls) -> None:
    sealed = api.sealed()
    create_calls.failing |= {"Sign", "GetPublicKey"}
    assert api.receipt(sealed["id"], sealed["receipt_token"]).status == 200
