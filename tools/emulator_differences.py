"""Where the embedded AWS differs from AWS, and what is done about it. Nothing else patches it.

It wraps internals of the pinned ministack: `check` refuses a version where they moved.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from ministack import app
from ministack.services import dynamodb, lambda_svc, s3

Record = dict[str, Any]
Execute = Callable[[Record, Record], Record]

# A worker is a Python process: 60 MB, and about half a second of processor time to start.
# Sixteen make real races; one per call, as on AWS, would spend a minute starting.
WORKERS_PER_FUNCTION: Final = 16
WRAPPED: Final = (
    (lambda_svc, "_execute_function"),
    (lambda_svc, "_execute_function_warm"),
    (lambda_svc, "_iter_all_esms"),
    (lambda_svc, "_poll_dynamodb_streams"),
    (lambda_svc, "_send_ddb_stream_failure_record"),
    (lambda_svc, "_dynamodb_stream_positions"),
    (lambda_svc, "_dynamodb_stream_positions_lock"),
    (dynamodb, "stream_records_since"),
    (dynamodb, "_remove_item"),
    (dynamodb, "_ttl_reaper"),
    (s3, "_get_object"),
    (s3, "_head_object"),
    (app, "_enforce_data_plane"),
)
TTL_THREAD: Final = "dynamodb-ttl-reaper"


def correct() -> None:
    """Apply every correction, once, before the emulator serves."""
    check()
    limit_workers()
    slow_time_to_live()
    hide_missing_objects()
    honour_partial_failures()


def check() -> None:
    missing = [name for module, name in WRAPPED if not hasattr(module, name)]
    if missing:
        raise RuntimeError(f"this version of ministack has no {', '.join(missing)}")


def limit_workers() -> None:
    """AWS starts an execution environment per concurrent call; here a function has sixteen.

    Further calls wait for a free one, in a thread of their own: nothing that a running
    function needs waits behind them. (A function calling itself could; none here does.)
    """
    turns: dict[str, threading.Semaphore] = defaultdict(
        lambda: threading.Semaphore(WORKERS_PER_FUNCTION)
    )
    execute = lambda_svc._execute_function_warm

    def in_turn(func: Record, event: Record, request_id: str) -> Any:
        with turns[(func.get("config") or func)["FunctionName"]]:
            return execute(func, event, request_id)

    lambda_svc._execute_function_warm = in_turn


def slow_time_to_live() -> None:
    """AWS deletes by TTL within days, and writes a stream record when it does.

    The emulator deletes within a minute and writes none: records would vanish before the sweep
    finds them, and nothing would learn of it. Here TTL takes longer than any stack lives.
    """
    remove = dynamodb._remove_item

    def remove_unless_by_ttl(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread().name == TTL_THREAD:
            return None
        return remove(*args, **kwargs)

    dynamodb._remove_item = remove_unless_by_ttl


def hide_missing_objects() -> None:
    """AWS tells only who may list a bucket that an object is missing; others get 403.

    The emulator tells everybody.
    """
    for name in ("_get_object", "_head_object"):
        setattr(s3, name, hiding(getattr(s3, name)))


def hiding(read: Any) -> Any:
    def read_hidden(bucket: str, key: str, headers: Any, query: Any = None) -> Any:
        answer = read(bucket, key, headers, query)
        if answer[0] != 404:
            return answer
        arn = f"arn:aws:s3:::{bucket}"
        refusal = app._enforce_data_plane("s3", "s3:ListBucket", headers, query or {}, "", arn)
        return refusal or answer

    return read_hidden


def honour_partial_failures() -> None:
    """AWS resumes a stream at the first record that a function reports as failed.

    The emulator reads no `batchItemFailures` from DynamoDB streams and knows no
    MaximumRetryAttempts there: a reported failure would be lost, and a function that
    always fails be called for ever. Wrapped is the poller's call of the function.
    """
    polling = threading.local()
    poll, execute = lambda_svc._poll_dynamodb_streams, lambda_svc._execute_function
    delivery = StreamDelivery(execute)

    def poll_marked() -> Any:
        polling.now = True
        try:
            return poll()
        finally:
            polling.now = False

    def execute_or_deliver(func: Record, event: Record) -> Any:
        if not getattr(polling, "now", False):
            return execute(func, event)
        polling.now = False  # what the delivery itself calls is no delivery
        try:
            return delivery.deliver(func, event["Records"])
        finally:
            polling.now = True

    lambda_svc._poll_dynamodb_streams = poll_marked
    lambda_svc._execute_function = execute_or_deliver


class StreamDelivery:
    """Batches of a stream with the retries of an AWS event source mapping.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._failures: dict[str, tuple[str, int]] = {}

    def deliver(self, func: Record, records: list[Record]) -> Record:
        """Call the function once; an answer with `error` makes the poller come again."""
        mapping = mapping_of(func, records)
        answer = self._execute(func, {"Records": records})
        failed = first_failure(mapping, records, answer)
        if failed is None:
            return answer
        rest = records[failed:]
        if self._exhausted(mapping, rest[0]):
            self._set_aside(func, mapping, rest, answer)
            return {"body": None}
        resume_at(mapping, rest[0])
        return {**answer, "error": True}

    def _exhausted(self, mapping: Record, record: Record) -> bool:
        """Count one more failure at `record`; whether the mapping allows no further retry."""
        limit = mapping.get("MaximumRetryAttempts", -1)
        position, count = self._failures.get(mapping["UUID"], ("", 0))
        count = count + 1 if position == sequence(record) else 1
        self._failures[mapping["UUID"]] = (sequence(record), count)
        return limit is not None and 0 <= int(limit) < count

    def _set_aside(self, func: Record, mapping: Record, rest: list[Record], answer: Record) -> None:
        """Send what fails for good to the destination; bisecting ends with single records."""
        if not mapping.get("BisectBatchOnFunctionError"):
            dead_letter(func, mapping, rest, answer)
            return
        for record in rest:
            single = self._execute(func, {"Records": [record]})
            if first_failure(mapping, [record], single) is not None:
                dead_letter(func, mapping, [record], single)


def mapping_of(func: Record, records: list[Record]) -> Record:
    name, stream = (func.get("config") or func)["FunctionName"], records[0]["eventSourceARN"]
    for _account, _region, mapping in lambda_svc._iter_all_esms():
        if (mapping["FunctionName"], mapping["EventSourceArn"]) == (name, stream):
            found: Record = mapping
            return found
    raise LookupError(f"no event source mapping from {stream} to {name}")


def first_failure(mapping: Record, records: list[Record], answer: Record) -> int | None:
    """The index of the first record to deliver again, None where all went well.

    An identifier that names no record of the batch fails the whole of it, as on AWS.
    """
    if answer.get("error"):
        return 0
    body = answer.get("body")
    reports = "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", [])
    failures = body.get("batchItemFailures") if reports and isinstance(body, dict) else None
    if not failures:
        return None
    order = {sequence(record): index for index, record in enumerate(records)}
    return min(order.get(failure.get("itemIdentifier"), 0) for failure in failures)


def resume_at(mapping: Record, record: Record) -> None:
    """Move the mapping's position past what went well, up to `record`."""
    table = mapping["EventSourceArn"].split("/stream/")[0].rsplit("/", 1)[-1]
    positions = lambda_svc._dynamodb_stream_positions
    with lambda_svc._dynamodb_stream_positions_lock:
        start = positions[mapping["UUID"]]
        batch = dynamodb.stream_records_since(table, start, mapping.get("BatchSize", 100))
        order = [sequence(each) for each in batch]
        if sequence(record) in order:
            positions[mapping["UUID"]] = start + order.index(sequence(record))


def dead_letter(func: Record, mapping: Record, records: list[Record], answer: Record) -> None:
    lambda_svc._send_ddb_stream_failure_record(
        mapping, func, records, mapping["EventSourceArn"], answer, "RetryAttemptsExhausted"
    )


def sequence(record: Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])
