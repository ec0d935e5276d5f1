"""What is in a dead letter, told from its body: who failed at what, and which secrets it is about.

There are four kinds. `reap` and `audit` set aside a *record* that they could not read or write.
Lambda sets aside the *position* of records in a stream that it delivered in vain, and an *upload*
of which it told `stray` in vain. EventBridge sets aside an *event* that it could not deliver.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote_plus

from burnbag_core.records import OBJECT_PREFIX

RECORD: Final = "record"
POSITION: Final = "position"
UPLOAD: Final = "upload"
EVENT: Final = "event"
UNKNOWN: Final = "unknown"
FUNCTIONS: Final = ("reap", "audit", "stray")
DAY: Final = 86400


@dataclass(frozen=True)
class Letter:
    """A message of a queue of dead letters. `since` is when it was sent, in epoch seconds.

    `body` has what was in a receipt, so it is for whoever processes it, and for nobody's eyes.
    """

    id: str
    handle: str = field(repr=False)
    since: int
    kind: str
    of: str
    why: str
    secrets: list[str]
    body: dict[str, Any] = field(repr=False)
    # Of a position: until when the stream has its records.
    until: int | None = None

    @property
    def content(self) -> Any:
        """What was set aside, if the letter has it."""
        return self.body.get("record")

    def describe(self) -> dict[str, Any]:
        """What an operator is told of it."""
        names = ("id", "since", "kind", "of", "why", "secrets", "until")
        return {name: getattr(self, name) for name in names}


def open_letter(message: Mapping[str, Any]) -> Letter:
    """The letter in a message, as SQS gives it with all its attributes."""
    try:
        body = json.loads(message["Body"])
        kind, of, why, secrets = read_body(body, message.get("MessageAttributes", {}))
        until = forgotten_at(body) if kind == POSITION else None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        kind, of, why, secrets, body = UNKNOWN, "", "burnbag has not written this", [], {}
        until = None
    return Letter(
        id=message["MessageId"],
        handle=message["ReceiptHandle"],
        since=int(message["Attributes"]["SentTimestamp"]) // 1000,
        kind=kind,
        of=of,
        why=why,
        secrets=secrets,
        body=body,
        until=until,
    )


def read_body(
    body: dict[str, Any], attributes: Mapping[str, Any]
) -> tuple[str, str, str, list[str]]:
    """The kind, whose letter it is, why it is one, and the ids that it names."""
    if "record" in body:
        return RECORD, known(body["function"]), body["error"], ids_of(body["record"])
    if "DDBStreamBatchInfo" in body:
        return POSITION, function_of(body), reason_of(body), []
    if "requestPayload" in body:
        keys = [each["s3"]["object"]["key"] for each in body["requestPayload"]["Records"]]
        ids = [unquote_plus(each).removeprefix(OBJECT_PREFIX) for each in keys]
        return UPLOAD, function_of(body), reason_of(body), ids
    rule = attributes["RULE_ARN"]["StringValue"].rsplit("/", 1)[1]
    said = [attributes[name]["StringValue"] for name in ERRORS if name in attributes]
    return EVENT, rule, ": ".join(said), [body["detail"]["secret_id"]]


# What EventBridge says of a delivery.
ERRORS: Final = ("ERROR_CODE", "ERROR_MESSAGE")


def known(function: str) -> str:
    if function not in FUNCTIONS:
        raise ValueError("none of the reaper's functions")
    return function


def forgotten_at(body: Mapping[str, Any]) -> int:
    """When the stream forgets the first record of a position: after 24 hours."""
    arrived = datetime.fromisoformat(body["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"])
    return int(arrived.timestamp()) + DAY


def ids_of(record: Any) -> list[str]:
    """The secret's id in a record of a stream; none where the record is what can't be read."""
    try:
        change = record["dynamodb"]
        found = change["Keys"]["id"]["S"] if "Keys" in change else change["NewImage"]["id"]["S"]
    except (KeyError, TypeError):
        return []
    return [found] if isinstance(found, str) else []


def function_of(body: Mapping[str, Any]) -> str:
    """The function's own word, from its ARN: …:function:burnbag-dev-reap, or that and an alias."""
    name: str = body["requestContext"]["functionArn"].split(":")[6]
    return known(name.rsplit("-", 1)[1])


def reason_of(body: Mapping[str, Any]) -> str:
    """Why Lambda gave up, such as RetryAttemptsExhausted."""
    return str(body["requestContext"]["condition"])
