"""Lambda drops what a function prints below its log level.

With the JSON log format, a printed JSON object has the level in its `level`, if its `timestamp` is
an RFC 3339 time too; otherwise it is INFO. So metrics in the embedded format that a function prints
only arrive from WARN on if they say so.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

import json
from datetime import datetime
from typing import Any, Final

from ministack.services import lambda_svc

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {lambda_svc: "_emit_lambda_logs"}
LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def correct() -> None:
    """Drop printed objects below ApplicationLogLevel, which the emulator ignores.

    Other lines stay: here nobody knows which of them came from a logger, and at what level.
    """
    emit = lambda_svc._emit_lambda_logs

    def emit_by_level(function: Record, request: str, text: str, *rest: Any, **options: Any) -> Any:
        logging = (function.get("config") or function).get("LoggingConfig") or {}
        if text and logging.get("LogFormat") == "JSON":
            least = LEVELS.index(logging.get("ApplicationLogLevel") or "INFO")
            text = "\n".join(line for line in text.split("\n") if level_of(line) >= least)
        return emit(function, request, text, *rest, **options)

    lambda_svc._emit_lambda_logs = emit_by_level


def level_of(line: str) -> int:
    """The level of a printed object; of other text the highest, so that it stays."""
    try:
        document = json.loads(line)
    except ValueError:
        return len(LEVELS)
    if not isinstance(document, dict):
        return len(LEVELS)
    level = str(document.get("level")).upper()
    known = level in LEVELS and is_time(document.get("timestamp"))
    return LEVELS.index(level if known else "INFO")


def is_time(text: Any) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
