"""The reaper's three handlers on moto: what they settle, what they set aside, what they report."""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.items import deserialize, key, serialize
from burnbag_core.records import expiry_shard
from burnbag_format.base64url import encode

from tests.support.hooks import Hooks
from tests.support.services import ENVIRON, ROOT, LambdaContext, load
from tests.support.world import START, World, client, moto_world
from tests.unit.conftest import Calls

BATCH = "BatchExecuteStatement"


def no_pause(seconds: float) -> None:
    """What the sweep does instead of waiting."""


@dataclass
class Reaper:
    """The four functions as their own `build` makes them, on one AWS."""

    world: World
    hooks: Hooks
    reap: Any
    sweep: Any
    audit: Any
    stray: Any

    def calls(self) -> Calls:
        """What the four call from now on."""
        return Calls(self.world.clients["reaper"])

    def dead_letters(self) -> list[dict[str, Any]]:
        answer = client("sqs").receive_message(
            QueueUrl=self.reap.dead_letters.url, MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def events(self) -> list[dict[str, Any]]:
        found = client("logs").filter_log_events(logGroupName=self.audit.log.group)["events"]
        return [json.loads(event["message"]) for event in found]


def seal_many(world: World, count: int) -> list[str]:
    """Ids of secrets that live for a minute: one is sealed, the others are copies of it."""
    sealed, dynamodb = world.seal(ttl=60), client("dynamodb")
    ids = [sealed["id"], *(encode(number.to_bytes(16, "big")) for number in range(1, count))]
    for table in ("secrets", "receipts"):
        item = dynamodb.get_item(TableName=table, Key=key(sealed["id"]))["Item"]
        for start in range(1, count, 25):
            copies = [
                item | serialize({"id": each, "expiry_shard": expiry_shard(each)})
                for each in ids[start : start + 25]
            ]
            puts = [{"PutRequest": {"Item": copy}} for copy in copies]
            dynamodb.batch_write_item(RequestItems={table: puts})
    return ids


@pytest.fixture
def reaper() -> Iterator[Reaper]:
    with moto_world() as world:
        url = client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
        client("logs").create_log_group(logGroupName="/burnbag/test/audit")
        environ = ENVIRON | {"DEAD_LETTERS_URL": url}
        clients, clock = world.clients["reaper"], world.clock
        standing = time.time_ns() // 1_000_000

        def later() -> int:
            return clock() + 60

        yield Reaper(
            world,
            world.hooks,
            reap=load("reaper", "reap").build(environ, clients, later),
            sweep=replace(load("reaper", "sweep").build(environ, clients, later), pause=no_pause),
            audit=load("reaper", "audit").build(environ, clients, lambda: standing),
            stray=load("reaper", "stray").build(environ, clients),
        )


def removed(secret_id: str, number: str = "1") -> dict[str, Any]:
    """A record of the secrets stream: KEYS_ONLY, REMOVE."""
    keys = {"Keys": key(secret_id), "SequenceNumber": number, "StreamViewType": "KEYS_ONLY"}
    return {"eventName": "REMOVE", "dynamodb": keys}


def test_the_functions_run_on_the_real_time() -> None:
    audit, reap, sweep = (load("reaper", name).handler for name in ("audit", "reap", "sweep"))
    started = int(time.time())
    times = [audit.log.milliseconds() // 1000, reap.clock(), sweep.clock()]
    assert all(started <= now <= time.time() for now in times)
    assert all(isinstance(now, int) for now in times)


def test_reap_settles_every_kind_of_end_once(reaper: Reaper) -> None:
    world = reaper.world
    revealed, revoked, expired = world.seal(), world.seal(), world.seal(ttl=60)
    world.reveal(revealed)
    world.revoke(revoked)
    client("dynamodb").delete_item(TableName="secrets", Key=key(expired["id"]))
    batch = {"Records": [removed(s["id"]) for s in (revealed, revoked, expired, revealed)]}
    assert reaper.reap(batch, None) == {"batchItemFailures": []}
    before = [world.receipt(s["id"]) for s in (revealed, revoked, expired)]
    assert [receipt.state for receipt in before if receipt] == ["revealed", "revoked", "expired"]
    assert all(receipt and receipt.erased_at for receipt in before)
    assert before[2] and before[2].ended_at == expired["expires_at"]
    reaper.reap(batch, None)
    assert [world.receipt(s["id"]) for s in (revealed, revoked, expired)] == before


def test_reap_passes_over_a_receipt_that_was_purged(reaper: Reaper) -> None:
    sealed = reaper.world.seal(ttl=60)
    records = [removed("A" * 22), removed(sealed["id"])]
    assert reaper.reap({"Records": records}, None) == {"batchItemFailures": []}
    receipt = reaper.world.receipt(sealed["id"])
    assert receipt and receipt.erased_at


def test_reap_sets_a_poisoned_record_aside_whole_and_goes_on(reaper: Reaper) -> None:
    sealed = reaper.world.seal()
    poison = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "7"}, "more": ["x"]}
    answer = reaper.reap({"Records": [poison, removed(sealed["id"])]}, None)
    assert answer == {"batchItemFailures": []}
    assert reaper.dead_letters() == [{"function": "reap", "error": "KeyError", "record": poison}]
    receipt = reaper.world.receipt(sealed["id"])
    assert receipt and receipt.erased_at


def test_reap_reports_what_aws_did_not_take_and_succeeds_when_it_does(reaper: Reaper) -> None:
    sealed = reaper.world.seal()
    calls = reaper.calls()
    calls.failing.add("BatchExecuteStatement")
    batch = {"Records": [removed(sealed["id"], "42")]}
    assert reaper.reap(batch, None) == {"batchItemFailures": [{"itemIdentifier": "42"}]}
    calls.failing.clear()
    assert reaper.reap(batch, None) == {"batchItemFailures": []}


def test_when_the_dead_letters_fail_the_record_is_delivered_again(reaper: Reaper) -> None:
    reaper.calls().failing.add("SendMessage")
    calls = reaper.calls()
    calls.failing.add("SendMessage")
    batch = {"Records": [{"dynamodb": {"SequenceNumber": "7"}}]}
    assert reaper.reap(batch, None) == {"batchItemFailures": [{"itemIdentifier": "7"}]}


def test_receipts_are_settled_25_at_a_time_and_again_only_where_the_guess_was_wrong(
    reaper: Reaper,
) -> None:
    """An opened secret costs one write, an expired one the refusal of that write and another."""
    ids = seal_many(reaper.world, 50)
    for secret_id in ids[25:]:
        put_receipt(secret_id, state="revealed", expires_at=START + 60)
    calls = reaper.calls()
    reaper.reap({"Records": [removed(secret_id) for secret_id in ids]}, None)
    assert calls == {"DeleteObjects": 1, BATCH: 3}


def test_reap_deletes_every_object_in_one_call_before_it_settles(reaper: Reaper) -> None:
    sealed = [reaper.world.seal("x", "file", ttl=60) for _ in range(3)]
    order: list[str] = []
    reaper.world.clients["reaper"].observe(
        "before-call", lambda model, **_: order.append(model.name)
    )
    reaper.reap({"Records": [removed(s["id"]) for s in sealed]}, None)
    assert order == ["DeleteObjects", BATCH, BATCH]
    assert reaper.world.files.ids() == set()


def test_a_thousand_ended_records_take_41_calls(reaper: Reaper) -> None:
    """One DeleteObjects takes 1,000 keys and one batch 25 writes: fewer can't be."""
    deletions: list[Any] = []
    written: list[Any] = []

    def delete(real: object, **request: Any) -> dict[str, Any]:
        deletions.append(request)
        return {}

    def write(real: object, Statements: list[Any]) -> dict[str, Any]:
        written.append(Statements)
        return write_nothing(real, Statements)

    reaper.hooks.always("delete_objects", delete)
    reaper.hooks.always("batch_execute_statement", write)
    reaper.reap({"Records": [removed(f"{number:022}") for number in range(1000)]}, None)
    assert [len(request["Delete"]["Objects"]) for request in deletions] == [1000]
    assert deletions[0]["Delete"]["Quiet"], "else S3 names a thousand that it deleted"
    assert [len(statements) for statements in written] == [25] * 40
    assert {statement["Statement"] for statements in written for statement in statements} == {
        'UPDATE "receipts" SET "erased_at" = ?'
        ' WHERE "id" = ? AND "state" <> ? AND "erased_at" IS MISSING'
    }


def write_nothing(real: object, Statements: list[Any]) -> dict[str, Any]:
    """DynamoDB's answer to statements that were all executed."""
    return {"Responses": [{}] * len(Statements)}


def test_no_more_than_a_thousand_objects_are_deleted_in_one_call(reaper: Reaper) -> None:
    numbers: list[int] = []

    def delete(real: object, **request: Any) -> dict[str, Any]:
        numbers.append(len(request["Delete"]["Objects"]))
        return {}

    reaper.hooks.always("delete_objects", delete)
    reaper.hooks.always("batch_execute_statement", write_nothing)
    reaper.reap({"Records": [removed(f"{number:022}") for number in range(1001)]}, None)
    assert numbers == [1000, 1]


def test_a_thousand_deletions_are_waited_for_within_the_functions_time(reaper: Reaper) -> None:
    config = reaper.reap.objects.s3.meta.config
    tries = config.retries["total_max_attempts"]
    assert config.read_timeout == 15
    assert tries * (config.connect_timeout + config.read_timeout) < timeout_of("reap") - 20
    assert reaper.reap.receipts.dynamodb.meta.config.read_timeout == 2


def timeout_of(function: str) -> int:
    """What Terraform gives the function, in seconds."""
    declared = (ROOT / "terraform/modules/burnbag/functions.tf").read_text()
    found = re.search(rf'"{function}\.handler", timeout = (\d+)', declared)
    assert found
    return int(found[1])


def refuse_object(refused: str) -> Any:
    """Delete all objects but one, as S3 may."""
    return lambda *_, **__: {"Errors": [{"Key": f"files/{refused}", "Code": "InternalError"}]}


def test_an_s3_error_for_one_key_fails_only_that_record(reaper: Reaper) -> None:
    good, bad, later = (reaper.world.seal(ttl=60) for _ in range(3))
    records = [removed(s["id"], str(n)) for n, s in enumerate((good, bad, later))]
    reaper.hooks.instead("delete_objects", refuse_object(bad["id"]))
    answer = reaper.reap({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    erased = [reaper.world.receipt(s["id"]) for s in (good, bad, later)]
    assert [bool(receipt and receipt.erased_at) for receipt in erased] == [True, False, True]


def test_a_file_that_was_never_finished_ends_when_it_is_swept(reaper: Reaper) -> None:
    sealed = reaper.world.seal("x", "file", ttl="1d")
    client("dynamodb").delete_item(TableName="secrets", Key=key(sealed["id"]))
    reaper.reap({"Records": [removed(sealed["id"])]}, None)
    receipt = reaper.world.receipt(sealed["id"])
    assert receipt and (receipt.state, receipt.ended_at) == ("expired", START + 60)


def put_receipt(secret_id: str, **values: Any) -> None:
    """A receipt with just what a settlement looks at."""
    item = serialize({"id": secret_id, **values})
    client("dynamodb").put_item(TableName="receipts", Item=item)


def get_receipt(secret_id: str) -> Any:
    item = client("dynamodb").get_item(TableName="receipts", Key=key(secret_id))["Item"]
    return deserialize(item)


def before_first_write(hooks: Hooks, change: Callable[[], object]) -> None:
    hooks.before("batch_execute_statement", change)


def before_second_write(hooks: Hooks, change: Callable[[], object]) -> None:
    """Let `change` happen after the first write was refused, before the second."""
    call = "batch_execute_statement"
    hooks.before(call, lambda: hooks.before(call, change))


@pytest.mark.parametrize("state", ["revealed", "revoked", "locked"])
def test_an_end_stays_what_it_was_though_its_time_has_passed_too(
    reaper: Reaper, state: str
) -> None:
    ended = {"state": state, "ended_at": 5, "expires_at": 10}
    put_receipt("i", **ended)
    reaper.reap.receipts.settle(["i"], 20)
    assert get_receipt("i") == {"id": "i", **ended, "erased_at": 20}


def test_a_secret_is_expired_in_the_second_in_which_its_time_ends(reaper: Reaper) -> None:
    put_receipt("i", state="sealed", expires_at=10)
    calls = reaper.calls()
    reaper.reap.receipts.settle(["i"], 10)
    assert calls == {BATCH: 2}
    assert get_receipt("i") == {
        "id": "i",
        "state": "expired",
        "expires_at": 10,
        "ended_at": 10,
        "erased_at": 10,
    }


def test_what_is_erased_late_ended_in_time(reaper: Reaper) -> None:
    put_receipt("i", state="sealed", expires_at=10)
    reaper.reap.receipts.settle(["i"], 12)
    receipt = get_receipt("i")
    assert (receipt["ended_at"], receipt["erased_at"]) == (10, 12)


def test_what_ended_while_it_was_settled_as_unfinished_keeps_its_end(reaper: Reaper) -> None:
    put_receipt("i", state="sealed", expires_at=10)
    revoked = {"state": "revoked", "ended_at": 4, "expires_at": 10}
    before_second_write(reaper.hooks, lambda: put_receipt("i", **revoked))
    reaper.reap.receipts.settle(["i"], 5)
    assert get_receipt("i") == {"id": "i", **revoked, "erased_at": 5}


@pytest.mark.parametrize(
    ("state", "writes"), [("sealed", before_second_write), ("revoked", before_first_write)]
)
def test_a_settlement_that_came_first_stays(reaper: Reaper, state: str, writes: Any) -> None:
    put_receipt("i", state=state, expires_at=10)
    first = {"state": state, "expires_at": 10, "erased_at": 4}
    writes(reaper.hooks, lambda: put_receipt("i", **first))
    reaper.reap.receipts.settle(["i"], 5)
    assert get_receipt("i") == {"id": "i", **first}
    reaper.reap.receipts.settle(["i"], 20)
    assert get_receipt("i") == {"id": "i", **first}


def posted(secret_id: str) -> dict[str, Any]:
    """S3's notification of a presigned POST."""
    return {"eventName": "ObjectCreated:Post", "s3": {"object": {"key": f"files/{secret_id}"}}}


def test_stray_deletes_an_upload_without_a_record_and_no_other(reaper: Reaper) -> None:
    there, gone = (reaper.world.seal("abc", "upload") for _ in range(2))
    for sealed in (there, gone):
        reaper.world.upload(sealed, "abc")
    reaper.world.revoke(gone)
    reaper.stray({"Records": [posted(s["id"]) for s in (there, gone)]}, None)
    assert reaper.world.files.ids() == {there["id"]}


def test_stray_fails_where_s3_does_so_that_lambda_tries_again(reaper: Reaper) -> None:
    reaper.hooks.instead("delete_objects", refuse_object("A" * 22))
    with pytest.raises(RuntimeError):
        reaper.stray({"Records": [posted("A" * 22)]}, None)


def test_sweep_deletes_what_is_overdue_and_nothing_else(reaper: Reaper) -> None:
    soon = seal_many(reaper.world, 120)
    later = reaper.world.seal(ttl=61)
    calls = reaper.calls()
    assert reaper.sweep({}, LambdaContext()) == {"deleted": 120}
    assert calls == {"Query": 8, BATCH: 5}
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


@dataclass
class FakeIndex:
    """The index `overdue`, with two pages of ids in each shard."""

    ids: int
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get_paginator(self, operation: str) -> "FakeIndex":
        assert operation == "query"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(request["ExpressionAttributeValues"])
        for start in (0, self.ids):
            yield {"Items": [key(str(start + number)) for number in range(self.ids)]}


def refuse(refused: dict[str, str]) -> Any:
    """Answer statements as DynamoDB does where it does not do those of some records, by id."""

    def answer(real: Any, Statements: list[Any]) -> Any:
        return {"Responses": [answer_one(real, statement) for statement in Statements]}

    def answer_one(real: Any, statement: Any) -> Any:
        parameters = {value.get("S") for value in statement["Parameters"]}
        if codes := [code for each, code in refused.items() if each in parameters]:
            return {"Error": {"Code": codes[0]}}
        return real(Statements=[statement])["Responses"][0]

    return answer


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
    assert reaper.sweep({}, LambdaContext()) == {"deleted": 3}
    assert reaper.world.ids("secrets") == set()


def test_being_throttled_all_along_is_no_failure_of_the_function(reaper: Reaper) -> None:
    ids = seal_many(reaper.world, 3)
    reaper.hooks.always("batch_execute_statement", refuse({ids[0]: "ThrottlingError"}))
    assert reaper.sweep({}, LambdaContext()) == {"deleted": 2}


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
            yield {"Items": [key(secret_id) for secret_id in ids]}

    def batch_execute_statement(self, Statements: list[Any]) -> dict[str, Any]:
        ids = [statement["Parameters"][0]["S"] for statement in Statements]
        self.deleted.append([secret_id for secret_id in ids if secret_id != self.refused])
        error = {"Error": {"Code": "AccessDenied"}}
        return {"Responses": [error if each == self.refused else {} for each in ids]}

    def sweep(self, now: int, milliseconds: int = 50_000) -> Any:
        sweep = load("reaper", "sweep")
        return sweep.Sweep(sweep.Overdue(self, "secrets"), lambda: now, no_pause)(
            {}, LambdaContext(milliseconds)
        )

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
def test_sweep_goes_on_while_ten_seconds_are_left(milliseconds: int, deleted: int) -> None:
    assert FakeTable().sweep(7, milliseconds) == {"deleted": deleted}


def test_sweep_begins_no_query_without_time_for_it() -> None:
    """A query of a hanging index takes seconds: eight would be stopped without any report."""
    table, sweep = FakeTable(unreadable="0"), load("reaper", "sweep")
    times = iter([10_000, 9_999])
    run = sweep.Run(
        sweep.Overdue(table, "secrets"), 7, lambda: next(times, 0) >= 10_000, time.sleep
    )
    run.sweep()
    assert (table.order(), list(run.unread)) == (["0"], [0])


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


def test_reap_sets_a_receipt_aside_that_cant_be_written(reaper: Reaper) -> None:
    sealed = reaper.world.seal(ttl=60)
    reaper.hooks.always("batch_execute_statement", refuse({"broken": "ValidationError"}))
    records = [removed("broken", "1"), removed(sealed["id"], "2")]
    assert reaper.reap({"Records": records}, None) == {"batchItemFailures": []}
    (letter,) = reaper.dead_letters()
    assert letter["error"] == "ValidationError"
    assert letter["record"]["dynamodb"]["Keys"] == key("broken")
    receipt = reaper.world.receipt(sealed["id"])
    assert receipt and receipt.erased_at


def test_a_receipt_that_is_throttled_is_delivered_again_alone(reaper: Reaper) -> None:
    sealed = reaper.world.seal(ttl=60)
    reaper.hooks.always("batch_execute_statement", refuse({"busy": "ThrottlingError"}))
    records = [removed("busy", "1"), removed(sealed["id"], "2")]
    failures = [{"itemIdentifier": "1"}]
    assert reaper.reap({"Records": records}, None) == {"batchItemFailures": failures}
    receipt = reaper.world.receipt(sealed["id"])
    assert receipt and receipt.erased_at


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


def test_a_receipt_that_is_throttled_for_a_moment_is_settled_by_the_same_run(
    reaper: Reaper,
) -> None:
    sealed = [reaper.world.seal(ttl=60) for _ in range(2)]
    busy = refuse({sealed[0]["id"]: "ThrottlingError"})
    reaper.hooks.instead("batch_execute_statement", busy)
    records = [removed(each["id"], str(n)) for n, each in enumerate(sealed)]
    assert reaper.reap({"Records": records}, None) == {"batchItemFailures": []}
    receipts = [reaper.world.receipt(each["id"]) for each in sealed]
    assert all(receipt and receipt.erased_at for receipt in receipts)


def test_a_stream_that_was_deleted_is_made_again(reaper: Reaper) -> None:
    batch = {"Records": [changed(None, SEALED, "7")]}
    reaper.audit(batch, None)
    name = reaper.audit.log.stream
    client("logs").delete_log_stream(logGroupName=reaper.audit.log.group, logStreamName=name)
    failed = {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert reaper.audit(batch, None) == failed
    assert reaper.audit(batch, None) == {"batchItemFailures": []}
    assert len(reaper.events()) == 1
