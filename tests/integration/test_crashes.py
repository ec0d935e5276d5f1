"""Crash safety: every flow is cut after every one of its AWS calls, for every kind.

A cut is a death: the call has been made, and nothing after it is, not even a clean-up. Then time
passes, and the sweep and the reaper run. Whatever was cut, the secret is whole and readable, or
was delivered as often as allowed. No object without a record, and no record without a receipt,
outlives two minutes. `docs/architecture.md` lists the outcomes.

Each test runs once per call of its flow, and once more to the end: that run shows that the flow
makes the calls listed here and no more, so that no cut is left out. All of them run on AWS in
memory, and in full size all of them on moto too, which takes thirty times as long.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.errors import AlreadyArrived, Gone, NotTheRecipient
from burnbag_core.records import Caller

from tests.simulation.world import simulated_world
from tests.support.services import ENVIRON, LambdaContext, load
from tests.support.size import some
from tests.support.world import World, moto_world

BATCH = "BatchExecuteStatement"
KEY = "key-of-one-caller"
KINDS = ["text", "long text", "file", "upload"]
LONG = "hunter2" * 700
# By which entrance somebody comes who is named, and who is not.
NAMED = ["arn:aws:iam::123456789012:role/billing", "@example.com"]
FRIENDS = {
    "signed": "arn:aws:sts::123456789012:assumed-role/billing/1",
    "signed in": "ada@example.com",
}
THIEVES = {
    "signed": "arn:aws:sts::123456789012:assumed-role/eve/1",
    "signed in": "eve@example.net",
}
# How many cuts of a flow are tried on moto too at a desk.
ON_MOTO = 3
Calls = list[str]
MakeWorld = Callable[[], AbstractContextManager[World]]


class Death(BaseException):
    """Not an Exception: no handler in burnbag gets to run for it."""


class Cut:
    """Follows the AWS calls of a flow, and dies right after call `number` (from 1)."""

    def __init__(self, world: World, number: int) -> None:
        self.number = number
        self.calls: Calls = []
        self.following = False
        self.dead = False
        for clients in world.clients.values():
            clients.observe("before-call", self.before_call)
            clients.observe("after-call", self.after_call)

    def before_call(self, **_: object) -> None:
        """No other thread calls anything any more either."""
        if self.dead:
            raise Death

    def after_call(self, model: Any, **_: object) -> None:
        if self.following:
            self.calls.append(model.name)
            if len(self.calls) == self.number:
                self.dead = True
                raise Death

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """What others do meanwhile."""
        following, self.following = self.following, False
        try:
            yield
        finally:
            self.following = following

    def run(self, flow: Callable[[], object], expected: Calls) -> None:
        """Run `flow`, and check that it made the `expected` calls up to the cut."""
        died, self.following = False, True
        try:
            flow()
        except Death:
            died = True
        finally:
            self.following = self.dead = False
        assert self.calls == expected[: self.number]
        assert died == (self.number <= len(expected))


def every_cut(calls: Callable[..., Calls], *combinations: tuple[Any, ...]) -> list[Any]:
    """For each combination one case per call that its flow makes, and one that runs to the end.

    Each comes with the world that it is tried in.
    """
    cases = [
        (*combination, number)
        for combination in combinations
        for number in range(1, len(calls(*combination)) + 2)
    ]
    tried = [("memory", simulated_world, case) for case in cases]
    tried += [("moto", moto_world, case) for case in some(cases, ON_MOTO)]
    return [
        pytest.param(*case, make_world, id="-".join(map(str, (*case, where))))
        for where, make_world, case in tried
    ]


def create_calls(kind: str, passphrase: str | None) -> Calls:
    calls = ["GenerateDataKey", "TransactWriteItems"]
    return [*calls, "PutObject", "UpdateItem"] if kind in ("file", "long text") else calls


def parts_calls() -> Calls:
    """An upload of one part: declared, begun, completed. The part itself goes past the service."""
    begin = ["GetItem", "CreateMultipartUpload", "UpdateItem", "GetItem"]
    complete = ["GetItem", "ListParts", "ListParts", "CompleteMultipartUpload"]
    return [*create_calls("upload", None), *begin, *complete, "TransactWriteItems"]


def reveal_calls(kind: str, passphrase: str | None, key: str | None) -> Calls:
    reserve = ["UpdateItem"] if passphrase else []
    match kind:
        case "file" | "long text":
            return ["GetItem", *reserve, "Decrypt", "GetObject", "TransactWriteItems"]
        case "upload":
            return ["GetItem", "HeadObject", *reserve, "Decrypt", "TransactWriteItems"]
        case _:
            return ["GetItem", *reserve, "Decrypt", "TransactWriteItems"]


def named_reveal_calls(entrance: str, kind: str) -> Calls:
    return reveal_calls(kind, "p", KEY)


def refusal_calls(entrance: str) -> Calls:
    return ["GetItem", "GetItem", "TransactWriteItems"]


def confirm_calls(kind: str) -> Calls:
    return ["GetItem", "TransactWriteItems"]


def revoke_calls(kind: str) -> Calls:
    return ["GetItem", "TransactWriteItems"]


def revoke_many_calls() -> Calls:
    """A page of three."""
    return ["Query", "BatchGetItem", *["TransactWriteItems"] * 3]


def sweep_and_reap_calls(kind: str) -> Calls:
    """A query per shard and a deletion, the heartbeat, a count per shard; then the objects'
    deletion, and their receipts."""
    beat = ["UpdateItem", "PutItem", "DeleteItem"]
    return [*["Query"] * 8, BATCH, *beat, *["Query"] * 8, "DeleteObjects", BATCH, BATCH]


def mixed_reap_calls(kind: str) -> Calls:
    """Receipts are settled as if all had an end; those that had none refuse, and get one."""
    return ["DeleteObjects", BATCH, BATCH]


EVERY_KIND = [(kind,) for kind in KINDS]
WITH_PASSPHRASE = [(kind, passphrase) for kind in KINDS for passphrase in (None, "right")]
WITH_KEY = [(*pair, key) for pair in WITH_PASSPHRASE for key in (None, KEY)]


def seal(world: World, kind: str, **fields: Any) -> dict[str, Any]:
    if kind == "long text":
        return world.seal(LONG, "text", ttl=600, **fields)
    return world.seal("hunter2", kind, ttl=600, **fields)


def seal_in_place(world: World, kind: str, **fields: Any) -> dict[str, Any]:
    """A secret with everything in place: an upload has arrived."""
    sealed = seal(world, kind, **fields)
    if kind == "upload":
        world.upload(sealed, "hunter2")
    return sealed


def settle(world: World, seconds: int = 0) -> None:
    """Let time pass, then sweep and reap."""
    world.wait(seconds)
    world.sweep()
    world.reap()


def assert_nothing_is_orphaned(world: World) -> None:
    records = world.ids("secrets")
    assert world.files.ids() <= records
    assert records <= world.ids("receipts")


@pytest.mark.parametrize(
    ("kind", "passphrase", "number", "make_world"), every_cut(create_calls, *WITH_PASSPHRASE)
)
def test_create(kind: str, passphrase: str | None, number: int, make_world: MakeWorld) -> None:
    with make_world() as world:
        fields = {"passphrase": passphrase} if passphrase else {}
        calls = create_calls(kind, passphrase)
        Cut(world, number).run(lambda: seal(world, kind, **fields), calls)
        settle(world, 61)
        assert_nothing_is_orphaned(world)
        settle(world, 540)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())


@pytest.mark.parametrize(("number", "make_world"), every_cut(parts_calls, ()))
@pytest.mark.parametrize("again", [True, False], ids=["again", "never"])
def test_an_upload_in_parts(number: int, again: bool, make_world: MakeWorld) -> None:
    """Whoever asks again comes to the same end; whoever does not leaves nothing."""
    with make_world() as world:
        cut = Cut(world, number)

        def upload() -> None:
            sealed = world.declare_parts(7, "one-idempotency-key-of-128-bits", ttl="2d")
            try:
                world.presign(sealed, 1, b"hunter2")
            except AlreadyArrived:
                return
            # S3 says NoSuchUpload of one that is complete, and moto this.
            with cut.unseen(), suppress(KeyError, ClientError):
                world.store_part(sealed, 1, b"hunter2")
            world.complete(sealed, b"hunter2")

        cut.run(upload, parts_calls())
        if again:
            upload()
            assert world.files.unfinished() <= 1  # of a beginning that nobody noted, without a part
            assert world.files.ids() == world.ids("secrets") != set()
            settle(world, 86_400)
            assert world.files.ids() == world.ids("secrets") != set()
        settle(world, 2 * 86_400)
        assert_nothing_is_orphaned(world)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        assert world.files.parts() == 0


@pytest.mark.parametrize(
    ("kind", "passphrase", "key", "number", "make_world"), every_cut(reveal_calls, *WITH_KEY)
)
def test_reveal(
    kind: str, passphrase: str | None, key: str | None, number: int, make_world: MakeWorld
) -> None:
    with make_world() as world:
        fields = {"passphrase": passphrase} if passphrase else {}
        secret = seal_in_place(world, kind, **fields)
        calls = reveal_calls(kind, passphrase, key)
        Cut(world, number).run(lambda: world.reveal(secret, passphrase, key), calls)
        consumed = len(world.receipt(secret["id"]).views)  # type: ignore[union-attr]
        # The transaction comes last and consumes the view.
        assert consumed == (number >= len(calls))
        if consumed and key is None:  # the answer is lost, and the view with it
            with pytest.raises(Gone):
                world.reveal(secret, passphrase)
        else:  # whole, or claimed: the retry gets it
            text, _ = world.reveal(secret, passphrase, key)
            assert text == (LONG if kind == "long text" else "hunter2") or kind == "upload"
        receipt = world.receipt(secret["id"])
        assert receipt and len(receipt.views) == 1
        settle(world, 901)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        receipt = world.receipt(secret["id"])
        assert receipt and receipt.state == "revealed" and receipt.erased_at


@pytest.mark.parametrize(
    ("entrance", "kind", "number", "make_world"),
    every_cut(named_reveal_calls, ("signed", "text"), ("signed in", "upload")),
)
def test_reveal_by_a_named_recipient(
    entrance: str, kind: str, number: int, make_world: MakeWorld
) -> None:
    """As for everybody; and what is claimed stays the claim of who began it."""
    with make_world() as world:
        by = FRIENDS[entrance]
        (other,) = set(FRIENDS.values()) - {by}
        secret = seal_in_place(world, kind, passphrase="p", recipients=NAMED)
        calls = named_reveal_calls(entrance, kind)
        Cut(world, number).run(lambda: world.reveal(secret, "p", KEY, by), calls)
        if number >= len(calls):
            with pytest.raises(Gone):
                world.reveal(secret, "p", KEY, other)
        world.reveal(secret, "p", KEY, by)
        receipt = world.receipt(secret["id"])
        assert receipt and [view.by for view in receipt.views] == [by]
        settle(world, 901)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())


@pytest.mark.parametrize(
    ("entrance", "number", "make_world"),
    every_cut(refusal_calls, *[(entrance,) for entrance in THIEVES]),
)
def test_a_refusal(entrance: str, number: int, make_world: MakeWorld) -> None:
    with make_world() as world:
        secret = seal_in_place(world, "text", passphrase="p", recipients=NAMED)
        before = world.secret(secret["id"])

        def steal() -> None:
            with pytest.raises(NotTheRecipient):
                world.reveal(secret, "p", KEY, THIEVES[entrance])

        calls = refusal_calls(entrance)
        Cut(world, number).run(steal, calls)
        receipt = world.receipt(secret["id"])
        assert receipt and receipt.refusals == (number >= len(calls))
        assert world.secret(secret["id"]) == before
        steal()
        text, _ = world.reveal(secret, "p", None, FRIENDS[entrance])
        assert text == "hunter2"


@pytest.mark.parametrize(("kind", "number", "make_world"), every_cut(confirm_calls, *EVERY_KIND))
def test_confirm(kind: str, number: int, make_world: MakeWorld) -> None:
    with make_world() as world:
        secret = seal_in_place(world, kind)
        world.reveal(secret, key=KEY)

        def confirm() -> None:
            world.confirm(secret, KEY)

        Cut(world, number).run(confirm, confirm_calls(kind))
        settle(world, 901)
        assert_nothing_is_orphaned(world)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        receipt = world.receipt(secret["id"])
        assert receipt and receipt.state == "revealed" and len(receipt.views) == 1


@pytest.mark.parametrize(("kind", "number", "make_world"), every_cut(revoke_calls, *EVERY_KIND))
def test_revoke(kind: str, number: int, make_world: MakeWorld) -> None:
    with make_world() as world:
        secret = seal_in_place(world, kind)

        def revoke() -> None:
            world.revoke(secret)

        Cut(world, number).run(revoke, revoke_calls(kind))
        receipt = world.receipt(secret["id"])
        assert receipt and receipt.state == ("sealed" if number == 1 else "revoked")
        if receipt.state == "sealed":
            revoke()
        settle(world)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        receipt = world.receipt(secret["id"])
        assert receipt and receipt.state == "revoked" and receipt.erased_at


@pytest.mark.parametrize(("number", "make_world"), every_cut(revoke_many_calls, ()))
def test_revoke_many(number: int, make_world: MakeWorld) -> None:
    with make_world() as world:
        ids = [seal_in_place(world, kind)["id"] for kind in ("text", "file", "upload")]
        asked = load("create", "chalicelib.asked").Asked("arn:aws:iam::1:role/sender")

        def revoke() -> int:
            done = world.create.revoker.revoke(asked, Caller("operator"), dry_run=False)
            assert done["found"] == done["revoked"]
            return int(done["revoked"])

        Cut(world, number).run(revoke, revoke_many_calls())
        ended = max(0, min(3, number - 2))
        receipts = [world.receipt(secret_id) for secret_id in ids]
        assert [r.state for r in receipts if r].count("revoked") == ended
        assert revoke() == 3 - ended
        settle(world)
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        receipts = [world.receipt(secret_id) for secret_id in ids]
        assert [(r.state, r.ended_by) for r in receipts if r] == [("revoked", "operator")] * 3
        assert all(r and r.erased_at for r in receipts)


@pytest.mark.parametrize(
    ("kind", "number", "make_world"), every_cut(sweep_and_reap_calls, *EVERY_KIND)
)
def test_sweep_and_reap(kind: str, number: int, make_world: MakeWorld) -> None:
    with make_world() as world:
        ids = [seal_in_place(world, kind)["id"] for _ in range(3)]
        world.wait(600)
        measured = load("reaper", "sweep").build(ENVIRON, world.clients["reaper"], world.clock)

        def sweep_and_reap() -> None:
            measured({}, LambdaContext())
            world.reap()

        Cut(world, number).run(sweep_and_reap, sweep_and_reap_calls(kind))
        sweep_and_reap()
        assert (world.ids("secrets"), world.files.ids()) == (set(), set())
        for secret_id in ids:
            receipt = world.receipt(secret_id)
            assert receipt and receipt.state == "expired" and receipt.erased_at


@pytest.mark.parametrize(("kind", "number", "make_world"), every_cut(mixed_reap_calls, *EVERY_KIND))
def test_a_mixed_batch_that_dies_is_settled_when_it_comes_again(
    kind: str, number: int, make_world: MakeWorld
) -> None:
    with make_world() as world:
        burned, revoked, expired = (seal_in_place(world, kind) for _ in range(3))
        world.reveal(burned, key=KEY)
        world.confirm(burned, KEY)
        world.revoke(revoked)
        world.wait(600)
        world.sweep()
        Cut(world, number).run(world.reap, mixed_reap_calls(kind))
        world.reap()
        states = [world.receipt(s["id"]) for s in (burned, revoked, expired)]
        assert [r.state for r in states if r] == ["revealed", "revoked", "expired"]
        assert all(r and r.erased_at for r in states)
        assert world.files.ids() == set()
