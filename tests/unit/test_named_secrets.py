"""A secret that names its recipients: whoever else has the link can neither read, lock nor burn."""

from collections.abc import Mapping
from typing import Any

import pytest
from burnbag_core.items import key, serialize
from burnbag_core.records import MOST_REFUSALS, View

from tests.support.api import ADDRESS, Answer, Api
from tests.support.fakes import Clock
from tests.support.races import KEY
from tests.support.world import build_world, client, moto_world
from tests.unit.conftest import Calls, change

ROLE = "arn:aws:iam::123456789012:role/billing"
SESSION = "arn:aws:sts::123456789012:assumed-role/billing/worker-7"
EVE = "arn:aws:sts::123456789012:assumed-role/eve/billing"
ADA = {
    "aud": "page",
    "token_use": "id",
    "email": "ada@example.com",
    "email_verified": "true",
}
NAMED = [ROLE, "ada@example.com", "@example.org"]
Who = Mapping[str, Any]
# By each entrance: who is named, and who is not.
FRIENDS: dict[str, tuple[Who, str]] = {
    "/signed": ({"by": SESSION}, SESSION),
    "/people": ({"claims": ADA}, "ada@example.com"),
}
STRANGERS: dict[str, tuple[Who, str]] = {
    "/signed": ({"by": EVE}, EVE),
    "/people": ({"claims": {**ADA, "email": "eve@example.com"}}, "eve@example.com"),
}
by_entrance = pytest.mark.parametrize("at", ["/signed", "/people"])
anywhere = pytest.mark.parametrize("at", ["/v1", "/signed", "/people"])


def named(api: Api, **fields: Any) -> dict[str, Any]:
    return api.sealed(recipients=NAMED, **fields)


def ask(api: Api, sealed: dict[str, Any], at: str, who: Who, **said: Any) -> Answer:
    return api.reveal_secret(sealed["id"], sealed["token"], at=at, who=who, **said)


def look(api: Api, sealed: dict[str, Any], at: str, who: Who) -> Answer:
    return api.peek(sealed["id"], sealed["token"], at=at, **who)


def receipt_of(api: Api, sealed: dict[str, Any]) -> dict[str, Any]:
    return api.receipt(sealed["id"], sealed["receipt_token"]).body


def stranger_at(at: str) -> tuple[Who, int, str]:
    """Who has the link and no name on the list, and what is said to them."""
    if at == "/v1":
        return {}, 403, "recipient-required"
    return STRANGERS[at][0], 403, "not-the-recipient"


@by_entrance
def test_a_named_recipient_opens_it_and_is_in_the_receipt(api: Api, at: str) -> None:
    sealed, (who, identity) = named(api), FRIENDS[at]
    peeked = look(api, sealed, at, who)
    assert (peeked.status, peeked.body["identified_as"]) == (200, identity)
    answer = ask(api, sealed, at, who)
    assert (answer.status, answer.body["secret"]) == (200, "hunter2")
    assert answer.body["identified_as"] == identity
    (view,) = receipt_of(api, sealed)["views"]
    assert (view["by"], view["ip"]) == (identity, ADDRESS)


def test_whoever_is_in_a_named_domain_opens_it(api: Api) -> None:
    sealed = named(api)
    grace = {"claims": {**ADA, "email": "Grace@EXAMPLE.org"}}
    assert ask(api, sealed, "/people", grace).body["identified_as"] == "grace@example.org"


def test_without_an_identity_one_learns_only_how_to_identify(api: Api, reveal_calls: Calls) -> None:
    sealed = named(api, passphrase="right")
    for answer in (
        look(api, sealed, "/v1", {}),
        ask(api, sealed, "/v1", {}, passphrase="wrong", key=KEY),
        api.confirm(sealed["id"], sealed["token"], KEY),
    ):
        assert (answer.status, answer.problem) == (403, "recipient-required")
        assert answer.body.keys() == {
            "type",
            "title",
            "status",
            "detail",
            "identify",
            "request_id",
        }
        assert answer.body["identify"] == ["iam", "people"]
    assert reveal_calls == {"GetItem": 3}, "nothing is written, and no key unwrapped"
    receipt = receipt_of(api, sealed)
    assert (receipt["refusals"], receipt["last_refusal"]) == (0, None)


def test_of_an_ended_secret_the_receipt_is_read_once(api: Api, reveal_calls: Calls) -> None:
    sealed = named(api)
    api.revoke(sealed["id"], sealed["receipt_token"])
    assert look(api, sealed, "/signed", STRANGERS["/signed"][0]).problem == "not-the-recipient"
    assert reveal_calls == {"GetItem": 2, "TransactWriteItems": 1}


def test_the_write_itself_counts_to_a_hundred_and_no_further(api: Api) -> None:
    """However many come at once with what they read before."""
    sealed = named(api)
    dynamodb = api.world.clients["reveal"]("dynamodb")
    dynamodb.update_item(
        TableName="receipts",
        Key={"id": {"S": sealed["id"]}},
        UpdateExpression="SET refusals = :n",
        ExpressionAttributeValues={":n": {"N": str(MOST_REFUSALS - 1)}},
    )
    refusals = api.world.recipient.door.refusals
    for _ in range(2):
        refusals.count_refusal(sealed["id"], View(1, EVE))
    assert receipt_of(api, sealed)["refusals"] == MOST_REFUSALS


@pytest.mark.parametrize(
    ("recipients", "ways"), [([ROLE], ["iam"]), (["ada@example.com"], ["people"])]
)
def test_only_the_ways_that_are_of_use_are_named(
    api: Api, recipients: list[str], ways: list[str]
) -> None:
    sealed = api.sealed(recipients=recipients)
    assert look(api, sealed, "/v1", {}).body["identify"] == ways
    assert look(api, sealed, "/signed", {"by": EVE}).body["identify"] == ways


@by_entrance
def test_who_is_not_named_is_refused_and_the_sender_told(
    api: Api, reveal_calls: Calls, at: str
) -> None:
    sealed, (who, identity) = named(api, passphrase="right"), STRANGERS[at]
    answers = [
        look(api, sealed, at, who),
        ask(api, sealed, at, who, passphrase="wrong", key=KEY),
        api.confirm(sealed["id"], sealed["token"], KEY, at=at, **who),
    ]
    for answer in answers:
        assert (answer.status, answer.problem) == (403, "not-the-recipient")
        assert answer.body["identified_as"] == identity
        assert answer.body["identify"] == ["iam", "people"]
        assert not {"kind", "size", "views_left", "recipients"} & answer.body.keys()
        assert "ada@example.com" not in answer.text and "billing/" not in answer.text
    assert reveal_calls == {"GetItem": 6, "TransactWriteItems": 3}
    receipt = receipt_of(api, sealed)
    assert receipt["refusals"] == 3
    last = receipt["last_refusal"]
    assert (last["by"], last["ip"]) == (identity, ADDRESS)
    assert last["at"] >= sealed["created_at"]


@anywhere
def test_a_thief_with_the_link_can_neither_read_lock_nor_burn(api: Api, at: str) -> None:
    sealed, (who, status, problem) = named(api, passphrase="right"), stranger_at(at)
    before = api.stored(sealed)
    for passphrase in ["right", None, *["wrong"] * 7]:
        answer = ask(api, sealed, at, who, passphrase=passphrase, key=KEY)
        assert (answer.status, answer.problem) == (status, problem)
    assert api.stored(sealed) == before, "no view, no guess, no claim"
    friend, _ = FRIENDS["/signed"]
    assert ask(api, sealed, "/signed", friend, passphrase="right").body["secret"] == "hunter2"
    receipt = receipt_of(api, sealed)
    assert (receipt["state"], receipt["failed_attempts"]) == ("revealed", 0)


@anywhere
def test_a_wrong_token_looks_like_an_unknown_id_to_everybody(
    api: Api, reveal_calls: Calls, at: str
) -> None:
    sealed = named(api)
    for who in (FRIENDS.get(at, ({},))[0], stranger_at(at)[0]):
        for token in (None, "x", "A" * 43, sealed["receipt_token"]):
            answer = api.peek(sealed["id"], token, at=at, **who)
            assert (answer.status, answer.problem) == (404, "not-found")
        assert api.peek("A" * 22, sealed["token"], at=at, **who).status == 404
    assert "TransactWriteItems" not in reveal_calls
    assert receipt_of(api, sealed)["refusals"] == 0


@anywhere
def test_after_the_end_nobody_else_is_told_of_it(api: Api, at: str) -> None:
    sealed, (who, status, problem) = named(api), stranger_at(at)
    friend, _ = FRIENDS["/people"]
    assert ask(api, sealed, "/people", friend).status == 200
    for answer in (look(api, sealed, at, who), ask(api, sealed, at, who)):
        assert (answer.status, answer.problem) == (status, problem)
        assert "state" not in answer.body
    gone = look(api, sealed, "/people", friend)
    assert (gone.status, gone.body["state"]) == (410, "revealed")
    assert receipt_of(api, sealed)["refusals"] == (0 if at == "/v1" else 2)


@anywhere
def test_of_an_expired_record_nobody_else_is_told(at: str) -> None:
    """It is there until it is swept."""
    with moto_world() as world:
        api, (who, status, problem) = Api(world), stranger_at(at)
        sealed = named(api, ttl=60)
        world.wait(60)
        answer = look(api, sealed, at, who)
        assert (answer.status, answer.problem) == (status, problem)
        gone = look(api, sealed, "/signed", FRIENDS["/signed"][0])
        assert (gone.status, gone.body["state"]) == (410, "expired")


@anywhere
def test_a_frozen_secret_is_not_told_of_either(api: Api, at: str) -> None:
    sealed, (friend, _) = named(api, passphrase="right", on_lock="freeze"), FRIENDS["/signed"]
    for _ in range(5):
        ask(api, sealed, "/signed", friend, passphrase="wrong")
    who, status, problem = stranger_at(at)
    assert ask(api, sealed, "/signed", friend).problem == "frozen"
    answer = ask(api, sealed, at, who)
    assert (answer.status, answer.problem) == (status, problem)


@anywhere
def test_a_secret_without_recipients_opens_by_any_entrance(api: Api, at: str) -> None:
    sealed = api.sealed()
    who, identity = STRANGERS.get(at, ({}, None))
    assert "identified_as" not in look(api, sealed, at, who).body
    answer = ask(api, sealed, at, who)
    assert (answer.status, answer.body["secret"]) == (200, "hunter2")
    receipt = receipt_of(api, sealed)
    assert [view["by"] for view in receipt["views"]] == [identity]
    assert (receipt["recipients"], receipt["refusals"]) == ([], 0)


def test_a_wrong_guess_has_its_guessers_name(api: Api) -> None:
    sealed, (friend, identity) = named(api, passphrase="right"), FRIENDS["/people"]
    assert ask(api, sealed, "/people", friend, passphrase="wrong").problem == "passphrase-wrong"
    record = api.world.receipt(sealed["id"])
    assert record and record.last_failure and record.last_failure.by == identity


def test_who_is_refused_is_written_down_a_hundred_times_and_no_more(
    api: Api, reveal_calls: Calls
) -> None:
    sealed, (who, _) = named(api), STRANGERS["/signed"]
    assert look(api, sealed, "/signed", who).status == 403
    client("dynamodb").update_item(
        TableName="receipts",
        Key=key(sealed["id"]),
        UpdateExpression="ADD refusals :more",
        ExpressionAttributeValues=serialize({":more": MOST_REFUSALS - 2}),
    )
    assert look(api, sealed, "/signed", who).status == 403
    last = receipt_of(api, sealed)["last_refusal"]
    reveal_calls.clear()
    other = {"by": EVE.replace("eve", "mallory")}
    assert look(api, sealed, "/signed", other).problem == "not-the-recipient"
    assert reveal_calls == {"GetItem": 2}, "not even a write that is refused"
    receipt = receipt_of(api, sealed)
    assert (receipt["refusals"], receipt["last_refusal"]) == (MOST_REFUSALS, last)


def test_where_the_refusal_cannot_be_written_down_it_is_a_failure(
    api: Api, reveal_calls: Calls
) -> None:
    sealed, (who, _) = named(api), STRANGERS["/signed"]
    reveal_calls.failing.add("TransactWriteItems")
    answer = look(api, sealed, "/signed", who)
    assert (answer.status, answer.problem) == (503, "unavailable")
    reveal_calls.failing.clear()
    assert look(api, sealed, "/signed", who).status == 403
    assert receipt_of(api, sealed)["refusals"] == 1


def test_a_receipt_that_is_gone_counts_nothing_and_is_not_made_anew(api: Api) -> None:
    sealed, (who, _) = named(api), STRANGERS["/signed"]
    api.world.clients["test"] = api.world.clients["reveal"]
    dynamodb = api.world.clients["test"]("dynamodb")
    dynamodb.delete_item(TableName="receipts", Key={"id": {"S": sealed["id"]}})
    assert look(api, sealed, "/signed", who).problem == "not-the-recipient"
    assert api.world.ids("receipts") == set()


# Whatever somebody else's field says, the entrance decides who calls.
def test_an_entrance_believes_only_what_it_has_verified_itself(api: Api) -> None:
    sealed = named(api)
    both = {"by": SESSION, "claims": ADA}
    eve = {**ADA, "email": "eve@example.com"}
    assert look(api, sealed, "/v1", both).problem == "recipient-required"
    assert look(api, sealed, "/v1", {"claims": ADA}).problem == "recipient-required"
    assert look(api, sealed, "/v1", {"by": SESSION}).problem == "recipient-required"
    answer = look(api, sealed, "/signed", {"by": EVE, "claims": ADA})
    assert (answer.problem, answer.body["identified_as"]) == ("not-the-recipient", EVE)
    answer = look(api, sealed, "/people", {"by": SESSION, "claims": eve})
    assert answer.body["identified_as"] == "eve@example.com"
    nobody = look(api, sealed, "/signed", {"signed": False, "claims": ADA})
    assert nobody.problem == "recipient-required"
    headers = {
        "X-Amzn-Caller-Arn": SESSION,
        "X-Amzn-Oidc-Data": "eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9",
        "X-Original-Url": f"/signed/secrets/{sealed['id']}",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/x",
    }
    assert look(api, sealed, "/v1", {"headers": headers}).problem == "recipient-required"
    assert receipt_of(api, sealed)["views"] == []


@pytest.mark.parametrize(
    "by",
    [
        "arn:aws:iam::123456789012:root",
        "arn:aws:sts::123456789012:federated-user/billing",
        "arn:aws:iam::123456789012:user/billing",
        "arn:aws:sts::210987654321:assumed-role/billing/worker-7",
        "billing",
    ],
)
def test_who_cannot_be_compared_is_not_named(api: Api, by: str) -> None:
    answer = look(api, named(api), "/signed", {"by": by})
    assert (answer.status, answer.problem, answer.body["identified_as"]) == (
        403,
        "not-the-recipient",
        by,
    )


@pytest.mark.parametrize(
    ("changed", "status", "problem"),
    [
        ({"email_verified": "false"}, 403, "email-unverified"),
        ({"token_use": "access"}, 401, "not-signed-in"),
        ({"aud": "other"}, 401, "not-signed-in"),
        ({"email": "\u0430da@example.com"}, 403, "email-unverified"),
    ],
)
def test_a_person_needs_this_sign_ins_token_and_a_verified_address(
    api: Api, reveal_calls: Calls, changed: dict[str, str], status: int, problem: str
) -> None:
    sealed = named(api)
    answer = look(api, sealed, "/people", {"claims": {**ADA, **changed}})
    assert (answer.status, answer.problem) == (status, problem)
    assert look(api, sealed, "/people", {}).problem == "not-signed-in"
    assert not reveal_calls


def test_a_page_of_another_origin_opens_nothing_in_a_persons_name(api: Api) -> None:
    sealed = named(api)
    who = {"claims": ADA, "headers": {"Sec-Fetch-Site": "cross-site"}}
    assert look(api, sealed, "/people", who).problem == "cross-site"


def test_a_claim_is_its_recipients_own(api: Api) -> None:
    """Two of them use one key: each has a view, and no other's answer."""
    sealed = named(api, views=3)
    friend, _ = FRIENDS["/signed"]
    ada, _ = FRIENDS["/people"]
    assert ask(api, sealed, "/signed", friend, key=KEY).body["views_left"] == 2
    assert ask(api, sealed, "/people", ada, key=KEY).body["views_left"] == 1
    other_session = {"by": SESSION.replace("worker-7", "worker-8")}
    assert ask(api, sealed, "/signed", other_session, key=KEY).body["views_left"] == 2
    assert api.confirm(sealed["id"], sealed["token"], KEY, at="/people", **ada).status == 204
    assert ask(api, sealed, "/people", ada, key=KEY).problem == "already-confirmed"
    again = api.confirm(sealed["id"], sealed["token"], KEY, at="/people", **ada)
    assert again.problem == "unclaimed"
    assert ask(api, sealed, "/signed", friend, key=KEY).body["views_left"] == 2
    assert len(receipt_of(api, sealed)["views"]) == 2


def test_after_the_last_view_another_recipient_with_the_same_key_gets_nothing(api: Api) -> None:
    sealed = named(api)
    friend, _ = FRIENDS["/signed"]
    ada, _ = FRIENDS["/people"]
    assert ask(api, sealed, "/signed", friend, key=KEY).status == 200
    assert ask(api, sealed, "/people", ada, key=KEY).problem == "gone"
    assert api.confirm(sealed["id"], sealed["token"], KEY, at="/people", **ada).status == 410
    assert ask(api, sealed, "/signed", friend, key=KEY).body["secret"] == "hunter2"


def test_a_claim_without_recipients_comes_back_by_another_entrance(api: Api) -> None:
    sealed = api.sealed()
    assert ask(api, sealed, "/v1", {}, key=KEY).status == 200
    assert ask(api, sealed, "/signed", {"by": EVE}, key=KEY).body["secret"] == "hunter2"


@pytest.mark.parametrize(
    "forged",
    [
        {"recipients": ["arn:aws:iam::123456789012:role/eve"]},
        {"recipients": [*sorted(NAMED), "arn:aws:iam::123456789012:role/eve"]},
        {"recipients": []},
    ],
)
def test_a_list_that_was_changed_in_the_table_opens_for_nobody(
    api: Api, forged: dict[str, Any]
) -> None:
    sealed = named(api)
    change(sealed["id"], **forged)
    friend, _ = FRIENDS["/signed"]
    answers = [ask(api, sealed, "/signed", who) for who in (friend, {"by": EVE})]
    assert {answer.problem for answer in answers} <= {"damaged", "not-the-recipient"}
    assert "damaged" in {answer.problem for answer in answers}
    assert receipt_of(api, sealed)["views"] == []


def test_recipients_that_are_put_into_a_record_of_anybodys_open_for_nobody(api: Api) -> None:
    sealed = api.sealed()
    change(sealed["id"], recipients=["arn:aws:iam::123456789012:role/eve"])
    assert ask(api, sealed, "/signed", {"by": EVE}).problem == "damaged"


def test_a_list_in_a_record_of_an_older_version_is_a_forgery(api: Api) -> None:
    sealed = named(api)
    stored = api.stored(sealed).sealed
    for version in (1, 2):
        change(sealed["id"], sealed=bytes([version]) + stored[1:])
        assert ask(api, sealed, "/signed", {"by": SESSION}).problem == "damaged"
        assert receipt_of(api, sealed)["views"] == []


@pytest.mark.parametrize("kind", ["text", "form", "upload"])
def test_every_order_takes_recipients(api: Api, kind: str) -> None:
    if kind == "form":
        fields = [("file", ("a.txt", "hunter2", "text/plain"))]
        answer = api.send_form([*fields, *(("recipients", each) for each in NAMED)])
    else:
        order = {"secret": "hunter2"} if kind == "text" else {"size": 7}
        path = "/v1/secrets" if kind == "text" else "/v1/uploads"
        answer = api.call("POST", path, {**order, "recipients": NAMED})
    assert answer.status == 201
    listed = ["@example.org", "ada@example.com", ROLE]
    assert answer.body["recipients"] == listed
    assert receipt_of(api, answer.body)["recipients"] == listed
    record, receipt = api.stored(answer.body), api.world.receipt(answer.body["id"])
    assert record.recipients == receipt.recipients == tuple(listed)  # type: ignore[union-attr]


def test_a_comma_in_a_form_parts_nobody(api: Api) -> None:
    """It may be in a role's name."""
    fields = [("file", ("a.txt", "x", "text/plain")), ("recipients", f"{ROLE},{ROLE}2")]
    answer = api.send_form(fields)
    assert (answer.status, answer.body["field"]) == (400, "recipients")
    odd = f"{ROLE},@example.com"
    answer = api.send_form([fields[0], ("recipients", odd)])
    assert answer.body["recipients"] == [odd]
    eve = {"claims": {**ADA, "email": "eve@example.com"}}
    assert look(api, answer.body, "/people", eve).problem == "not-the-recipient"


def test_without_recipients_neither_record_has_the_attribute(api: Api) -> None:
    sealed = api.sealed()
    dynamodb = api.world.clients["reveal"]("dynamodb")
    for table in ("secrets", "receipts"):
        item = dynamodb.get_item(TableName=table, Key={"id": {"S": sealed["id"]}})["Item"]
        assert "recipients" not in item


def test_the_same_key_for_other_recipients_is_another_order(api: Api) -> None:
    key = {"Idempotency-Key": "one-idempotency-key-of-128-bits"}

    def order(**fields: Any) -> Answer:
        return api.call("POST", "/v1/secrets", {"secret": "x", **fields}, headers=key)

    first = order(recipients=NAMED)
    assert first.status == 201
    assert order(recipients=list(reversed(NAMED))).body["id"] == first.body["id"]
    for recipients in ([ROLE], [*NAMED, "eve@example.com"]):
        assert order(recipients=recipients).problem == "idempotency-key-reused"
    assert order().problem == "idempotency-key-reused"


def test_without_a_sign_in_there_is_no_entrance_for_people() -> None:
    with moto_world():
        api = Api(build_world(Clock(), PEOPLE_AUTH="NONE", PEOPLE_CLIENT_ID=""))
        assert not [path for path in api.reveal.app.routes if path.startswith("/people")]
        refused = api.seal(secret="x", recipients=["ada@example.com"])
        assert (refused.status, refused.problem) == (422, "out-of-range")
        sealed = api.sealed(recipients=[ROLE])
        assert look(api, sealed, "/signed", {"by": SESSION}).status == 200
