"""audit: every change of a receipt becomes audit events, and the events become metrics.

Runs on the receipts table's stream (NEW_AND_OLD_IMAGES), so no code path can forget an event:
whatever changed a receipt, this sees it. At least once, in order per secret.
"""

import json
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core import aws, settings

from batches import DeadLetters, Record, Response, process
from events import read
from metrics import measured

# A record yields at most three events of under 1 KB; PutLogEvents takes 1 MB.
CHUNK: Final = 300


@dataclass(frozen=True)
class Settings:
    environment: str
    audit_log_group: str
    dead_letters_url: str


class AuditLog:
    """The audit log group, through one log stream of this function instance."""

    def __init__(self, logs: Any, group: str, milliseconds: Callable[[], int]) -> None:
        self.logs = logs
        self.group = group
        self.milliseconds = milliseconds
        self.stream = ""
        self.next = 0

    def write(self, messages: list[str]) -> None:
        """Write messages in order: a millisecond apart, so that no reader can mix them up."""
        if not messages:
            return
        now = max(self.milliseconds(), self.next)
        self.logs.put_log_events(
            logGroupName=self.group,
            logStreamName=self.opened_stream(),
            logEvents=[
                {"timestamp": now + number, "message": message}
                for number, message in enumerate(messages)
            ],
        )
        self.next = now + len(messages)

    def opened_stream(self) -> str:
        if not self.stream:
            name = f"audit/{uuid.uuid4()}"
            self.logs.create_log_stream(logGroupName=self.group, logStreamName=name)
            self.stream = name
        return self.stream


config = settings.read(Settings, os.environ)
log = AuditLog(aws.client("logs"), config.audit_log_group, lambda: time.time_ns() // 1_000_000)
dead_letters = DeadLetters(aws.client("sqs"), config.dead_letters_url, "audit")


def handler(event: dict[str, Any], context: object) -> Response:
    """The Lambda entry point: a batch of receipt changes, answered with its failures."""
    return process(event["Records"], messages, write, dead_letters, CHUNK)


def messages(record: Record) -> list[str]:
    """The finished log messages of one change: what can't be written fails here, by itself."""
    return [json.dumps(measured(event, config.environment)) for event in read(record)]


def write(changes: list[list[str]]) -> set[int]:
    log.write([message for change in changes for message in change])
    return set()
