"""The calls that list receipts and revoke many, as API Gateway makes them."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.api import SENDER, Answer, Api
from tests.support.fakes import Clock
from tests.support.services import ENVIRON
from tests.support.world import build_world, moto_world

OPERATOR = "arn:aws:sts::123456789012:assumed-role/operators/ada"
OTHER = "arn:aws:sts::123456789012:assumed-role/payroll/1"
ADA = {
    "token_use": "id",
    "aud": ENVIRON["PEOPLE_CLIENT_ID"],
    "email": "ada@example.com",
    "email_verified": "true",
}


def listed(api: Api, path: str = "/v1/receipts", **query: str) -> Answer:
    return api.call("GET", path, query=query)


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [receipt["id"] for receipt in answer.body["receipts"]]


def sealed_by(api: Api, arn: str) -> dict[str, Any]:
    return api.call("POST", "/v1/secrets", {"secret": "x"}, by=arn).body


def test_a_role_finds_what_all_of_its_sessions_sent(api: Api) -> None:
    mine, later = api.sealed(), sealed_by(api, SENDER.replace("orders/1", "orders/2"))
    sealed_by(api, OTHER)
    answer = listed(api)
    assert set(ids(answer)) == {mine["id"], later["id"]}
    assert answer.body["cursor"] is None


def test_each_entry_is_the_receipt_and_no_token_is_in_it(api: Api) -> None:
    sealed = api.sealed(label="vpn")
    answer = listed(api)
    (shown,) = answer.body["receipts"]
    assert shown == api.receipt(sealed["id"], sealed["receipt_token"]).body
    assert sealed["token"] not in answer.text and sealed["receipt_token"] not in answer.text


def test_two_creators_do_not_see_each_other_by_a_cursor_either(api: Api) -> None:
    for _ in range(3):
        api.sealed()
    theirs = {sealed_by(api, OTHER)["id"] for _ in range(3)}
    cursor = listed(api, limit="1").body["cursor"]
    seen = api.call("GET", "/v1/receipts", query={"cursor": cursor}, by=OTHER)
    assert set(ids(seen)) <= theirs


def test_pages_are_asked_for_by_cursor(api: Api) -> None:
    sent = {api.sealed()["id"] for _ in range(5)}
    found, query = [], {"limit": "2"}
    while True:
        answer = listed(api, **query)
        found += ids(answer)
        if answer.body["cursor"] is None:
            break
        query["cursor"] = answer.body["cursor"]
    assert len(found) == 5 and set(found) == sent


def test_a_state_a_time_and_a_label_narrow_the_list(api: Api) -> None:
    vpn, payslip = api.sealed(label="vpn 4711"), api.sealed(label="payslip")
    api.revoke(payslip["id"], payslip["receipt_token"])
    assert ids(listed(api, state="sealed")) == [vpn["id"]]
    assert ids(listed(api, state="revoked")) == [payslip["id"]]
    assert ids(listed(api, label="vpn")) == [vpn["id"]]
    now = str(vpn["created_at"])
    assert vpn["id"] in ids(listed(api, since=now, until=str(int(now) + 5)))
    assert ids(listed(api, until=str(int(now) - 1))) == []
    # A label of digits is a text.
    assert ids(listed(api, label="4711")) == []


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"limit": "1000"}, 422, "limit"),
        ({"state": "open"}, 400, "state"),
        ({"cursor": "x"}, 400, "cursor"),
        ({"since": "2h"}, 400, "since"),
        ({"created_by": "orders"}, 400, "query"),
        ({"hunter2": "x"}, 400, "query"),
        ({"limit": ["1", "2"]}, 400, "limit"),
    ],
)
def test_a_question_that_makes_no_sense_is_a_problem_that_names_the_parameter(
    api: Api, query: Mapping[str, Any], status: int, field: str
) -> None:
    answer = api.call("GET", "/v1/receipts", query=query)
    assert (answer.status, answer.body["field"]) == (status, field)
    assert answer.problem in ("bad-request", "out-of-range")
    assert "hunter2" not in answer.text


def test_where_nobody_signs_nobody_has_a_list(api: Api) -> None:
    api.call("POST", "/v1/secrets", {"secret": "x"}, signed=False)
    answer = api.call("GET", "/v1/receipts", signed=False)
    assert (answer.status, answer.problem) == (403, "nameless")


def test_a_person_finds_what_this_address_sent(api: Api) -> None:
    sent = api.call("POST", "/people/secrets", {"secret": "x"}, claims=ADA).body
    api.call("POST", "/people/secrets", {"secret": "x"}, claims=ADA | {"email": "b@example.com"})
    api.sealed()
    assert ids(api.call("GET", "/people/receipts", claims=ADA)) == [sent["id"]]
    assert api.call("GET", "/people/receipts").problem == "not-signed-in"


def test_where_people_have_no_names_they_have_no_lists() -> None:
    with moto_world():
        api = Api(build_world(Clock(), PEOPLE_AUTH="NONE"))
        answer = api.call("GET", "/people/receipts")
        assert (answer.status, answer.problem) == (403, "nameless")


def test_an_operator_lists_and_revokes_anybodys(api: Api) -> None:
    mine, theirs = api.sealed(), sealed_by(api, OTHER)
    path = "/v1/revocations"
    found = api.call("GET", path, query={"created_by": "payroll"}, by=OPERATOR)
    assert ids(found) == [theirs["id"]]
    wanted = {"created_by": "payroll", "dry_run": True}
    counted = api.call("POST", path, wanted, by=OPERATOR)
    expected = {"created_by": "arn:aws:iam::123456789012:role/payroll", "found": 1}
    expected |= {"revoked": 0, "already_ended": 0, "failed": 0, "cursor": None}
    assert (counted.status, counted.body) == (200, expected)
    done = api.call("POST", path, wanted | {"dry_run": False}, by=OPERATOR)
    assert done.body == expected | {"revoked": 1}
    receipt = api.receipt(theirs["id"], theirs["receipt_token"]).body
    assert (receipt["state"], receipt["ended_by"]) == ("revoked", OPERATOR)
    assert api.receipt(mine["id"], mine["receipt_token"]).body["state"] == "sealed"


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({}, 400, "created_by"),
        ({"created_by": "*"}, 400, "created_by"),
        ({"created_by": "orders", "everything": True}, 400, "everything"),
        ({"created_by": "orders", "dry_run": "yes"}, 400, "dry_run"),
        ({"created_by": "orders", "since": "2h"}, 400, "since"),
        ({"created_by": "orders", "limit": 101}, 422, "limit"),
        ({"created_by": "orders", "cursor": "x"}, 400, "cursor"),
        ({"created_by": "orders", "state": "sealed"}, 400, "state"),
    ],
)
def test_an_order_that_makes_no_sense_revokes_nothing(
    api: Api, fields: dict[str, Any], status: int, field: str
) -> None:
    sealed = api.sealed()
    answer = api.call("POST", "/v1/revocations", fields, by=OPERATOR)
    assert (answer.status, answer.body["field"]) == (status, field)
    assert api.receipt(sealed["id"], sealed["receipt_token"]).body["state"] == "sealed"


def test_a_revocation_needs_json(api: Api) -> None:
    path, raw = "/v1/revocations", b"created_by=orders"
    answer = api.call("POST", path, raw=raw, content_type="text/plain", by=OPERATOR)
    assert (answer.status, answer.problem) == (415, "unsupported-media-type")


def test_nobody_without_a_signature_is_an_operator(api: Api) -> None:
    """API Gateway demands one; should it ever not, there is no name to act in."""
    api.sealed()
    path, wanted = "/v1/revocations", {"created_by": "orders"}
    for answer in (
        api.call("GET", path, query=wanted, signed=False),
        api.call("POST", path, wanted, signed=False),
    ):
        assert (answer.status, answer.problem) == (403, "nameless")


def test_people_have_no_call_for_revoking_many(api: Api) -> None:
    assert "/people/revocations" not in api.create.app.routes
