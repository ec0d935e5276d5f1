"""CloudTrail's records say what AWS's say, and what changes something reaches EventBridge.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

import json
from typing import Any, Final

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import cloudtrail, eventbridge

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    app: "_ct_request_params",
    cloudtrail: "record_event _get_event_queue _DISPATCH _ok",
    iam_evaluator: "caller_arn",
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


# What a key is given and what it answers is in no record.
CONTENT: Final = ("ciphertextBlob", "message", "plaintext")
TYPES: Final = {":root": "Root", ":assumed-role/": "AssumedRole"}
MOST_EVENTS: Final = 50


def correct() -> None:
    """Let the default bus have what is recorded. The emulator keeps it to itself.

    It names everybody by the access key and no key, and finds no more than one page.
    """
    record = cloudtrail.record_event

    def record_and_forward(**call: Any) -> None:
        record(**call)
        recorded = cloudtrail._get_event_queue()[-1]
        event = describe(call, json.loads(recorded["CloudTrailEvent"]))
        recorded["CloudTrailEvent"] = json.dumps(event)
        recorded["Resources"] += [
            {"ResourceType": "AWS::KMS::Key", "ResourceName": key["ARN"]}
            for key in event.get("resources", [])
        ]
        if is_change(call["service"], event["eventName"]):
            entry = {
                "Source": f"aws.{call['service']}",
                "DetailType": "AWS API Call via CloudTrail",
                "Detail": json.dumps(event),
            }
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    cloudtrail.record_event = record_and_forward
    cloudtrail._DISPATCH["LookupEvents"] = look_up
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
    if call["service"] == "kms":
        parameters = {name: each for name, each in parameters.items() if name not in CONTENT}
    found = event | {"requestParameters": parameters, "userIdentity": identify_caller()}
    found["eventName"] = parameters.pop("action", event["eventName"])
    if key := parameters.get("keyId"):
        found["resources"] = [{"ARN": key_arn(key, call["region"])}]
    return found


def call_of(event: Record) -> Record:
    return event["requestParameters"] or {}


def key_arn(key: str, region: str) -> str:
    """A key's ARN, however a call names it but by an alias."""
    return key if key.startswith("arn:") else f"arn:aws:kms:{region}:{get_account_id()}:key/{key}"


def identify_caller() -> Record:
    arn = iam_evaluator.caller_arn()
    kind = next((kind for part, kind in TYPES.items() if part in arn), "IAMUser")
    return {"type": kind, "arn": arn, "accountId": get_account_id()}


def look_up(request: Record) -> Any:
    """The newest events that fit, by page."""
    first = int(request.get("NextToken") or 0)
    last = first + min(int(request.get("MaxResults") or MOST_EVENTS), MOST_EVENTS)
    fitting = [event for event in reversed(cloudtrail._get_event_queue()) if fits(event, request)]
    more = {"NextToken": str(last)} if fitting[last:] else {}
    return cloudtrail._ok({"Events": fitting[first:last]} | more)


def fits(event: Record, request: Record) -> bool:
    start, end = request.get("StartTime") or 0, request.get("EndTime") or float("inf")
    wanted = {each["AttributeKey"]: each["AttributeValue"] for each in attributes_of(request)}
    return start <= event["EventTime"] <= end and all(
        event.get(key) == value or any(of.get(key) == value for of in event["Resources"])
        for key, value in wanted.items()
    )


def attributes_of(request: Record) -> list[Record]:
    return request.get("LookupAttributes") or []
