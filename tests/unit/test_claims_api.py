"""Claims: a lost answer can be had again, by the same caller, for a short while."""

import time

import pytest

from tests.support.api import Answer, Api
from tests.support.world import client
from tests.unit.conftest import Calls, change

KEY = "0123456789abcdef"
OTHER = "fedcba9876543210"


def ask(api: Api, sealed: dict[str, str], key: str | None = KEY, **fields: str) -> Answer:
    return api.reveal_secret(sealed["id"], sealed["token"], key=key, **fields)


def receipt(api: Api, sealed: dict[str, str]) -> dict[str, object]:
    return api.receipt(sealed["id"], sealed["receipt_token"]).body


def test_the_same_key_gets_the_same_answer_and_consumes_nothing(api: Api) -> None:
    sealed = api.sealed()
    first = ask(api, sealed)
    assert (first.status, first.body["secret"]) == (200, "hunter2")
    assert first.body["claimed_until"] - sealed["created_at"] in range(119, 180)
    for _ in range(3):
        assert ask(api, sealed).text == first.text
    seen = api.receipt(sealed["id"], sealed["receipt_token"]).body
    assert (seen["state"], len(seen["views"])) == ("revealed", 1)


def test_another_key_or_none_finds_it_gone(api: Api) -> None:
    sealed = api.sealed()
    ask(api, sealed)
    for answer in (ask(api, sealed, OTHER), ask(api, sealed, None)):
        assert (answer.status, answer.body["state"]) == (410, "revealed")
    assert api.peek(sealed["id"], sealed["token"]).status == 410
    assert api.revoke(sealed["id"], sealed["receipt_token"]).status == 410


def test_another_key_gets_the_next_view_where_one_is_left(api: Api) -> None:
    sealed = api.sealed(views=3)
    left = [ask(api, sealed, key).body["views_left"] for key in (KEY, OTHER, KEY, None, OTHER)]
    assert left == [2, 1, 2, 0, 1]
    assert ask(api, sealed, None).status == 410


def test_an_unclaimed_last_view_leaves_the_record_to_the_claims(api: Api) -> None:
    sealed = api.sealed(views=2)
    ask(api, sealed)
    ask(api, sealed, None)
    assert ask(api, sealed).status == 200
    api.confirm(sealed["id"], sealed["token"], KEY)
    assert api.stored(sealed) is None


def test_confirming_removes_the_record_at_once(api: Api) -> None:
    sealed = api.sealed()
    ask(api, sealed)
    assert api.confirm(sealed["id"], sealed["token"], KEY).status == 204
    assert api.stored(sealed) is None
    assert ask(api, sealed).status == 410
    assert api.confirm(sealed["id"], sealed["token"], KEY).status == 410


def test_confirming_what_is_not_claimed_is_a_conflict(api: Api) -> None:
    sealed = api.sealed(views=2)
    answer = api.confirm(sealed["id"], sealed["token"], KEY)
    assert (answer.status, answer.problem) == (409, "unclaimed")
    assert api.confirm(sealed["id"], "A" * 43, KEY).status == 404
    ask(api, sealed)
    assert api.confirm(sealed["id"], sealed["token"], OTHER).status == 409
    assert api.confirm(sealed["id"], sealed["token"], KEY).status == 204
    assert api.peek(sealed["id"], sealed["token"]).body["views_left"] == 1


@pytest.mark.parametrize("key", ["", "x" * 15, "x" * 129, "x" * 15 + " ", "x" * 15 + "\u00e9"])
def test_a_bad_key_is_refused_and_nothing_consumed(api: Api, key: str) -> None:
    sealed = api.sealed()
    for answer in (ask(api, sealed, key), api.confirm(sealed["id"], sealed["token"], key)):
        assert (answer.status, answer.body["field"]) == (400, "Idempotency-Key")
    assert api.confirm(sealed["id"], sealed["token"], None).status == 400
    assert api.peek(sealed["id"], sealed["token"]).status == 200


def test_a_claim_needs_the_passphrase_again_and_costs_no_attempt(api: Api) -> None:
    sealed = api.sealed(passphrase="p")
    assert ask(api, sealed, passphrase="p").status == 200
    for _ in range(7):
        assert ask(api, sealed, passphrase="p").status == 200
    assert ask(api, sealed).problem == "passphrase-required"
    assert api.stored(sealed).attempts_left == 5


def test_a_wrong_passphrase_on_a_claim_is_counted_and_changes_no_end(api: Api) -> None:
    sealed = api.sealed(passphrase="p")
    ask(api, sealed, passphrase="p")
    ended = receipt(api, sealed)
    for left in (4, 3, 2, 1):
        answer = ask(api, sealed, passphrase="wrong")
        assert (answer.status, answer.problem) == (403, "passphrase-wrong")
        assert answer.body["attempts_left"] == left
        assert ask(api, sealed, passphrase="p").status == 200
    assert receipt(api, sealed) == ended | {"failed_attempts": 4}
    assert api.stored(sealed).attempts_left == 1


def test_the_fifth_wrong_passphrase_on_a_claim_removes_the_record(api: Api) -> None:
    sealed = api.sealed(passphrase="p")
    ask(api, sealed, passphrase="p")
    ended = receipt(api, sealed)
    answers = [ask(api, sealed, passphrase="wrong") for _ in range(5)]
    assert [a.body["attempts_left"] for a in answers] == [4, 3, 2, 1, 0]
    assert api.stored(sealed) is None
    assert receipt(api, sealed) == ended | {"failed_attempts": 5}
    answer = ask(api, sealed, passphrase="p")
    assert (answer.status, answer.body["state"]) == (410, "revealed")


def test_attempts_on_a_claim_that_never_came_back_remove_the_record(api: Api) -> None:
    sealed = api.sealed(passphrase="p")
    ask(api, sealed, passphrase="p")
    ended = receipt(api, sealed)
    change(sealed["id"], attempts_left=0, attempted_at=int(time.time()) - 120)
    assert ask(api, sealed, passphrase="p").body["state"] == "revealed"
    assert api.stored(sealed) is None
    assert receipt(api, sealed) == ended


def test_a_claim_adds_no_call(api: Api, reveal_calls: Calls) -> None:
    sealed = api.sealed()
    ask(api, sealed)
    assert reveal_calls == {"GetItem": 1, "Decrypt": 1, "TransactWriteItems": 1}
    reveal_calls.clear()
    ask(api, sealed)
    assert reveal_calls == {"GetItem": 1, "Decrypt": 1}


@pytest.mark.parametrize("views", [1, 2])
def test_a_confirm_is_a_transaction_so_that_sending_it_twice_applies_it_once(
    api: Api, reveal_calls: Calls, views: int
) -> None:
    """Where the SDK sends it again, having lost the answer, the token says that it is the same."""
    sealed, tokens = api.sealed(views=views), []
    ask(api, sealed)
    reveal_calls.clear()
    api.world.clients["reveal"].observe(
        "before-parameter-build.dynamodb.TransactWriteItems",
        lambda params, **_: tokens.append(params["ClientRequestToken"]),
    )
    assert api.confirm(sealed["id"], sealed["token"], KEY).status == 204
    assert reveal_calls == {"GetItem": 1, "TransactWriteItems": 1}
    assert len(tokens) == 1


def test_the_key_itself_is_not_stored(api: Api) -> None:
    sealed = api.sealed()
    ask(api, sealed)
    assert KEY not in str(client("dynamodb").scan(TableName="secrets"))


def test_no_claim_outlives_the_secret(api: Api) -> None:
    sealed = api.sealed(ttl=60)
    assert ask(api, sealed).body["claimed_until"] == sealed["expires_at"]


def test_a_files_claim_is_told_in_a_header(api: Api) -> None:
    sealed = api.send_file(b"data").body
    first = ask(api, sealed)
    assert int(first.headers["X-Burnbag-Claimed-Until"]) > sealed["created_at"]
    again = ask(api, sealed)
    assert again.data == first.data
    assert again.headers | {"X-Request-Id": "1"} == first.headers | {"X-Request-Id": "1"}
