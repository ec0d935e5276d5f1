"""Answers whose fields are not what burnbag's own are: each is found where it is read."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin

import httpx
import pytest
from burnbag_format.base64url import encode
from burnbag_format.identity import Identity
from hypothesis import given
from hypothesis import strategies as st

from burnbag import BurnbagError, Gone, PassphraseWrong, Receipt, Refused, Unavailable, answers
from burnbag.answers import NOT_OURS
from burnbag.problems import parse_error
from burnbag.sealed_keys import make_pair

ID, TOKEN = encode(bytes(16)), encode(bytes(32))
IDENTITY = Identity(ID, bytes(32), bytes(32))
COMMON = {
    "id": ID,
    "kind": "text",
    "size": 1,
    "passphrase": False,
    "encrypted": True,
    "on_lock": "burn",
    "max_views": 1,
    "created_at": 0,
    "expires_at": 1,
}
PEEK = COMMON | {"views_left": 1, "frozen": False, "identified_as": "ada@example.com"}
SENT = COMMON | {
    "link": f"https://burnbag.example/#{ID}.{TOKEN}",
    "receipt_token": TOKEN,
    "label": None,
    "recipients": ["ada@example.com"],
}
RECEIPT = COMMON | {
    "state": "sealed",
    "label": "a label",
    "created_by": None,
    "views_left": 1,
    "views": [{"at": 0, "by": None, "ip": "192.0.2.1"}],
    "failed_attempts": 0,
    "ended_at": None,
    "ended_by": None,
    "erased_at": None,
    "frozen_at": None,
    "recipients": ["ada@example.com"],
    "refusals": 1,
    "last_refusal": {"at": 0, "by": "grace@example.com", "ip": None},
}
LIMITS = {
    "id": ID,
    "kinds": ["text", "file"],
    "max_bytes": 1000,
    "ttl": 60,
    "expires_at": 1,
    "label": None,
}
REQUEST = LIMITS | {"submit_token": TOKEN, "receipt_token": TOKEN, "created_at": 0, "base": None}
ANSWERED = RECEIPT | {
    "kinds": ["text"],
    "submitted_at": 1,
    "submitted_by": "192.0.2.9",
    "sealed_key": encode(bytes(129)),
}
REVEALED = {"size": 1, "views_left": 0, "passphrase": False}
TEXT = REVEALED | {"kind": "text", "secret": "x"}
UPLOAD = REVEALED | {"kind": "upload", "download": {"url": "https://a.example"}}
FORM = {
    "upload": {"url": "https://a.example", "fields": {"key": "value"}},
}

BASE = "https://burnbag.example"
make_pair_once = cache(make_pair)

Parse = Callable[[dict[str, Any]], Any]
PARSERS: dict[str, tuple[Parse, dict[str, Any]]] = {
    "peek": (answers.parse_peek, PEEK),
    "sent": (lambda answer: answers.parse_sent(answer, IDENTITY), SENT),
    "receipt": (answers.parse_receipt, RECEIPT),
    "receipt of an answer": (answers.parse_receipt, ANSWERED),
    "request": (lambda a: answers.parse_request(a, IDENTITY, BASE, make_pair_once()), REQUEST),
    "what is asked for": (answers.parse_request_peek, LIMITS | {"created_by": None}),
    "submitted": (
        lambda answer: answers.parse_submitted(answer, ID),
        {"id": ID, "kind": "text", "size": 1, "expires_at": 1},
    ),
    "text": (answers.parse_revealed, TEXT),
    "file": (answers.parse_revealed, TEXT | {"kind": "file", "filename": "a", "media_type": "b/c"}),
    "upload": (answers.parse_revealed, UPLOAD),
    "form": (answers.parse_upload_form, FORM),
}
LONG = "x" * 20_000
NO_TEXT: tuple[Any, ...] = (1, True, 1.5, [], {}, "half a character \ud800", LONG)
NO_ID: tuple[Any, ...] = (
    *NO_TEXT,
    "",
    f"{ID}=",
    f"{ID[:-1]}B",
    ID[:-1],
    "../../etc/passwd/../..",
    "\x1b[2J" * 5,
)
NO_COUNT: tuple[Any, ...] = (-1, True, False, 1.0, 1e30, "1", "\x1b[2J", [], {}, 2**53, None)
NO_TIME: tuple[Any, ...] = (True, 1.5, "1", [], 10**30, -(10**30))
WRONG: dict[str, tuple[Any, ...]] = {
    "id": (*NO_ID, None),
    "receipt_token": (*NO_ID, None, ID),
    "submit_token": (*NO_ID, None, ID, encode(b"another token, of 32 bytes, here")),
    "kinds": (1, True, "text", {}, [], ["video"], [["text"]]),
    "max_bytes": NO_COUNT,
    "ttl": NO_COUNT,
    "base": (1, [], {}, LONG),
    "submitted_at": NO_TIME,
    "submitted_by": NO_TEXT,
    "sealed_key": (*NO_TEXT, "", ID, encode(bytes(128)), f"{encode(bytes(129))}="),
    "kind": (*NO_TEXT, None, "folder", "text\x1b[2J", "TEXT"),
    "state": (*NO_TEXT, None, "thawed", "sealed\n"),
    "size": NO_COUNT,
    "max_views": NO_COUNT,
    "views_left": NO_COUNT,
    "failed_attempts": NO_COUNT,
    "passphrase": (0, 1, "no", None, []),
    "encrypted": (0, 1, "no", []),
    "frozen": (0, 1, "no", []),
    "on_lock": (*NO_TEXT, "melt", "burn\x1b[2J"),
    "created_at": (*NO_TIME, None),
    "expires_at": (*NO_TIME, None),
    "ended_at": NO_TIME,
    "erased_at": NO_TIME,
    "frozen_at": NO_TIME,
    "label": NO_TEXT,
    "created_by": NO_TEXT,
    "ended_by": NO_TEXT,
    "filename": NO_TEXT,
    "media_type": NO_TEXT,
    "views": (None, {}, "x", [1], [{"at": True}], [{"at": 0, "by": 1}], [{"at": 0, "ip": []}]),
    "secret": (None, 1, [], "half a character \ud800"),
    "download": (None, [], {}, {"url": 1}, {"url": LONG}),
    "upload": (
        None,
        {},
        {"url": "x", "fields": []},
        {"url": "x", "fields": {"key": 1}},
        {"url": "x", "fields": {"key": LONG}},
        {"url": "x", "fields": {str(number): "" for number in range(1000)}},
        {"url": None, "fields": {}},
    ),
    "link": (1, None, [], LONG),
    "recipients": ({}, "x", 1, [1], [None], [LONG], ["x"] * 1000),
    "refusals": (-1, True, 1.0, "1", [], 2**53),
    "last_refusal": ([], "x", 1, {}, {"at": True}, {"at": 0, "by": 1}, {"at": 0, "ip": []}),
    "identified_as": NO_TEXT,
}
# What an older server may leave out.
OPTIONAL = {
    "label",
    "created_by",
    "ended_at",
    "ended_by",
    "erased_at",
    "filename",
    "media_type",
    "encrypted",
    "on_lock",
    "frozen",
    "frozen_at",
    "recipients",
    "refusals",
    "last_refusal",
    "identified_as",
    "base",
    "submitted_at",
    "submitted_by",
    "sealed_key",
}
# And a receipt also the kinds, which only that of a request has.
OPTIONAL_IN_RECEIPTS = OPTIONAL | {"kinds"}


@pytest.mark.parametrize("name", PARSERS)
def test_what_burnbag_answers_is_understood(name: str) -> None:
    parse, answer = PARSERS[name]
    found = parse(answer)
    assert parse(answer | {"colour": "\x1b[2J", "news": {"deep": [1]}}) == found
    optional = OPTIONAL_IN_RECEIPTS if "views" in answer else OPTIONAL
    assert parse({key: answer[key] for key in answer if key not in optional})


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, (_, answer) in PARSERS.items() for field in answer]
)
def test_a_field_of_another_type_or_size_is_not_burnbags(name: str, field: str) -> None:
    parse, answer = PARSERS[name]
    for value in WRONG[field]:
        with pytest.raises(Unavailable) as error:
            parse(answer | {field: value})
        assert str(error.value) == NOT_OURS
        assert error.value.__context__ is None and error.value.__cause__ is None
    if field not in (OPTIONAL_IN_RECEIPTS if "views" in answer else OPTIONAL):
        with pytest.raises(Unavailable):
            parse({key: answer[key] for key in answer if key != field})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


@given(st.sampled_from(sorted(ANSWERED)), JSON)
def test_whatever_a_field_holds_the_result_has_the_types_it_says(field: str, value: Any) -> None:
    try:
        found = answers.parse_receipt(ANSWERED | {field: value})
    except BurnbagError:
        return
    types: dict[str, Any] = Receipt.__annotations__
    for name, annotation in types.items():
        kept = getattr(found, name)
        assert isinstance(kept, plain_types(annotation)), name
        assert not (annotation is int and isinstance(kept, bool))
    assert json.dumps(asdict(found), default=str)


def plain_types(annotation: Any) -> tuple[type, ...]:
    """What `isinstance` takes for an annotation."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return tuple(get_origin(kind) or kind for kind in kinds)


def problem(status: int, **fields: Any) -> BurnbagError:
    answer = httpx.Response(status, content=json.dumps(fields).encode())
    return parse_error(answer, "https://burnbag.example")


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "gone", "state": "\x1b[2J", "ended_at": 1},
        {"type": "gone", "state": "sealed", "ended_at": 1},
        {"type": "gone", "state": "revealed", "ended_at": "\x1b[2J"},
        {"type": "gone", "state": "revealed", "ended_at": 10**30},
        {"type": "passphrase-wrong", "attempts_left": None},
        {"type": "passphrase-wrong", "attempts_left": True},
        {"type": "passphrase-required", "attempts_left": -1},
        {"type": "passphrase-required"},
    ],
)
def test_a_problem_of_another_shape_is_not_burnbags(fields: dict[str, Any]) -> None:
    fields["type"] = f"urn:burnbag:problem:{fields['type']}"
    with pytest.raises(Unavailable, match="not burnbag's"):
        problem(403, **fields)


def test_a_member_of_another_type_counts_as_missing() -> None:
    """RFC 9457, section 3.1."""
    found = problem(422, type=["x"], title={"a": 1}, detail=7, field=[])
    assert isinstance(found, Refused) and found.field is None
    assert str(found) == "burnbag refuses this with 422"


def test_burnbags_own_problems_are_understood() -> None:
    gone = problem(410, type="urn:burnbag:problem:gone", state="locked", ended_at=None, more=1)
    assert isinstance(gone, Gone) and gone.state == "locked" and gone.ended_at is None
    wrong = problem(403, type="urn:burnbag:problem:passphrase-wrong", attempts_left=3)
    assert isinstance(wrong, PassphraseWrong) and wrong.attempts_left == 3
