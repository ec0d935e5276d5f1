"""A secret that is asked for: opened by nobody before it comes, and taken once."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from burnbag_core.errors import (
    BeingAnswered,
    Gone,
    KeyReused,
    NotFound,
    RequestOver,
    Unanswered,
    Unavailable,
)
from burnbag_format import base64url

from tests.support.asking import (
    REQUESTER,
    SUBMITTER,
    Submission,
    answer_of,
    ask,
    submit,
    submit_capability,
)
from tests.support.world import World

KINDS = ["text", "long", "file", "upload"]
LONG = b"x" * 5000
KEY = "0" * 22


def submission(kind: str, **changed: Any) -> Submission:
    data = LONG if kind == "long" else b"encrypted"
    return Submission(**{"data": data, "kind": "text" if kind == "long" else kind, **changed})


def over(error: Gone) -> tuple[str, int | None]:
    return error.extensions["state"], error.extensions["ended_at"]


def test_a_request_says_who_asks_for_what_and_nothing_of_who_may_see_the_receipt(
    either_world: World,
) -> None:
    asked = ask(either_world, label="API key", ttl="3d", kinds=["file", "text"], max_bytes=9000)
    shown = either_world.create.submitter.show(submit_capability(asked))
    now = either_world.clock()
    assert shown == {
        "id": asked["id"],
        "state": "requested",
        "label": "API key",
        "created_by": REQUESTER.by,
        "kinds": ["text", "file"],
        "max_bytes": 9000,
        "ttl": 3 * 86400,
        "expires_at": now + 3 * 86400,
    }
    tokens = {"submit_token", "receipt_token"}
    base = either_world.create.settings.link_base_url
    rest = {"created_at": now, "base": base} | {name: asked[name] for name in tokens}
    assert asked == shown | rest
    assert asked["submit_token"] != asked["receipt_token"]


def test_nothing_opens_a_request_and_no_crash_tells_that_there_is_one(either_world: World) -> None:
    asked = ask(either_world)
    for token in (asked["submit_token"], asked["receipt_token"], base64url.encode(bytes(32))):
        link = {"id": asked["id"], "token": token}
        with pytest.raises(NotFound):
            either_world.peek(link)
        with pytest.raises(NotFound):
            either_world.reveal(link)
        with pytest.raises(NotFound):
            either_world.confirm(link, KEY)
    assert either_world.show_receipt(asked)["state"] == "requested"


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_an_ordinary_secret_of_one_view(either_world: World, kind: str) -> None:
    world, sent = either_world, submission(kind)
    asked = ask(world, label="l", ttl=600)
    world.wait(500)
    answered = submit(world, asked, sent)
    now = world.clock()
    name = "text" if kind == "long" else kind
    assert answered | {"upload": None} == {
        "id": asked["id"],
        "kind": name,
        "size": len(sent.data),
        "expires_at": now + 600,
        "upload": None,
    }
    if kind == "upload":
        assert answered["upload"]["fields"]
        world.upload(asked, sent.data.decode())
    world.wait(400)
    peeked = world.peek(sent.link(asked))
    assert (peeked["encrypted"], peeked["max_views"], peeked["passphrase"]) == (True, 1, False)
    assert (peeked["created_at"], peeked["expires_at"]) == (now, now + 600)
    text, _ = world.reveal(sent.link(asked))
    assert kind == "upload" or text == sent.data.decode()
    receipt = world.show_receipt(asked)
    assert (receipt["state"], receipt["kind"], receipt["label"]) == ("revealed", name, "l")
    assert base64url.decode(receipt["sealed_key"], 129) == sent.sealed_key
    assert (receipt["created_at"], receipt["submitted_at"]) == (asked["created_at"], now)
    assert receipt["submitted_by"] == SUBMITTER.ip
    assert receipt["created_by"] == REQUESTER.by


def test_before_it_is_answered_the_receipt_says_what_may_come(either_world: World) -> None:
    receipt = either_world.show_receipt(ask(either_world, kinds=["text"], max_bytes=7))
    assert (receipt["state"], receipt["kind"], receipt["size"]) == ("requested", "request", 0)
    assert (receipt["kinds"], receipt["max_bytes"], receipt["views_left"]) == (["text"], 7, 0)
    assert (receipt["submitted_at"], receipt["sealed_key"]) == (None, None)


def test_the_receipt_of_a_secret_that_nobody_asked_for_says_nothing_of_requests(
    either_world: World,
) -> None:
    assert not {"kinds", "sealed_key"} & either_world.show_receipt(either_world.seal()).keys()


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_taken_once_and_the_same_one_is_answered_the_same(
    either_world: World, kind: str
) -> None:
    world, sent = either_world, submission(kind)
    asked = ask(world)
    first = submit(world, asked, sent)
    world.wait(30)
    again = submit(world, asked, sent)
    assert again.pop("upload", None) is None or first.pop("upload")["fields"]
    assert again == first
    others = [
        submission(kind, data=sent.data[:-1] + b"!" if kind != "upload" else b"longer bytes"),
        submission(kind, token=b"u" * 32),
        submission(kind, sealed_key=b"\x04" + b"K" * 128),
        submission("file" if kind == "text" else "text"),
    ]
    for other in others:
        with pytest.raises(RequestOver) as refused:
            submit(world, asked, other)
        assert over(refused.value) == ("submitted", world.clock() - 30)
    with pytest.raises(RequestOver) as shown:
        world.create.submitter.show(submit_capability(asked))
    assert over(shown.value) == ("submitted", world.clock() - 30)
    if kind == "upload":
        world.upload(asked, sent.data.decode())
    assert kind == "upload" or answer_of(world, asked, sent) == sent.data.decode()


def test_whoever_answered_does_not_learn_what_becomes_of_it(either_world: World) -> None:
    world, sent = either_world, Submission()
    asked = ask(world)
    first = submit(world, asked, sent)
    answer_of(world, asked, sent)
    assert submit(world, asked, sent) == first
    with pytest.raises(RequestOver) as refused:
        world.create.submitter.show(submit_capability(asked))
    assert over(refused.value) == ("submitted", world.clock())


def test_a_request_ends_by_time_or_by_its_requester_and_then_takes_nothing(
    either_world: World,
) -> None:
    world = either_world
    expired, revoked = ask(world, ttl=60), ask(world, ttl=6000)
    world.wait(60)
    world.revoke(revoked, "arn:aws:iam::1:role/requester")
    for asked, end in (
        (expired, ("expired", world.clock())),
        (revoked, ("revoked", world.clock())),
    ):
        for kind in KINDS:
            with pytest.raises(RequestOver) as refused:
                submit(world, asked, submission(kind))
            assert over(refused.value) == end
        with pytest.raises(RequestOver) as shown:
            world.create.submitter.show(submit_capability(asked))
        assert over(shown.value) == end
        assert world.show_receipt(asked)["state"] == end[0]
    world.sweep()
    world.reap()
    assert world.ids("secrets") == set()
    for asked in (expired, revoked):
        assert world.show_receipt(asked)["erased_at"] == world.clock()
    assert world.show_receipt(expired)["ended_at"] == expired["expires_at"]


def test_only_the_submit_token_answers_and_only_the_receipt_token_shows(
    either_world: World,
) -> None:
    world, sent = either_world, Submission()
    asked, sealed = ask(world), world.seal()
    for token in (asked["receipt_token"], sealed["token"], base64url.encode(bytes(32))):
        with pytest.raises(NotFound):
            submit(world, asked | {"submit_token": token}, sent)
    for token in (sealed["token"], sealed["receipt_token"], asked["submit_token"]):
        with pytest.raises(NotFound):
            submit(world, sealed | {"submit_token": token}, sent)
    with pytest.raises(NotFound):
        world.show_receipt(asked | {"receipt_token": asked["submit_token"]})
    with pytest.raises(NotFound):
        world.revoke(asked | {"receipt_token": asked["submit_token"]})
    submit(world, asked, sent)
    with pytest.raises(NotFound):
        submit(world, asked | {"submit_token": sent.link(asked)["token"]}, sent)
    with pytest.raises(NotFound):
        world.peek({"id": asked["id"], "token": asked["submit_token"]})


def test_the_same_key_makes_the_same_request_also_after_its_answer(either_world: World) -> None:
    world = either_world
    first = ask(world, KEY, label="l")
    world.wait(10)
    assert ask(world, KEY, label="l") == first
    with pytest.raises(KeyReused):
        ask(world, KEY, label="other")
    with pytest.raises(KeyReused):
        world.seal(idempotency_key=KEY, label="l")
    submit(world, first, Submission())
    again = ask(world, KEY, label="l")
    assert (again["id"], again["submit_token"], again["state"]) == (
        first["id"],
        first["submit_token"],
        "submitted",
    )
    world.seal(idempotency_key="1" * 22)
    with pytest.raises(KeyReused):
        ask(world, "1" * 22)


@pytest.mark.parametrize("kind", ["file", "long"])
def test_while_an_object_is_stored_nobody_else_answers(world: World, kind: str) -> None:
    """Else the object of one might end up under the record of the other."""
    sent, asked, met = submission(kind), ask(world), []

    def meanwhile() -> None:
        for other in (sent, *(submission(each, token=b"u" * 32) for each in KINDS)):
            with pytest.raises(BeingAnswered):
                submit(world, asked, other)
            met.append(other)

    world.hooks.before("put_object", meanwhile)
    submit(world, asked, sent)
    assert len(met) == 5
    assert answer_of(world, asked, sent) == sent.data.decode()


@pytest.mark.parametrize("kind", ["file", "long"])
def test_where_the_bucket_refuses_an_object_the_request_is_open_at_once(
    world: World, kind: str
) -> None:
    sent, asked = submission(kind), ask(world)

    def refuse(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "m"}}, "PutObject")

    world.hooks.instead("put_object", refuse)
    with pytest.raises(Unavailable):
        submit(world, asked, sent)
    assert world.show_receipt(asked)["state"] == "requested"
    submit(world, asked, sent)
    assert answer_of(world, asked, sent) == sent.data.decode()


def test_where_the_bucket_gave_no_answer_the_next_object_waits_until_that_cannot_come_any_more(
    world: World,
) -> None:
    sent, asked = submission("file"), ask(world)

    def no_answer(*_: Any, **__: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://s3")

    world.hooks.instead("put_object", no_answer)
    with pytest.raises(Unanswered):
        submit(world, asked, sent)
    with pytest.raises(BeingAnswered):
        submit(world, asked, sent)
    world.wait(60)
    submit(world, asked, sent)
    assert answer_of(world, asked, sent) == sent.data.decode()
