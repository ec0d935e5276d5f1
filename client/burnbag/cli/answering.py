"""The audit log's answers, as lines for people, as JSON and as CSV."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from burnbag.audit.events import FIELDS, Event
from burnbag.audit.log import AuditLog
from burnbag.audit.questions import Question
from burnbag.audit.views import SecretLife, Secrets, Table, Tally
from burnbag.cli import printing, tty
from burnbag.cli.formatting import format_size, format_time, tabulate
from burnbag.printable import make_printable

LONGEST_NAME: Final = len("passphrase_failed")
SECRET_FIELDS: Final = (
    "id", "created_at", "created_by", "kind", "size", "label", "expires_at", "state",
)  # fmt: skip
# What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection): at its beginning, or
# after a semicolon, which some take for the end of a cell. The wide forms count for them too.
FORMULA: Final = re.compile(r"(^|;)( *)(?=['=+\-@\uff1d\uff0b\uff0d\uff20])")


@dataclass(frozen=True)
class Shape:
    """How answers are printed; as lines for people, unless otherwise asked for."""

    as_json: bool
    as_csv: bool


def show_events(log: AuditLog, question: Question, shape: Shape, follow: bool) -> None:
    """Print events as they come, and on a terminal what they come to."""
    tally, lacking = Tally(), 0
    if shape.as_csv:
        printing.print_data(to_csv(FIELDS))
    pattern, (start, end) = question.pattern(), question.window()
    for page in log.follow(pattern, start) if follow else log.read(pattern, start, end):
        found = [event for event in page if question.fits(event)]
        lacking += sum(map(question.lacks_address, page))
        for event in found:
            tally.add(event)
        print_events(found, shape)
    tell(log, lacking)
    tty.note(f"{describe_window(log, question)}: {tally.describe()}")


def show_table(log: AuditLog, question: Question, shape: Shape, group: str) -> None:
    """Print the events and bytes by `group`."""
    table, tally, lacking = Table(group), Tally(), 0
    for page in log.read(question.pattern(), *question.window()):
        lacking += sum(map(question.lacks_address, page))
        for event in filter(question.fits, page):
            table.add(event)
            tally.add(event)
    print_rows((group, "events", "bytes"), table.rows(), shape, (str, "{:,}".format, format_size))
    tell(log, lacking)
    tty.note(f"{describe_window(log, question)}: {tally.describe()}")


def show_secrets(
    log: AuditLog, question: Question, shape: Shape, only_open: bool, now: datetime
) -> None:
    """Print the secrets that were created in the time, or only those that are open."""
    secrets = Secrets(question)
    for page in log.read(question.pattern(), *question.window()):
        for event in page:
            secrets.add(event)
    lives = list(secrets.as_of(min(now, question.until or now)))
    are_open = sum(life.is_open for life in lives)
    rows = [list_fields(life) for life in lives if life.is_open or not only_open]
    print_rows(SECRET_FIELDS, rows, shape, (str, show, show, str, show_size, show, show, str))
    tell(log, 0)
    counted = f"{len(lives):,} secrets were created, {are_open:,} of them are open"
    tty.note(f"{describe_window(log, question)}: {counted}")


def list_fields(life: SecretLife) -> list[Any]:
    return [getattr(life, name) for name in SECRET_FIELDS]


def print_events(events: list[Event], shape: Shape) -> None:
    """Print a page of events; nothing if there are none."""
    if not events:
        return
    if shape.as_json:
        printing.print_data("\n".join(json.dumps(event.document) for event in events))
    elif shape.as_csv:
        printing.print_data("\n".join(to_csv(list_event(event)) for event in events))
    else:
        printing.print_lines(map(format_event, events))


def list_event(event: Event) -> list[Any]:
    return [getattr(event, name) for name in FIELDS]


def format_event(event: Event) -> str:
    """An event on one line: when, what, which secret, and what else is known."""
    words = [event.kind, show_size(event.size)]
    words += append("by", event.actor) + append("from", event.source_ip)
    if event.name != "created":
        words += append("created by", event.created_by)
    words += append("label", event.label)
    if event.erase_lag_seconds is not None:
        words.append(f"{event.erase_lag_seconds:g} s late")
    head = f"{format_time(event.time.astimezone(UTC))}  {event.name:{LONGEST_NAME}}"
    return f"{head}  {event.secret_id}  {'  '.join(filter(None, words))}".rstrip()


def append(word: str, value: str | None) -> list[str]:
    return [f"{word} {value}"] if value else []


def print_rows(
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    shape: Shape,
    shown: Sequence[Callable[[Any], str]],
) -> None:
    """Print a table; `shown` says for each column how people see its cells."""
    if shape.as_json:
        for row in rows:
            found = dict(zip(names, map(simplify, row), strict=True))
            printing.print_data(json.dumps(found))
    elif shape.as_csv:
        printing.print_data("\n".join(map(to_csv, [names, *rows])))
    else:
        headings = [name.removesuffix("_at").replace("_", " ") for name in names]
        cells = [[see(cell) for see, cell in zip(shown, row, strict=True)] for row in rows]
        printing.print_lines(tabulate([headings, *cells]))


def simplify(value: Any) -> Any:
    """A cell for JSON; times as the events have them."""
    return to_rfc3339(value) if isinstance(value, datetime) else value


def show(value: Any) -> str:
    """A cell for people."""
    return format_time(value) if isinstance(value, datetime) else value or "-"


def show_size(size: int | None) -> str:
    return "" if size is None else format_size(size)


def to_rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_csv(cells: Iterable[Any]) -> str:
    """A line of CSV that commands neither a terminal nor a spreadsheet."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([to_cell(cell) for cell in cells])
    return line.getvalue()


def to_cell(value: Any) -> str:
    """A cell: in a text, an apostrophe goes before what a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    text = to_rfc3339(value) if isinstance(value, datetime) else str(value)
    return FORMULA.sub(r"\1\2'", make_printable(text))


def describe_window(log: AuditLog, question: Question) -> str:
    since = f" since {format_time(question.since)}" if question.since else ""
    until = f" until {format_time(question.until)}" if question.until else ""
    return f"{log.group}{since}{until}"


def tell(log: AuditLog, lacking: int) -> None:
    """Say what the answer leaves out: an auditor must not take it for more than it is."""
    if log.unreadable:
        tty.say(f"{count(log.unreadable, 'line')} of the log can't be read: a newer burnbag's?")
    if lacking:
        tty.say(f"left out because no address was recorded: {count(lacking, 'event')}")


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
