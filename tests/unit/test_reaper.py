"""The reaper's three handlers on moto: what they settle, what they set aside, what they report."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import boto3
import pytest
from burnbag_core.items import key, serialize
from moto import mock_aws

from tests.support.services import ENVIRON, load
from tests.support.world import START, Clock, World, create_tables, wired
from tests.unit.conftest import Calls


class Context:
    """Lambda's context, with as much time as it is given."""

    def __init__(self, milliseconds: int = 50_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@dataclass
class Reaper:
    world: World
    reap: ModuleType
    sweep: ModuleType
    audit: ModuleType

    def dead_letters(self) -> list[dict[str, Any]]:
        answer = boto3.client("sqs").receive_message(
            QueueUrl=self.reap.config.dead_letters_url, MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def events(self) -> list[dict[str, Any]]:
        group = self.audit.config.audit_log_group
        found = boto3.client("logs").filter_log_events(logGroupName=group)["events"]
        return [json.loads(event["message"]) for event in found]


@pytest.fixture
def reaper() -> Iterator[Reaper]:
    with mock_aws():
        create_tables()
        key_id = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        boto3.client("kms").create_alias(AliasName="alias/sealing", TargetKeyId=key_id)
        url = boto3.client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
        boto3.client("logs").create_log_group(logGroupName="/burnbag/test/audit")
        environ = ENVIRON | {"DEAD_LETTERS_URL": url}
        modules = [load("reaper", name, environ) for name in ("reap", "sweep", "audit")]
        yield Reaper(wired(Clock()), *modules)


def removed(secret_id: str, number: str = "1") -> dict[str, Any]:
    """A record of the secrets stream: KEYS_ONLY, REMOVE."""
    keys = {"Keys": key(secret_id), "SequenceNumber": number, "StreamViewType": "KEYS_ONLY"}
    return {"eventName": "REMOVE", "dynamodb": keys}


def test_reap_settles_every_kind_of_end_once(reaper: Reaper) -> None:
    world = reaper.world
    revealed, revoked, expired = world.seal(), world.seal(), world.seal(ttl=60)
    world.reveal(revealed)
    world.sender.revoke(revoked["id"], revoked["receipt_token"], None)
    boto3.client("dynamodb").delete_item(TableName="secrets", Key=key(expired["id"]))
    batch = {"Records": [removed(s["id"]) for s in (revealed, revoked, expired, revealed)]}
    assert reaper.reap.handler(batch, None) == {"batchItemFailures": []}
    before = [world.receipt(s["id"]) for s in (revealed, revoked, expired)]
    assert [receipt.state for receipt in before if receipt] == ["revealed", "revoked", "expired"]
    assert all(receipt and receipt.erased_at for receipt in before)
    assert before[2] and before[2].ended_at == expired["expires_at"]
    reaper.reap.handler(batch, None)
    assert [world.receipt(s["id"]) for s in (revealed, revoked, expired)] == before


def test_reap_passes_over_a_receipt_that_was_purged(reaper: Reaper) -> None:
    sealed = reaper.world.seal(ttl=60)
    records = [removed("A" * 22), removed(sealed["id"])]
    assert reaper.reap.handler({"Records": records}, None) == {"batchItemFailures": []}
    receipt = reaper.world.receipt(sealed["id"])
    assert receipt and receipt.erased_at


def test_reap_sets_a_poisoned_record_aside_whole_and_goes_on(reaper: Reaper) -> None:
    sealed = reaper.world.seal()
    poison = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "7"}, "more": ["x"]}
    answer = reaper.reap.handler({"Records": [poison, removed(sealed["id"])]}, None)
    assert answer == {"batchItemFailures": []}
    assert reaper.dead_letters() == [{"function": "reap", "error": "KeyError", "record": poison}]
    receipt = reaper.world.receipt(sealed["id"])
    assert receipt and receipt.erased_at


def test_reap_reports_what_aws_did_not_take_and_succeeds_when_it_does(reaper: Reaper) -> None:
    sealed = reaper.world.seal()
    calls = Calls(reaper.reap.receipts.dynamodb)
    calls.failing.add("TransactWriteItems")
    batch = {"Records": [removed(sealed["id"], "42")]}
    assert reaper.reap.handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "42"}]}
    calls.failing.clear()
    assert reaper.reap.handler(batch, None) == {"batchItemFailures": []}


def test_when_the_dead_letters_fail_the_record_is_delivered_again(reaper: Reaper) -> None:
    Calls(reaper.reap.dead_letters.sqs).failing.add("SendMessage")
    calls = Calls(reaper.reap.dead_letters.sqs)
    calls.failing.add("SendMessage")
    batch = {"Records": [{"dynamodb": {"SequenceNumber": "7"}}]}
    assert reaper.reap.handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "7"}]}


def test_a_hundred_receipts_are_settled_in_one_call(reaper: Reaper) -> None:
    sealed = [reaper.world.seal(ttl=60) for _ in range(100)]
    calls = Calls(reaper.reap.receipts.dynamodb)
    reaper.reap.handler({"Records": [removed(s["id"]) for s in sealed]}, None)
    assert calls == {"TransactWriteItems": 1}


def test_sweep_deletes_what_is_overdue_and_nothing_else(
    reaper: Reaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = [reaper.world.seal(ttl=60) for _ in range(120)]
    later = reaper.world.seal(ttl=61)
    monkeypatch.setattr(reaper.sweep.time, "time", lambda: START + 60.5)
    calls = Calls(reaper.sweep.overdue.dynamodb)
    assert reaper.sweep.handler({}, Context()) == {"deleted": 120}
    assert calls == {"Query": 8, "TransactWriteItems": 2}
    assert [reaper.world.secret(sealed["id"]) for sealed in soon] == [None] * 120
    assert reaper.world.secret(later["id"])
    assert reaper.sweep.handler({}, Context()) == {"deleted": 0}


def test_sweep_leaves_out_what_went_meanwhile(reaper: Reaper) -> None:
    gone, there = reaper.world.seal(ttl=60), reaper.world.seal(ttl=60)
    boto3.client("dynamodb").delete_item(TableName="secrets", Key=key(gone["id"]))
    assert reaper.sweep.overdue.delete([gone["id"], there["id"]], START + 60) == 1
    assert reaper.world.secret(there["id"]) is None
    assert reaper.sweep.overdue.delete([gone["id"], there["id"]], START + 60) == 0


def test_sweep_stops_before_it_is_stopped(reaper: Reaper, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(150):
        reaper.world.seal(ttl=60)
    monkeypatch.setattr(reaper.sweep.time, "time", lambda: START + 60.0)
    assert reaper.sweep.handler({}, Context(5_000)) == {"deleted": 100}
    assert reaper.sweep.handler({}, Context(5_000)) == {"deleted": 50}


def changed(old: dict[str, Any] | None, new: dict[str, Any], number: str = "1") -> dict[str, Any]:
    """A record of the receipts stream: NEW_AND_OLD_IMAGES."""
    images = {"NewImage": serialize(new)} | ({"OldImage": serialize(old)} if old else {})
    return {
        "eventName": "MODIFY" if old else "INSERT",
        "dynamodb": {"Keys": key(new["id"]), "SequenceNumber": number, **images},
    }


SEALED = {
    "id": "i",
    "state": "sealed",
    "kind": "text",
    "created_at": START,
    "expires_at": START + 60,
    "max_views": 1,
    "views": [],
    "failed_attempts": 0,
}


def test_audit_writes_each_event_with_its_metric(reaper: Reaper) -> None:
    gone = SEALED | {
        "state": "revealed",
        "ended_at": START + 5,
        "views": [{"at": START + 5, "ip": "192.0.2.7"}],
    }
    batch = {"Records": [changed(None, SEALED), changed(SEALED, gone)]}
    assert reaper.audit.handler(batch, None) == {"batchItemFailures": []}
    created, revealed = reaper.events()
    assert (created["event"], created["SecretsCreated"]) == ("secret.created", 1)
    assert (revealed["event"], revealed["SecretsRevealed"]) == ("secret.revealed", 1)
    assert created["_aws"]["CloudWatchMetrics"][0] == {
        "Namespace": "burnbag",
        "Dimensions": [["environment"]],
        "Metrics": [{"Name": "SecretsCreated", "Unit": "Count"}],
    }


def test_audit_keeps_the_order_of_events_within_a_batch(reaper: Reaper) -> None:
    several = [{"at": START + 1, "ip": "192.0.2.7"}] * 30
    new = SEALED | {"views": several, "max_views": 30}
    reaper.audit.handler({"Records": [changed(None, new)]}, None)
    assert [event["event_id"] for event in reaper.events()] == ["i:created:1"] + [
        f"i:revealed:{number}" for number in range(1, 31)
    ]


def test_audit_sets_a_poisoned_record_aside_whole_and_goes_on(reaper: Reaper) -> None:
    poison = changed(None, SEALED | {"views": "not a list", "max_views": "one", "label": "keep"})
    answer = reaper.audit.handler({"Records": [poison, changed(None, SEALED)]}, None)
    assert answer == {"batchItemFailures": []}
    (letter,) = reaper.dead_letters()
    assert (letter["function"], letter["record"]) == ("audit", poison)
    assert [event["event"] for event in reaper.events()] == ["secret.created"]


def test_audit_reports_the_batch_when_the_log_does_not_take_it(reaper: Reaper) -> None:
    calls = Calls(reaper.audit.log.logs)
    calls.failing.add("PutLogEvents")
    batch = {"Records": [changed(None, SEALED, "42")]}
    assert reaper.audit.handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "42"}]}
    calls.failing.clear()
    assert reaper.audit.handler(batch, None) == {"batchItemFailures": []}
    assert [event["event"] for event in reaper.events()] == ["secret.created"]


def test_one_put_writes_a_whole_batch(reaper: Reaper) -> None:
    reaper.audit.handler({"Records": [changed(None, SEALED)]}, None)
    calls = Calls(reaper.audit.log.logs)
    reaper.audit.handler({"Records": [changed(None, SEALED)] * 100}, None)
    assert calls == {"PutLogEvents": 1}
