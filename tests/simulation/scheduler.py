"""Actors that run one at a time, and what may go wrong with each of their calls to AWS.

Each actor is a thread that waits for its turn before every call. Which one gets it, and what
becomes of the call, is decided by one random number generator: the same seed is the same run.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.simulation.dynamodb import Tables, cancelled

Call = Callable[[], Any]
MANY = 10**6


class Crash(BaseException):
    """The process is gone: nothing of the actor's code runs any more but `finally` of the test."""


class Actor:
    """What one party does, in a thread of its own."""

    def __init__(self, name: str, action: Call) -> None:
        self.name = name
        self.action = action
        # Locks, and each is given back by the other side: a semaphore costs ten times as much.
        self.turn, self.waits = threading.Lock(), threading.Lock()
        self.turn.acquire()
        self.waits.acquire()
        self.ended = False
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        self.turn.acquire()
        try:
            self.action()
        except Crash:
            pass
        except BaseException as error:
            self.failure = error
        self.ended = True
        self.waits.release()

    def pause(self) -> None:
        """Wait for the next turn."""
        self.waits.release()
        self.turn.acquire()

    def step(self) -> None:
        """Let it run until its next call, or to its end."""
        self.turn.release()
        self.waits.acquire()


@dataclass
class Scheduler:
    """Gives turns, and decides what becomes of calls.

    `trouble` is how often one goes wrong, and `most` how many of them may.
    """

    random: random.Random
    trouble: float
    most: int = MANY
    late: list[Call] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    current: Actor | None = None
    troubled: bool = False

    def run(self, actors: list[Actor], between: Call) -> None:
        """Run all actors to their end; `between` happens between turns."""
        for actor in actors:
            actor.thread.start()
        while running := [actor for actor in actors if not actor.ended]:
            self.current = self.random.choice(running)
            self.current.step()
            self.current = None
            between()
            if self.late and self.random.random() < 0.1:
                self.happen_late(self.random.randrange(len(self.late)))
        for failure in filter(None, (actor.failure for actor in actors)):
            raise failure

    def happen_late(self, index: int) -> None:
        """A write that AWS was thought to have lost."""
        self.log.append("a late write is applied")
        try:
            self.late.pop(index)()
        except ClientError:
            self.log.append("... and refused")

    def call(self, name: str, real: Call, writes: int) -> Any:
        """One call of the current actor to AWS; of so many writes, or a read."""
        actor = self.current
        if actor is None:
            return real()
        actor.pause()
        unharmed = self.random.random() >= self.trouble or (self.most == 1 and not writes)
        if self.most <= 0 or unharmed:
            self.log.append(f"{actor.name}: {name}")
            return real()
        self.troubled = True
        self.most -= 1
        return self.go_wrong(actor.name, name, real, writes)

    def go_wrong(self, actor: str, name: str, real: Call, writes: int) -> Any:
        kinds = ["fails", "crashes before"]
        if self.most < MANY and writes:
            kinds = ["is applied, unanswered", "is applied late"]
        elif writes:
            kinds += [
                "crashes after",
                "is applied, its answer lost",
                "is applied late",
                "conflicts",
            ]
        kind = self.random.choice(kinds)
        self.log.append(f"{actor}: {name} {kind}")
        if kind == "fails":
            raise ClientError({"Error": {"Code": "InternalServerError"}}, name)
        if kind == "conflicts":
            raise cancelled([{}] + [None] * (writes - 1), "TransactionConflict")
        if kind == "crashes before":
            raise Crash
        if kind == "is applied late":
            self.late.append(real)
        else:
            real()
        if kind == "crashes after":
            raise Crash
        raise ReadTimeoutError(endpoint_url="")


class DynamoDB:
    """A client of the tables whose calls wait for their turn, and may go wrong."""

    def __init__(self, tables: Tables, scheduler: Scheduler) -> None:
        self.tables = tables
        self.scheduler = scheduler

    def get_item(self, **request: Any) -> Any:
        return self.scheduler.call("GetItem", lambda: self.tables.get_item(**request), 0)

    def update_item(self, **write: Any) -> Any:
        return self.scheduler.call("UpdateItem", lambda: self.tables.update_item(**write), 1)

    def transact_write_items(self, **request: Any) -> Any:
        count = len(request["TransactItems"])
        real = self.tables.transact_write_items
        return self.scheduler.call("TransactWriteItems", lambda: real(**request), count)

    def batch_execute_statement(self, **request: Any) -> Any:
        real = self.tables.batch_execute_statement
        return self.scheduler.call("BatchExecuteStatement", lambda: real(**request), 0)

    def get_paginator(self, operation: str) -> Tables:
        return self.tables.get_paginator(operation)
