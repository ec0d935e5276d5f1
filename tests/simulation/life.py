"""One secret's life, with several parties at once and AWS at its worst, and what must hold then."""

import random
import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from burnbag_core.errors import (
    AlreadyConfirmed,
    BurnbagError,
    NotTheRecipient,
    RecipientRequired,
    Unavailable,
)
from burnbag_core.records import Caller

from tests.simulation.dynamodb import Tables
from tests.simulation.scheduler import MANY, Actor, DynamoDB, Scheduler
from tests.support.fakes import Clock, FakeFiles, FakeKeys
from tests.support.services import ENVIRON, LambdaContext, load
from tests.support.world import link_to, receipt_of

KEYS = [None, "key-of-one-caller", "key-of-another-one"]
SECRET = "hunter2"
RIGHT, WRONG = "right", "wrong"
GUESSES = 5
GUESSING = "guessing"
# Whom a secret names, if it names anybody, and who has stolen its link.
FRIENDS = ["arn:aws:sts::123456789012:assumed-role/billing/1", "ada@example.com"]
NAMED = ["arn:aws:iam::123456789012:role/billing", "@example.com"]
THIEVES = [None, "arn:aws:sts::123456789012:assumed-role/eve/billing", "eve@example.net"]


@dataclass(frozen=True)
class Delivery:
    """A reveal that was answered."""

    key: str | None
    views_left: int
    at: int
    claimed_until: int


@dataclass(frozen=True)
class Crowd:
    """How many parties there are, from and to, and what they do, under which keys."""

    sizes: tuple[int, int]
    actions: list[Any]
    keys: list[str | None] = field(default_factory=lambda: KEYS)


@dataclass
class Seen:
    """What the parties saw, to be compared with what the receipt says."""

    delivered: list[Delivery] = field(default_factory=list)
    guesses: int = 0
    confirmed: dict[str, int] = field(default_factory=dict)
    revoked: bool = False
    refused: int = 0
    violations: list[str] = field(default_factory=list)


class Life:
    """A world around one secret, made and lived from a seed."""

    def __init__(self, seed: int, reveal: Any = None) -> None:
        self.random = random.Random(seed)
        self.is_named = seed % 3 == 0
        self.clock, self.tables, self.seen = Clock(), Tables(), Seen()
        # Often one thing goes wrong and nothing else: so what comes of it is not hidden by more.
        trouble, most = self.random.choice([(0.0, 0), (0.05, MANY), (0.2, MANY), (0.2, 1)])
        self.scheduler = Scheduler(self.random, trouble, most)
        self.keys, self.files = FakeKeys(), FakeFiles()
        build = (reveal or load("reveal", "chalicelib.service")).build
        self.create = load("create", "chalicelib.service").build(ENVIRON, self.client, self.clock)
        self.reveal = build(ENVIRON, self.client, self.clock)
        sweep = load("reaper", "sweep").build(ENVIRON, self.client, self.clock)
        self.sweep = replace(sweep, pause=lambda seconds: None, measure=lambda run: None)
        self.reap = load("reaper", "reap").build(ENVIRON, self.client, self.clock)
        self.reaped, self.hurried = 0, True
        self.slowness = self.random.choice([0.0, 0.0, 0.1])
        self.sealed = self.seal()

    def client(self, service: str, **options: Any) -> Any:
        """The clients that the services make: DynamoDB's calls take turns."""
        if service == "dynamodb":
            return DynamoDB(self.tables, self.scheduler)
        if service == "kms":
            return SimpleNamespace(
                generate_data_key=lambda EncryptionContext, **_: self.generate(EncryptionContext),
                decrypt=lambda CiphertextBlob, EncryptionContext, **_: self.scheduler.call(
                    "Decrypt", lambda: self.decrypt(CiphertextBlob, EncryptionContext), 0
                ),
            )
        return SimpleNamespace(delete_objects=lambda **_: {})

    def generate(self, context: dict[str, str]) -> dict[str, bytes]:
        key, wrapped = self.keys.generate(context["burnbag:id"])
        return {"Plaintext": key, "CiphertextBlob": wrapped}

    def decrypt(self, wrapped: bytes, context: dict[str, str]) -> dict[str, bytes]:
        """What comes before each evaluation of a passphrase, so this is where they are counted."""
        self.seen.guesses += threading.current_thread().name == GUESSING
        return {"Plaintext": self.keys.unwrap(context["burnbag:id"], wrapped)}

    def seal(self) -> dict[str, Any]:
        order = load("create", "chalicelib.order")
        fields: dict[str, Any] = {"secret": SECRET, "views": self.random.randint(1, 3)}
        fields["ttl"] = self.random.choice([60, 3600])
        if self.random.random() < 0.5:
            fields["passphrase"] = RIGHT
            fields["on_lock"] = self.random.choice(["burn", "freeze"])
        if self.is_named:
            fields["recipients"] = NAMED
        self.locked = "passphrase" in fields
        wanted = order.read_text_order(fields, self.create.settings)
        sealed: dict[str, Any] = self.create.sender.seal(wanted, Caller("arn:sender"))
        return sealed

    def live(self) -> None:
        """Let everybody do what they do, then let time and the reaper end it."""
        crowd = self.choose_crowd()
        count = self.random.randint(*crowd.sizes)
        actors = [Actor(f"{number}", self.choose_actions(crowd)) for number in range(count)]
        self.scheduler.run(actors, self.pass_time)
        while self.scheduler.late:
            self.scheduler.happen_late(0)
        self.clock.now = self.sealed["expires_at"] + 1000
        self.clean_up()
        self.check_the_end()

    def pass_time(self) -> None:
        """Mostly not; sometimes to the end of a claim, or of the secret. The reaper runs too."""
        if self.random.random() < self.slowness:
            self.clock.now += self.random.choice([1, 30, 61, 121])
            self.hurried = False
        if self.random.random() < 0.1:
            self.clean_up()

    def clean_up(self) -> None:
        self.sweep({}, LambdaContext())
        gone = self.tables.removed[self.reaped :]
        # A stream delivers at least once.
        removal = load("reaper", "reap").Removal
        self.reap.erase([removal(each, self.clock()) for each in gone + gone[:1]])
        self.reaped = len(self.tables.removed)

    def choose_crowd(self) -> "Crowd":
        """All sorts of parties, or many that guess, or copies of one caller's requests."""
        ask, confirm, guess = self.ask, self.ask_and_confirm, self.ask_wrongly
        crowds = [
            Crowd((2, 4), [ask, ask, ask, confirm, guess, self.revoke, self.unfreeze, self.peek]),
            Crowd((2, 3), [ask, confirm], KEYS[1:2]),
            Crowd((4, 7), [guess] * 6 + [ask, ask, self.unfreeze]),
        ]
        crowd = self.random.choice(crowds[: 3 if self.locked else 2])
        return replace(crowd, actions=[*crowd.actions, self.steal]) if self.is_named else crowd

    def choose_actions(self, crowd: "Crowd") -> Any:
        """One to three calls of one party, one after the other."""
        actions = self.random.choices(crowd.actions, k=self.random.randint(1, 3))
        keys = self.random.choices(crowd.keys, k=len(actions))
        parties = self.random.choices(FRIENDS, k=len(actions)) if self.is_named else [None] * 3

        def act() -> None:
            for action, key, by in zip(actions, keys, parties, strict=False):
                try:
                    action(key, by)
                except BurnbagError as error:
                    self.scheduler.log.append(f"answered {error.type}")
                    if error.status == 500:
                        self.seen.violations.append(f"500 {error.type}")

        return act

    def ask(self, key: str | None, by: str | None) -> Delivery | None:
        """Reveal. Whatever was confirmed or ended before must not be delivered.

        Two recipients with one key are two callers.
        """
        own = f"{by} {key}" if key and by else key
        asked_at, confirmed_until = self.clock(), self.seen.confirmed.get(own or "", 0)
        revoked = self.seen.revoked
        viewer = Caller(by, ip="192.0.2.7")
        passphrase = RIGHT if self.locked else None
        revealed = self.reveal.recipient.reveal(
            link_to(self.sealed), lambda: passphrase, viewer, key
        )
        facts = revealed.facts
        until = facts.get("claimed_until", 0)
        delivery = Delivery(own, facts["views_left"], self.clock(), until)
        self.seen.delivered.append(delivery)
        if revealed.content.data.decode() != SECRET:
            self.seen.violations.append("something else was delivered")
        if self.clock() < confirmed_until:
            self.seen.violations.append("a confirmed view was delivered again, or another taken")
        if asked_at >= self.sealed["expires_at"] or revoked:
            self.seen.violations.append("delivered after the end")
        return delivery

    def ask_and_confirm(self, key: str | None, by: str | None) -> None:
        """Reveal, confirm, and let a proxy deliver the reveal again."""
        key = key or KEYS[1]
        assert key
        self.ask(key, by)
        until = self.claim_end(key, by)
        self.reveal.recipient.confirm(link_to(self.sealed), key, Caller(by))
        self.seen.confirmed[f"{by} {key}" if by else key] = until
        try:
            self.ask(key, by)
        except AlreadyConfirmed:
            self.scheduler.log.append("a late copy is refused")

    def steal(self, key: str | None, by: str | None) -> None:
        """Everything that a thief of the link can do, who must be told nothing but who is asked."""
        thief = Caller(THIEVES[(KEYS.index(key) + FRIENDS.index(by or "")) % len(THIEVES)])
        thread = threading.current_thread()
        link, recipient = link_to(self.sealed), self.reveal.recipient
        thread.name = GUESSING
        try:
            for guess in (WRONG, RIGHT):
                self.refuse(partial(recipient.reveal, link, partial(str, guess), thief, key), thief)
            self.refuse(lambda: recipient.confirm(link, key or "key-of-a-thief", thief), thief)
            self.refuse(lambda: recipient.peek(link, thief), thief)
        finally:
            thread.name = "asking"

    def refuse(self, call: Any, thief: Caller) -> None:
        try:
            call()
            self.seen.violations.append("a thief got something")
        except (NotTheRecipient, RecipientRequired):
            self.seen.refused += thief.by is not None
        except Unavailable:
            self.scheduler.log.append("a refusal was not written down")
        except BurnbagError as error:
            self.seen.violations.append(f"a thief was told {error.type}")

    def claim_end(self, key: str, by: str | None) -> int:
        """When the key's claim would be over, as the record has it."""
        claims = load("reveal", "chalicelib.claims")
        hashed = claims.hash_key(key, claims.principal_of(by) or "")
        record = self.tables.items["secrets"].get(self.sealed["id"], {})
        found = record.get("claims", {}).get(hashed, {})
        return int(found.get("until", 0))

    def ask_wrongly(self, key: str | None, by: str | None) -> None:
        if not self.locked:
            return
        viewer = Caller(by, ip="192.0.2.8")
        thread = threading.current_thread()
        thread.name = GUESSING
        try:
            self.reveal.recipient.reveal(link_to(self.sealed), lambda: WRONG, viewer, key)
            self.seen.violations.append("a wrong passphrase opened it")
        finally:
            thread.name = "asking"

    def revoke(self, key: str | None, by: str | None) -> None:
        self.create.sender.revoke(receipt_of(self.sealed), Caller("arn:sender"))
        self.seen.revoked = True

    def unfreeze(self, key: str | None, by: str | None) -> None:
        self.create.sender.unfreeze(receipt_of(self.sealed), None, Caller("arn:sender"))

    def peek(self, key: str | None, by: str | None) -> None:
        self.reveal.recipient.peek(link_to(self.sealed), Caller(by))

    def check_the_end(self) -> None:
        receipt = self.create.sender.show_receipt(receipt_of(self.sealed))
        # Without a key each delivery is a view of its own.
        views = {(d.key or id(d), d.views_left) for d in self.seen.delivered}
        by_number = defaultdict(set)
        for view in views:
            by_number[view[1]].add(view[0])
        in_time = all(view["at"] < self.sealed["expires_at"] for view in receipt["views"])
        self.require(in_time, "a view was taken after the end")
        self.require(not self.find_second_views(), "one key took two views while it had a claim")
        self.require(len(views) <= len(receipt["views"]), "a view was delivered and not recorded")
        self.require(len(receipt["views"]) <= receipt["max_views"], "more views than allowed")
        self.require(all(len(v) == 1 for v in by_number.values()), "two were told the same number")
        self.require(receipt["state"] != "sealed", "it has no end")
        self.require(receipt["erased_at"] is not None, "it was not erased")
        self.require(self.sealed["id"] not in self.tables.items["secrets"], "the record is left")
        full = len(receipt["views"]) == receipt["max_views"]
        self.require(full == (receipt["state"] == "revealed"), "the end does not fit the views")
        self.check_guesses(receipt)
        self.check_refusals(receipt)

    def find_second_views(self) -> list[Delivery]:
        """Deliveries under a key that had another view still, and had not lost it."""
        return [
            later
            for earlier, later in pairwise(sorted(self.seen.delivered, key=lambda d: -d.views_left))
            if later.key
            and later.key == earlier.key
            and later.views_left != earlier.views_left
            and later.at < earlier.claimed_until
        ]

    def check_refusals(self, receipt: dict[str, Any]) -> None:
        """Each is counted once; one that was not answered may have been."""
        counted = receipt["refusals"]
        self.require(counted >= self.seen.refused, "a refusal was told and not written down")
        if not self.scheduler.troubled:
            self.require(counted == self.seen.refused, "a refusal was counted twice")
        views = {view["by"] for view in receipt["views"]}
        self.require(not self.is_named or views <= set(FRIENDS), "a view is somebody else's")

    def check_guesses(self, receipt: dict[str, Any]) -> None:
        rounds = 1 + self.tables.items["receipts"][self.sealed["id"]].get("unfrozen", 0)
        self.require(self.seen.guesses <= GUESSES * rounds, "more guesses than allowed")
        self.require(receipt["failed_attempts"] <= self.seen.guesses, "a guess was counted twice")
        if not self.scheduler.troubled:
            counted = receipt["failed_attempts"] == self.seen.guesses
            self.require(counted, "a guess was evaluated and not counted")
            lost = receipt["state"] == "locked" and receipt["failed_attempts"] < GUESSES
            full = receipt["failed_attempts"] >= GUESSES and receipt["on_lock"] == "burn"
            left = full and receipt["state"] == "expired"
            self.require(not (left and self.hurried), "five wrong guesses did not lock it")
            # Where time passes, an attempt in flight is taken for lost: no call lasts a minute.
            self.require(not (lost and self.hurried), "locked without five wrong guesses")

    def require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.seen.violations.append(otherwise)
