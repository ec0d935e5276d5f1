"""Which events a question asks for, and that AWS is never asked for too little."""

import json
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnbag.audit import patterns
from burnbag.audit.events import Event, NotAnEvent, parse_event, read_event
from burnbag.audit.names import KINDS, NAMES
from burnbag.audit.questions import Question, is_label, is_principal
from tests.support.logs import event
from tools.emulator_differences.filter_patterns import compile_pattern

ROLE = "arn:aws:iam::123456789012:role/services/orders"
SESSION = "arn:aws:sts::123456789012:assumed-role/orders/1"
OTHER = "arn:aws:sts::123456789012:assumed-role/orders-2/1"
USER = "arn:aws:iam::123456789012:user/alice"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TYPED = TEXT | st.text('*"\\&|(){}=$. a', max_size=20)
SECRETS = ["A" * 22, "A" * 21 + "Q", "-A__" + "A" * 18]


def found(name: str = "created", **changed: Any) -> Event:
    return read_event(event(0, name, **changed))


def old(name: str, actor: str | None, **changed: Any) -> dict[str, Any]:
    """An event of version 1."""
    kept = ("event_id", "event", "secret_id", "time", "environment", "kind", "views_left")
    version_2 = event(0, name)
    lengths = {"lifetime_seconds": None, "erase_lag_seconds": None}
    document = {"schema_version": 1, "actor": actor} | lengths
    return document | {field: version_2[field] for field in kept} | changed


def test_version_1_is_read_as_version_2_would_have_said_it() -> None:
    created = read_event(old("created", USER))
    assert (created.actor, created.created_by, created.source_ip) == (USER, USER, None)
    revealed = read_event(old("revealed", "192.0.2.7"))
    assert (revealed.actor, revealed.created_by, revealed.source_ip) == (None, None, "192.0.2.7")
    by_role = read_event(old("revealed", SESSION))
    assert (by_role.actor, by_role.created_by, by_role.source_ip) == (SESSION, None, None)
    assert read_event(old("erased", None)).size is None


@pytest.mark.parametrize(
    "changed",
    [
        {"schema_version": 3},
        {"schema_version": "2"},
        {"time": "2026-11-21T00:00:00"},
        {"time": "yesterday"},
        {"event": None},
        {"secret_id": 1},
        {"size": -1},
        {"erase_lag_seconds": True},
        {"label": ["a"]},
    ],
)
def test_what_is_no_event_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        found(**changed)


@given(TEXT)
def test_a_line_is_an_event_or_is_said_to_be_none(line: str) -> None:
    with pytest.raises(NotAnEvent):
        parse_event(line)


@pytest.mark.parametrize(
    ("asked", "actor", "fits"),
    [
        (SESSION, SESSION, True),
        (ROLE, SESSION, True),
        (ROLE, ROLE, True),
        (ROLE.replace("/services", ""), SESSION, True),
        (ROLE, OTHER, False),
        (ROLE, SESSION.replace("123456789012", "210987654321"), False),
        (ROLE, SESSION.replace("arn:aws:", "arn:aws-cn:"), False),
        (SESSION, SESSION + "1", False),
        (USER, USER, True),
        (USER, None, False),
    ],
)
def test_a_role_stands_for_its_sessions(asked: str, actor: str | None, fits: bool) -> None:
    assert is_principal(actor, asked) is fits
    assert Question(by=asked).fits(found(actor=actor)) is fits
    assert Question(created_by=asked).fits(found(created_by=actor)) is fits


@given(st.text("ab", max_size=8), st.text("ab*", max_size=8))
def test_an_asterisk_in_a_label_is_any_text(label: str, asked: str) -> None:
    assert is_label(label, asked) is fnmatchcase(label, asked)


def test_a_label_of_many_asterisks_takes_no_time() -> None:
    assert not is_label("a" * 100_000, "a*" * 1000 + "b")


def test_who_is_outside_has_an_address_in_none_of_the_networks() -> None:
    question = Question(outside=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
    assert not question.fits(found(source_ip="192.0.2.7"))
    assert not question.fits(found(source_ip="2001:db8::7"))
    assert question.fits(found(source_ip="198.51.100.1"))
    assert question.fits(found(source_ip="2001:db9::7"))
    unknown = found("revealed", source_ip=None)
    assert not question.fits(unknown) and question.lacks_address(unknown)
    assert not question.lacks_address(found("erased", source_ip=None))
    assert not Question(events=frozenset({"locked"}), outside=question.outside).lacks_address(
        unknown
    )


def test_an_event_counts_by_its_own_time_however_late_the_log_got_it() -> None:
    day = datetime(2026, 11, 21, tzinfo=UTC)
    question = Question(since=day, until=day + timedelta(seconds=5))
    assert [question.fits(read_event(event(number))) for number in (0, 5, 6)] == [True, True, False]
    start, end = question.window()
    assert start is not None and start < day.timestamp() * 1000
    assert end is not None and end >= (day + timedelta(days=1)).timestamp() * 1000
    assert Question().window() == (None, None)
    assert Question(since=datetime(1970, 1, 1, tzinfo=UTC)).window() == (0, None)


def test_a_pattern_says_all_that_aws_can_look_for() -> None:
    question = Question(
        secret="AAAA",
        events=frozenset({"revealed", "locked"}),
        kinds=frozenset({"file"}),
        by=ROLE,
        label="staging *",
        slower_than=120,
    )
    assert question.pattern() == (
        '{ ($.secret_id = "AAAA*") && ($.erase_lag_seconds > 120)'
        ' && (($.event = "secret.locked") || ($.event = "secret.revealed"))'
        f' && (($.actor = "{ROLE}") || ($.actor = "{SESSION[:-1]}*"))'
        ' && ($.label = "staging *") && ($.kind = "file") }'
    )
    assert Question(label='"; drop').pattern() == ""
    assert Question().pattern() == ""


@given(TYPED, TYPED, st.integers(0, 10**9))
def test_nothing_that_is_typed_changes_a_pattern_s_form(
    label: str, secret: str, seconds: int
) -> None:
    pattern = Question(label=label, secret=secret, slower_than=seconds).pattern()
    compile_pattern(pattern)
    texts = pattern.split('"')
    assert len(texts) % 2 == 1
    for text in texts[1::2]:
        assert patterns.HARMLESS.fullmatch(text.removesuffix("*"))
    forms = ["{ ($.secret_id = ", ") && ($.label = ", "{ ($.label = ", ") }"]
    forms += [f") && ($.erase_lag_seconds > {seconds}) && ($.label = "]
    forms += [f") && ($.erase_lag_seconds > {seconds}) }}"]
    forms += [f"{{ ($.erase_lag_seconds > {seconds}) }}"]
    forms += [f"{{ ($.erase_lag_seconds > {seconds}) && ($.label = "]
    assert set(texts[::2]) <= set(forms)


QUESTIONS = st.builds(
    Question,
    secret=st.none() | st.sampled_from([*SECRETS, "AAAA", "-A__"]),
    events=st.frozensets(st.sampled_from(NAMES), max_size=2),
    kinds=st.frozensets(st.sampled_from(KINDS), max_size=2),
    by=st.none() | st.sampled_from([ROLE, SESSION, USER]),
    created_by=st.none() | st.sampled_from([ROLE, SESSION, USER]),
    label=st.none() | TYPED,
    slower_than=st.none() | st.integers(0, 200),
)
ACTORS = st.none() | st.sampled_from([SESSION, OTHER, USER])
DOCUMENTS = st.builds(
    event,
    st.just(0),
    st.sampled_from(NAMES),
    secret_id=st.sampled_from(SECRETS),
    kind=st.sampled_from(KINDS),
    actor=ACTORS,
    created_by=ACTORS,
    label=st.none() | TYPED,
    erase_lag_seconds=st.none() | st.integers(0, 200),
) | st.builds(old, st.sampled_from(NAMES), ACTORS | st.just("192.0.2.7"))


@given(QUESTIONS, DOCUMENTS, st.booleans())
def test_aws_is_never_asked_for_too_little(
    question: Question, document: dict[str, Any], by_its_label: bool
) -> None:
    if by_its_label and document.get("label"):
        question = Question(label=document["label"])
    if question.fits(read_event(document)):
        assert compile_pattern(question.pattern())(json.dumps(document))


def test_a_pattern_that_would_be_too_long_asks_for_less() -> None:
    pattern = Question(secret="A" * 22, label="a" * 2000, kinds=frozenset({"file"})).pattern()
    assert len(pattern) <= patterns.LONGEST
    assert "label" not in pattern and "secret_id" in pattern and "kind" in pattern
