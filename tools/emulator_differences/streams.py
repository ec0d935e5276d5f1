"""Streams deliver to functions as an AWS event source mapping does.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import threading
from collections.abc import Callable
from typing import Any, Final

from ministack.services import dynamodb, lambda_svc

from tools.emulator_differences.internals import Internals, Record, name_of

Execute = Callable[[Record, Record], Record]

WRAPPED: Final[Internals] = {
    lambda_svc: "_execute_function _iter_all_esms _poll_dynamodb_streams"
    " _send_ddb_stream_failure_record _dynamodb_stream_positions _dynamodb_stream_positions_lock",
    dynamodb: "stream_records_since",
}


def correct() -> None:
    """Resume a stream at the first record that a function reports as failed, as AWS does.

    The emulator ignores `batchItemFailures` and MaximumRetryAttempts of DynamoDB streams: a
    reported failure would be lost, and a function that always fails would be called for ever.
    """
    polling = threading.local()
    poll, execute = lambda_svc._poll_dynamodb_streams, lambda_svc._execute_function
    delivery = StreamDelivery(execute)

    def poll_streams() -> Any:
        polling.now = True
        try:
            return poll()
        finally:
            polling.now = False

    def execute_or_deliver(function: Record, event: Record) -> Any:
        if getattr(polling, "now", False):
            return delivery.deliver(function, event["Records"])
        return execute(function, event)

    lambda_svc._poll_dynamodb_streams = poll_streams
    lambda_svc._execute_function = execute_or_deliver


class StreamDelivery:
    """Delivers batches of a stream with the retries of an AWS event source mapping."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._failures: dict[str, tuple[str, int]] = {}

    def deliver(self, function: Record, records: list[Record]) -> Record:
        """Call the function once. An answer with `error` makes the poller come again."""
        mapping = find_mapping(function, records)
        answer = self._execute(function, {"Records": records})
        failed = find_first_failure(mapping, records, answer)
        if failed is None:
            return answer
        rest = records[failed:]
        if self._may_retry(mapping, rest[0]):
            move_position(mapping, rest[0])
            return {**answer, "error": True}
        self._set_aside(function, mapping, rest, answer)
        return {"body": None}

    def _may_retry(self, mapping: Record, record: Record) -> bool:
        """Count one more failure at `record`. False once the mapping's retries are used up."""
        limit = mapping.get("MaximumRetryAttempts", -1)
        position, count = self._failures.get(mapping["UUID"], ("", 0))
        count = count + 1 if position == sequence_number(record) else 1
        self._failures[mapping["UUID"]] = (sequence_number(record), count)
        return limit is None or int(limit) < 0 or count <= int(limit)

    def _set_aside(
        self, function: Record, mapping: Record, rest: list[Record], why: Record
    ) -> None:
        """Send what failed for good to the mapping's destination.

        AWS halves a batch until the bad record is alone; calling for each record ends the same.
        """
        if not mapping.get("BisectBatchOnFunctionError"):
            send_dead_letter(function, mapping, rest, why)
            return
        for record in rest:
            why = self._execute(function, {"Records": [record]})
            if find_first_failure(mapping, [record], why) is not None:
                send_dead_letter(function, mapping, [record], why)


def sequence_number(record: Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def find_mapping(function: Record, records: list[Record]) -> Record:
    wanted = (name_of(function), records[0]["eventSourceARN"])
    for _account, _region, mapping in lambda_svc._iter_all_esms():
        if (mapping["FunctionName"], mapping["EventSourceArn"]) == wanted:
            found: Record = mapping
            return found
    raise LookupError(f"no event source mapping from {wanted[1]} to {wanted[0]}")


def find_first_failure(mapping: Record, records: list[Record], answer: Record) -> int | None:
    """The index of the first record to deliver again, None if all went well.

    An identifier that names no record of the batch fails the whole batch, as on AWS.
    """
    if answer.get("error"):
        return 0
    body = answer.get("body")
    reports = "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", [])
    failures = body.get("batchItemFailures") if reports and isinstance(body, dict) else None
    if not failures:
        return None
    order = {sequence_number(record): index for index, record in enumerate(records)}
    return min(order.get(failure.get("itemIdentifier"), 0) for failure in failures)


def move_position(mapping: Record, record: Record) -> None:
    """Make the next batch of `mapping` begin with `record`."""
    table = mapping["EventSourceArn"].split("/stream/")[0].rsplit("/", 1)[-1]
    positions = lambda_svc._dynamodb_stream_positions
    with lambda_svc._dynamodb_stream_positions_lock:
        start = positions[mapping["UUID"]]
        batch = dynamodb.stream_records_since(table, start, mapping.get("BatchSize", 100))
        order = [sequence_number(each) for each in batch]
        if sequence_number(record) in order:
            positions[mapping["UUID"]] = start + order.index(sequence_number(record))


def send_dead_letter(function: Record, mapping: Record, records: list[Record], why: Record) -> None:
    send, stream = lambda_svc._send_ddb_stream_failure_record, mapping["EventSourceArn"]
    send(mapping, function, records, stream, why, "RetryAttemptsExhausted")
