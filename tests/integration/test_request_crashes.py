"""Requests, cut after every AWS call of every flow, and met by somebody else before every one.

As in test_crashes.py a cut is a death. Whatever was cut, the same submitter comes to the same end
by sending the same again, and nothing is left of who never comes again. Whoever meets whom, one
answer is sealed and opens, or the request is over, and no object lies under another one's record.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.errors import AlreadyArrived, BeingAnswered, RequestOver

from tests.integration.test_crashes import Calls, Cut, MakeWorld, every_cut, settle
from tests.support.asking import Submission, answer_of, ask, submit, submit_capability
from tests.support.services import load
from tests.support.world import World, moto_world

KEY = "one-idempotency-key-of-128-bits"
KINDS = ["text", "long text", "file", "upload"]
# A long text is stored as a file is.
MET = ["text", "file", "upload"]
TTL, LEASE = 600, 60


def submission(kind: str, sender: int = 1) -> Submission:
    """Each sender's own bytes and token."""
    data = bytes([96 + sender]) * (5000 if kind == "long text" else 9)
    return Submission(data, "text" if kind == "long text" else kind, bytes([sender]) * 32)


def submit_calls(kind: str) -> Calls:
    store = ["TransactWriteItems", "PutObject"] if kind in ("file", "long text") else []
    return ["GetItem", "GenerateDataKey", *store, "TransactWriteItems"]


def parts_calls() -> Calls:
    begin = ["GetItem", "CreateMultipartUpload", "UpdateItem", "GetItem"]
    complete = ["GetItem", "ListParts", "ListParts", "CompleteMultipartUpload"]
    return [*submit_calls("upload"), *begin, *complete, "TransactWriteItems"]


def insist(world: World, asked: dict[str, Any], sent: Submission) -> dict[str, Any]:
    """Send the same again until it is answered, as a client does."""
    for _ in range(2):
        with suppress(BeingAnswered):
            answer: dict[str, Any] = submit(world, asked, sent)
            return answer
        world.wait(LEASE)
    raise AssertionError("nobody held the lease any more")


def assert_answered_by(world: World, asked: dict[str, Any], sent: Submission) -> None:
    """The requester gets this answer, once, and nothing is left."""
    if sent.kind == "upload":
        world.upload(asked, sent.data.decode())
    text = answer_of(world, asked, sent)
    assert sent.kind == "upload" or text == sent.data.decode()
    receipt = world.receipt(asked["id"])
    assert receipt and (receipt.state, len(receipt.views)) == ("revealed", 1)
    assert receipt.sealed_key == sent.sealed_key


def assert_nothing_is_left(world: World) -> None:
    settle(world, 3 * TTL)
    assert (world.ids("secrets"), world.files.ids()) == (set(), set())
    for secret_id in world.ids("receipts"):
        receipt = world.receipt(secret_id)
        assert receipt and receipt.erased_at and receipt.state in ("revealed", "revoked", "expired")


@pytest.mark.parametrize(("number", "make_world"), every_cut(lambda: ["TransactWriteItems"], ()))
def test_ask(number: int, make_world: MakeWorld) -> None:
    with make_world() as world:

        def wish() -> dict[str, Any]:
            made: dict[str, Any] = ask(world, KEY, ttl=TTL)
            return made

        Cut(world, number).run(wish, ["TransactWriteItems"])
        again = wish()
        assert world.ids("secrets") == world.ids("receipts") == {again["id"]}
        assert_nothing_is_left(world)


@pytest.mark.parametrize("again", [True, False], ids=["again", "never"])
@pytest.mark.parametrize(
    ("kind", "number", "make_world"), every_cut(submit_calls, *[(k,) for k in KINDS])
)
def test_submit(kind: str, number: int, again: bool, make_world: MakeWorld) -> None:
    with make_world() as world:
        asked, sent = ask(world, ttl=TTL), submission(kind)
        calls = submit_calls(kind)
        Cut(world, number).run(lambda: submit(world, asked, sent), calls)
        is_answered = number >= len(calls)
        receipt = world.receipt(asked["id"])
        assert receipt and receipt.state == ("sealed" if is_answered else "requested")
        if again:
            assert insist(world, asked, sent)["size"] == len(sent.data)
            assert world.files.ids() <= world.ids("secrets") == {asked["id"]}
            assert_answered_by(world, asked, sent)
        assert_nothing_is_left(world)


@pytest.mark.parametrize(
    ("kind", "number", "make_world"), every_cut(submit_calls, *[(k,) for k in MET])
)
def test_after_a_cut_somebody_else_may_answer_unless_that_was_done(
    kind: str, number: int, make_world: MakeWorld
) -> None:
    with make_world() as world:
        asked, first, other = ask(world, ttl=TTL), submission(kind), submission("file", 2)
        calls = submit_calls(kind)
        Cut(world, number).run(lambda: submit(world, asked, first), calls)
        if number >= len(calls):
            with pytest.raises(RequestOver):
                insist(world, asked, other)
            assert_answered_by(world, asked, first)
        else:
            insist(world, asked, other)
            with pytest.raises(RequestOver):
                insist(world, asked, first)
            assert_answered_by(world, asked, other)
        assert_nothing_is_left(world)


@pytest.mark.parametrize("again", [True, False], ids=["again", "never"])
@pytest.mark.parametrize(("number", "make_world"), every_cut(parts_calls, ()))
def test_an_answer_in_parts(number: int, again: bool, make_world: MakeWorld) -> None:
    with make_world() as world:
        cut, sent = Cut(world, number), Submission(b"hunter2", "parts")
        asked = ask(world, ttl="2d")
        own = world.create.submitters_parts
        uploader = {**asked, "receipt_token": asked["submit_token"]}

        def upload() -> None:
            submit(world, asked, sent)
            with as_submitter(world, own):
                try:
                    world.presign(uploader, 1, sent.data)
                except AlreadyArrived:
                    return
                with cut.unseen(), suppress(KeyError, ClientError):  # as in test_crashes.py
                    world.store_part(uploader, 1, sent.data)
                world.complete(uploader, sent.data)

        cut.run(upload, parts_calls())
        if again:
            upload()
            assert world.files.unfinished() <= 1
            settle(world, 86_400)
            assert world.files.ids() == world.ids("secrets") == {asked["id"]}
            answer_of(world, asked, sent)
        settle(world, 5 * 86_400)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        assert world.files.parts() == 0


class as_submitter:
    """Let the world's calls for parts be the submitter's."""

    def __init__(self, world: World, parts: Any) -> None:
        self.world, self.parts = world, parts

    def __enter__(self) -> None:
        self.create = self.world.create
        self.world.create = load("create", "chalicelib.service").Service(
            **{**vars(self.create), "parts": self.parts}
        )

    def __exit__(self, *raised: object) -> None:
        self.world.create = self.create


class Meeting:
    """Lets something happen right before a call of a flow, from 1."""

    def __init__(self, world: World, number: int, happens: Callable[[], object]) -> None:
        self.left, self.happens = number, happens
        world.clients["create"].observe("before-call", self.before_call)

    def before_call(self, **_: object) -> None:
        self.left -= 1
        if self.left == 0:
            self.happens()

    def over(self) -> bool:
        """The flow is at its end: nothing happens any more, if nothing has."""
        is_early, self.left = self.left > 0, 0
        return is_early


def outcome(call: Callable[[], object]) -> str:
    """What a submission was answered."""
    try:
        call()
    except BeingAnswered:
        return "busy"
    except RequestOver as over:
        return str(over.extensions["state"])
    return "taken"


@pytest.mark.parametrize("other", MET)
@pytest.mark.parametrize(
    ("kind", "number", "make_world"), every_cut(submit_calls, *[(k,) for k in MET])
)
def test_of_two_submissions_that_meet_anywhere_one_is_taken_whole(
    kind: str, number: int, other: str, make_world: MakeWorld
) -> None:
    with make_world() as world:
        asked = ask(world, ttl=TTL)
        one, two = submission(kind, 1), submission(other, 2)
        met: list[str] = []
        meeting = Meeting(
            world, number, lambda: met.append(outcome(lambda: submit(world, asked, two)))
        )
        first = outcome(lambda: submit(world, asked, one))
        second = outcome(lambda: submit(world, asked, two)) if meeting.over() else met[0]
        assert [first, second].count("taken") == 1
        assert {first, second} <= {"taken", "submitted", "busy"}
        winner, loser = (one, two) if first == "taken" else (two, one)
        assert outcome(lambda: submit(world, asked, loser)) == "submitted"
        assert outcome(lambda: submit(world, asked, winner)) == "taken"
        assert_answered_by(world, asked, winner)
        assert_nothing_is_left(world)


@pytest.mark.parametrize("end", ["revoked", "expired"])
@pytest.mark.parametrize(
    ("kind", "number", "make_world"), every_cut(submit_calls, *[(k,) for k in MET])
)
def test_an_end_that_meets_a_submission_anywhere_ends_either_the_request_or_the_answer(
    kind: str, number: int, end: str, make_world: MakeWorld
) -> None:
    with make_world() as world:
        asked, sent = ask(world, ttl=TTL), submission(kind)

        def end_it() -> None:
            if end == "revoked":
                return world.revoke(asked)
            settle(world, TTL)

        meeting = Meeting(world, number, end_it)
        said = outcome(lambda: submit(world, asked, sent))
        assert meeting.over() == (said == "taken")
        receipt = world.receipt(asked["id"])
        assert receipt and said in ("taken", end)
        if said == "taken":
            assert receipt.state == "sealed"
            end_it()
        else:
            assert (receipt.state, receipt.submitted_at) == (end, None)
        assert_nothing_is_left(world)


@pytest.mark.parametrize("kind", MET)
def test_a_submission_after_its_time_is_refused_though_no_sweep_has_run(kind: str) -> None:
    with moto_world() as world:
        asked = ask(world, ttl=TTL)
        world.wait(TTL)
        assert world.ids("secrets") == {asked["id"]}
        assert outcome(lambda: submit(world, asked, submission(kind))) == "expired"
        with pytest.raises(RequestOver):
            world.create.submitter.show(submit_capability(asked))
        assert_nothing_is_left(world)


@pytest.mark.parametrize("kind", MET)
def test_time_that_runs_out_within_a_submission_is_seen_by_its_last_write(kind: str) -> None:
    """The request has expired, and nothing has swept it: DynamoDB's own condition refuses."""
    with moto_world() as world:
        asked = ask(world, ttl=TTL)
        Meeting(world, len(submit_calls(kind)) - 1, lambda: world.wait(TTL))
        assert outcome(lambda: submit(world, asked, submission(kind))) == "expired"
        assert_nothing_is_left(world)


def test_an_upload_whose_bytes_never_come_ends_with_its_time() -> None:
    with moto_world() as world:
        asked, sent = ask(world, ttl=TTL), submission("upload")
        submit(world, asked, sent)
        settle(world, TTL - 1)
        assert world.ids("secrets") == {asked["id"]}
        assert world.show_receipt(asked)["state"] == "sealed"
        settle(world, 1)
        assert world.show_receipt(asked)["state"] == "expired"
        assert_nothing_is_left(world)


def test_the_sweep_takes_no_answer_for_its_request() -> None:
    """The secret has a time of its own, and its request's is over before."""
    with moto_world() as world:
        asked, sent = ask(world, ttl=TTL), submission("text")
        world.wait(TTL - 1)
        submit(world, asked, sent)
        settle(world, TTL - 1)
        assert_answered_by(world, asked, sent)
        assert_nothing_is_left(world)
