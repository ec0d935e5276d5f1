"""The links of requests are found in what people paste, and each kind is told from the others."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from burnbag_format import base64url
from hypothesis import given
from hypothesis import strategies as st

from burnbag import AnswerLink, Link, LinkError, RequestLink
from burnbag.cli.pasted import (
    ANSWER,
    NO_REQUEST,
    REQUEST,
    SECRET,
    Form,
    find,
    find_any,
    find_link,
)
from burnbag.sealed_keys import make_pair
from tests.unit.test_pasted import proofpoint_2, proofpoint_3, safelink

BASE = "https://burnbag.example/live"
ID, TOKEN = base64url.encode(bytes(range(16))), base64url.encode(bytes(range(32)))
PRIVATE, PUBLIC = make_pair()
ASKED = RequestLink(BASE, ID, TOKEN, PUBLIC)
KEPT = AnswerLink(BASE, ID, TOKEN, PRIVATE, PUBLIC)
SENT = Link(BASE, ID, TOKEN, bytes(16))
BOTH: dict[str, tuple[Form[Any], Any]] = {"request": (REQUEST, ASKED), "answer": (ANSWER, KEPT)}
TEXT = ASKED.reveal()
FORMS = {
    "alone": TEXT,
    "at the end of a sentence": f"Please answer at {TEXT}.",
    "in brackets": f"(see {TEXT})",
    "as Markdown": f"[answer]({TEXT})",
    "in a quoted reply": f"> {TEXT[:70]}\n> {TEXT[70:140]}\n> {TEXT[140:]}\n> Regards",
    "as quoted-printable": TEXT[:75] + "=\r\n" + TEXT[75:150] + "=\r\n" + TEXT[150:],
    "with an escaped hash": TEXT.replace("#", "%23"),
    "with a campaign behind it": f"{TEXT}?utm_source=mail",
    "by Safelinks": safelink(TEXT),
    "by Proofpoint, version 2": proofpoint_2(TEXT),
    "by Proofpoint, version 3": proofpoint_3(TEXT),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_request_is_found_however_it_was_pasted(form: str) -> None:
    assert find(REQUEST, FORMS[form]) == ASKED == find_any(FORMS[form])


@pytest.mark.parametrize("word", BOTH)
def test_a_fragment_alone_gets_the_address_that_is_configured(word: str) -> None:
    form, link = BOTH[word]
    fragment = link.reveal().partition("#")[2]
    assert find(form, f" {fragment}\n", lambda: BASE) == link
    with pytest.raises(LinkError, match="lacks its address"):
        find(form, fragment)


@given(st.sampled_from(list(BOTH)), st.integers(0, 400), st.sampled_from(["\n", "\r\n> ", "=\n"]))
def test_a_link_may_be_wrapped_anywhere(word: str, at: int, wrap: str) -> None:
    form, link = BOTH[word]
    text = link.reveal()
    at = len("https:") + at % (len(text) - len("https:"))
    assert find(form, f"Hello,\n{text[:at]}{wrap}{text[at:]}\n") == link


@given(st.sampled_from(list(BOTH)), st.integers(1, 200))
def test_a_link_that_was_cut_is_never_taken_for_one(word: str, cut: int) -> None:
    form, link = BOTH[word]
    finds: list[Callable[[str], object]] = [partial(find, form), find_any, find_link]
    for find_it in finds:
        with pytest.raises(LinkError) as refused:
            find_it(link.reveal()[:-cut])
        assert TOKEN not in str(refused.value)


@given(st.text(max_size=100))
def test_nothing_else_is_taken_for_one(text: str) -> None:
    for form, _ in BOTH.values():
        with pytest.raises(LinkError):
            find(form, text)
    with suppress(LinkError):
        assert isinstance(find_any(text), Link)


@pytest.mark.parametrize(
    ("wanted", "given", "advice"),
    [
        (SECRET, ASKED, "answer it with burnbag submit"),
        (SECRET, KEPT, "yours alone: burnbag open"),
        (REQUEST, SENT, "opens a secret: burnbag open"),
        (REQUEST, KEPT, "yours alone: burnbag open"),
    ],
)
def test_where_another_kind_is_wanted_it_is_said_what_to_do(
    wanted: Form[Any], given: Link | RequestLink | AnswerLink, advice: str
) -> None:
    for text in (given.reveal(), f"see {given.reveal()}.", safelink(given.reveal())):
        with pytest.raises(LinkError, match=advice):
            find(wanted, text)


def test_any_kind_is_taken_for_what_it_is() -> None:
    assert [find_any(link.reveal()) for link in (ASKED, KEPT, SENT)] == [ASKED, KEPT, SENT]


def test_what_is_none_is_said_and_two_are_refused() -> None:
    with pytest.raises(LinkError, match="not a link to a request") as none:
        find(REQUEST, "hunter2")
    assert str(none.value) == NO_REQUEST
    other = RequestLink(BASE, base64url.encode(bytes(16)), TOKEN, PUBLIC)
    with pytest.raises(LinkError, match="more than one"):
        find(REQUEST, f"{TEXT} {other.reveal()}")
