"""The reap handler on moto: what it settles, what it sets aside, what it reports."""

import re
import time
from typing import Any

from burnbag_core.items import key

from tests.support.fakes import START
from tests.support.services import ROOT, load
from tests.support.world import client
from tests.unit.conftest import BATCH, Reaper, refuse, refuse_object, removed, seal_many


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
    assert [receipt.removed_at for receipt in before if receipt] == [START] * 3
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
        'UPDATE "receipts" SET "removed_at" = ? SET "erased_at" = ?'
        ' WHERE "id" = ? AND "state" <> ? AND "state" <> ? AND "upload_id" IS MISSING'
        ' AND "erased_at" IS MISSING'
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


def test_a_failure_in_one_batch_of_receipts_is_not_forgotten_over_another(
    reaper: Reaper,
) -> None:
    """They are settled 25 at a time."""
    ids = seal_many(reaper.world, 30)
    failing = dict.fromkeys([ids[3], ids[26]], "InternalServerError")
    reaper.hooks.always("batch_execute_statement", refuse(failing))
    records = [removed(secret_id, str(number)) for number, secret_id in enumerate(ids)]
    failures = [{"itemIdentifier": "3"}, {"itemIdentifier": "26"}]
    assert reaper.reap({"Records": records}, None) == {"batchItemFailures": failures}


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


def test_the_functions_run_on_the_real_time() -> None:
    audit, reap, sweep = (load("reaper", name).handler for name in ("audit", "reap", "sweep"))
    started = int(time.time())
    times = [audit.log.milliseconds() // 1000, reap.clock(), sweep.clock()]
    assert all(started <= now <= time.time() for now in times)
    assert all(isinstance(now, int) for now in times)
