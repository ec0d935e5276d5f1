"""The reconcile handler on moto: what it finds, mends, leaves alone and tells."""

import json
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError
from burnbag_core.aws import TRANSIENT
from burnbag_core.items import key, serialize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.asking import Submission, ask, submit
from tests.support.fakes import Clock
from tests.support.services import ENVIRON, LambdaContext, load
from tests.support.size import FULL, examples
from tests.support.world import World, client, moto_world
from tests.unit.conftest import BATCH, Calls, change, copy_item, refuse, refuse_object, seal_many

HOUR = 3600
NOTHING: dict[str, Any] = {"found": {}, "mended": {}, "failed": {}, "left": []}
EVENTS = load("reaper", "events")


@dataclass
class Undertaker:
    """A world in which nothing is reaped or swept unless it is told to, and reconcile."""

    world: World
    reconcile: Any
    reap: Any

    def run(self, milliseconds: int = 900_000, **event: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.reconcile(event, LambdaContext(milliseconds))
        json.dumps(answer)
        return answer

    def findings(self) -> dict[str, Any]:
        """What a run finds and does, without what it looked at."""
        return {name: value for name, value in self.run().items() if name in NOTHING}

    def deliver(self, *ids: str) -> None:
        """The secrets stream delivers removals."""
        gone = [load("reaper", "erasing").Removal(each, self.world.clock()) for each in ids]
        assert not self.reap.erase(gone)

    def state(self, sealed: dict[str, Any]) -> str:
        """A secret's end, followed by what is left of it."""
        receipt = self.world.receipt(sealed["id"])
        assert receipt
        left = [
            *(["record"] if self.world.secret(sealed["id"]) else []),
            *(["object"] if sealed["id"] in self.world.files.ids() else []),
            *([] if receipt.erased_at else ["unerased"]),
        ]
        return " ".join([receipt.state, *left])


@pytest.fixture
def undertaker() -> Iterator[Undertaker]:
    with few_parts(), make_undertaker() as made:
        yield made


@pytest.fixture
def whole_undertaker() -> Iterator[Undertaker]:
    with make_undertaker() as made:
        yield made


@contextmanager
def few_parts() -> Iterator[None]:
    """At a desk everything is looked at in fewer parts: most are empty, and each is a call."""
    if FULL:
        yield
        return
    receipts, objects = ([f"{what}/{n}" for n in range(4)] for what in ("receipts", "objects"))
    with (
        mock.patch.multiple(load("reaper", "reconcile"), RECEIPTS=receipts, OBJECTS=objects),
        mock.patch.multiple(load("reaper", "comparison"), RECEIPTS=receipts, OBJECTS=objects),
        mock.patch.multiple(load("reaper", "survey"), RECEIPT_PARTS=4, OBJECT_PARTS=4),
    ):
        yield


@contextmanager
def make_undertaker() -> Iterator[Undertaker]:
    """Objects in the bucket have the real time, so the clock begins there."""
    # moto's tables are not made for several threads.
    alone = mock.patch.object(load("reaper", "comparison"), "THREADS", 1)
    with alone, moto_world(Clock(int(time.time()))) as world:
        reconcile, reap = (
            load("reaper", name).build(ENVIRON, world.clients["reaper"], world.clock)
            for name in ("reconcile", "reap")
        )
        yield Undertaker(world, reconcile, reap)


def found(**numbers: int) -> dict[str, Any]:
    return {"found": numbers, "mended": numbers, "failed": {}, "left": []}


def test_removals_that_no_stream_delivered_are_erased_and_receipted(
    undertaker: Undertaker,
) -> None:
    world = undertaker.world
    text, file, revoked = world.seal(), world.seal("x", "file"), world.seal("x", "file")
    world.reveal(text)
    world.reveal(file)
    world.revoke(revoked)
    world.wait(HOUR)
    assert undertaker.findings() == found(unsettled=3)
    assert [undertaker.state(s) for s in (text, file, revoked)] == [
        "revealed",
        "revealed",
        "revoked",
    ]
    receipt = world.receipt(text["id"])
    assert receipt and receipt.erased_at == receipt.removed_at == world.clock()
    assert undertaker.findings() == NOTHING


def test_secrets_that_were_swept_and_never_reaped_get_their_end(undertaker: Undertaker) -> None:
    world = undertaker.world
    sealed = [world.seal("x", kind, ttl=60) for kind in ("text", "file")]
    world.wait(60)
    world.sweep()
    world.wait(HOUR)
    assert undertaker.findings() == found(unended=2)
    assert [undertaker.state(s) for s in sealed] == ["expired", "expired"]
    receipt = world.receipt(sealed[0]["id"])
    assert receipt and receipt.ended_at == receipt.expires_at
    assert undertaker.findings() == NOTHING


def test_a_file_that_was_never_finished_ends_though_its_time_has_not_come(
    undertaker: Undertaker,
) -> None:
    world = undertaker.world
    sealed = world.seal("x", "file", ttl="1d")
    client("dynamodb").delete_item(TableName="secrets", Key=key(sealed["id"]))
    world.wait(HOUR)
    assert undertaker.findings() == found(unended=1)
    assert undertaker.state(sealed) == "expired"


def test_requests_that_streams_and_sweeps_have_forgotten_end_as_secrets_do(
    undertaker: Undertaker,
) -> None:
    world = undertaker.world
    swept, unswept, revoked, open_ = (ask(world, ttl=t) for t in (60, 6000, 6000, "1d"))
    answered = ask(world, ttl="1d")
    submit(world, answered, Submission(kind="file"))
    world.wait(60)
    world.sweep()
    world.revoke(revoked)
    world.wait(2 * HOUR)
    assert undertaker.findings() == found(unended=1, overdue=1, unsettled=1)
    ends = [undertaker.state(each) for each in (swept, unswept, revoked, open_, answered)]
    assert ends == [
        "expired",
        "expired",
        "revoked",
        "requested unerased",
        "sealed record object unerased",
    ]
    assert world.ids("secrets") == {open_["id"], answered["id"]}
    assert undertaker.findings() == NOTHING


def test_records_that_no_sweep_came_for_are_deleted_and_erased(undertaker: Undertaker) -> None:
    world = undertaker.world
    ids = seal_many(world, 30, "file")
    world.wait(HOUR)
    assert undertaker.findings() == found(overdue=30)
    assert {undertaker.state({"id": each}) for each in ids} == {"expired"}
    assert undertaker.findings() == NOTHING


def test_a_record_that_its_end_has_left_behind_goes(undertaker: Undertaker) -> None:
    """Burned means gone: a record that came back from anywhere stays nowhere."""
    world, dynamodb = undertaker.world, client("dynamodb")
    waiting, erased = world.seal("x", "file", ttl="1d"), world.seal("x", "file", ttl="1d")
    items = [
        dynamodb.get_item(TableName="secrets", Key=key(sealed["id"]))["Item"]
        for sealed in (waiting, erased)
    ]
    for sealed in (waiting, erased):
        world.revoke(sealed)
    undertaker.deliver(erased["id"])
    for item in items:
        dynamodb.put_item(TableName="secrets", Item=item)
    world.wait(HOUR)
    assert undertaker.findings() == found(outlived=2)
    assert [undertaker.state(s) for s in (waiting, erased)] == ["revoked", "revoked"]
    assert undertaker.findings() == NOTHING


def test_a_record_that_changes_before_it_is_deleted_is_left(undertaker: Undertaker) -> None:
    world, dynamodb = undertaker.world, client("dynamodb")
    sealed = world.seal(ttl="1d")
    item = dynamodb.get_item(TableName="secrets", Key=key(sealed["id"]))["Item"]
    world.revoke(sealed)
    dynamodb.put_item(TableName="secrets", Item=item)
    world.wait(HOUR)
    later = world.clock() + HOUR
    world.hooks.before("batch_execute_statement", lambda: change(sealed["id"], erase_at=later))
    assert undertaker.findings() == NOTHING
    assert undertaker.state(sealed) == "revoked record unerased"


def test_an_object_that_stray_never_heard_of_is_deleted_and_logged(
    undertaker: Undertaker, caplog: pytest.LogCaptureFixture
) -> None:
    """It changes no receipt, so no audit event can tell of it."""
    world = undertaker.world
    late = world.seal("abc", "upload")
    world.revoke(late)
    undertaker.deliver(late["id"])
    world.upload(late, "abc")
    world.files.put("Z" * 22, b"of nobody")
    world.wait(HOUR)
    assert undertaker.findings() == found(stray=2)
    assert world.files.ids() == set()
    assert f"reconcile: 2 objects without a record (stray): {late['id']}" in caplog.text or (
        f"(stray): {'Z' * 22} {late['id']}" in caplog.text
    )
    assert undertaker.findings() == NOTHING


def test_a_folder_that_a_console_made_is_no_secrets_object(undertaker: Undertaker) -> None:
    undertaker.world.files.put("", b"")
    undertaker.world.wait(HOUR)
    assert undertaker.findings() == NOTHING


def test_what_lives_is_left_alone(undertaker: Undertaker) -> None:
    world = undertaker.world
    texts = [world.seal(ttl="1d"), world.seal("x" * 5000, ttl="1d", views=2)]
    file, upload, empty = (
        world.seal("abc", kind, ttl="1d") for kind in ("file", "upload", "upload")
    )
    world.upload(upload, "abc")
    world.reveal(texts[1])
    world.wait(HOUR)
    claimed = world.seal()
    world.reveal(claimed, key="k" * 16)
    before = client("dynamodb").scan(TableName="receipts")["Items"]
    assert undertaker.findings() == NOTHING
    assert client("dynamodb").scan(TableName="receipts")["Items"] == before
    assert all(world.secret(s["id"]) for s in (*texts, file, upload, empty, claimed))
    assert world.files.ids() == {s["id"] for s in (texts[1], file, upload)}


def test_what_ended_a_moment_ago_is_left_to_reap(undertaker: Undertaker) -> None:
    """Its object too, however old that is: else each run would find what nobody forgot."""
    world = undertaker.world
    sealed = world.seal("x", "file", ttl="1d")
    world.wait(HOUR)
    world.reveal(sealed)
    world.wait(899)
    assert undertaker.findings() == NOTHING
    assert undertaker.state(sealed) == "revealed object unerased"
    world.wait(1)
    assert undertaker.findings() == found(unsettled=1)


def test_an_object_that_arrived_a_moment_ago_is_left_to_stray(undertaker: Undertaker) -> None:
    undertaker.world.files.put("Z" * 22, b"of nobody")
    undertaker.world.wait(800)
    assert undertaker.findings() == NOTHING
    undertaker.world.wait(200)
    assert undertaker.findings() == found(stray=1)


def test_a_secret_whose_record_the_index_does_not_show_yet_is_left_alone(
    undertaker: Undertaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index lags, or is being built anew: DynamoDB's own condition decides."""
    world = undertaker.world
    text, file = world.seal(ttl="1d"), world.seal("x", "file", ttl="1d")
    world.wait(HOUR)
    monkeypatch.setattr(undertaker.reconcile.survey, "read_records", dict)
    assert undertaker.findings() == NOTHING
    assert [undertaker.state(s) for s in (text, file)] == [
        "sealed record unerased",
        "sealed record object unerased",
    ]


def test_a_record_that_is_kept_meanwhile_is_not_overdue(
    undertaker: Undertaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index still has the minute that a file had until its object was there."""
    world = undertaker.world
    sealed = world.seal("x", "file", ttl="1d")
    world.wait(HOUR)
    overdue = {sealed["id"]: world.clock() - HOUR}
    monkeypatch.setattr(undertaker.reconcile.survey, "read_records", lambda: overdue)
    assert undertaker.findings() == NOTHING
    assert undertaker.state(sealed) == "sealed record object unerased"


def test_two_runs_at_once_settle_everything_once(undertaker: Undertaker) -> None:
    world = undertaker.world
    sealed = [world.seal(ttl=60) for _ in range(3)]
    world.wait(60)
    world.sweep()
    world.wait(HOUR)
    settled: dict[str, Any] = {}

    def other_run() -> None:
        assert undertaker.run()["failed"] == {}
        for item in client("dynamodb").scan(TableName="receipts")["Items"]:
            if "erased_at" in item:
                settled[item["id"]["S"]] = item
        world.wait(1)

    world.hooks.before("batch_execute_statement", other_run)
    assert undertaker.run()["failed"] == {}
    items = {i["id"]["S"]: i for i in client("dynamodb").scan(TableName="receipts")["Items"]}
    assert settled
    assert {each: items[each] for each in settled} == settled
    assert {undertaker.state(s) for s in sealed} == {"expired"}


def test_a_record_without_a_receipt_is_told_and_left_to_its_time(undertaker: Undertaker) -> None:
    """Nobody can open it. Its receipt may come back, from a backup that somebody restores."""
    world = undertaker.world
    sealed = world.seal(ttl="1d")
    client("dynamodb").delete_item(TableName="receipts", Key=key(sealed["id"]))
    world.wait(HOUR)
    answer = undertaker.run()
    assert (answer["found"], answer["mended"]) == ({"unreceipted": 1}, {})
    assert answer["examples"] == {"unreceipted": [sealed["id"]]}
    assert world.secret(sealed["id"])
    world.wait(24 * HOUR)
    assert undertaker.run()["mended"] == {"overdue": 1}
    assert undertaker.findings() == NOTHING


def test_a_file_that_the_bucket_has_lost_is_told(undertaker: Undertaker) -> None:
    world = undertaker.world
    lost, kept = (world.seal("x", "file", ttl="1d") for _ in range(2))
    client("s3").delete_object(Bucket="files", Key=f"files/{lost['id']}")
    world.wait(HOUR)
    answer = undertaker.run()
    assert (answer["found"], answer["examples"]) == (
        {"objectless": 1},
        {"objectless": [lost["id"]]},
    )
    assert undertaker.state(kept) == "sealed record object unerased"


def test_a_receipt_that_nobody_can_read_is_told_and_holds_nobody_up(undertaker: Undertaker) -> None:
    world = undertaker.world
    sealed = world.seal(ttl=60)
    for item in ({"id": "poison"}, {"id": "worse", "state": "sealed", "created_at": "now"}):
        client("dynamodb").put_item(TableName="receipts", Item=serialize(item))
    world.wait(60)
    world.sweep()
    world.wait(HOUR)
    answer = undertaker.run()
    assert answer["found"] == {"unended": 1, "unreadable": 2}
    assert answer["mended"] == {"unended": 1}
    assert undertaker.state(sealed) == "expired"


def test_the_heartbeat_is_no_finding(undertaker: Undertaker) -> None:
    undertaker.world.sweep()
    undertaker.world.wait(HOUR)
    assert undertaker.findings() == NOTHING


def test_a_mended_receipt_has_its_audit_events(undertaker: Undertaker) -> None:
    """They come from the receipts stream: reconcile itself can't write the log."""
    world, dynamodb = undertaker.world, client("dynamodb")
    sealed = world.seal(ttl=60)
    world.wait(60)
    world.sweep()
    world.wait(HOUR)
    old = dynamodb.get_item(TableName="receipts", Key=key(sealed["id"]))["Item"]
    undertaker.run()
    new = dynamodb.get_item(TableName="receipts", Key=key(sealed["id"]))["Item"]
    events = EVENTS.compare(EVENTS.read_receipt(old), EVENTS.read_receipt(new))
    assert [(event.name, event.durations.get("erase_lag_seconds")) for event in events] == [
        ("secret.expired", None),
        ("secret.erased", HOUR),
    ]


def test_a_run_measures_what_it_found(
    undertaker: Undertaker, capsys: pytest.CaptureFixture[str]
) -> None:
    world = undertaker.world
    world.reveal(world.seal())
    world.wait(HOUR)
    undertaker.run()
    undertaker.run()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    gauges = [line["ReconcileFindings"] for line in lines if "ReconcileFindings" in line]
    assert gauges == [1, 0]
    (directive,) = lines[0]["_aws"]["CloudWatchMetrics"]
    assert directive["Metrics"] == [{"Name": "ReconcileFindings", "Unit": "Count"}]


def test_it_says_what_it_looked_at(undertaker: Undertaker) -> None:
    world = undertaker.world
    world.seal("x", "file"), world.seal()
    gone = world.seal()
    world.reveal(gone)
    undertaker.deliver(gone["id"])
    assert undertaker.run()["seen"] == {"records": 2, "receipts": 2, "objects": 1}


def test_a_refused_deletion_is_told_and_everything_else_is_done(
    undertaker: Undertaker, caplog: pytest.LogCaptureFixture
) -> None:
    world = undertaker.world
    overdue, revealed = world.seal(ttl=60), world.seal()
    world.reveal(revealed)
    world.wait(HOUR)
    world.hooks.always("batch_execute_statement", refuse({overdue["id"]: "AccessDenied"}))
    with pytest.raises(load("reaper", "reconcile").Unfinished, match="AccessDenied"):
        undertaker.run()
    assert "reconcile: 1 not done: AccessDenied" in caplog.text
    assert undertaker.state(overdue) == "sealed record unerased"
    assert undertaker.state(revealed) == "revealed"


def test_an_object_that_s3_does_not_delete_keeps_its_receipt_open(undertaker: Undertaker) -> None:
    world = undertaker.world
    sealed = world.seal("x", "file")
    world.reveal(sealed)
    world.wait(HOUR)
    world.hooks.instead("delete_objects", refuse_object(sealed["id"]))
    with pytest.raises(load("reaper", "reconcile").Unfinished, match="InternalError"):
        undertaker.run()
    assert undertaker.state(sealed) == "revealed object unerased"
    assert undertaker.run()["mended"] == {"unsettled": 1}


def test_a_busy_table_is_no_failure_and_its_part_is_named(whole_undertaker: Undertaker) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "Scan")

    whole_undertaker.reconcile.survey.pause = lambda seconds: None
    whole_undertaker.world.hooks.always("scan", busy)
    answer = whole_undertaker.run()
    assert answer["failed"] == {"ThrottlingException": 32}
    assert sorted(answer["left"]) == sorted(f"receipts/{number}" for number in range(32))
    whole_undertaker.world.hooks.undo()
    assert whole_undertaker.run(parts=answer["left"])["left"] == []


def test_what_later_runs_can_do_is_no_failure_whatever_else_failed() -> None:
    reconcile, mending = load("reaper", "reconcile"), load("reaper", "mending")
    busy = mending.Tally(failed=Counter(dict.fromkeys(TRANSIENT, 1)))
    reconcile.report(busy, [])
    busy.failed.update({"AccessDenied": 1})
    with pytest.raises(reconcile.Unfinished) as raised:
        reconcile.report(busy, [])
    assert str(raised.value) == ", ".join(busy.failed)


def test_a_page_that_is_throttled_for_a_moment_is_read_again(undertaker: Undertaker) -> None:
    world = undertaker.world
    world.reveal(world.seal())
    world.wait(HOUR)
    undertaker.reconcile.survey.pause = lambda seconds: None

    def busy(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "Scan")

    world.hooks.instead("scan", busy)
    assert undertaker.findings() == found(unsettled=1)


def test_without_time_nothing_is_done_and_all_is_left(
    whole_undertaker: Undertaker, caplog: pytest.LogCaptureFixture
) -> None:
    world = whole_undertaker.world
    overdue, revealed = world.seal(ttl=60), world.seal()
    world.reveal(revealed)
    world.wait(HOUR)
    answer = whole_undertaker.run(29_999)
    assert len(answer["left"]) == 40
    assert answer["found"] == {}
    said = f"reconcile: out of time, not looked at: {' '.join(answer['left'])}"
    assert caplog.record_tuples == [("burnbag", logging.WARNING, said)]
    assert whole_undertaker.run(30_000, parts=answer["left"])["found"] == {
        "overdue": 1,
        "unsettled": 1,
    }
    assert whole_undertaker.state(overdue) == "expired"


def test_parts_that_are_named_are_looked_at_and_no_others(undertaker: Undertaker) -> None:
    calls = Calls(undertaker.world.clients["reaper"])
    undertaker.run(parts=["receipts/3", "objects/0"])
    assert (calls["Scan"], calls["ListObjectsV2"]) == (1, 1)


def test_a_page_is_waited_for_and_so_is_a_thousand_deletions() -> None:
    """A page of 1 MB, and S3's deletion of what a page names, take longer than other calls."""
    asked: dict[str, dict[str, Any]] = {}

    def make(name: str, **options: Any) -> str:
        asked[name] = options
        return name

    load("reaper", "reconcile").build(ENVIRON, make, lambda: 0)
    assert asked == {"dynamodb": {"read_timeout": 10}, "s3": {"read_timeout": 15}}


def test_a_finding_is_told_in_words(undertaker: Undertaker) -> None:
    undertaker.world.reveal(undertaker.world.seal())
    undertaker.world.wait(HOUR)
    assert undertaker.run()["words"] == {"unsettled": "secrets that ended, and were not erased"}


def test_an_idle_run_costs_little(whole_undertaker: Undertaker) -> None:
    """Half a read unit for a query and for a scan that finds nothing."""
    calls = Calls(whole_undertaker.world.clients["reaper"])
    whole_undertaker.run()
    assert calls == {"Query": 8, "Scan": 32, "ListObjectsV2": 8}


def test_each_hour_begins_with_another_part(whole_undertaker: Undertaker) -> None:
    asked: list[int] = []

    def remember(real: Any, **request: Any) -> Any:
        asked.append(request["Segment"])
        return real(**request)

    whole_undertaker.world.hooks.always("scan", remember)
    firsts = set()
    for _ in range(3):
        asked.clear()
        whole_undertaker.run()
        firsts.add(min(range(32), key=lambda part: (asked.index(part) > 3, part)))
        whole_undertaker.world.wait(8 * HOUR)
    assert len(firsts) == 3
    assert sorted(asked) == list(range(32))


def test_fifty_that_were_lost_take_few_calls(undertaker: Undertaker) -> None:
    world = undertaker.world
    sealed = world.seal()
    world.reveal(sealed)
    copy_item("receipts", sealed["id"], 50)
    world.wait(HOUR)
    calls = Calls(world.clients["reaper"])
    assert undertaker.run()["mended"] == {"unsettled": 50}
    mending = {name: calls[name] for name in ("TransactWriteItems", "DeleteObjects", BATCH)}
    assert mending["TransactWriteItems"] == mending["DeleteObjects"] <= 32
    assert mending[BATCH] <= 35


ENDS = ("nothing", "reveal", "claim", "revoke", "expire")
LIVES = st.lists(
    st.tuples(st.sampled_from(["text", "file", "upload"]), st.sampled_from(ENDS), st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(max_examples=examples(8), suppress_health_check=list(HealthCheck))
@given(lives=LIVES, sweeps=st.booleans(), before_the_end=st.booleans())
def test_whatever_deliveries_are_lost_all_is_as_if_none_had_been(
    lives: list[tuple[str, str, bool]], sweeps: bool, before_the_end: bool
) -> None:
    with few_parts(), make_undertaker() as undertaker:
        world = undertaker.world
        sealed = [live(world, kind, end) for kind, end, _ in lives]
        if before_the_end:
            assert undertaker.findings() == NOTHING
        world.wait(HOUR)
        if sweeps:
            world.sweep()
        gone = [s["id"] for s in sealed if not world.secret(s["id"])]
        delivered = {s["id"] for s, life in zip(sealed, lives, strict=True) if life[2]}
        undertaker.deliver(*[each for each in gone if each in delivered])
        world.wait(HOUR)
        assert undertaker.run()["failed"] == {}
        for secret, (kind, end, _) in zip(sealed, lives, strict=True):
            assert undertaker.state(secret) == expected(kind, end)
        assert undertaker.findings() == NOTHING


def live(world: World, kind: str, end: str) -> dict[str, Any]:
    sealed = world.seal("abc", kind, ttl=60 if end == "expire" else "2d")
    if kind == "upload":
        world.upload(sealed, "abc")
    match end:
        case "reveal" | "claim":
            world.reveal(sealed, key="k" * 16 if end == "claim" or kind == "upload" else None)
        case "revoke":
            world.revoke(sealed)
    return sealed


def expected(kind: str, end: str) -> str:
    if end == "nothing":
        return "sealed record unerased" if kind == "text" else "sealed record object unerased"
    return {"claim": "revealed", "reveal": "revealed", "expire": "expired"}.get(end, "revoked")
