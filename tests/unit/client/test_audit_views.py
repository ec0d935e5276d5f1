"""What many events come to, and how it is printed."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnbag.audit.events import FIELDS, read_event
from burnbag.audit.names import GROUPS, NAMES
from burnbag.audit.questions import Question
from burnbag.audit.views import KEYS, Secrets, Table, Tally
from burnbag.cli.answering import FORMULA, format_event, list_event, to_csv
from burnbag.printable import make_printable
from tests.support.logs import event
from tests.support.services import ROOT

NOON = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
CREATOR = "arn:aws:iam::123456789012:user/alice"


def tally(*documents: dict[str, Any]) -> str:
    found = Tally()
    for document in documents:
        found.add(read_event(document))
    return found.describe()


def test_a_summary_counts_each_name_and_what_nobody_read() -> None:
    assert tally() == "0 events"
    assert tally(event(0)) == "1 event: 1 created"
    assert (
        tally(
            event(0, "passphrase_failed"),
            event(1, "expired", views_left=0, max_views=1),
            event(2, "expired"),
            event(3),
        )
        == "4 events: 1 created, 1 passphrase failed, 2 expired (1 of them unread)"
    )


def test_the_groups_are_those_that_can_be_typed() -> None:
    assert tuple(KEYS) == GROUPS


def test_a_table_has_the_most_frequent_first() -> None:
    table = Table("creator")
    for number, creator in enumerate(["b", "a", "c", "c", None]):
        table.add(read_event(event(number, created_by=creator, size=number)))
    assert table.rows() == [("c", 2, 5), ("-", 1, 4), ("a", 1, 1), ("b", 1, 0)]


def test_what_expired_unread_is_a_row_of_its_own() -> None:
    table = Table("event")
    table.add(read_event(event(0, "expired")))
    table.add(read_event(event(1, "expired", views_left=1, max_views=2)))
    assert [row[:2] for row in table.rows()] == [("expired", 1), ("expired unread", 1)]


def states(question: Question, *documents: dict[str, Any], now: datetime = NOON) -> dict[str, str]:
    secrets = Secrets(question)
    for document in documents:
        secrets.add(read_event(document))
    return {life.id: life.state for life in secrets.as_of(now)}


def lived(*names: str, **changed: Any) -> list[dict[str, Any]]:
    """A secret's events; its one view is consumed by the first reveal."""
    return [
        event(number, name, secret_id="A" * 22, views_left=int(name != "revealed"), **changed)
        for number, name in enumerate(("created", *names))
    ]


@pytest.mark.parametrize(
    ("names", "state"),
    [
        ((), "sealed"),
        (("passphrase_failed",), "sealed"),
        (("frozen",), "frozen"),
        (("frozen", "unfrozen"), "sealed"),
        (("frozen", "revoked"), "revoked"),
        (("revealed",), "revealed"),
        (("revealed", "erased"), "revealed"),
        (("expired", "erased"), "expired"),
        (("locked",), "locked"),
        (("erased",), "erased"),
    ],
)
def test_the_events_say_what_became_of_a_secret(names: tuple[str, ...], state: str) -> None:
    assert states(Question(), *lived(*names)) == {"A" * 22: state}


def test_a_request_waits_and_its_answer_lives_anew() -> None:
    asked = event(0, "requested", secret_id="A" * 22, kind="request", size=0, ttl_seconds=60)
    answered = event(50, "submitted", secret_id="A" * 22, ttl_seconds=60)
    opened = event(55, "revealed", secret_id="A" * 22, views_left=0)
    begun = read_event(asked).time
    for events, seconds, state in (
        ((asked,), 59, "requested"),
        ((asked,), 60, "expired"),
        ((asked, answered), 109, "sealed"),
        ((asked, answered), 110, "expired"),
        ((asked, answered, opened), 110, "revealed"),
    ):
        now = begun + timedelta(seconds=seconds)
        assert states(Question(), *events, now=now) == {"A" * 22: state}


def test_a_view_that_is_not_the_last_leaves_it_open() -> None:
    created, revealed = lived("revealed")
    assert states(Question(), created, revealed | {"views_left": 1}) == {"A" * 22: "sealed"}


def test_whose_time_is_over_is_not_open_whatever_the_log_says() -> None:
    hour = timedelta(hours=1)
    assert states(Question(), *lived("frozen"), now=NOON + hour) == {"A" * 22: "expired"}
    assert states(Question(), *lived("revealed"), now=NOON + hour) == {"A" * 22: "revealed"}
    unknown = lived(ttl_seconds=None)
    assert states(Question(), *unknown, now=NOON + 100 * hour) == {"A" * 22: "sealed"}


def test_only_the_first_event_has_to_be_about_a_secret_that_is_asked_for() -> None:
    """In version 1 the others name no creator."""
    created, revealed = lived("revealed")
    nameless = revealed | {"created_by": None}
    mine = Question(created_by=CREATOR)
    assert states(mine, created | {"created_by": CREATOR}, nameless) == {"A" * 22: "revealed"}
    assert states(mine, created, revealed) == {}
    assert states(Question(), revealed) == {}


def test_what_happened_after_the_time_does_not_count() -> None:
    until = datetime(2026, 11, 21, 0, 0, 0, 500_000, tzinfo=UTC)
    assert states(Question(until=until), *lived("revealed"), now=until) == {"A" * 22: "sealed"}


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@';\" ,\t\r\n"))


def unguard(cell: str) -> str:
    """What stood there before the apostrophes."""
    parts = cell.split(";")
    return ";".join(
        part.replace("'", "", 1) if part.lstrip(" ").startswith("'") else part for part in parts
    )


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_csv_has_what_was_put_in_and_commands_nobody(texts: list[str]) -> None:
    line = to_csv(texts)
    assert line.isprintable()
    (cells,) = csv.reader(io.StringIO(line)) if line else [[""]]
    for cell, text in zip(cells, texts, strict=True):
        assert unguard(cell) == make_printable(text)
        for part in cell.split(";"):
            assert part.lstrip(" ")[:1] not in set("=+-@\uff1d\uff0b\uff0d\uff20")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("a=1", "a=1"),
        ("-A__", "'-A__"),
        ("'quoted'", "''quoted'"),
        ("  @x", "  '@x"),
        ("a;=1", "a;'=1"),
        ("\t=1", "?=1"),
        ("\x1b[2J", "?[2J"),
    ],
)
def test_a_formula_is_a_text(text: str, cell: str) -> None:
    assert to_csv([text]) == cell
    assert FORMULA.sub(r"\1\2'", make_printable(text)) == cell


def test_an_event_is_a_line_of_csv() -> None:
    found = read_event(event(1, label="staging, db", passphrase=True))
    (cells,) = csv.reader(io.StringIO(to_csv(list_event(found))))
    row = dict(zip(FIELDS, cells, strict=True))
    assert row["time"] == "2026-11-21T00:00:01Z"
    assert (row["label"], row["passphrase"], row["size"]) == ("staging, db", "true", "294")
    assert row["erase_lag_seconds"] == ""


def test_an_event_is_a_line_for_people() -> None:
    created = format_event(read_event(event(1, label="staging")))
    assert created == (
        "2026-11-21 00:00:01 UTC  created            0000000000000000000001  text  294 bytes  "
        "by arn:aws:sts::123456789012:assumed-role/orders/1  from 192.0.2.7  label staging"
    )
    erased = event(2, "erased", actor=None, source_ip=None, erase_lag_seconds=7, size=None)
    assert format_event(read_event(erased)) == (
        "2026-11-21 00:00:02 UTC  erased             0000000000000000000002  text  "
        "created by arn:aws:sts::123456789012:assumed-role/orders/1  7 s late"
    )


def test_the_columns_are_what_the_audit_function_writes() -> None:
    """All of them, in any order, with the durations of which an event has only its own."""
    source = (ROOT / "services/reaper/events.py").read_text()
    durations = set(re.findall(r'durations\["(\w+)"\]', source))
    document = re.findall(r'^            "(\w+)": ', source, re.MULTILINE)
    assert len(durations) == 3
    assert set(FIELDS) == set(event(0)) == durations | set(document)
    assert set(NAMES) >= {*re.findall(r'make_event\(new, "(\w+)"', source)}
