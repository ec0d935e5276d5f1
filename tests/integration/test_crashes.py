"""Crash safety: every flow is cut after every one of its AWS calls, for every kind.

The cut is a death: the call has been made, and nothing after it is, not even a clean-up. Then
time passes, and the sweep and the reaper run. Whatever was cut, the secret is whole and
readable or was delivered as often as allowed; no object without a record, and no record
without a receipt, outlives two minutes. `docs/architecture.md` lists the outcomes.
"""

from collections.abc import Callable
from typing import Any

import pytest
from burnbag_core.errors import Gone

from tests.support.hooks import Clients
from tests.support.world import World, moto_world

KEY = "key-of-one-caller"
KINDS = ["text", "file", "upload"]


class Death(BaseException):
    """Not an Exception: no handler in burnbag gets to run for it."""


class Cut:
    """Lets the first `number` AWS calls of all `clients` through, and dies after the last."""

    def __init__(self, *clients: Clients) -> None:
        self.left = 0
        self.armed = False
        for each in clients:
            each.observe("after-call", self.after)

    def after(self, **_: object) -> None:
        if self.armed:
            self.left -= 1
            if self.left == 0:
                self.armed = False
                raise Death

    def at(self, number: int, flow: Callable[[], object]) -> bool:
        """Run `flow` and die after its call `number`; False where it makes fewer calls."""
        self.left, self.armed = number, True
        try:
            flow()
        except Death:
            return True
        finally:
            self.armed = False
        return False


def cut(world: World) -> Cut:
    """One cut for all clients that the services use; some of them are the same."""
    return Cut(*world.clients.values())


def sealed(world: World, kind: str, **fields: Any) -> dict[str, Any]:
    """A secret with everything in place: an upload has arrived."""
    made = world.seal("hunter2", kind, ttl=600, **fields)
    if kind == "upload":
        world.upload(made, "hunter2")
    return made


def settle(world: World, seconds: int = 0) -> None:
    """Time passes, the sweep comes by, and the reaper after it."""
    world.wait(seconds)
    world.sweep()
    world.reap()


def assert_nothing_is_orphaned(world: World) -> None:
    records = world.ids("secrets")
    assert world.files.ids() <= records
    assert records <= world.ids("receipts")


FLOWS = [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("number", FLOWS)
@pytest.mark.parametrize("passphrase", [None, "right"])
@pytest.mark.parametrize("kind", KINDS)
def test_create(kind: str, passphrase: str | None, number: int) -> None:
    with moto_world() as world:
        fields = {"passphrase": passphrase} if passphrase else {}
        died = cut(world).at(number, lambda: world.seal("hunter2", kind, ttl=600, **fields))
        settle(world, 61)
        assert_nothing_is_orphaned(world)
        settle(world, 540)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        if not died:
            assert number > 2


@pytest.mark.parametrize("number", FLOWS)
@pytest.mark.parametrize("passphrase", [None, "right"])
@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("kind", KINDS)
def test_reveal(kind: str, key: str | None, passphrase: str | None, number: int) -> None:
    with moto_world() as world:
        fields = {"passphrase": passphrase} if passphrase else {}
        secret = sealed(world, kind, **fields)
        died = cut(world).at(number, lambda: world.reveal(secret, passphrase, key))
        if not died:
            assert number > 3
            return
        consumed = len(world.receipt(secret["id"]).views)  # type: ignore[union-attr]
        if consumed and key is None:  # the answer is lost, and the view with it
            with pytest.raises(Gone):
                world.reveal(secret, passphrase)
        else:  # whole, or claimed: the retry gets it
            text, _ = world.reveal(secret, passphrase, key)
            assert text == "hunter2" or kind == "upload"
        receipt = world.receipt(secret["id"])
        assert receipt and len(receipt.views) == 1
        settle(world, 901)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        receipt = world.receipt(secret["id"])
        assert receipt and receipt.state == "revealed" and receipt.erased_at


@pytest.mark.parametrize("number", FLOWS[:4])
@pytest.mark.parametrize("kind", KINDS)
def test_confirm(kind: str, number: int) -> None:
    with moto_world() as world:
        secret = sealed(world, kind)
        world.reveal(secret, key=KEY)

        def confirm() -> None:
            world.confirm(secret, KEY)

        died = cut(world).at(number, confirm)
        assert died == (number <= 2)
        settle(world, 901)
        assert_nothing_is_orphaned(world)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        receipt = world.receipt(secret["id"])
        assert receipt and receipt.state == "revealed" and len(receipt.views) == 1


@pytest.mark.parametrize("number", FLOWS[:3])
@pytest.mark.parametrize("kind", KINDS)
def test_revoke(kind: str, number: int) -> None:
    with moto_world() as world:
        secret = sealed(world, kind)

        def revoke() -> None:
            world.revoke(secret)

        died = cut(world).at(number, revoke)
        assert died == (number <= 2)
        receipt = world.receipt(secret["id"])
        if receipt and receipt.state == "sealed":
            revoke()
        settle(world)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        receipt = world.receipt(secret["id"])
        assert receipt and receipt.state == "revoked" and receipt.erased_at


@pytest.mark.parametrize("number", range(1, 12))
@pytest.mark.parametrize("kind", KINDS)
def test_sweep_and_reap(kind: str, number: int) -> None:
    with moto_world() as world:
        ids = [sealed(world, kind)["id"] for _ in range(3)]
        world.wait(600)
        cut(world).at(number, lambda: settle(world))
        settle(world)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        for secret_id in ids:
            receipt = world.receipt(secret_id)
            assert receipt and receipt.state == "expired" and receipt.erased_at


@pytest.mark.parametrize("kind", KINDS)
def test_a_mixed_batch_that_dies_is_settled_when_it_comes_again(kind: str) -> None:
    """Burned, revoked and expired ones in one batch take several writes: each may be the last."""
    for number in range(1, 5):
        with moto_world() as world:
            burned, revoked, expired = (sealed(world, kind) for _ in range(3))
            world.reveal(burned, key=KEY)
            world.confirm(burned, KEY)
            world.revoke(revoked)
            world.wait(600)
            world.sweep()
            cut(world).at(number, world.reap)
            world.reap()
            states = [world.receipt(s["id"]) for s in (burned, revoked, expired)]
            assert [r.state for r in states if r] == ["revealed", "revoked", "expired"]
            assert all(r and r.erased_at for r in states)
            assert world.files.ids() == set()
