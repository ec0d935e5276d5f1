"""CloudWatch Logs, as much of it as reading a log group needs: in memory, and over HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.exceptions import ClientError

from tests.support.trail import FakeHistory
from tools.emulator_differences.filter_patterns import compile_pattern

GROUP = "/burnbag/test/audit"


def event(number: int = 0, name: str = "created", **changed: Any) -> dict[str, Any]:
    """An event of version 2 about a secret of its own, a second after the one before."""
    secret_id = changed.get("secret_id", f"{number:022d}")
    return {
        "schema_version": 2,
        "event_id": f"{secret_id}:{name}:1",
        "event": f"secret.{name}",
        "secret_id": secret_id,
        "time": f"2026-11-21T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "environment": "test",
        "kind": "text",
        "actor": "arn:aws:sts::123456789012:assumed-role/orders/1",
        "source_ip": "192.0.2.7",
        "user_agent": "burnbag/0.1.0",
        "created_by": "arn:aws:sts::123456789012:assumed-role/orders/1",
        "label": None,
        "size": 294,
        "ttl_seconds": 3600,
        "max_views": 1,
        "views_left": 1,
        "passphrase": False,
        "reveal_delay_seconds": None,
        "lifetime_seconds": None,
        "erase_lag_seconds": None,
    } | changed


@dataclass
class FakeLogs:
    """A log group: its lines, each with the time at which the log got it (epoch milliseconds).

    Each of `failures` is the code of an error for a call to come; None lets one pass.
    """

    lines: list[tuple[int, str]] = field(default_factory=list)
    page_size: int = 3
    failures: list[str | None] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    returned: int = 0

    def put(self, *documents: dict[str, Any], at: int | None = None) -> None:
        for document in documents:
            when = at or (self.lines[-1][0] if self.lines else 1_795_219_200_000) + 1
            self.lines.append((when, json.dumps(document)))

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        code = self.failures.pop(0) if self.failures else None
        if asked["logGroupName"] != GROUP:
            code = "ResourceNotFoundException"
        if code:
            raise ClientError(
                {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}},  # type: ignore[typeddict-item]
                "FilterLogEvents",
            )
        matches = compile_pattern(asked.get("filterPattern", ""))
        start, end = asked.get("startTime", 0), asked.get("endTime", 1 << 60)
        fitting = [
            {"timestamp": when, "message": message}
            for when, message in sorted(self.lines, key=lambda line: line[0])
            if start <= when <= end and matches(message)
        ]
        first = int(asked.get("nextToken", 0))
        page, rest = fitting[first : first + self.page_size], fitting[first + self.page_size :]
        self.returned += len(page)
        # An empty page with a token is no end.
        found: dict[str, Any] = {"events": page}
        return found | ({"nextToken": str(first + self.page_size)} if rest else {})


@dataclass
class ServedLogs:
    url: str
    logs: FakeLogs
    history: FakeHistory


@contextmanager
def run_logs() -> Iterator[ServedLogs]:
    """Serve a new and empty log group on a free port of 127.0.0.1, and CloudTrail's history."""
    logs, history = FakeLogs(), FakeHistory()
    calls = {"FilterLogEvents": logs.filter_log_events, "LookupEvents": history.look_up}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            call = calls[self.headers["X-Amz-Target"].rsplit(".", 1)[1]]
            assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
            try:
                status, answer = 200, call(**asked)
            except ClientError as error:
                status, answer = 400, {"__type": error.response["Error"]["Code"]}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Do nothing: the calls are in `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield ServedLogs(f"http://127.0.0.1:{server.server_port}", logs, history)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
