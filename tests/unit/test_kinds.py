"""What a reveal says of each kind of secret, field by field."""

from types import SimpleNamespace

import pytest

from tests.support.fakes import START
from tests.support.races import KEY
from tests.support.services import load
from tests.support.world import World, memory_world

GIB = 2**30


@pytest.fixture
def world() -> World:
    return memory_world()


def test_a_peek_says_what_anybody_with_the_link_may_know(world: World) -> None:
    sealed = world.seal("hunter2", "file", views=3, ttl=600, passphrase="right")
    assert world.peek(sealed) == {
        "id": sealed["id"],
        "kind": "file",
        "size": 7,
        "passphrase": True,
        "encrypted": False,
        "on_lock": "burn",
        "frozen": False,
        "max_views": 3,
        "views_left": 3,
        "created_at": START,
        "expires_at": START + 600,
    }


@pytest.mark.parametrize("kind", ["text", "file"])
def test_a_text_and_a_file_come_with_the_answer(world: World, kind: str) -> None:
    sealed = world.seal("hunter2", kind, views=2)
    text, facts = world.reveal(sealed)
    assert text == "hunter2"
    assert facts == world.peek(sealed)
    _, claimed = world.reveal(sealed, key=KEY)
    assert claimed == facts | {"views_left": 0, "claimed_until": START + 120}


def test_an_upload_comes_by_a_link_that_is_good_as_long_as_its_claim(world: World) -> None:
    sealed = world.seal("hunter2", "upload", views=2)
    world.upload(sealed, "hunter2")
    world.wait(50)
    url = f"https://files.example/{sealed['id']}?seconds="
    assert world.reveal(sealed, key=KEY)[1] == world.peek(sealed) | {
        "claimed_until": START + 950,
        "download": {"url": f"{url}900", "expires_at": START + 950},
        "idempotency_key": KEY,
    }
    world.wait(100)
    assert world.reveal(sealed, key=KEY)[1]["download"]["url"] == f"{url}800"


@pytest.mark.parametrize(
    ("size", "quarters"), [(1, 1), (5 * GIB, 1), (5 * GIB + 1, 2), (50 * GIB, 10)]
)
def test_a_large_upload_is_claimed_for_as_long_as_its_download_may_take(
    size: int, quarters: int
) -> None:
    upload = load("reveal", "chalicelib.kinds").Upload(None, None)
    assert upload.request_claim(SimpleNamespace(size=size), KEY).seconds == quarters * 900


def test_an_upload_is_claimed_under_a_key_of_its_own_where_none_is_sent(world: World) -> None:
    sealed = world.seal("hunter2", "upload", views=2)
    world.upload(sealed, "hunter2")
    first, second = (world.reveal(sealed)[1]["idempotency_key"] for _ in range(2))
    assert first != second and len(first) == len(second) == 43
    assert world.reveal(sealed, key=first)[1]["views_left"] == 1
