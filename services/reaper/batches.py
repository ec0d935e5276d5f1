"""Stream batches: what failed is delivered again, what can never succeed is set aside.

Lambda takes the first sequence number among `batchItemFailures` as the place to go on from, so
a batch is worked through in order and stops at its first failure: events of one secret never
overtake one another.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from burnbag_core.aws import describe, reasons

logger = logging.getLogger("burnbag")
Record = dict[str, Any]
Response = dict[str, list[dict[str, str]]]
T = TypeVar("T")
# Writes what was read; returns AWS's codes by place for what failed by itself.
Write = Callable[[list[T]], Mapping[int, str]]

# AWS's answers that no retry would change: the record itself is at fault.
PERMANENT: Final = {
    "ValidationException",
    "ValidationError",
    "InvalidParameterException",
    # EventBridge's, of one event.
    "InvalidArgument",
    "MalformedDetail",
}
DONE: Final[Response] = {"batchItemFailures": []}


class DeadLetters:
    """The queue for records that can't be processed."""

    def __init__(self, sqs: Any, url: str, function: str) -> None:
        self.sqs = sqs
        self.url = url
        self.function = function

    def send(self, record: Record, error: str) -> None:
        """Keep a record, whole. `error` is a code or a type: a message may quote a value."""
        logger.error("%s: dead letter: %s", self.function, error)
        body = {"function": self.function, "error": error, "record": record}
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(body, default=str))


def process(
    records: list[Record],
    read: Callable[[Record], T],
    write: Write[T],
    dead_letters: DeadLetters,
    chunk: int,
) -> Response:
    """Read each record, then write what was read, `chunk` records at a time.

    A record that can't be read or written however well AWS is goes to the dead letters, and the
    batch goes on. When AWS fails, the chunk's first record is reported, and all from there are
    delivered again.
    """
    for start in range(0, len(records), chunk):
        part = records[start : start + chunk]
        try:
            failed = write_all(read_all(part, read, dead_letters), write, dead_letters)
        except (ClientError, BotoCoreError) as error:
            logger.error("%s: will retry: %s", dead_letters.function, describe(error))
            failed = part[:1]
        if failed:
            identifiers = [{"itemIdentifier": sequence_number(record)} for record in failed]
            return {"batchItemFailures": identifiers}
    return DONE


def write_all(
    good: list[tuple[Record, T]], write: Write[T], dead_letters: DeadLetters
) -> list[Record]:
    """Write what was read; returns the records to deliver again.

    Where one record makes the whole write fail, each is written by itself to find out which.
    """
    try:
        failed = write([value for _, value in good])
    except Exception as error:
        if is_transient(error):
            raise
        if len(good) == 1:
            dead_letters.send(good[0][0], type(error).__name__)
            return []
        return [record for pair in good for record in write_all([pair], write, dead_letters)]
    again = []
    for place, code in sorted(failed.items()):
        record = good[place][0]
        if code not in PERMANENT:
            logger.error("%s: will retry: %s", dead_letters.function, code)
            again.append(record)
        elif not again:  # Else it is delivered again too, and would leave a letter each time.
            dead_letters.send(record, code)
    return again


def is_transient(error: Exception) -> bool:
    """Whether a failure is AWS's, so that the next try may succeed."""
    if isinstance(error, ClientError):
        return not PERMANENT.intersection(reasons(error))
    return isinstance(error, BotoCoreError)


def read_all(
    records: list[Record], read: Callable[[Record], T], dead_letters: DeadLetters
) -> list[tuple[Record, T]]:
    """The records that can be read, each with what was read; the others become dead letters."""
    results: list[tuple[Record, T]] = []
    for record in records:
        try:
            results.append((record, read(record)))
        except Exception as error:
            dead_letters.send(record, type(error).__name__)
    return results


def sequence_number(record: Record) -> str:
    """The record's place in its shard; without one, Lambda retries the whole batch."""
    number: str = record.get("dynamodb", {}).get("SequenceNumber", "")
    return number
