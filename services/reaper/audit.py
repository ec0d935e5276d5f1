"""audit: every change of a receipt becomes audit events, and the events become metrics.

Runs on the receipts table's stream (NEW_AND_OLD_IMAGES), so no code path can forget an event:
whatever changed a receipt, this sees it. At least once, in order per secret.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from burnbag_core import aws, settings

from batches import DeadLetters, Record, Response, process
from events import read
from metrics import measure

# A record yields at most three events of under 1 KB; PutLogEvents takes 1 MB.
CHUNK: Final = 300


@dataclass(frozen=True)
class Settings:
    environment: str
    audit_log_group: str
    dead_letters_url: str


class AuditLog:
    """The audit log group, with a log stream for each day (UTC)."""

    def __init__(self, logs: Any, group: str, milliseconds: Callable[[], int]) -> None:
        self.logs = logs
        self.group = group
        self.milliseconds = milliseconds
        self.stream = ""
        self.next = 0

    def write(self, messages: list[str]) -> None:
        """Write messages, a millisecond apart, so that every reader finds them in order."""
        if not messages:
            return
        now = max(self.milliseconds(), self.next)
        stream, self.stream = self.open_stream(now), ""
        self.logs.put_log_events(
            logGroupName=self.group,
            logStreamName=stream,
            logEvents=[
                {"timestamp": now + number, "message": message}
                for number, message in enumerate(messages)
            ],
        )
        # Only now: one that somebody has deleted is made again when the batch comes again.
        self.next, self.stream = now + len(messages), stream

    def open_stream(self, milliseconds: int) -> str:
        """The stream of that time's day, which another instance may have made already."""
        name = f"audit/{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d}"
        if name != self.stream:
            with suppress(self.logs.exceptions.ResourceAlreadyExistsException):
                self.logs.create_log_stream(logGroupName=self.group, logStreamName=name)
        return name


@dataclass(frozen=True)
class Audit:
    """The function."""

    environment: str
    log: AuditLog
    dead_letters: DeadLetters

    def __call__(self, event: dict[str, Any], context: object) -> Response:
        """The Lambda entry point: a batch of receipt changes, answered with its failures."""
        return process(event["Records"], self.messages, self.write, self.dead_letters, CHUNK)

    def messages(self, record: Record) -> list[str]:
        """The log messages of one change, finished: what can't be written fails here, by itself."""
        return [
            json.dumps(measure(event, self.environment), separators=(",", ":"))
            for event in read(record)
        ]

    def write(self, changes: list[list[str]]) -> dict[int, str]:
        """Write the messages of a batch. They fail together or not at all."""
        self.log.write([message for change in changes for message in change])
        return {}


def build(
    environ: Mapping[str, str], client: Callable[[str], Any], milliseconds: Callable[[], int]
) -> Audit:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    log = AuditLog(client("logs"), config.audit_log_group, milliseconds)
    dead_letters = DeadLetters(client("sqs"), config.dead_letters_url, "audit")
    return Audit(config.environment, log, dead_letters)


handler = build(os.environ, aws.client, lambda: time.time_ns() // 1_000_000)
