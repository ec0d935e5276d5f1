"""DynamoDB refuses what is more than a partition takes. Switched on by `DYNAMODB_THROTTLING=1`.

A write is admitted by what it is sure to take: an update by its item as it was. A read is admitted
by what it has read. What a condition refuses is billed as AWS bills it, and so is a cancelled
transaction; what was throttled is not.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TroubleshootingThrottling.html
"""

import json
import os
from collections.abc import Iterable
from typing import Any, Final

from ministack.services import dynamodb

from tools.emulator_differences import uses
from tools.emulator_differences.internals import Internals, Record
from tools.emulator_differences.partitions import Partitions, Place
from tools.emulator_differences.uses import Write

SWITCH: Final = "DYNAMODB_THROTTLING"
WRAPPED: Final[Internals] = {
    dynamodb: " ".join(
        (
            *uses.WRITES,
            *uses.READS,
            *("_batch_write_item", "_batch_execute_statement"),
            uses.WRAPPED[dynamodb],
        )
    )
}
MESSAGE: Final = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically"
    " scaling your table or index so please try again shortly. If exceptions persist, check if you"
    " have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "bp-partition-key-design.html"
)
PROVISIONED: Final = (
    "The level of configured provisioned throughput for the table was exceeded. Consider"
    " increasing your provisioning level with the UpdateTable API."
)
CANCELLED: Final = "Transaction cancelled, please refer cancellation reasons for specific reasons"
# With these errors a write was tried, and is billed.
TRIED: Final = ("ConditionalCheckFailedException", "TransactionCanceledException")


def correct() -> None:
    if os.environ.get(SWITCH) == "1":
        throttle(Partitions())


def throttle(partitions: Partitions) -> None:
    for name, find in uses.WRITES.items():
        setattr(dynamodb, name, meter_write(getattr(dynamodb, name), find, partitions))
    for name, find in uses.READS.items():
        setattr(dynamodb, name, meter_read(getattr(dynamodb, name), find, partitions))
    dynamodb._batch_write_item = meter_batch(dynamodb._batch_write_item, partitions)
    dynamodb._batch_execute_statement = name_errors(dynamodb._batch_execute_statement)


def meter_write(execute: Any, find: Any, partitions: Partitions) -> Any:
    def execute_or_refuse(request: Record) -> Any:
        writes: list[Write] = find(request)
        expected = [use for write in writes for use in write.expected()]
        if full := partitions.take(expected):
            return refuse_all(writes, full) if "TransactItems" in request else refuse(full)
        answer = execute(request)
        used = [use for write in writes for use in write.used()] if was_tried(answer) else []
        partitions.settle(expected, used)
        return answer

    return execute_or_refuse


def was_tried(answer: Any) -> bool:
    return answer[0] == 200 or json.loads(answer[2]).get("__type", "").split("#")[-1] in TRIED


def meter_batch(execute: Any, partitions: Partitions) -> Any:
    """BatchWriteItem hands back what it has no units for, and fails if that is everything."""

    def execute_what_fits(request: Record) -> Any:
        fitting: Record = {}
        refused: Record = {}
        full: set[Place] = set()
        for table, member in members_of(request):
            over = partitions.take(uses.expected_of(table, member))
            (refused if over else fitting).setdefault(table, []).append(member)
            full |= over
        if full and not fitting:
            return refuse(full)
        status, headers, body = execute({**request, "RequestItems": fitting or {}})
        if status == 200 and refused:
            body = json.dumps(json.loads(body) | {"UnprocessedItems": refused}).encode()
        return status, headers, body

    return execute_what_fits


def members_of(request: Record) -> Iterable[tuple[str, Record]]:
    items = request.get("RequestItems") or {}
    return [(table, member) for table, members in items.items() for member in members]


def name_errors(execute_batch: Any) -> Any:
    """A batch of statements has a name of its own for a throttled one."""

    def execute_and_name(request: Record) -> Any:
        status, headers, body = execute_batch(request)
        return status, headers, body.replace(b'"Code": "Throttling"', b'"Code": "ThrottlingError"')

    return execute_and_name


def meter_read(execute: Any, find: Any, partitions: Partitions) -> Any:
    """A read changes nothing, so it is made first, and then refused if it was too much."""

    def execute_or_refuse(request: Record) -> Any:
        answer = execute(request)
        full = partitions.take(find(request)) if answer[0] == 200 else set()
        return refuse(full) if full else answer

    return execute_or_refuse


def refuse(full: set[Place]) -> Any:
    """The answer to a request for which these places have no units left."""
    on_demand = all(is_on_demand(place) for place in full)
    name = "ThrottlingException" if on_demand else "ProvisionedThroughputExceededException"
    reasons = [{"reason": reason_of(each), "resource": arn_of(each)} for each in in_order(full)]
    member = "throttlingReasons" if on_demand else "ThrottlingReasons"
    message = MESSAGE if on_demand else PROVISIONED
    return make_error(name, {"message": message, member: reasons})


def refuse_all(writes: list[Write], full: set[Place]) -> Any:
    """The answer to a transaction: each item says whether it was the one too many."""
    reasons = [
        {"Code": "ThrottlingError", "Message": MESSAGE}
        if full & {use.place for use in write.expected()}
        else {"Code": "None"}
        for write in writes
    ]
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"{CANCELLED} [{codes}]"
    error = {"message": message, "CancellationReasons": reasons}
    return make_error("TransactionCanceledException", error)


def make_error(name: str, content: Record) -> Any:
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": name}
    return 400, headers, json.dumps({"__type": name} | content).encode()


def in_order(places: set[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (place.table, place.index, place.number))


def is_on_demand(place: Place) -> bool:
    summary = dynamodb._tables[place.table].get("BillingModeSummary") or {}
    return summary.get("BillingMode") == "PAY_PER_REQUEST"


def reason_of(place: Place) -> str:
    return f"{'Index' if place.index else 'Table'}{place.kind}KeyRangeThroughputExceeded"


def arn_of(place: Place) -> str:
    arn = str(dynamodb._tables[place.table]["TableArn"])
    return f"{arn}/index/{place.index}" if place.index else arn
