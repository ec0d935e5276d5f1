"""audit: every change of a receipt becomes audit events, and the events become metrics.

Runs on the receipts table's stream (NEW_AND_OLD_IMAGES), so no code path can forget an event:
whatever changed a receipt, this sees it. At least once, in order per secret. Where the environment
has an event bus, each event is put on it too.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from burnbag_core import aws, settings

from batches import PERMANENT, DeadLetters, Record, Response, process
from bus import Entry, EventBus, announce
from events import read
from heartbeat import beat_time, is_beat
from metrics import measure, print_gauge

# A change yields at most two events, of 1 KB usually and 5 KB at most: JSON writes a label of 256
# emoji with 3 KB, and an ARN may have 600 characters. PutLogEvents takes 1 MB.
CHUNK: Final = 100


@dataclass(frozen=True)
class Settings:
    environment: str
    audit_log_group: str
    dead_letters_url: str
    event_bus: str


class AuditLog:
    """The audit log group, with a log stream for each day (UTC)."""

    def __init__(self, logs: Any, group: str, milliseconds: Callable[[], int]) -> None:
        self.logs = logs
        self.group = group
        self.milliseconds = milliseconds
        self.stream = ""
        self.next = 0
        # What a batch that comes again has left here. Else a bus that fails for an hour would fill
        # the log with the same events.
        self.written: frozenset[str] = frozenset()

    def write(self, messages: list[str]) -> None:
        """Write messages, a millisecond apart, so that every reader finds them in order."""
        messages = [message for message in messages if message not in self.written]
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
    """What a change of a receipt is for this function: messages and entries, or a heartbeat.

    The log gets the messages, the bus the entries. `beat_at` is when a heartbeat began (see
    `heartbeat`), in epoch seconds.
    """

    messages: list[str]
    entries: list[Entry] = field(default_factory=list)
    beat_at: int | None = None


@dataclass(frozen=True)
class Audit:
    """The function; `clock` gives epoch seconds."""

    environment: str
    log: AuditLog
    bus: EventBus | None
    dead_letters: DeadLetters
    clock: Callable[[], int]

    def __call__(self, event: dict[str, Any], context: object) -> Response:
        """The Lambda entry point: a batch of receipt changes, answered with its failures."""
        return process(event["Records"], self.read_change, self.write, self.dead_letters, CHUNK)

    def read_change(self, record: Record) -> Change:
        """One change, its messages finished: what can't be written fails here, by itself."""
        image = record["dynamodb"]["NewImage"]
        if is_beat(image):
            return Change([], beat_at=beat_time(image))
        events = read(record)
        documents = [measure(event, self.environment) for event in events]
        messages = [json.dumps(document, separators=(",", ":")) for document in documents]
        entries = [announce(event, self.environment) for event in events] if self.bus else []
        return Change(messages, entries)

    def write(self, changes: list[Change]) -> dict[int, str]:
        """Write the messages of a batch: they fail together or not at all. Measure, then tell."""
        messages = [message for change in changes for message in change.messages]
        self.log.write(messages)
        for beat_at in [change.beat_at for change in changes if change.beat_at is not None]:
            behind = max(0, self.clock() - beat_at)
            print_gauge(self.environment, "AuditBehindSeconds", behind, "Seconds")
        failed = self.tell(changes)
        self.log.written = frozenset(messages if failed else ())
        return failed

    def tell(self, changes: list[Change]) -> dict[int, str]:
        """Put a batch's events on the bus, if there is one; AWS's codes by the changes' places.

        A change with an event that may yet be taken is delivered again, whatever its others are.
        """
        entries = [(place, e) for place, change in enumerate(changes) for e in change.entries]
        codes = self.bus.put([entry for _, entry in entries]) if self.bus else {}
        failed: dict[int, str] = {}
        for number, code in codes.items():
            place = entries[number][0]
            if failed.get(place) in PERMANENT | {None}:
                failed[place] = code
        return failed


def build(
    environ: Mapping[str, str], client: Callable[[str], Any], milliseconds: Callable[[], int]
) -> Audit:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    log = AuditLog(client("logs"), config.audit_log_group, milliseconds)
    dead_letters = DeadLetters(client("sqs"), config.dead_letters_url, "audit")
    bus = EventBus(client("events"), config.event_bus) if config.event_bus else None
    return Audit(config.environment, log, bus, dead_letters, lambda: milliseconds() // 1000)


handler = build(os.environ, aws.client, lambda: time.time_ns() // 1_000_000)
