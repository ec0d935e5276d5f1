"""Events on the bus, and who is told of them: rules, filters and messages as Terraform makes them.

EventBridge here tries a delivery once and knows no dead-letter queue, so what becomes of what can't
be delivered is tested by `terraform test` only: retries, queue, and who may use it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from jsonschema import Draft202012Validator

from tests.support.deployment import Deployment, until
from tests.support.endpoint import Endpoint
from tests.support.inbox import listen, subscribed
from tests.support.notified import CHAT, HOOK, notifications
from tests.support.services import ROOT
from tests.support.size import FULL
from tools import stack

pytestmark = [
    pytest.mark.disturbing,
    pytest.mark.embedded("it listens on the loopback, and was applied to tell of it"),
]

EVENT: Final = json.loads((ROOT / "docs" / "events" / "2.json").read_text())
HOSTILE: Final = CHAT + 'x"}}],"channel":"#all","text":"<!channel> <https://evil.example|y> & \\'


@dataclass(frozen=True)
class Told:
    """A stack that tells `endpoint`: its webhook, its chat, and one that hears of nobody's."""

    deployment: Deployment
    endpoint: Endpoint


@pytest.fixture(scope="module")
def told(deployment: Deployment, endpoint: Endpoint) -> Iterator[Told]:
    """With the connections that docs/notifications.md makes, and conftest.py's stack refers to."""
    events = deployment.client("events")
    keys = {
        "hook": ("X-Api-Key", "the webhook's key"),
        "chat": ("Authorization", "Bearer the-chat-s-token"),
    }
    for name, (header, value) in keys.items():
        key = {"ApiKeyName": header, "ApiKeyValue": value}
        events.create_connection(
            Name=name, AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": key}
        )
    yield Told(deployment, endpoint)
    for name in keys:
        events.delete_connection(Name=name)


def test_a_webhook_gets_the_events_that_its_filter_lets_pass(told: Told) -> None:
    other = told.deployment.sealed(label="for nobody")
    sealed = told.deployment.sealed(label=HOOK + "staging")
    assert told.deployment.revoke(other).status_code == 204
    assert told.deployment.reveal(sealed).status_code == 200
    calls = until(lambda: told.endpoint.called("/hook"), lambda found: len(found) >= 2)
    for call in calls:
        assert call.headers["x-api-key"] == "the webhook's key"
        assert call.headers["content-type"].startswith("application/json")
        Draft202012Validator(EVENT).validate(call.json)
    logged = until(lambda: told.deployment.events(sealed["id"]), lambda found: len(found) >= 3)
    assert {call.json["event_id"] for call in calls} == {e["event_id"] for e in logged[:2]}
    # What is erased is not in its filter, and what the other became was told before.
    assert {call.json["secret_id"] for call in told.endpoint.calls} == {sealed["id"]}


def test_no_label_breaks_a_message_or_speaks_in_it(told: Told) -> None:
    sealed = told.deployment.sealed(label=HOSTILE)
    (call,) = until(lambda: told.endpoint.called("/chat"), bool)
    assert call.headers["authorization"] == "Bearer the-chat-s-token"
    message = call.json
    text = message["blocks"][0]["text"]
    assert message == {
        "channel": "C01",
        "text": "burnbag local: secret.created",
        "blocks": [{"type": "section", "text": text}],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    assert (text["type"], text["emoji"]) == ("plain_text", False)
    (created,) = [e for e in told.deployment.events(sealed["id"]) if e["event"] == "secret.created"]
    for told_of in ("\uff1c!channel\uff1e", sealed["id"], created["created_by"], created["time"]):
        assert told_of in text["text"]
    for secret in (sealed["token"], sealed["receipt_token"], sealed["link"]):
        assert secret not in call.body


def test_a_topic_tells_on_one_line(told: Told) -> None:
    sns, topic = told.deployment.client("sns"), "burnbag-local-notifications-opened"
    arn = next(t["TopicArn"] for t in sns.list_topics()["Topics"] if t["TopicArn"].endswith(topic))
    with listen() as inbox, subscribed(sns, arn, inbox.url):
        sealed = told.deployment.sealed(label="staging database")
        assert told.deployment.reveal(sealed).status_code == 200
        (message,) = until(lambda: inbox.messages, bool)
    start = f"burnbag local: secret.revealed “staging database” ({sealed['id']}), created by arn:"
    assert message.strip('"').startswith(start)


def test_anybody_in_the_account_may_subscribe_by_label(told: Told) -> None:
    events, sqs = told.deployment.client("events"), told.deployment.client("sqs")
    bus = told.deployment.outputs["event_bus_name"]
    url = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"source": ["burnbag"], "detail": {"label": ["mine"]}}
    events.put_rule(Name="mine", EventBusName=bus, EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": queue["QueueArn"]}
    events.put_targets(Rule="mine", EventBusName=bus, Targets=[target])
    told.deployment.sealed(label="not mine")
    sealed = told.deployment.sealed(label="mine")
    (message,) = until(
        lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []), bool
    )
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"]) == ("burnbag", "secret.created")
    assert (event["detail"]["secret_id"], event["detail"]["label"]) == (sealed["id"], "mine")
    events.remove_targets(Rule="mine", EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name="mine", EventBusName=bus)
    sqs.delete_queue(QueueUrl=url)


def test_what_the_bus_does_not_take_is_put_again_and_not_logged_again(told: Told) -> None:
    before = len(told.endpoint.called("/hook"))
    with told.deployment.denied("audit", "events:PutEvents"):
        retries = told.deployment.retries("audit")
        sealed = told.deployment.sealed(label=HOOK + "later")
        until(lambda: told.deployment.retries("audit"), lambda found: found > retries + 1)
        assert len(told.endpoint.called("/hook")) == before
    calls = until(lambda: told.endpoint.called("/hook")[before:], bool)
    assert {call.json["secret_id"] for call in calls} == {sealed["id"]}
    assert len(told.deployment.events(sealed["id"])) == 1


def test_only_audit_and_letters_put_events_and_only_burnbags(told: Told) -> None:
    bus = told.deployment.outputs["event_bus_name"]
    entry = {"EventBusName": bus, "Source": "burnbag", "DetailType": "x", "Detail": "{}"}
    wrong = [
        ("audit", entry | {"Source": "somebody"}),
        ("audit", entry | {"EventBusName": "default"}),
    ]
    others = ("create", "reveal", "page", "reap", "sweep", "stray", "reconcile")
    wrong += [(each, entry) for each in others]
    for function, put in wrong:
        events = told.deployment.session(function)("events")
        with pytest.raises(events.exceptions.ClientError, match="AccessDenied"):
            events.put_events(Entries=[put])
    answer = told.deployment.session("audit")("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0


@pytest.mark.skipif(not FULL, reason="it applies everything twice: BURNBAG_FULL=1")
def test_who_is_told_changes_while_the_stack_runs(told: Told) -> None:
    """Nobody by webhook or chat any more, and then both again."""
    name, everybody = told.deployment.stack.name, notifications(told.endpoint.url)
    before = len(told.endpoint.called("/hook"))
    stack.up(name, variables={"notifications": {"opened": everybody["opened"]}})
    try:
        unheard = told.deployment.sealed(label=HOOK + "unheard")
        until(lambda: told.deployment.events(unheard["id"]), bool)
    finally:
        stack.up(name, variables={"notifications": everybody})
    heard = told.deployment.sealed(label=HOOK + "heard")
    calls = until(lambda: told.endpoint.called("/hook")[before:], bool)
    assert {call.json["secret_id"] for call in calls} == {heard["id"]}
