"""A secret for named recipients on a stack: who opens it, who is refused, and who is told."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.deployment import Api, Deployment, until
from tests.support.visitors import Visitor, Visitors, visitors

pytestmark = pytest.mark.embedded("it makes roles and people of its own")
KEY = "key-of-one-caller"
ENTRANCES = ["/signed", "/people"]


@pytest.fixture(scope="module")
def crowd(deployment: Deployment) -> Iterator[Visitors]:
    with visitors(deployment, "named") as found:
        yield found


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:burnbag:problem:")


def record_of(deployment: Deployment, sealed: dict[str, Any]) -> Any:
    table = deployment.outputs["secrets_table_name"]
    get = deployment.client("dynamodb").get_item
    return get(TableName=table, Key={"id": {"S": sealed["id"]}}, ConsistentRead=True)["Item"]


@pytest.mark.parametrize("at", ENTRANCES)
def test_a_named_recipient_looks_opens_and_confirms(
    deployment: Deployment, crowd: Visitors, at: str
) -> None:
    sealed, friend = deployment.sealed(recipients=crowd.named), crowd.friends[at]
    peeked = friend.peek(sealed)
    assert (peeked.status_code, peeked.json()["identified_as"]) == (200, friend.name)
    revealed = friend.reveal(sealed, KEY)
    assert revealed.status_code == 200, revealed.text
    assert (revealed.json()["secret"], revealed.json()["identified_as"]) == ("hunter2", friend.name)
    (other,) = (each for place, each in crowd.friends.items() if place != at)
    assert problem(other.reveal(sealed, KEY)) == (410, "gone")
    assert friend.confirm(sealed, KEY).status_code == 204
    receipt = deployment.erased(sealed)
    assert [view["by"] for view in receipt["views"]] == [friend.name]
    assert (receipt["state"], receipt["refusals"]) == ("revealed", 0)


@pytest.mark.parametrize("at", ["/v1", *ENTRANCES])
def test_a_thief_of_the_link_reads_locks_and_burns_nothing(
    deployment: Deployment, crowd: Visitors, at: str
) -> None:
    sealed = deployment.sealed(recipients=crowd.named, passphrase="right")
    thief, before = crowd.thieves[at], record_of(deployment, sealed)
    refused = (403, "recipient-required" if at == "/v1" else "not-the-recipient")
    answers = [thief.peek(sealed), thief.confirm(sealed, KEY)]
    answers += [thief.reveal(sealed, KEY, passphrase=word) for word in ("right", *["wrong"] * 5)]
    for answer in answers:
        assert problem(answer) == refused
        assert answer.json()["identify"] == ["iam", "people"]
        assert answer.json().get("identified_as") == thief.name
    assert record_of(deployment, sealed) == before
    friend = crowd.friends["/signed"]
    assert friend.reveal(sealed, passphrase="right").json()["secret"] == "hunter2"
    assert problem(thief.peek(sealed)) == refused, "nor that it has ended"
    receipt = deployment.receipt(sealed)
    told = 0 if at == "/v1" else len(answers) + 1
    assert (receipt["refusals"], receipt["failed_attempts"]) == (told, 0)
    events = until(
        lambda: Counter(event["event"] for event in deployment.events(sealed["id"])),
        lambda found: found["secret.refused"] >= told and bool(found["secret.erased"]),
    )
    assert events["secret.refused"] == told
    for event in deployment.events(sealed["id"]):
        if event["event"] == "secret.refused":
            assert (event["actor"], event["source_ip"]) == (thief.name, "127.0.0.1")
            assert event["user_agent"].startswith("python-requests/")


@pytest.mark.parametrize("at", ["/v1", *ENTRANCES])
def test_a_secret_for_anybody_opens_by_every_entrance(
    deployment: Deployment, crowd: Visitors, at: str
) -> None:
    sealed, visitor = deployment.sealed(), crowd.thieves[at]
    assert visitor.reveal(sealed).json()["secret"] == "hunter2"
    assert [view["by"] for view in deployment.receipt(sealed)["views"]] == [visitor.name]


def test_who_cannot_show_who_they_are_comes_in_nowhere(
    deployment: Deployment, crowd: Visitors
) -> None:
    sealed, path = deployment.sealed(recipients=crowd.named), "/secrets/"
    unsigned = Visitor(deployment, "/signed")
    assert problem(unsigned.peek(sealed)) == (403, "not-signed")
    sender = Visitor(deployment, "/signed", credentials=deployment.caller)
    assert sender.peek(sealed).status_code == 403, "its policy is for senders"
    assert problem(Visitor(deployment, "/people").peek(sealed)) == (401, "not-signed-in")
    forged = Visitor(deployment, "/people", id_token="eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImEifQ.")
    assert problem(forged.reveal(sealed)) == (401, "not-signed-in")
    billing = crowd.friends["/signed"]
    api = Api(deployment.stack, billing.credentials)
    answer = api.call("GET", f"/v1{path}{sealed['id']}", token=sealed["token"])
    assert problem(answer) == (403, "recipient-required"), "a signature counts where it is checked"
    assert api.call("POST", "/v1/secrets", body={"secret": "x"}).status_code == 403
    assert deployment.receipt(sealed)["refusals"] == 0


def test_a_file_for_recipients_comes_as_its_bytes(deployment: Deployment, crowd: Visitors) -> None:
    friend = crowd.friends["/signed"]
    sealed = deployment.sent(b"\x00\xff" * 500, recipients=str(friend.listed))
    answer = friend.reveal(sealed)
    assert (answer.status_code, answer.content) == (200, b"\x00\xff" * 500)


def test_who_may_write_records_makes_nobody_a_recipient(
    deployment: Deployment, crowd: Visitors
) -> None:
    sealed, eve = deployment.sealed(recipients=crowd.named), crowd.thieves["/signed"]
    listed = {"L": [{"S": str(eve.listed).replace("/team/", "/")}]}
    table, dynamodb = deployment.outputs["secrets_table_name"], deployment.client("dynamodb")
    forged = {
        "SET recipients = :list": {"ExpressionAttributeValues": {":list": listed}},
        "REMOVE recipients": {},
    }
    for change, values in forged.items():
        key = {"id": {"S": sealed["id"]}}
        dynamodb.update_item(TableName=table, Key=key, UpdateExpression=change, **values)
        assert problem(eve.reveal(sealed)) == (500, "damaged")
    assert problem(Visitor(deployment).reveal(sealed)) == (500, "damaged")
    assert deployment.receipt(sealed)["views"] == []
