"""The heartbeat on moto: through sweep, both streams, reap and audit, to a measurement."""

import json
from dataclasses import replace
from typing import Any

import pytest
from burnbag_core.items import deserialize, key

from tests.support.fakes import START
from tests.support.services import LambdaContext
from tests.support.world import client
from tests.unit.conftest import Reaper, removed, seal_many

BEAT = "heartbeat"


def gauges(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """The measurements that were printed since the last look."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    metric = "_aws"
    told = [line[metric]["CloudWatchMetrics"][0]["Metrics"][0] for line in lines]
    for each in told:
        assert each["Unit"] == ("Seconds" if each["Name"].endswith("Seconds") else "Count")
    return {each["Name"]: line[each["Name"]] for each, line in zip(told, lines, strict=True)}


def receipt() -> dict[str, Any]:
    item: dict[str, Any] = client("dynamodb").get_item(TableName="receipts", Key=key(BEAT))["Item"]
    return item


def change() -> dict[str, Any]:
    """The receipts stream's record of the heartbeat's receipt as it is now."""
    images = {"NewImage": receipt(), "OldImage": receipt()}
    return {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "5", **images}}


def test_a_beat_comes_all_the_way_and_says_how_long_it_took(
    reaper: Reaper, capsys: pytest.CaptureFixture[str]
) -> None:
    reaper.sweep({}, LambdaContext())
    assert gauges(capsys) == {"OldestOverdueSeconds": 0}
    assert reaper.world.ids("secrets") == set()
    assert reaper.audit({"Records": [change()]}, None) == {"batchItemFailures": []}
    assert gauges(capsys) == {}, "it is on its way"
    reaper.reap({"Records": [removed(BEAT, at=START + 60)]}, None)
    assert reaper.audit({"Records": [change()]}, None) == {"batchItemFailures": []}
    beat_at = deserialize(receipt())["beat_at"]
    (measured,) = gauges(capsys).items()
    assert measured == ("AuditBehindSeconds", max(0, reaper.audit.clock() - beat_at))
    assert reaper.events() == [], "it is no secret's event"
    assert reaper.dead_letters() == []


def test_the_next_beat_begins_anew(reaper: Reaper) -> None:
    for _ in range(2):
        reaper.sweep({}, LambdaContext())
        assert not {"erased_at", "removed_at"} & receipt().keys()
        reaper.reap({"Records": [removed(BEAT)]}, None)
        assert {"erased_at", "removed_at"} <= receipt().keys()
        assert receipt()["state"] == {"S": "heartbeat"}, "no secret's, so reap gives it no end"


def test_an_old_removal_that_settles_a_later_beat_says_how_late_it_is(
    reaper: Reaper, capsys: pytest.CaptureFixture[str]
) -> None:
    reaper.sweep({}, LambdaContext())
    first = deserialize(receipt())["beat_at"]
    reaper.world.wait(600)
    reaper.sweep({}, LambdaContext())
    gauges(capsys)
    reaper.reap({"Records": [removed(BEAT, at=first)]}, None)
    audit = replace(reaper.audit, clock=lambda: first + 605)
    audit({"Records": [change()]}, None)
    assert gauges(capsys) == {"AuditBehindSeconds": 605}, "not 5, as the later beat would say"


def test_nothing_is_measured_while_the_log_takes_nothing(
    reaper: Reaper, capsys: pytest.CaptureFixture[str]
) -> None:
    reaper.sweep({}, LambdaContext())
    reaper.reap({"Records": [removed(BEAT)]}, None)
    gauges(capsys)
    sealed = reaper.world.seal()
    image = client("dynamodb").get_item(TableName="receipts", Key=key(sealed["id"]))["Item"]
    for name, value in image.items():
        image[name] = {"B": ""} if "B" in value else value
    created = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "4", "NewImage": image}}
    calls = reaper.calls()
    calls.failing.add("PutLogEvents")
    answer = reaper.audit({"Records": [created, change()]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "4"}]}
    assert gauges(capsys) == {}
    calls.failing.clear()
    reaper.audit({"Records": [created, change()]}, None)
    assert gauges(capsys).keys() == {"AuditBehindSeconds"}


def test_a_beat_that_fails_fails_the_run_after_everything_was_deleted(
    reaper: Reaper, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = seal_many(reaper.world, 30)
    reaper.calls().failing.add("PutItem")
    with pytest.raises(Exception, match="PutItem"):
        reaper.sweep({}, LambdaContext())
    assert not reaper.world.ids("secrets") & set(ids)
    assert gauges(capsys) == {"OldestOverdueSeconds": 0}


def test_the_sweep_says_how_long_the_oldest_was_overdue_and_how_many_live(
    reaper: Reaper, capsys: pytest.CaptureFixture[str]
) -> None:
    seal_many(reaper.world, 30)
    reaper.world.wait(555)
    for _ in range(12):
        reaper.world.seal()
    reaper.sweep({}, LambdaContext())
    # The sweep's clock is a minute ahead, so that what lives for a minute is overdue by now.
    assert gauges(capsys) == {"OldestOverdueSeconds": 555, "LivingSecrets": 12}
    reaper.world.wait(60)
    reaper.sweep({}, LambdaContext())
    assert gauges(capsys) == {"OldestOverdueSeconds": 0}, "they are not counted every minute"
