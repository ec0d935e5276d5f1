"""Conditional writes in bulk: up to 25 in one call, and each succeeds or fails by itself.

A transaction would take its writes with it when one of them is throttled or refused, and AWS bills
it twice. Single calls cost as much as these, and eighteen times the processor time (ADR 15).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from burnbag_core import aws
from burnbag_core.items import deserialize, serialize_value

# The most statements that one call takes.
BATCH: Final = 25
TRIES: Final = 6
REFUSED: Final = "ConditionalCheckFailed"
T = TypeVar("T")


@dataclass(frozen=True)
class Statement:
    """A PartiQL statement that writes one record, under a condition.

    `parameters` are plain values, one for each question mark. With `tells_found` a refusal hands
    back the record. The sweep needs none: it must not get to see what is sealed.
    """

    text: str
    parameters: tuple[Any, ...]
    tells_found: bool = False

    def request(self) -> dict[str, Any]:
        """As BatchExecuteStatement takes it."""
        return {
            "Statement": self.text,
            "Parameters": [serialize_value(value) for value in self.parameters],
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD" if self.tells_found else "NONE",
        }


@dataclass(frozen=True)
class Failure:
    """Why a write was not done: AWS's code, and the record that refused it, if it was asked for."""

    code: str
    found: Mapping[str, Any] | None = None

    @property
    def is_refusal(self) -> bool:
        """Whether it was the condition that was not met."""
        return self.code == REFUSED

    @property
    def is_transient(self) -> bool:
        """Whether AWS was only too busy for it."""
        return self.code in aws.TRANSIENT


def execute(dynamodb: Any, statements: Mapping[str, Statement]) -> dict[str, Failure]:
    """Execute up to 25 statements; those that failed, under the names they came by.

    No two may write the same record. Raises ClientError or BotoCoreError where AWS answers for
    none of them.
    """
    answer = dynamodb.batch_execute_statement(
        Statements=[statement.request() for statement in statements.values()]
    )
    errors = [response.get("Error") for response in answer["Responses"]]
    return {
        name: Failure(error["Code"], deserialize(error["Item"]) if "Item" in error else None)
        for name, error in zip(statements, errors, strict=True)
        if error
    }


def execute_patiently(
    dynamodb: Any,
    statements: Mapping[str, Statement],
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, Failure]:
    """As `execute`, but what AWS was too busy for is tried again, after pauses with jitter."""
    failures = execute(dynamodb, statements)
    for attempt in range(TRIES - 1):
        busy = {name: statements[name] for name, each in failures.items() if each.is_transient}
        if not busy:
            break
        pause(aws.jitter(attempt))
        done = {name: each for name, each in failures.items() if name not in busy}
        failures = done | execute(dynamodb, busy)
    return failures


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """The values, as many at a time as one call takes."""
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch
