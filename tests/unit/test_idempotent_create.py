"""The same idempotency key makes the same secret, sealed once."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest
from burnbag_core.errors import Gone, KeyReused, Unavailable
from burnbag_format.identity import Identity, derive_order_key

from tests.support.api import Api
from tests.support.races import WRITE
from tests.support.world import World
from tests.unit.conftest import Calls

KEY, OTHER = "0" * 22, "1" * 43
SAME = ("id", "token", "receipt_token", "link", "created_at", "expires_at", "kind", "size")


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[field] == other[field] for field in SAME)


@pytest.mark.parametrize("kind", ["text", "file", "upload"])
def test_the_same_order_under_the_same_key_is_one_secret(either_world: World, kind: str) -> None:
    world = either_world
    first = world.seal(kind=kind, idempotency_key=KEY, label="l", passphrase="p", views=2)
    world.wait(30)
    again = world.seal(kind=kind, idempotency_key=KEY, label="l", passphrase="p", views=2)
    assert same(first, again)
    assert world.ids("receipts") == world.ids("secrets") == {first["id"]}
    if kind == "upload":
        assert first["upload"]["fields"] and again["upload"]["fields"]
        world.upload(first, "hunter2")
    text, facts = world.reveal(again, "p")
    assert facts["views_left"] == 1 and (kind == "upload" or text == "hunter2")


def test_another_key_is_another_secret(either_world: World) -> None:
    one, other = (either_world.seal(idempotency_key=key) for key in (KEY, OTHER))
    assert not {one["id"], one["token"], one["receipt_token"]} & {
        other["id"],
        other["token"],
        other["receipt_token"],
    }
    assert len({one["token"], one["receipt_token"], one["id"]}) == 3


def test_the_server_answers_what_the_client_can_derive(either_world: World) -> None:
    sealed, identity = either_world.seal(idempotency_key=KEY), Identity.of_key(KEY)
    assert sealed["id"] == identity.id
    assert base64.urlsafe_b64decode(sealed["token"] + "=") == identity.token
    assert base64.urlsafe_b64decode(sealed["receipt_token"] + "=") == identity.receipt_token


def test_the_derivation_never_changes() -> None:
    """A published vector, made by another implementation of RFC 5869."""
    key = "idempotency-key-of-a-vector"
    identity = Identity.of_key(key)
    assert identity.id == "WPSlPIvdAnO7yWH9dq38OA"
    assert identity.token.hex()[:32] == "a4356bf9358292c6fdd6cf81adf8244a"
    assert identity.receipt_token.hex()[:32] == "df886e03957644577bec82fa97d032db"
    assert derive_order_key(key).hex()[:32] == "535939302e05933509b44439dd18b39d"


CHANGES: list[dict[str, Any]] = [
    {"text": "hunter3"},
    {"views": 3},
    {"ttl": 3601},
    {"label": "other"},
    {"passphrase": "other"},
    {"passphrase": None},
    {"on_lock": "freeze"},
    {"encrypted": True},
    {"kind": "file"},
    {"kind": "upload"},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_another_order_under_the_same_key_is_refused(
    either_world: World, change: dict[str, Any]
) -> None:
    order: dict[str, Any] = {
        "text": "hunter2",
        "views": 2,
        "ttl": 3600,
        "label": "l",
        "passphrase": "p",
    }
    first = either_world.seal(idempotency_key=KEY, **order)
    changed = {name: value for name, value in (order | change).items() if value is not None}
    with pytest.raises(KeyReused):
        either_world.seal(idempotency_key=KEY, **changed)
    assert same(first, either_world.seal(idempotency_key=KEY, **order))


def test_a_retry_after_the_end_still_gets_the_same_tokens(either_world: World) -> None:
    """The answer was lost, the receipt token with it: the sender can learn what became of it."""
    world, first = either_world, either_world.seal(idempotency_key=KEY)
    world.reveal(first)
    again = world.seal(idempotency_key=KEY)
    assert same(first, again)
    assert again["state"] == "revealed"
    assert world.ids("secrets") == set()


def test_what_is_stored_does_not_tell_the_order(world: World) -> None:
    """A digest of a PIN could be tried out; this one can't be without the key."""
    one = world.seal("1234", idempotency_key=KEY)
    other = world.seal("1234", idempotency_key=OTHER)
    plain = world.seal("1234")
    digests = [world.receipt(s["id"]).order_digest for s in (one, other, plain)]  # type: ignore[union-attr]
    assert digests[0] != digests[1] and digests[2] is None
    assert "order_digest" not in world.show_receipt(one)


def test_two_at_once_make_one(world: World) -> None:
    answers: list[dict[str, Any]] = []
    world.hooks.before(WRITE, lambda: answers.append(world.seal(idempotency_key=KEY)))
    answers.append(world.seal(idempotency_key=KEY))
    assert same(*answers)
    assert world.reveal(answers[1])[0] == "hunter2"


def test_a_file_that_another_call_has_not_finished_is_not_there_yet(world: World) -> None:
    def ask_again(real: Any, **put: Any) -> Any:
        with pytest.raises(Unavailable):
            world.seal(kind="file", idempotency_key=KEY)
        return real(**put)

    world.hooks.instead("put_object", ask_again)
    first = world.seal(kind="file", idempotency_key=KEY)
    assert same(first, world.seal(kind="file", idempotency_key=KEY))


@pytest.mark.parametrize("ttl", [61, 3600])
def test_a_file_that_was_never_finished_is_gone_for_good(world: World, ttl: int) -> None:
    """Only a new key seals it anew: this one's data key is wrapped, and nobody here unwraps it."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    world.hooks.instead("put_object", die)
    with pytest.raises(KeyboardInterrupt):
        world.seal(kind="file", idempotency_key=KEY, ttl=ttl)
    with pytest.raises(Unavailable):
        world.seal(kind="file", idempotency_key=KEY, ttl=ttl)
    world.wait(60)
    world.sweep()
    world.reap()
    with pytest.raises(Gone) as gone:
        world.seal(kind="file", idempotency_key=KEY, ttl=ttl)
    assert gone.value.extensions["state"] == "expired"


def test_a_file_of_the_shortest_life_is_not_taken_for_finished(world: World) -> None:
    """Its record would go at the same time either way."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    world.hooks.instead("put_object", die)
    with pytest.raises(KeyboardInterrupt):
        world.seal(kind="file", idempotency_key=KEY, ttl=60)
    with pytest.raises(Unavailable):
        world.seal(kind="file", idempotency_key=KEY, ttl=60)


def test_a_late_copy_of_its_keeping_does_not_keep_it_from_its_claims_end(world: World) -> None:
    sealed = world.seal(kind="file", ttl=604800)
    world.reveal(sealed, key="key-of-one-caller")
    store, created = world.sender.store, sealed["created_at"]
    assert not store.keep(sealed["id"], created + 60, sealed["expires_at"])
    world.wait(121)
    world.sweep()
    assert world.secret(sealed["id"]) is None


def test_a_file_that_was_viewed_meanwhile_is_answered(world: World) -> None:
    first = world.seal(kind="file", views=2, idempotency_key=KEY)
    world.reveal(first)
    assert same(first, world.seal(kind="file", views=2, idempotency_key=KEY))
    world.reveal(first)
    assert world.seal(kind="file", views=2, idempotency_key=KEY)["state"] == "revealed"


def test_asking_again_for_an_upload_gives_no_more_time(api: Api) -> None:
    order = {"size": 5}
    headers = {"Idempotency-Key": KEY}
    first = api.call("POST", "/v1/uploads", order, headers=headers).body
    again = api.call("POST", "/v1/uploads", order, headers=headers).body
    assert first["upload"]["expires_at"] == again["upload"]["expires_at"]
    assert first["upload"]["expires_at"] == first["created_at"] + 900
    for form in (first["upload"], again["upload"]):
        assert form.keys() == {"url", "fields", "expires_at"}
        policy = json.loads(base64.b64decode(form["fields"]["policy"]))
        expiration = datetime.fromisoformat(policy["expiration"]).timestamp()
        assert abs(expiration - form["expires_at"]) <= 30


def test_on_the_wire(api: Api, create_calls: Calls) -> None:
    headers = {"Idempotency-Key": KEY}
    first = api.call("POST", "/v1/secrets", {"secret": "x"}, headers=headers)
    assert create_calls == {"GenerateDataKey": 1, "TransactWriteItems": 1}
    again = api.call("POST", "/v1/secrets", {"secret": "x"}, headers=headers)
    assert (first.status, again.status) == (201, 201) and first.body == again.body
    other = api.call("POST", "/v1/secrets", {"secret": "y"}, headers=headers)
    assert (other.status, other.problem) == (422, "idempotency-key-reused")
    assert other.body["field"] == "Idempotency-Key"
    assert api.reveal_secret(first.body["id"], first.body["token"]).body["secret"] == "x"


@pytest.mark.parametrize("key", ["", "x" * 21, "x" * 129, "x" * 21 + " ", "x" * 21 + "\u00e9"])
def test_a_key_that_somebody_could_guess_is_refused(api: Api, key: str) -> None:
    answer = api.call("POST", "/v1/secrets", {"secret": "x"}, headers={"Idempotency-Key": key})
    assert (answer.status, answer.body["field"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize("flag", [True, False])
def test_whether_the_sender_encrypted_is_said_everywhere(api: Api, flag: bool) -> None:
    sealed = api.sealed(encrypted=flag)
    file = api.send_file(b"x", encrypted="true" if flag else "false").body
    upload = api.declare(size=3, encrypted=flag).body
    for each in (sealed, file, upload):
        assert each["encrypted"] is flag
        assert api.peek(each["id"], each["token"]).body["encrypted"] is flag
        assert api.receipt(each["id"], each["receipt_token"]).body["encrypted"] is flag


@pytest.mark.parametrize("flag", ["true", 1, None, "yes"])
def test_what_is_no_flag_is_refused(api: Api, flag: object) -> None:
    answer = api.seal(secret="x", encrypted=flag)
    assert (answer.status, answer.body["field"]) == (400, "encrypted")
    assert api.send_file(b"x", encrypted="True").status == 400
