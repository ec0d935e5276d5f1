"""The secret's life as a state machine: whatever happens in whatever order, the model agrees.

One suite for every store: a subclass says which world it runs in.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from burnbag_core.errors import (
    AlreadyConfirmed,
    BurnbagError,
    Frozen,
    Gone,
    Incomplete,
    NotFound,
    NotFrozen,
    PassphraseRequired,
    PassphraseWrong,
    Unclaimed,
)
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tests.support.asking import Submission, ask, submit
from tests.support.services import ENVIRON
from tests.support.world import World

MAX_ATTEMPTS = 5
RETENTION = int(ENVIRON["RECEIPT_RETENTION"])
CALLERS = ["key-of-one-caller", "key-of-another-one"]
LOCKED = {"passphrase": "right"}
CLAIMABLE = {"sealed", "revealed"}


@dataclass
class Model:
    """All that should be known of one secret."""

    sealed: dict[str, Any]
    kind: str
    text: str
    passphrase: str | None
    expires_at: int
    views_left: int
    on_lock: str = "burn"
    attempts_left: int = MAX_ATTEMPTS
    failed: int = 0
    frozen: bool = False
    state: str = "sealed"
    ended_at: int | None = None
    removed: bool = False
    erased: bool = False
    delivered: int = 0
    arrived: bool = True
    stored: bool = False
    claims: dict[str, tuple[int, int]] = field(default_factory=dict)
    confirmed: dict[str, int] = field(default_factory=dict)

    def end(self, state: str, now: int) -> None:
        self.state, self.ended_at = state, now
        self.removed = not (state == "revealed" and self.live(now))

    def live(self, now: int) -> dict[str, tuple[int, int]]:
        """The open claims: key to until when, and what the first answer said was left."""
        return {key: claim for key, claim in self.claims.items() if now < claim[0]}

    def erase_at(self) -> int:
        over = [until for until, _ in self.claims.values()]
        return max(over) if self.state == "revealed" and over else self.expires_at


class Life(RuleBasedStateMachine):
    """Rules are what people, services and time can do to a secret."""

    secrets = Bundle("secrets")

    def __init__(self) -> None:
        super().__init__()
        self.world = self.make_world()
        self.models: list[Model] = []

    def make_world(self) -> World:
        raise AssertionError("a subclass says which")

    @property
    def now(self) -> int:
        return self.world.clock()

    @rule(
        target=secrets,
        text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
        kind=st.sampled_from(["text", "file", "upload"]),
        views=st.integers(1, 4),
        ttl=st.integers(60, 300),
        lock=st.sampled_from([{}, LOCKED, LOCKED | {"on_lock": "freeze"}]),
    )
    def seal(self, text: str, kind: str, views: int, ttl: int, lock: dict[str, str]) -> Model:
        sealed = self.world.seal(text, kind, views=views, ttl=ttl, **lock)
        model = Model(sealed, kind, text, lock.get("passphrase"), self.now + ttl, views)
        model.on_lock = lock.get("on_lock", "burn")
        model.arrived, model.stored = kind != "upload", kind == "file"
        self.models.append(model)
        return model

    @rule(
        target=secrets,
        text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
        kind=st.sampled_from(["text", "file", "upload"]),
        ttl=st.integers(60, 300),
        waits=st.integers(0, 59),
    )
    def be_sent_what_was_asked_for(self, text: str, kind: str, ttl: int, waits: int) -> Model:
        """From its submission on it is a secret as any other, with a time of its own."""
        asked = ask(self.world, ttl=ttl)
        self.world.wait(waits)
        sent = Submission(text.encode(), kind, sha256(asked["id"].encode()).digest())
        submit(self.world, asked, sent)
        model = Model(asked | sent.link(asked), kind, text, None, self.now + ttl, 1)
        model.arrived, model.stored = kind != "upload", kind == "file"
        self.models.append(model)
        return model

    @rule(model=secrets)
    def upload_arrives(self, model: Model) -> None:
        if model.kind == "upload" and not model.arrived and not model.removed:
            self.world.upload(model.sealed, model.text)
            model.arrived = model.stored = True

    @rule(model=secrets)
    def peek(self, model: Model) -> None:
        if self.ended(model):
            return self.refused(model, lambda: self.look(model))
        seen = self.look(model)
        assert (seen["views_left"], seen["size"]) == (model.views_left, len(model.text.encode()))
        assert seen["kind"] == model.kind
        assert seen["passphrase"] == (model.passphrase is not None)

    def look(self, model: Model) -> dict[str, Any]:
        return self.world.peek(model.sealed)

    @rule(model=secrets, key=st.none() | st.sampled_from(CALLERS))
    def reveal(self, model: Model, key: str | None) -> None:
        ended = self.ended(model)
        claim = model.live(self.now).get(key or "") if model.state in CLAIMABLE else None
        if self.has_confirmed(model, key):
            return self.answered(AlreadyConfirmed, lambda: self.ask(model, key))
        if ended and claim is None:
            return self.refused(model, lambda: self.ask(model, key))
        if model.frozen:
            return self.answered(Frozen, lambda: self.ask(model, key))
        if not model.arrived:
            return self.incomplete(model, key)
        text, said = self.ask(model, key)
        if model.kind != "upload":
            assert text == model.text
        if claim is None:
            claim = self.consume(model, key or said.get("idempotency_key"))
        assert said["views_left"] == claim[1]
        assert said.get("claimed_until", 0) == claim[0]

    def has_confirmed(self, model: Model, key: str | None) -> bool:
        """Whether the record still remembers that this key's view was had."""
        alive = not model.removed and self.now < model.expires_at
        return alive and key in model.confirmed

    def ask(self, model: Model, key: str | None) -> tuple[str, dict[str, Any]]:
        return self.world.reveal(model.sealed, model.passphrase, key)

    def consume(self, model: Model, key: str | None) -> tuple[int, int]:
        model.delivered += 1
        model.views_left -= 1
        window = 900 if model.kind == "upload" else 120
        claim = (min(self.now + window, model.expires_at) if key else 0, model.views_left)
        if key:
            model.claims[key] = claim
        if model.views_left == 0:
            model.end("revealed", self.now)
        return claim

    def incomplete(self, model: Model, key: str | None) -> None:
        try:
            self.ask(model, key)
            raise AssertionError("revealed before it was there")
        except Incomplete:
            pass

    @rule(model=secrets, key=st.sampled_from(CALLERS))
    def confirm(self, model: Model, key: str) -> None:
        ended, live = self.ended(model), model.live(self.now)
        if model.state in CLAIMABLE and key in live:
            self.confirm_it(model, key)
            model.confirmed[key] = model.claims.pop(key)[0]
            model.removed |= model.state == "revealed" and not model.live(self.now)
        elif ended:
            self.refused(model, lambda: self.confirm_it(model, key))
        else:
            try:
                self.confirm_it(model, key)
                raise AssertionError("confirmed what was not claimed")
            except Unclaimed:
                pass

    def confirm_it(self, model: Model, key: str) -> None:
        self.world.confirm(model.sealed, key)

    @rule(model=secrets, key=st.none() | st.sampled_from(CALLERS))
    def reveal_with_a_wrong_passphrase(self, model: Model, key: str | None) -> None:
        if model.passphrase is None or not model.arrived:
            return
        ended = self.ended(model)
        if self.has_confirmed(model, key):
            return self.answered(AlreadyConfirmed, lambda: self.ask(model, key))
        if ended and not (model.state == "revealed" and key in model.live(self.now)):
            return self.refused(model, lambda: self.world.reveal(model.sealed, "wrong", key))
        if model.frozen:
            return self.answered(Frozen, lambda: self.ask(model, key))
        try:
            self.world.reveal(model.sealed, "wrong", key)
            raise AssertionError("a wrong passphrase opened")
        except PassphraseWrong as wrong:
            model.attempts_left -= 1
            model.failed += 1
            assert wrong.extensions["attempts_left"] == model.attempts_left
        if model.attempts_left == 0:
            self.lock(model)

    @rule(
        target=secrets,
        kind=st.sampled_from(["text", "file", "upload"]),
        key=st.sampled_from(CALLERS),
        guesses=st.integers(1, MAX_ATTEMPTS),
    )
    def guess_on_a_claim(self, kind: str, key: str, guesses: int) -> Model:
        """Seldom met by chance: it takes a last view, its key again, and another passphrase."""
        model = self.seal("hunter2", kind, 1, 300, LOCKED)
        assert isinstance(model, Model)
        self.upload_arrives(model)
        self.reveal(model, key)
        for _ in range(guesses):
            self.reveal_with_a_wrong_passphrase(model, key)
        return model

    def lock(self, model: Model) -> None:
        """The end of what lives, and of the claims on what has ended; or the freezing."""
        if model.state == "sealed" and model.on_lock == "freeze":
            model.frozen = True
            return
        if model.state == "sealed":
            model.end("locked", self.now)
        model.removed = True
        model.claims.clear()

    @rule(model=secrets)
    def reveal_without_the_passphrase(self, model: Model) -> None:
        if model.passphrase is None or self.ended(model) or not model.arrived:
            return
        if model.frozen:
            return self.answered(Frozen, lambda: self.world.reveal(model.sealed))
        try:
            self.world.reveal(model.sealed)
            raise AssertionError("opened without the passphrase")
        except PassphraseRequired as required:
            assert required.extensions["attempts_left"] == model.attempts_left

    @rule(
        target=secrets,
        kind=st.sampled_from(["text", "file", "upload"]),
        views=st.integers(1, 2),
        guesses=st.integers(MAX_ATTEMPTS, MAX_ATTEMPTS + 1),
    )
    def freeze(self, kind: str, views: int, guesses: int) -> Model:
        """Seldom met by chance: it takes five wrong passphrases for one secret."""
        model = self.seal("hunter2", kind, views, 300, LOCKED | {"on_lock": "freeze"})
        assert isinstance(model, Model)
        self.upload_arrives(model)
        for _ in range(guesses):
            self.reveal_with_a_wrong_passphrase(model, None)
        return model

    @rule(model=secrets)
    def unfreeze(self, model: Model) -> None:
        if self.ended(model):
            return self.refused(model, lambda: self.world.unfreeze(model.sealed))
        if not model.frozen:
            return self.answered(NotFrozen, lambda: self.world.unfreeze(model.sealed))
        self.world.unfreeze(model.sealed, "arn:sender")
        model.frozen, model.attempts_left = False, MAX_ATTEMPTS

    def answered(self, problem: type[BurnbagError], call: Any) -> None:
        try:
            call()
        except problem:
            return
        raise AssertionError(f"not answered with {problem.type}")

    @rule(model=secrets, other=secrets)
    def try_another_secrets_token(self, model: Model, other: Model) -> None:
        if model is other:
            return
        crossed = model.sealed | dict.fromkeys(("token", "receipt_token"), other.sealed["token"])
        for call in (self.world.peek, self.world.show_receipt):
            try:
                call(crossed)
                raise AssertionError("another secret's token was taken")
            except NotFound:
                pass

    @rule(model=secrets)
    def revoke(self, model: Model) -> None:
        if self.ended(model):
            return self.refused(model, lambda: self.revoke_it(model))
        self.revoke_it(model)
        model.end("revoked", self.now)

    def revoke_it(self, model: Model) -> None:
        self.world.revoke(model.sealed, "arn:sender")

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.world.wait(seconds)

    @rule()
    def sweep(self) -> None:
        self.world.sweep()
        for model in self.models:
            model.removed |= self.ended(model) and model.erase_at() <= self.now

    @rule()
    def reap(self) -> None:
        self.world.reap()
        for model in self.models:
            model.erased |= model.removed
            model.stored &= not model.removed

    def ended(self, model: Model) -> bool:
        if model.state == "sealed" and self.now >= model.expires_at:
            model.state, model.ended_at = "expired", model.expires_at
        return model.state != "sealed"

    def refused(self, model: Model, call: Any) -> None:
        try:
            call()
            raise AssertionError("answered after the end")
        except Gone as gone:
            assert gone.extensions == {"state": model.state, "ended_at": model.ended_at}

    @invariant()
    def receipts_tell_the_truth(self) -> None:
        for model in self.models:
            self.ended(model)
            receipt = self.world.show_receipt(model.sealed)
            stored = self.world.receipt(model.sealed["id"])
            by_time = model.state in {"sealed", "expired"}
            ended_at = model.expires_at if by_time else model.ended_at
            assert stored and ended_at and stored.purge_at == ended_at + RETENTION
            assert receipt["state"] == model.state
            assert receipt["ended_at"] == model.ended_at
            assert len(receipt["views"]) == model.delivered <= receipt["max_views"]
            assert receipt["failed_attempts"] == model.failed
            assert (receipt["frozen_at"] is not None) == (
                model.frozen and receipt["state"] == "sealed"
            )
            assert (receipt["erased_at"] is not None) == model.erased

    @invariant()
    def what_was_removed_is_gone(self) -> None:
        for model in self.models:
            assert (self.world.secret(model.sealed["id"]) is None) == model.removed

    @invariant()
    def an_object_lives_as_long_as_its_record_and_one_reap(self) -> None:
        there = self.world.files.ids()
        assert there == {model.sealed["id"] for model in self.models if model.stored}
