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
from heartbeat import beat_time, is_beat
from metrics import measure, print_gauge

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
class Change:
    """What a change of a receipt is for this function: the log's messages, or a heartbeat.

    `beat_at` is when a heartbeat began (see `heartbeat`), in epoch seconds.
    """

    messages: list[str]
    beat_at: int | None = None


@dataclass(frozen=True)
class Audit:
    """The function; `clock` gives epoch seconds."""

    environment: str
    log: AuditLog
    dead_letters: DeadLetters
    clock: Callable[[], int]

    def __call__(self, event: dict[str, Any], context: object) -> Response:
        """The Lambda entry point: a batch of receipt changes, answered with its failures."""
        return process(event["Records"], self.read_change, self.write, self.dead_letters, CHUNK)

    def read_change(self, record: Record) -> Change:
        """One change, its messages finished: what can't be written fails here, by itself."""
        image = record["dynamodb"]["NewImage"]
        if is_beat(image):
            return Change([], beat_time(image))
        events = [measure(event, self.environment) for event in read(record)]
        return Change([json.dumps(event, separators=(",", ":")) for event in events])

    def write(self, changes: list[Change]) -> dict[int, str]:
        """Write the messages of a batch: they fail together or not at all. Then measure."""
        self.log.write([message for change in changes for message in change.messages])
        for beat_at in [change.beat_at for change in changes if change.beat_at is not None]:
            behind = max(0, self.clock() - beat_at)
            print_gauge(self.environment, "AuditBehindSeconds", behind, "Seconds")
        return {}


def build(
    environ: Mapping[str, str], client: Callable[[str], Any], milliseconds: Callable[[], int]
) -> Audit:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    log = AuditLog(client("logs"), config.audit_log_group, milliseconds)
    dead_letters = DeadLetters(client("sqs"), config.dead_letters_url, "audit")
    return Audit(config.environment, log, dead_letters, lambda: milliseconds() // 1000)


handler = build(os.environ, aws.client, lambda: time.time_ns() // 1_000_000)
