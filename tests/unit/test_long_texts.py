"""Texts that are too long for their record: their bytes lie in the bucket, sealed as a file's."""

import base64

import pytest
from burnbag_core.errors import Damaged, Unavailable

from tests.support.api import Api
from tests.support.world import World, client
from tests.unit.conftest import Calls, change

LONG = "x" * 4097
KEY = "a-key-of-one-caller-only"


@pytest.mark.parametrize(
    ("text", "apart"), [("x" * 4096, False), (LONG, True), ("\u00e9" * 2048 + "x", True)]
)
def test_a_text_of_more_than_4096_bytes_goes_into_the_bucket(
    either_world: World, text: str, apart: bool
) -> None:
    sealed = either_world.seal(text)
    assert either_world.files.ids() == ({sealed["id"]} if apart else set())
    assert either_world.peek(sealed)["size"] == len(text.encode())
    assert either_world.reveal(sealed)[0] == text


def test_its_record_stays_small_and_its_object_is_sealed(world: World) -> None:
    sealed = world.seal("hunter2" * 30_000)
    record = world.secret(sealed["id"])
    assert record and len(record.sealed) < 100
    found = client("s3").get_object(Bucket="files", Key=f"files/{sealed['id']}")["Body"].read()
    assert b"hunter2" not in found


def test_every_byte_comes_back(api: Api) -> None:
    data = base64.b64encode(bytes(range(256)) * 1024).decode()
    sealed = api.seal(secret_base64=data).body
    revealed = api.reveal_secret(sealed["id"], sealed["token"]).body
    assert (revealed["secret_base64"], revealed["size"]) == (data, 262144)


def test_many_views_claims_and_wrong_guesses_of_a_long_text(either_world: World) -> None:
    sealed = either_world.seal(LONG, views=3, passphrase="right")
    for views_left, key in ((2, KEY), (2, KEY), (1, None), (0, "another-key-of-a-caller")):
        text, facts = either_world.reveal(sealed, "right", key)
        assert (text, facts["views_left"]) == (LONG, views_left)
    either_world.wait(130)
    either_world.sweep()
    either_world.reap()
    assert (either_world.ids("secrets"), either_world.files.ids()) == (set(), set())


def test_a_long_text_whose_object_s3_does_not_give_stays_whole(world: World) -> None:
    sealed = world.seal(LONG)
    world.hooks.instead("get_object", lambda real, **_: real(Bucket="files", Key="files/none"))
    with pytest.raises(Unavailable):
        world.reveal(sealed)
    assert world.reveal(sealed)[0] == LONG


def test_an_object_put_in_its_place_is_refused(world: World) -> None:
    mine, other = world.seal(LONG), world.seal("y" * 5000)
    data = client("s3").get_object(Bucket="files", Key=f"files/{other['id']}")["Body"].read()
    world.files.put(mine["id"], data)
    with pytest.raises(Damaged):
        world.reveal(mine)


def test_nobody_can_make_a_long_text_look_empty_or_a_short_one_look_long(world: World) -> None:
    """What lies in the record is sealed, and so is where the rest of it lies."""
    short, long = world.seal("short"), world.seal(LONG)
    records = [world.secret(sealed["id"]) for sealed in (short, long)]
    assert all(records)
    change(short["id"], sealed=records[1].sealed)  # type: ignore[union-attr]
    with pytest.raises(Damaged):
        world.reveal(short)


def test_a_long_text_takes_four_calls_and_opens_with_four(
    api: Api, create_calls: Calls, reveal_calls: Calls
) -> None:
    sealed = api.sealed(secret=LONG)
    assert create_calls == {
        "GenerateDataKey": 1, "TransactWriteItems": 1, "PutObject": 1, "UpdateItem": 1,
    }  # fmt: skip
    assert api.reveal_secret(sealed["id"], sealed["token"]).body["secret"] == LONG
    assert reveal_calls == {"GetItem": 1, "Decrypt": 1, "GetObject": 1, "TransactWriteItems": 1}


@pytest.mark.parametrize("failing", ["PutObject", "UpdateItem"])
def test_a_long_text_that_was_not_finished_is_swept_and_never_opens(
    api: Api, create_calls: Calls, failing: str
) -> None:
    create_calls.failing.add(failing)
    answer = api.seal(secret=LONG)
    assert (answer.status, answer.problem) == (503, "unavailable")
    api.world.sweep()
