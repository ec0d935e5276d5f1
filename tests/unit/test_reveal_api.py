"""The recipient's calls: a view is consumed once, and only when everything else went well."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.errors import Unavailable
from burnbag_core.items import key

from tests.support.api import ADDRESS, Api
from tests.support.world import build_world, client
from tests.unit.conftest import Calls, change


def test_peeking_consumes_nothing(api: Api) -> None:
    sealed = api.sealed(passphrase="p")
    for _ in range(3):
        peeked = api.peek(sealed["id"], sealed["token"]).body
        assert (peeked["kind"], peeked["size"], peeked["views_left"]) == ("text", 7, 1)
        assert peeked["passphrase"] is True
        assert peeked["expires_at"] == sealed["expires_at"]
    assert "secret" not in peeked and "label" not in peeked


def test_a_secret_is_revealed_once(api: Api) -> None:
    sealed = api.sealed()
    first = api.reveal_secret(sealed["id"], sealed["token"])
    assert (first.status, first.body["secret"], first.body["views_left"]) == (200, "hunter2", 0)
    for answer in (
        api.reveal_secret(sealed["id"], sealed["token"]),
        api.peek(sealed["id"], sealed["token"]),
    ):
        assert (answer.status, answer.problem) == (410, "gone")
        assert answer.body["state"] == "revealed"
        assert answer.body["ended_at"] == pytest.approx(time.time(), abs=60)


def test_revealing_makes_three_aws_calls_and_a_passphrase_adds_one(
    api: Api, reveal_calls: Calls
) -> None:
    plain, locked = api.sealed(), api.sealed(passphrase="p")
    api.reveal_secret(plain["id"], plain["token"])
    assert reveal_calls == {"GetItem": 1, "Decrypt": 1, "TransactWriteItems": 1}
    reveal_calls.clear()
    api.reveal_secret(locked["id"], locked["token"], passphrase="p")
    assert reveal_calls == {"GetItem": 1, "UpdateItem": 1, "Decrypt": 1, "TransactWriteItems": 1}


def test_several_views_are_counted_down(api: Api) -> None:
    sealed = api.sealed(views=3)
    left = [api.reveal_secret(sealed["id"], sealed["token"]).body["views_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    assert api.reveal_secret(sealed["id"], sealed["token"]).status == 410
    receipt = api.receipt(sealed["id"], sealed["receipt_token"]).body
    assert receipt["state"] == "revealed"
    assert [view["ip"] for view in receipt["views"]] == [ADDRESS] * 3


def test_a_wrong_token_looks_like_an_unknown_id_before_and_after_the_end(api: Api) -> None:
    sealed = api.sealed()
    unknown = api.peek("A" * 22, sealed["token"])
    assert unknown.status == 404
    for _ in ("before", "after"):
        for token in (None, "", "x", sealed["receipt_token"], "A" * 43):
            for answer in (
                api.peek(sealed["id"], token),
                api.reveal_secret(sealed["id"], token),
            ):
                assert (answer.status, answer.words) == (404, unknown.words)
        api.reveal_secret(sealed["id"], sealed["token"])


def test_an_unknown_field_is_refused_and_nothing_consumed(api: Api) -> None:
    sealed = api.sealed()
    answer = api.reveal_secret(sealed["id"], sealed["token"], pasphrase="x")
    assert (answer.status, answer.body["field"]) == (400, "pasphrase")
    bad = [(5, 400), (["x"], 400), ("", 400), ("\ud800", 400), ("x" * 1025, 422)]
    for passphrase, status in bad:
        answer = api.reveal_secret(sealed["id"], sealed["token"], passphrase=passphrase)
        assert (answer.status, answer.body["field"]) == (status, "passphrase")
    assert api.reveal_secret(sealed["id"], sealed["token"], passphrase=None).status == 200


def test_a_passphrase_is_asked_for_without_spending_an_attempt(api: Api) -> None:
    sealed = api.sealed(passphrase="p")
    for _ in range(7):
        answer = api.reveal_secret(sealed["id"], sealed["token"])
        assert (answer.status, answer.problem) == (403, "passphrase-required")
        assert answer.body["attempts_left"] == 5
    assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").status == 200


def test_the_fifth_wrong_passphrase_locks(api: Api) -> None:
    sealed = api.sealed(passphrase="p")
    for left in (4, 3, 2, 1, 0):
        answer = api.reveal_secret(sealed["id"], sealed["token"], passphrase="wrong")
        assert (answer.status, answer.problem) == (403, "passphrase-wrong")
        assert answer.body["attempts_left"] == left
    answer = api.reveal_secret(sealed["id"], sealed["token"], passphrase="p")
    assert (answer.status, answer.body["state"]) == (410, "locked")
    receipt = api.receipt(sealed["id"], sealed["receipt_token"]).body
    assert (receipt["state"], receipt["failed_attempts"]) == ("locked", 5)


def test_a_right_passphrase_costs_no_attempt(api: Api) -> None:
    sealed = api.sealed(passphrase="p", views=8)
    for _ in range(4):
        api.reveal_secret(sealed["id"], sealed["token"], passphrase="wrong")
    for _ in range(7):
        assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").status == 200
    assert api.peek(sealed["id"], sealed["token"]).body["views_left"] == 1


def test_while_all_attempts_are_in_flight_the_answer_is_busy_and_not_a_lock(api: Api) -> None:
    sealed = api.sealed(passphrase="p")
    change(sealed["id"], attempts_left=0, attempted_at=int(time.time()))
    answer = api.reveal_secret(sealed["id"], sealed["token"], passphrase="p")
    assert (answer.status, answer.problem) == (429, "busy")
    assert answer.headers["Retry-After"] == "1"
    assert api.peek(sealed["id"], sealed["token"]).status == 200


def test_attempts_that_never_came_back_lock_in_the_end(api: Api) -> None:
    """Five calls died after reserving: they may have evaluated a guess, so none is given back."""
    sealed = api.sealed(passphrase="p")
    change(sealed["id"], attempts_left=0, attempted_at=int(time.time()) - 120)
    answer = api.reveal_secret(sealed["id"], sealed["token"], passphrase="p")
    assert (answer.status, answer.body["state"]) == (410, "locked")


@pytest.mark.parametrize("call", ["GetItem", "Decrypt", "TransactWriteItems"])
def test_when_aws_fails_the_secret_is_still_whole(api: Api, reveal_calls: Calls, call: str) -> None:
    sealed = api.sealed()
    reveal_calls.failing.add(call)
    answer = api.reveal_secret(sealed["id"], sealed["token"])
    assert (answer.status, answer.problem) == (503, "unavailable")
    reveal_calls.failing.clear()
    assert api.reveal_secret(sealed["id"], sealed["token"]).body["secret"] == "hunter2"


def test_when_kms_fails_the_attempt_is_handed_back(api: Api, reveal_calls: Calls) -> None:
    sealed = api.sealed(passphrase="p")
    reveal_calls.failing.add("Decrypt")
    for _ in range(7):
        assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").status == 503
    reveal_calls.failing.clear()
    assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").status == 200


def refuse_the_burn(real: object, *_: object) -> None:
    raise Unavailable("TransactWriteItems InternalServerError")


def test_when_the_burn_fails_the_attempt_is_handed_back(api: Api) -> None:
    """The right passphrase of a patient caller must not lock the secret."""
    sealed = api.sealed(passphrase="p")
    api.hooks.always("consume", refuse_the_burn)
    for _ in range(7):
        assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").status == 503
    api.hooks.undo()
    assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").status == 200


def test_an_attempt_is_not_handed_back_twice_where_the_burn_was_applied(api: Api) -> None:
    """The transaction handed it back and consumed the view; only its answer was lost."""
    sealed = api.sealed(passphrase="p", views=3)
    api.reveal_secret(sealed["id"], sealed["token"], passphrase="wrong")

    def lose_the_answer(real: Any, *arguments: object) -> None:
        real(*arguments)
        refuse_the_burn(real)

    api.hooks.instead("consume", lose_the_answer)
    assert api.reveal_secret(sealed["id"], sealed["token"], passphrase="p").status == 503
    secret = api.stored(sealed)
    assert (secret.attempts_left, secret.failed_attempts) == (4, 1)


FORGERIES: list[tuple[dict[str, Any], str]] = [
    ({"expires_at": 2_000_000_000}, "damaged"),
    ({"created_at": 1}, "damaged"),
    ({"created_at": -1}, "damaged"),
    ({"max_views": 100, "views_left": 100}, "damaged"),
    ({"max_views": 2**40}, "damaged"),
    ({"views_left": 2}, "damaged"),
    ({"views_left": 0}, "damaged"),
    ({"kind": "file"}, "damaged"),
    ({"kind": "x"}, "damaged"),
    ({"sealed": b"\x01" + b"x" * 50}, "damaged"),
    # With a salt the record asks for a passphrase, and no passphrase opens it.
    ({"salt": b"s" * 16}, "passphrase-wrong"),
]


@pytest.mark.parametrize(("forged", "problem"), FORGERIES)
def test_a_changed_record_no_longer_opens(api: Api, forged: dict[str, Any], problem: str) -> None:
    sealed = api.sealed()
    change(sealed["id"], **forged)
    passphrase = {"passphrase": "p"} if "salt" in forged else {}
    answer = api.reveal_secret(sealed["id"], sealed["token"], **passphrase)
    assert answer.problem == problem
    assert "hunter2" not in answer.text
    assert api.receipt(sealed["id"], sealed["receipt_token"]).body["state"] == "sealed"


def test_another_secrets_data_key_does_not_unwrap(api: Api) -> None:
    sealed, other = api.sealed(), api.sealed()
    change(sealed["id"], wrapped_key=api.stored(other).wrapped_key)
    answer = api.reveal_secret(sealed["id"], sealed["token"])
    assert (answer.status, answer.problem) == (500, "damaged")


def test_a_secret_of_another_environment_does_not_open(api: Api) -> None:
    sealed = api.sealed()
    elsewhere = Api(build_world(api.world.clock, ENVIRONMENT="prod"))
    assert elsewhere.reveal_secret(sealed["id"], sealed["token"]).problem == "damaged"
    assert api.reveal_secret(sealed["id"], sealed["token"]).status == 200


def test_no_address_is_recorded_where_that_is_switched_off(api: Api) -> None:
    quiet = Api(build_world(api.world.clock, RECORD_SOURCE_IP="false"))
    sealed = api.sealed()
    quiet.reveal_secret(sealed["id"], sealed["token"])
    views = api.receipt(sealed["id"], sealed["receipt_token"]).body["views"]
    assert [(view["by"], view["ip"]) for view in views] == [(None, None)]


def test_a_lost_record_without_an_end_in_its_receipt_has_expired(api: Api) -> None:
    """DynamoDB's TTL or the sweep was faster than the reaper that settles the receipt."""
    sealed = api.sealed()
    client("dynamodb").delete_item(TableName="secrets", Key=key(sealed["id"]))
    answer = api.peek(sealed["id"], sealed["token"])
    assert (answer.status, answer.body["state"]) == (410, "expired")
    assert answer.body["ended_at"] == pytest.approx(time.time(), abs=60)


def test_health_needs_nothing(api: Api, reveal_calls: Calls) -> None:
    answer = api.call("GET", "/v1/health")
    assert (answer.status, answer.body) == (200, {"status": "ok"})
    assert not reveal_calls


def test_what_is_logged_of_a_mistake_quotes_nothing(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = api.sealed()

    def broken(*_: object) -> None:
        raise RuntimeError("hunter2")

    api.hooks.instead("consume", broken)
    answer = api.reveal_secret(sealed["id"], sealed["token"])
    assert (answer.status, answer.problem) == (500, "internal")
    assert "RuntimeError at broken" in caplog.text
    assert "hunter2" not in caplog.text + answer.text


@pytest.mark.parametrize("service", ["create", "reveal"])
def test_every_read_is_consistent(api: Api, service: str) -> None:
    """A read that lags behind would show a burned secret, or hide one that was just sealed."""
    reads: list[Any] = []
    api.world.clients[service].observe(
        "before-parameter-build.dynamodb.GetItem", lambda params, **_: reads.append(params)
    )
    sealed = api.sealed()
    api.receipt(sealed["id"], sealed["receipt_token"])
    api.reveal_secret(sealed["id"], sealed["token"])
    api.peek(sealed["id"], sealed["token"])
    assert reads and all(params["ConsistentRead"] is True for params in reads)


def test_a_missing_passphrase_is_told_with_the_guesses_that_are_left(api: Api) -> None:
    sealed = api.sealed(passphrase="right")
    api.reveal_secret(sealed["id"], sealed["token"], passphrase="wrong")
    answer = api.reveal_secret(sealed["id"], sealed["token"])
    assert (answer.problem, answer.body["attempts_left"]) == ("passphrase-required", 4)


def test_no_write_has_names_without_an_entry(api: Api) -> None:
    """DynamoDB refuses an empty map of names, which moto takes."""
    writes: list[Any] = []
    api.world.clients["reveal"].observe(
        "before-parameter-build.dynamodb.TransactWriteItems",
        lambda params, **_: writes.extend(params["TransactItems"]),
    )
    sealed = api.sealed(views=2)
    for _ in range(2):
        api.reveal_secret(sealed["id"], sealed["token"])
    operations = [operation for write in writes for operation in write.values()]
    assert operations
    assert all(operation.get("ExpressionAttributeNames", {"#": ""}) for operation in operations)


def test_a_view_that_dynamodb_consumed_and_then_failed_is_not_called_whole(api: Api) -> None:
    """DynamoDB's own failure (500) leaves open whether the transaction was applied."""
    sealed = api.sealed()

    def apply_and_fail(real: Any, **request: Any) -> None:
        real(**request)
        metadata: Any = {"HTTPStatusCode": 500}
        code: Any = {"Code": "InternalServerError"}
        raise ClientError({"Error": code, "ResponseMetadata": metadata}, "TransactWriteItems")

    api.hooks.instead("transact_write_items", apply_and_fail)
    answer = api.reveal_secret(sealed["id"], sealed["token"])
    assert (answer.status, answer.problem) == (503, "interrupted")
    assert api.reveal_secret(sealed["id"], sealed["token"]).problem == "gone"
