"""What is asked of AWS, and what DynamoDB says that it took: observed in botocore's events."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
from burnbag_core import aws

from tools import capacity

# What AWS adds to each log event's bytes.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
LOG_EVENT_BYTES: Final = 26
REFUSED: Final = {"ConditionalCheckFailedException", "TransactionCanceledException"}
READS: Final = {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"}


@dataclass
class Meter:
    """Counts what the clients that it makes are asked to do.

    `log_bytes` is what is written to the audit log, counted as AWS counts it.
    """

    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    read_units: float = 0.0
    log_bytes: int = 0
    # A revocation of many calls from several threads.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """Begin to count again."""
        self.calls.clear()
        self.write_units = self.read_units = 0.0
        self.log_bytes = 0

    def client(self, service: str, **options: Any) -> Any:
        """A client as the services have it, that is counted."""
        made = aws.client(service, **options)
        made.meta.events.register("before-call", self.begin)
        made.meta.events.register("after-call", self.end)
        return made

    def begin(self, model: Any, params: dict[str, Any], context: Any, **_: Any) -> None:
        """Count a call, and ask DynamoDB what it takes."""
        service = model.service_model.service_name
        with self.lock:
            self.calls[f"{service} {model.name}"] += 1
        if service not in ("dynamodb", "logs"):
            return
        asked = json.loads(params["body"])
        if service == "dynamodb":
            params["body"] = json.dumps(asked | {"ReturnConsumedCapacity": "TOTAL"}).encode()
            context["asked"] = asked
        for event in asked.get("logEvents", []):
            self.log_bytes += len(event["message"].encode()) + LOG_EVENT_BYTES

    def end(self, model: Any, parsed: dict[str, Any], context: Any, **_: Any) -> None:
        """Count the units of a call. Of one that was refused, DynamoDB does not say them."""
        if model.service_model.service_name != "dynamodb":
            return
        if "Error" in parsed:
            assert parsed["Error"]["Code"] in REFUSED, parsed["Error"]["Code"]
            refused = units_refused(model.name, context["asked"])
            with self.lock:
                self.write_units += refused
            return
        found = parsed["ConsumedCapacity"]
        units = sum(each["CapacityUnits"] for each in (found if type(found) is list else [found]))
        with self.lock:
            if model.name in READS:
                self.read_units += units
            else:
                self.write_units += units


def units_refused(operation: str, asked: dict[str, Any]) -> float:
    """The units of a write that its condition has refused: as many as if it had not.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    if operation != "TransactWriteItems":
        return units_of_write(asked, transactional=False)
    writes = [write for each in asked["TransactItems"] for write in each.values()]
    return sum(units_of_write(write, transactional=True) for write in writes)


def units_of_write(write: dict[str, Any], transactional: bool) -> float:
    """Those of one write, by the item that is there: what was refused has not changed it."""
    item = write.get("Item", {})
    place = {"TableName": write["TableName"], "Key": write.get("Key") or {"id": item["id"]}}
    found = boto3.client("dynamodb").get_item(**place, ConsistentRead=True).get("Item")
    return capacity.write_units(found, item, transactional=transactional)
