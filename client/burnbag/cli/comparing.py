"""`burnbag audit --cloudtrail`: what CloudTrail has and the audit log lacks, and the reverse."""

import re
from dataclasses import astuple, fields
from datetime import datetime
from typing import Final

from click.exceptions import Exit

from burnbag.audit import key_uses
from burnbag.audit.explaining import (
    CALL,
    EXPLAINING,
    UPLOAD_CLAIM,
    Asked,
    Explanation,
    Finding,
    explain,
)
from burnbag.audit.log import AuditLog, open_client, open_log
from burnbag.audit.questions import Question
from burnbag.audit.trail import HISTORY, History, Trail, TrailLog
from burnbag.cli import tty
from burnbag.cli.answering import Shape, count, describe_window, print_rows, show, tell
from burnbag.cli.asked import LOG_GROUP
from burnbag.cli.errors import UNEXPLAINED, UsageError
from burnbag.cli.settings import Settings

FIELDS: Final = tuple(field.name for field in fields(Finding))
GROUP: Final = re.compile(r"/burnbag/([a-z0-9-]+)/audit", re.ASCII)


def make_asked(group: str, key: str | None, since: datetime, until: datetime) -> Asked:
    """The question about the environment whose audit log this is. Raises UsageError."""
    environment = GROUP.fullmatch(group)
    if environment is None:
        raise UsageError(
            "--cloudtrail has to know the environment: the audit log is /burnbag/NAME/audit"
        )
    if key is None or not key_uses.KEY.fullmatch(key):
        raise UsageError(
            "--cloudtrail needs --sealing-key, the ARN in Terraform's output sealing_key_arn"
        )
    return Asked(since, until, environment[1], key)


def find_trail(settings: Settings, asked: Asked, group: str | None, now: datetime) -> Trail:
    """The records that are to be read. Raises UsageError or ConfigurationError."""
    region = asked.key.split(":")[3]
    if group is None:
        if asked.since < now - HISTORY:
            raise UsageError(
                "CloudTrail's history goes back 90 days: use a later --since, or --trail-log-group"
            )
        return History(open_client(settings.make_session(), region, "cloudtrail"))
    if not LOG_GROUP.fullmatch(group):
        raise UsageError("--trail-log-group is a name, as in aws-cloudtrail-logs")
    log = open_log(settings.make_session(), region, group)
    log.option = "--trail-log-group"
    return TrailLog(log)


def show_unexplained(
    log: AuditLog, trail: Trail, asked: Asked, shape: Shape, now: datetime
) -> None:
    """Print what nothing explains. Raises Exit(UNEXPLAINED) if there is anything."""
    # What explains the first of the time, or the last, may lie outside of it.
    start = asked.since - UPLOAD_CLAIM - CALL
    question = Question(start, asked.until + CALL, events=EXPLAINING)
    pages = log.read(question.pattern(), *question.window())
    events = [event for page in pages for event in page if question.fits(event)]
    uses = trail.read(asked.key, start - CALL, asked.until + CALL)
    explanation = explain(uses, events, asked, now)
    rows = [astuple(finding) for finding in explanation.findings]
    if rows or shape.as_csv:
        print_rows(FIELDS, rows, shape, (str, show, show, show, show, show, show, str))
    tell(log, 0)
    if trail.unreadable:
        tty.say(f"{count(trail.unreadable, 'record')} of CloudTrail can't be read")
    tty.note(f"{describe_window(log, Question(asked.since, asked.until))}: {sum_up(explanation)}")
    if rows or log.unreadable or trail.unreadable:
        raise Exit(UNEXPLAINED)


def sum_up(explanation: Explanation) -> str:
    """Such as `6 decrypts, 5 reveals, 1 not explained; 2 of the last 15 minutes may yet be`."""
    words = [count(explanation.decrypts, "decrypt"), count(explanation.reveals, "reveal")]
    if explanation.failed:
        words.append(f"{explanation.failed:,} failed")
    words.append(f"{len(explanation.findings):,} not explained")
    pending = f"; {explanation.pending:,} of the last 15 minutes may yet be"
    return ", ".join(words) + (pending if explanation.pending else "")
