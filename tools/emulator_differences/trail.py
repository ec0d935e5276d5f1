"""What changes something reaches EventBridge as CloudTrail's event, where CloudTrail records.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

import json
from typing import Any, Final

from ministack import app
from ministack.core.responses import get_account_id
from ministack.services import cloudtrail, eventbridge

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    app: "_ct_request_params",
    cloudtrail: "record_event _get_event_queue",
    eventbridge: "_put_events",
}
# Of these services changes are forwarded: what is done with items and objects is no change.
SERVICES: Final = {"kms", "iam", "lambda", "dynamodb", "s3"}
CHANGES: Final = (
    *("Add", "Attach", "Create", "Delete", "Detach", "Disable", "Enable", "Export", "Put"),
    *("Remove", "Restore", "Schedule", "Update"),
)
DATA: Final = (
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "PutObject",
    "DeleteObject",
    "CreateMultipart",
)


def correct() -> None:
    """Let the default bus have what is recorded. The emulator keeps it to itself."""
    record = cloudtrail.record_event

    def record_and_forward(**call: Any) -> None:
        record(**call)
        event = describe(call, json.loads(cloudtrail._get_event_queue()[-1]["CloudTrailEvent"]))
        if is_change(call["service"], event["eventName"]):
            entry = {
                "Source": f"aws.{call['service']}",
                "DetailType": "AWS API Call via CloudTrail",
                "Detail": json.dumps(event),
            }
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    cloudtrail.record_event = record_and_forward
    leave_out_uploads()


def leave_out_uploads() -> None:
    """Record nothing of what an upload holds. The emulator would parse all of it as a form."""
    parameters = app._ct_request_params

    def parameters_of_calls(headers: Record, body: bytes, query: Record) -> Any:
        if headers.get("content-type", "").startswith("multipart/"):
            return {}
        return parameters(headers, body, query)

    app._ct_request_params = parameters_of_calls


def is_change(service: str, name: str) -> bool:
    return service in SERVICES and name.startswith(CHANGES) and not name.startswith(DATA)


def describe(call: Record, event: Record) -> Record:
    """The event with the names that AWS has for call, parameters and resources."""
    parameters = {name[:1].lower() + name[1:]: value for name, value in call_of(event).items()}
    if call["service"] == "lambda":
        names = [found["ResourceName"] for found in call["resources"]]
        parameters = {"functionName": names[0]} | parameters if names else parameters
    found = event | {"requestParameters": parameters}
    found["eventName"] = parameters.pop("action", event["eventName"])
    if key := parameters.get("keyId"):
        found["resources"] = [{"ARN": key_arn(key, call["region"])}]
    return found


def call_of(event: Record) -> Record:
    return event["requestParameters"] or {}


def key_arn(key: str, region: str) -> str:
    """A key's ARN, however a call names it but by an alias."""
    return key if key.startswith("arn:") else f"arn:aws:kms:{region}:{get_account_id()}:key/{key}"
