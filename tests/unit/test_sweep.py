"""The sweep on moto and on a fake index: what it deletes, what it leaves, what it reports."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.aws import TRANSIENT
from burnbag_core.items import deserialize, key, serialize

from tests.support.fakes import START
from tests.support.services import LambdaContext, load
from tests.support.world import client
from tests.unit.conftest import BATCH, Reaper, no_pause, refuse, seal_many


def test_sweep_deletes_what_is_overdue_and_nothing_else(reaper: Reaper) -> None:
    soon = seal_many(reaper.world, 120)
    later = reaper.world.seal(ttl=61)
    calls = reaper.calls()
    assert reaper.sweep({}, LambdaContext()) == {"deleted": 120}
    beat = {"UpdateItem": 1, "PutItem": 1, "DeleteItem": 1}
    assert calls == {"Query": 8, BATCH: 5, **beat}
    assert [reaper.world.secret(secret_id) for secret_id in soon] == [None] * 120
    assert reaper.world.secret(later["id"])
    assert reaper.sweep({}, LambdaContext()) == {"deleted": 0}


def test_sweep_leaves_what_only_the_lagging_index_thinks_overdue(reaper: Reaper) -> None:
    """A file's record gets its whole life when its object is there; the index may not know yet."""
    overdue, kept = reaper.world.seal(ttl=60), reaper.world.seal(ttl=61)
    assert reaper.sweep.overdue.delete([kept["id"], overdue["id"]], START + 60) == {}
    assert reaper.world.secret(overdue["id"]) is None
    assert reaper.world.secret(kept["id"])


def test_a_record_that_refuses_to_be_swept_shows_the_sweep_nothing(reaper: Reaper) -> None:
    kept, answers = reaper.world.seal(ttl=61), []

    def remember(real: Any, **request: Any) -> Any:
        answers.append(real(**request))
        return answers[-1]

    reaper.hooks.always("batch_execute_statement", remember)
    reaper.sweep.overdue.delete([kept["id"]], START + 60)
    assert [answer["Responses"] for answer in answers] == [
        [{"Error": {"Code": "ConditionalCheckFailed"}}]
    ]


def test_sweep_leaves_out_what_went_meanwhile(reaper: Reaper) -> None:
    gone, there = reaper.world.seal(ttl=60), reaper.world.seal(ttl=60)
    client("dynamodb").delete_item(TableName="secrets", Key=key(gone["id"]))
    for _ in range(2):
        assert reaper.sweep.overdue.delete([gone["id"], there["id"]], START + 60) == {}
        assert reaper.world.secret(there["id"]) is None


def test_what_can_never_be_deleted_stands_in_nobodys_way(
    reaper: Reaper, caplog: pytest.LogCaptureFixture
) -> None:
    """The oldest record can't be deleted: all others are, and then the run fails."""
    ids = seal_many(reaper.world, 60)
    reaper.hooks.always("batch_execute_statement", refuse({ids[0]: "AccessDenied"}))
    with pytest.raises(load("reaper", "sweep").Unfinished, match="AccessDenied"):
        reaper.sweep({}, LambdaContext())
    assert reaper.world.ids("secrets") == {ids[0]}
    assert f"not deleted: {ids[0]}" in caplog.text


def test_one_that_fails_and_ten_thousand_that_do_not() -> None:
    table = FakeTable(ids=626, refused="0-0")
    with pytest.raises(load("reaper", "sweep").Unfinished):
        table.sweep(now=7)
    every = {f"{shard}-{number}" for shard in range(8) for number in range(1252)}
    assert {secret_id for ids in table.deleted for secret_id in ids} == every - {"0-0"}


def test_what_is_throttled_is_tried_again_in_the_same_run(reaper: Reaper) -> None:
    ids = seal_many(reaper.world, 3)
    hooks, name = reaper.hooks, "batch_execute_statement"
    hooks.instead(name, refuse({ids[0]: "ThrottlingError"}))
    pauses: list[float] = []
    sweep = replace(reaper.sweep, pause=pauses.append)
    assert sweep({}, LambdaContext()) == {"deleted": 3}
    assert reaper.world.ids("secrets") == set()
    assert pauses == [1.0], "until the partition has a new second's capacity"


def test_being_throttled_all_along_is_no_failure_of_the_function(reaper: Reaper) -> None:
    ids = seal_many(reaper.world, len(TRANSIENT) + 2)
    busy = dict(zip(ids, TRANSIENT, strict=False))
    reaper.hooks.always("batch_execute_statement", refuse(busy))
    assert reaper.sweep({}, LambdaContext()) == {"deleted": 2}


def test_why_a_sweep_fails_is_told_with_every_code_and_ten_ids(
    reaper: Reaper, caplog: pytest.LogCaptureFixture
) -> None:
    ids = seal_many(reaper.world, 12)
    codes = dict.fromkeys(ids, "AccessDenied") | {ids[0]: "ValidationError"}
    reaper.hooks.always("batch_execute_statement", refuse(codes))
    with pytest.raises(load("reaper", "sweep").Unfinished) as failed:
        reaper.sweep({}, LambdaContext())
    assert set(str(failed.value).split(", ")) == {"AccessDenied", "ValidationError"}
    (told,) = [message for message in caplog.messages if "not deleted: " in message]
    examples = told.partition("not deleted: ")[2].split(" ")
    assert len(set(examples) & set(ids)) == len(examples) == 10


def test_what_is_overdue_by_the_second_does_not_live(reaper: Reaper) -> None:
    """Each record is either found or counted."""
    sealed, overdue = reaper.world.seal(ttl=60), reaper.sweep.overdue
    for now, living in ((START + 59, 1), (START + 60, 0)):
        assert sum(overdue.count_living(shard, now) for shard in range(8)) == living
        found = [each for shard in range(8) for each in overdue.find(shard, now)]
        assert found == [(sealed["id"], START + 60)] * (1 - living)


def test_a_call_that_fails_takes_no_other_with_it(reaper: Reaper) -> None:
    seal_many(reaper.world, 60)
    reaper.hooks.instead("batch_execute_statement", raise_error("InternalServerError"))
    assert reaper.sweep({}, LambdaContext()) == {"deleted": 60}


def raise_error(code: str) -> Any:
    def answer(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": code}}, "Call")

    return answer


@dataclass
class FakeTable:
    """The index `overdue`, with two pages of ids in each shard; deletes whatever it is told to."""

    ids: int = 20
    unreadable: str = ""
    refused: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[list[str]] = field(default_factory=list)

    def get_paginator(self, operation: str) -> "FakeTable":
        assert operation == "query"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        values = deserialize(request["ExpressionAttributeValues"])
        self.asked.append(values)
        for start in (0, self.ids):
            if values[":shard"] == self.unreadable:
                raise ClientError({"Error": {"Code": "AccessDenied"}}, "Query")
            ids = (f"{values[':shard']}-{start + number}" for number in range(self.ids))
            due = serialize({"erase_at": values[":now"]})
            yield {"Items": [key(secret_id) | due for secret_id in ids]}

    def batch_execute_statement(self, Statements: list[Any]) -> dict[str, Any]:
        ids = [statement["Parameters"][0]["S"] for statement in Statements]
        self.deleted.append([secret_id for secret_id in ids if secret_id != self.refused])
        error = {"Error": {"Code": "AccessDenied"}}
        return {"Responses": [error if each == self.refused else {} for each in ids]}

    def sweep(self, now: int, milliseconds: int = 50_000) -> Any:
        sweep = load("reaper", "sweep")
        overdue = sweep.Overdue(self, "secrets")
        function = sweep.Sweep(overdue, lambda run: None, lambda: now, no_pause)
        return function({}, LambdaContext(milliseconds))

    def order(self) -> list[str]:
        return [values[":shard"] for values in self.asked]


def test_sweep_finds_every_shards_records_and_deletes_25_at_a_time() -> None:
    table = FakeTable()
    assert table.sweep(now=7) == {"deleted": 320}
    assert [len(ids) for ids in table.deleted] == [25] * 12 + [20]
    every = [f"{shard}-{number}" for shard in range(8) for number in range(40)]
    assert [secret_id for ids in table.deleted for secret_id in ids] == every
    assert table.asked == [{":shard": str(n), ":now": 7} for n in range(8)]


def test_each_minute_begins_with_another_shard() -> None:
    table = FakeTable(ids=0)
    for minute in range(8):
        table.sweep(now=60 * minute)
    assert {"".join(table.order()[start : start + 8]) for start in range(0, 64, 8)} == {
        "01234567", "12345670", "23456701", "34567012", "45670123", "56701234", "67012345",
        "70123456",
    }  # fmt: skip


def test_a_shard_that_cant_be_read_fails_the_run_after_the_others_were_swept() -> None:
    table = FakeTable(unreadable="3")
    with pytest.raises(load("reaper", "sweep").Unfinished, match="AccessDenied"):
        table.sweep(now=7)
    assert sum(map(len, table.deleted)) == 7 * 40


@pytest.mark.parametrize(("milliseconds", "deleted"), [(10_000, 320), (9_999, 0)])
def test_sweep_goes_on_while_ten_seconds_are_left(
    milliseconds: int, deleted: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert FakeTable().sweep(7, milliseconds) == {"deleted": deleted}
    assert ("out of time" in caplog.text) is (deleted == 0)


def test_sweep_begins_no_query_without_time_for_it() -> None:
    """A query of a hanging index takes seconds: eight would be stopped without any report."""
    table, sweep = FakeTable(unreadable="0"), load("reaper", "sweep")
    times = iter([10_000, 9_999])
    run = sweep.Run(
        sweep.Overdue(table, "secrets"), 7, lambda: next(times, 0) >= 10_000, time.sleep
    )
    run.sweep()
    assert (table.order(), list(run.unread)) == (["0"], [0])
