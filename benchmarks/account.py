"""An account of AWS with a burnbag in it: its functions run as AWS would run them, and are watched.

Nobody else uses it, which is the dearest way: of many changes at once a run handles many. Here one
handles what a single secret changes while its stream gathers (triggers.tf): reap, which does not
wait, settles the receipt of a secret that was revealed before audit has gathered for its second.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import partial
from io import StringIO
from typing import Any, TypeVar

import boto3
from burnbag_core import aws

from benchmarks import access_log, embedded
from benchmarks.functions import read_windows
from benchmarks.meter import LOG_EVENT_BYTES, Meter
from benchmarks.streams import Stream
from benchmarks.usage import Run, Usage
from tests.support.api import is_creates
from tests.support.services import LambdaContext

Answer = dict[str, Any]
T = TypeVar("T")


class FunctionLog(logging.Handler):
    """Counts what the functions log from WARN on, in the form that Lambda gives it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.bytes = 0

    def emit(self, record: logging.LogRecord) -> None:
        line = {
            "timestamp": "2026-01-01T00:00:00Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": "00000000-0000-0000-0000-000000000000",
        }
        self.bytes += len(json.dumps(line)) + LOG_EVENT_BYTES


def order_streams(windows: Mapping[str, int]) -> list[str]:
    """Whose run comes first, by how many seconds each gathers changes.

    A change of a receipt comes before or with the removal of its record. So where both gather for
    as long, audit runs first, and again for what reap has changed.
    """
    return sorted(windows, key=lambda name: (windows[name], name != "audit"))


@dataclass
class Account:
    """Runs functions and notes each run. With a meter, also what they ask of AWS.

    The sweep `measures` only where it is told to: its heartbeat is no secret's cost.
    """

    environ: Mapping[str, str]
    meter: Meter | None = None
    measures: bool = False
    runs: list[Run] = field(default_factory=list)
    requests: int = 0
    answered_bytes: int = 0
    access_log_bytes: int = 0
    printed_bytes: int = 0

    def __post_init__(self) -> None:
        self.burnbag = embedded.build(self.environ, self.meter.client if self.meter else aws.client)
        self.order = order_streams(read_windows())
        self.streams = {
            "reap": (Stream("secrets"), {"REMOVE"}, self.burnbag.reap),
            "audit": (Stream("receipts"), {"INSERT", "MODIFY"}, self.burnbag.audit),
        }
        self.s3 = boto3.client("s3")
        self.objects = self.list_objects()

    def forget(self) -> None:
        """Begin to count again."""
        self.runs.clear()
        self.requests = self.answered_bytes = self.access_log_bytes = self.printed_bytes = 0
        if self.meter:
            self.meter.forget()

    def usage(self, **known: int) -> Usage:
        """All that was counted, with what the caller has measured by itself."""
        assert self.meter, "nothing was counted"
        return Usage(
            requests=self.requests,
            runs=tuple(self.runs),
            write_units=self.meter.write_units,
            read_units=self.meter.read_units,
            audit_log_bytes=self.meter.log_bytes,
            access_log_bytes=self.access_log_bytes,
            answered_bytes=self.answered_bytes,
            **known,
        )

    def request(self, event: Mapping[str, Any]) -> Answer:
        """Let API Gateway handle a request."""
        is_create = is_creates(event["httpMethod"], event["path"])
        app = self.burnbag.create if is_create else self.burnbag.reveal
        answer: Answer = self.run("create" if is_create else "reveal", partial(app, event, None))
        assert answer["statusCode"] < 300, answer["body"]
        line = access_log.make_line(event, answer)
        self.requests += 1
        self.access_log_bytes += len(line.encode()) + LOG_EVENT_BYTES
        self.answered_bytes += len(answer["body"])
        return answer

    def sweep(self) -> None:
        sweep = self.burnbag.sweep
        if not self.measures:
            sweep = replace(sweep, measure=lambda run: None)
        self.run("sweep", partial(sweep, {}, LambdaContext()))

    def settle(self) -> None:
        """Run the functions that streams and bucket start, until there is nothing left to do."""
        while self.settle_once():
            pass

    def settle_once(self) -> bool:
        before = len(self.runs)
        for key in self.list_objects() - self.objects:
            event = {"Records": [{"s3": {"object": {"key": key}}}]}
            self.run("stray", partial(self.burnbag.stray, event, None))
        self.objects = self.list_objects()
        for name in self.order:
            stream, events, function = self.streams[name]
            records = [each for each in stream.read() if each["eventName"] in events]
            if records:
                answer = self.run(name, partial(function, {"Records": records}, None))
                assert answer == {"batchItemFailures": []}, answer
        return len(self.runs) > before

    def run(self, function: str, work: Callable[[], T]) -> T:
        """Note a run of a function, with its calls and its processor time."""
        before = Counter(self.meter.calls) if self.meter else Counter()
        started = time.process_time()
        with redirect_stdout(StringIO()) as printed:
            result = work()
        spent = time.process_time() - started
        calls = self.meter.calls - before if self.meter else Counter()
        for line in printed.getvalue().splitlines():
            self.printed_bytes += len(line) + LOG_EVENT_BYTES
        self.runs.append(Run(function, dict(calls), spent * 1e3))
        return result

    def list_objects(self) -> set[str]:
        found = self.s3.list_objects_v2(Bucket="files").get("Contents", [])
        return {entry["Key"] for entry in found}
