"""The embedded AWS, made to behave as AWS: `python -m tools.emulator_differences FOLDER` serves it.

Nothing else patches the emulator, and docs/emulator.md lists what is done here. It wraps internals
of the pinned ministack; `check_internals` refuses a version in which they have moved. FOLDER is not
read: it marks the process as this stack's (see `find_processes` in tools/emulator.py).
"""

import asyncio
import json
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from hypercorn.asyncio.tcp_server import TCPServer
from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb, lambda_svc, s3

Record = dict[str, Any]
Execute = Callable[[Record, Record], Record]

# A worker is a Python process: 60 MB, and half a second of processor time to start. Sixteen
# of them make real races; one for each call, as on AWS, would take a minute to start.
WORKERS_PER_FUNCTION: Final = 16
TTL_THREAD: Final = "dynamodb-ttl-reaper"
WRAPPED: Final[Any] = {
    TCPServer: "_idle_timeout _initiate_server_close",
    lambda_svc: "_execute_function _execute_function_warm _iter_all_esms _poll_dynamodb_streams"
    " _send_ddb_stream_failure_record _dynamodb_stream_positions _dynamodb_stream_positions_lock",
    dynamodb: "stream_records_since _remove_item _ttl_reaper",
    s3: "_get_object _head_object",
    app: "_enforce_data_plane",
    iam_actions: "dynamodb_service_context dynamodb_transaction_checks",
    iam_evaluator: "enforce",
}
# In an expression of DynamoDB, everything that names no attribute.
NO_ATTRIBUTE: Final = {
    *("SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "IN", "BETWEEN", "if_not_exists"),
    *("list_append", "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with"),
    *("contains", "size"),
}


def main() -> None:
    del sys.argv[1:]  # the emulator would take the folder for an argument of its own
    check_internals()
    keep_idle_connections()
    limit_workers()
    disable_time_to_live()
    hide_missing_objects()
    honour_partial_failures()
    name_attributes()
    app.main()


def check_internals() -> None:
    needed = [(owner, name) for owner, names in WRAPPED.items() for name in names.split()]
    missing = [name for owner, name in needed if not hasattr(owner, name)]
    if missing:
        raise RuntimeError(f"this version of ministack has no {', '.join(missing)}")


def keep_idle_connections() -> None:
    """Leave an idle connection open until the client closes it.

    The emulator closes one after 75 s, even if a request has just arrived on it: the request is
    executed and its answer is lost. Terraform reuses connections for up to 90 s. It repeats such
    a call, and when that call created a function, it retries for five minutes and then fails with
    "409 Function already exist".
    """

    async def close_at_shutdown(server: TCPServer) -> None:
        await server.context.terminated.wait()
        await asyncio.shield(server._initiate_server_close())

    setattr(TCPServer, "_idle_timeout", close_at_shutdown)  # noqa: B010


def limit_workers() -> None:
    """Run at most sixteen calls of a function at a time; AWS starts an environment for each.

    Further calls wait in threads of their own, so they hold up nothing that a running call needs.
    (A function that calls itself could wait for ever; none here does.)
    """
    turns: Any = defaultdict(lambda: threading.Semaphore(WORKERS_PER_FUNCTION))
    execute = lambda_svc._execute_function_warm

    def execute_in_turn(function: Record, event: Record, request_id: str) -> Any:
        with turns[name_of(function)]:
            return execute(function, event, request_id)

    lambda_svc._execute_function_warm = execute_in_turn


def disable_time_to_live() -> None:
    """Delete nothing by TTL.

    AWS deletes within days, and writes a stream record when it does. The emulator deletes within
    a minute and writes none: records would vanish before the sweep finds them, and nobody would
    learn of it.
    """
    remove = dynamodb._remove_item

    def remove_unless_by_ttl(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread().name != TTL_THREAD:
            return remove(*args, **kwargs)
        return None

    dynamodb._remove_item = remove_unless_by_ttl


def hide_missing_objects() -> None:
    """Answer 403 instead of 404 to those who may not list the bucket, as AWS does."""
    for name in ("_get_object", "_head_object"):
        setattr(s3, name, require_list_right(getattr(s3, name)))


def require_list_right(read: Any) -> Any:
    def read_or_refuse(bucket: str, key: str, headers: Any, query: Any = None) -> Any:
        answer, arn = read(bucket, key, headers, query), f"arn:aws:s3:::{bucket}"
        if answer[0] != 404:
            return answer
        enforce = app._enforce_data_plane
        return enforce("s3", "s3:ListBucket", headers, query or {}, "", arn) or answer

    return read_or_refuse


def honour_partial_failures() -> None:
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


def name_attributes() -> None:
    """Give `dynamodb:Attributes` what a write names, for each item of a transaction its own.

    The emulator fills this condition key for reads only, so a policy that limits what an update may
    touch would never refuse one.
    """
    context, checks = iam_actions.dynamodb_service_context, iam_actions.dynamodb_transaction_checks
    enforce = iam_evaluator.enforce

    def write_context(body: bytes) -> Record:
        found: Record = context(body)
        if named := find_attributes(json.loads(body or b"{}")):
            found["dynamodb:Attributes"] = named
        return found

    def checks_with_attributes(action: str, body: bytes, *place: str) -> Any:
        items = json.loads(body or b"{}").get("TransactItems", [])
        members = [member for item in items for member in item.values()]
        pairs = zip(checks(action, body, *place), members, strict=False)
        return [(ItemAction(each, find_attributes(member)), arn) for (each, arn), member in pairs]

    def enforce_item(
        key: str, action: str, *rest: Any, service_context: Any = None, **on: Any
    ) -> Any:
        if isinstance(action, ItemAction):
            service_context = {**service_context, "dynamodb:Attributes": action.attributes}
        return enforce(key, action, *rest, service_context=service_context, **on)

    iam_actions.dynamodb_service_context = write_context
    iam_actions.dynamodb_transaction_checks = checks_with_attributes
    iam_evaluator.enforce = enforce_item


class ItemAction(str):
    """The action of one item in a transaction, and the attributes that it names."""

    attributes: list[str]

    def __new__(cls, action: str, attributes: list[str]) -> "ItemAction":
        made = super().__new__(cls, action)
        made.attributes = attributes
        return made


def find_attributes(request: Record) -> list[str]:
    """The top-level attributes that a request names: in its key, its item and its expressions."""
    names = request.get("ExpressionAttributeNames", {})
    found = {*request.get("Key", {}), *request.get("Item", {})}
    for kind in ("Update", "Condition", "Projection"):
        for path in re.findall(r"(?<![\w:#.])[\w#][\w#.]*", request.get(f"{kind}Expression", "")):
            head = path.split(".")[0]
            if head not in NO_ATTRIBUTE and not head.isdecimal():
                found.add(names.get(head, head))
    return sorted(found)


class StreamDelivery:
    """Delivers batches of a stream with the retries of an AWS event source mapping.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """

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


def name_of(function: Record) -> str:
    return str((function.get("config") or function)["FunctionName"])


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


if __name__ == "__main__":
    main()
