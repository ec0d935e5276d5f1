"""The audit handler on moto: the events that it writes, what it sets aside, what it reports."""

import base64
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from burnbag_core.items import key, serialize

from tests.support.api import ADDRESS, SENDER, Api
from tests.support.fakes import START
from tests.support.world import client
from tests.unit.conftest import Reaper


def changed(old: dict[str, Any] | None, new: dict[str, Any], number: str = "1") -> dict[str, Any]:
    """A record of the receipts stream: NEW_AND_OLD_IMAGES."""
    images = {"NewImage": image(new)} | ({"OldImage": image(old)} if old else {})
    return {
        "eventName": "MODIFY" if old else "INSERT",
        "dynamodb": {"Keys": key(new["id"]), "SequenceNumber": number, **images},
    }


def image(values: dict[str, Any]) -> dict[str, Any]:
    """An image as Lambda delivers it: JSON has no bytes, so binary values come in base64."""
    item = serialize(values)
    for value in item.values():
        if "B" in value:
            value["B"] = base64.b64encode(value["B"]).decode()
    return item


SEALED = {
    "id": "i",
    "state": "sealed",
    "kind": "text",
    "created_at": START,
    "expires_at": START + 60,
    "max_views": 1,
    "views": [],
    "failed_attempts": 0,
    "size": 7,
    "passphrase": False,
    "purge_at": START + 90,
    "token_hash": b"t",
    "receipt_token_hash": b"r",
}


@dataclass
class Weighed:
    """An audit log that keeps what each write weighs, as PutLogEvents weighs it."""

    weights: list[int] = field(default_factory=list)
    written: frozenset[str] = frozenset()

    def write(self, messages: list[str]) -> None:
        self.weights.append(sum(len(message.encode()) + 26 for message in messages))


def test_a_batch_of_the_largest_events_fits_into_its_writes(reaper: Reaper) -> None:
    arn = f"arn:aws:iam::123456789012:user/{'p' * 510}/{'u' * 64}"
    agent = f"{'a' * 40}/{'1' * 40}"
    guess = {"at": START, "by": arn, "agent": agent}
    failed = SEALED | {"label": "\N{GRINNING FACE}" * 256, "created_by": arn, "last_failure": guess}
    locked = failed | {"failed_attempts": 1, "state": "locked", "ended_at": START}
    log = Weighed()
    replace(reaper.audit, log=log)({"Records": [changed(failed, locked)] * 300}, None)
    assert max(log.weights) <= 1_048_576


def test_audit_writes_each_event_with_its_metric(reaper: Reaper) -> None:
    gone = SEALED | {
        "state": "revealed",
        "ended_at": START + 5,
        "views": [{"at": START + 5, "ip": "192.0.2.7"}],
    }
    batch = {"Records": [changed(None, SEALED), changed(SEALED, gone)]}
    assert reaper.audit(batch, None) == {"batchItemFailures": []}
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
    reaper.audit({"Records": [changed(None, new)]}, None)
    assert [event["event_id"] for event in reaper.events()] == ["i:created:1"] + [
        f"i:revealed:{number}" for number in range(1, 31)
    ]


def test_audit_sets_a_poisoned_record_aside_whole_and_goes_on(reaper: Reaper) -> None:
    poison = changed(None, SEALED | {"views": "not a list", "max_views": "one", "label": "keep"})
    answer = reaper.audit({"Records": [poison, changed(None, SEALED)]}, None)
    assert answer == {"batchItemFailures": []}
    (letter,) = reaper.dead_letters()
    assert (letter["function"], letter["record"]) == ("audit", poison)
    assert [event["event"] for event in reaper.events()] == ["secret.created"]


@pytest.mark.parametrize(
    "poison", [{"created_at": "x"}, {"created_at": 10**18}, {"kind": b"\x00"}, {"state": 5}]
)
def test_audit_sets_aside_what_reads_well_and_cannot_be_written(
    reaper: Reaper, poison: dict[str, Any]
) -> None:
    poisoned = changed(None, SEALED | poison)
    reaper.audit({"Records": [poisoned, changed(None, SEALED)]}, None)
    assert [event["secret_id"] for event in reaper.events()][-1] == "i"
    assert len(reaper.dead_letters()) == ("state" not in poison)


def test_audit_times_go_on_where_the_last_batch_ended(reaper: Reaper) -> None:
    for _ in range(2):
        reaper.audit({"Records": [changed(None, SEALED)] * 50}, None)
    found = client("logs").filter_log_events(logGroupName="/burnbag/test/audit")["events"]
    assert len({event["timestamp"] for event in found}) == 100


def test_audit_reports_the_batch_when_the_log_does_not_take_it(reaper: Reaper) -> None:
    calls = reaper.calls()
    calls.failing.add("PutLogEvents")
    batch = {"Records": [changed(None, SEALED, "42")]}
    assert reaper.audit(batch, None) == {"batchItemFailures": [{"itemIdentifier": "42"}]}
    calls.failing.clear()
    assert reaper.audit(batch, None) == {"batchItemFailures": []}
    assert [event["event"] for event in reaper.events()] == ["secret.created"]


def test_one_put_writes_a_whole_batch(reaper: Reaper) -> None:
    reaper.audit({"Records": [changed(None, SEALED)]}, None)
    calls = reaper.calls()
    reaper.audit({"Records": [changed(None, SEALED)] * 100}, None)
    assert calls == {"PutLogEvents": 1}


def test_a_stream_that_was_deleted_is_made_again(reaper: Reaper) -> None:
    batch = {"Records": [changed(None, SEALED, "7")]}
    reaper.audit(batch, None)
    name = reaper.audit.log.stream
    client("logs").delete_log_stream(logGroupName=reaper.audit.log.group, logStreamName=name)
    failed = {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert reaper.audit(batch, None) == failed
    assert reaper.audit(batch, None) == {"batchItemFailures": []}
    assert len(reaper.events()) == 1


def test_who_did_it_comes_from_the_request_to_the_log(reaper: Reaper) -> None:
    """Each with ARN, address and program; what is seen of a browser is not all of it."""
    api, browser = Api(reaper.world), {"User-Agent": "Mozilla/5.0 (X11) Firefox/140.0"}
    path, body = "/v1/secrets", {"secret": "x", "passphrase": "p", "on_lock": "freeze"}
    sealed = api.call("POST", path, body, headers={"User-Agent": "burnbag/1.0"}).body
    guess = {"token": sealed["token"], "headers": browser}
    for _ in range(5):
        api.call("POST", f"{path}/{sealed['id']}/reveal", {"passphrase": "no"}, **guess)
    own = {"token": sealed["receipt_token"], "headers": {"User-Agent": "curl/8.5.0 x"}}
    assert api.call("POST", f"/v1/receipts/{sealed['id']}/unfreeze", {}, **own).status == 204
    assert api.call("DELETE", f"{path}/{sealed['id']}", **own).status == 204
    new = client("dynamodb").get_item(TableName="receipts", Key=key(sealed["id"]))["Item"]
    for value in new.values():
        value |= {"B": base64.b64encode(value["B"]).decode()} if "B" in value else {}
    record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": new}}
    assert reaper.audit({"Records": [record]}, None) == {"batchItemFailures": []}
    told = {e["event"]: (e["actor"], e["source_ip"], e["user_agent"]) for e in reaper.events()}
    assert told == {
        "secret.created": (SENDER, ADDRESS, "burnbag/1.0"),
        "secret.passphrase_failed": (None, ADDRESS, "Mozilla/5.0"),
        "secret.unfrozen": (SENDER, ADDRESS, "curl/8.5.0"),
        "secret.revoked": (SENDER, ADDRESS, "curl/8.5.0"),
    }
