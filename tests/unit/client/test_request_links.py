"""The format of requests: links, and the keys of answers, against the published vectors."""

import io
import json
from typing import Any

import pytest
from burnbag_format import base64url
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from hypothesis import assume, given
from hypothesis import strategies as st

from burnbag import Damaged, Link, LinkError
from burnbag.aes128gcm import decrypt
from burnbag.keys import find_keys
from burnbag.request_links import AnswerLink, RequestLink, kind_of
from burnbag.sealed_keys import (
    SUITE,
    load_private,
    load_public,
    make_pair,
    open_keys,
    point_of,
    seal_keys,
)
from tests.support.services import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/requests.json").read_text())["vectors"]
LINKS = json.loads((ROOT / "tests/vectors/link-1.json").read_text())["vectors"]
BASE = "https://burnbag.example/live"
ID, TOKEN = base64url.encode(bytes(16)), base64url.encode(bytes(range(32)))
PRIVATE, PUBLIC = make_pair()
REQUEST = RequestLink(BASE, ID, TOKEN, PUBLIC)
ANSWER = AnswerLink(BASE, ID, TOKEN, PRIVATE, PUBLIC)

ids = st.binary(min_size=16, max_size=16).map(base64url.encode)
tokens = st.binary(min_size=32, max_size=32).map(base64url.encode)
link_keys = st.binary(min_size=16, max_size=16)
kinds = st.sampled_from([REQUEST, ANSWER])


def of(what: str) -> pytest.MarkDecorator:
    found = [vector for vector in VECTORS if vector["what"] == what]
    return pytest.mark.parametrize("vector", found, ids=lambda vector: str(vector["name"]))


@of("hpke")
def test_the_rfcs_own_example_decrypts_and_nothing_like_it(vector: dict[str, Any]) -> None:
    """burnbag has no additional data, and so the library's public functions take none."""
    private = load_private(bytes.fromhex(vector["private_key"]))
    assert point_of(private).hex() == vector["public_key"][2:]
    given = [bytes.fromhex(vector[name]) for name in ("message", "info", "aad")]
    message, info, aad = given
    if vector["expect"] == "decrypts":
        found = openssl.hpke._decrypt_with_aad(SUITE, message, private, info, aad)
        assert found.hex() == vector["plaintext"]
    else:
        with pytest.raises(InvalidTag):
            openssl.hpke._decrypt_with_aad(SUITE, message, private, info, aad)


@of("request link")
def test_every_vector_of_a_request_is_read_as_it_says(vector: dict[str, Any]) -> None:
    if vector["expect"] == "is no link":
        with pytest.raises(LinkError):
            RequestLink.parse(vector["link"])
        return
    link = RequestLink.parse(vector["link"])
    assert (link.id, link.token) == (vector["id"], vector["token"])
    assert link.public_key.hex() == vector["public_key"]
    assert link.reveal() == vector["link"]


@of("answer link")
def test_every_vector_of_an_answers_link_is_read_as_it_says(vector: dict[str, Any]) -> None:
    if vector["expect"] == "is no link":
        with pytest.raises(LinkError):
            AnswerLink.parse(vector["link"])
        return
    link = AnswerLink.parse(vector["link"])
    assert (link.id, link.token) == (vector["id"], vector["token"])
    assert link.private_key.hex() == vector["private_key"]
    assert link.public_key.hex() == vector["public_key"]
    assert link.reveal() == vector["link"]


@of("answer")
def test_every_vector_of_an_answer_opens_or_does_not(vector: dict[str, Any]) -> None:
    link = AnswerLink.parse(vector["answer"])
    sealed = base64url.decode(vector["sealed_key"], len(vector["sealed_key"]) * 3 // 4)
    if vector["expect"] == "opens":
        assert open_keys(link, sealed).reveal() == vector["link"]
    else:
        with pytest.raises(Damaged, match="does not open"):
            open_keys(link, sealed)


def test_the_vectors_hold_what_opens_and_what_does_not() -> None:
    counted: dict[str, int] = {}
    for vector in VECTORS:
        name = f"{vector['what']}: {vector['expect']}"
        counted[name] = counted.get(name, 0) + 1
    assert counted == {
        "hpke: decrypts": 1,
        "hpke: fails": 3,
        "request link: is a link": 1,
        "request link: is no link": 16,
        "answer link: is a link": 1,
        "answer link: is no link": 16,
        "answer: opens": 1,
        "answer: does not open": 14,
    }


def test_what_an_answers_link_leads_to_is_the_message_of_an_ordinary_link() -> None:
    (vector,) = [each for each in VECTORS if each["expect"] == "opens"]
    sealed = base64url.decode(vector["sealed_key"], 129)
    keys = find_keys(open_keys(AnswerLink.parse(vector["answer"]), sealed), None)
    assert keys
    text = LINKS[0]
    message = io.BytesIO(bytes.fromhex(text["message"]))
    assert b"".join(decrypt(message, keys.content_key("text"))).hex() == text["content"]


@given(ids, tokens)
def test_both_links_read_back_as_they_were_written(secret_id: str, token: str) -> None:
    request = RequestLink(BASE, secret_id, token, PUBLIC)
    answer = AnswerLink(BASE, secret_id, token, PRIVATE, PUBLIC)
    assert RequestLink.parse(f" {request.reveal()}\n") == request
    assert AnswerLink.parse(f" {answer.reveal()}\n") == answer
    assert (len(request.reveal()), len(answer.reveal())) == (len(BASE) + 169, len(BASE) + 211)


@given(kinds, st.data())
def test_no_character_of_a_link_can_be_changed_or_left_out(
    link: RequestLink | AnswerLink, data: st.DataObject
) -> None:
    whole = link.reveal()
    at = data.draw(st.integers(whole.index("#") + 1, len(whole) - 1))
    other = data.draw(st.sampled_from("AZaz09-_.=+/ ~\u00e4"))
    for text in (whole[:at] + other + whole[at + 1 :], whole[:at] + whole[at + 1 :], whole[:at]):
        assume(text.strip() != whole)
        with pytest.raises(LinkError) as refused:
            type(link).parse(text)
        assert link.token[:20] not in str(refused.value)


@given(ids, tokens, link_keys)
def test_what_is_sealed_for_a_request_opens_there_and_nowhere_else(
    secret_id: str, token: str, link_key: bytes
) -> None:
    sealed = seal_keys(PUBLIC, secret_id, token, link_key)
    own = AnswerLink(BASE, secret_id, TOKEN, PRIVATE, PUBLIC)
    assert len(sealed) == 129
    assert open_keys(own, sealed) == Link(BASE, secret_id, token, link_key)
    assert seal_keys(PUBLIC, secret_id, token, link_key) != sealed
    strangers = AnswerLink(BASE, secret_id, TOKEN, *make_pair())
    another = AnswerLink(BASE, base64url.encode(b"another request."), TOKEN, PRIVATE, PUBLIC)
    for other in (strangers, another):
        with pytest.raises(Damaged):
            open_keys(other, sealed)


@given(st.integers(0, 128), st.integers(0, 7))
def test_no_bit_of_a_sealed_key_can_be_changed(at: int, bit: int) -> None:
    sealed = bytearray(seal_keys(PUBLIC, ID, TOKEN, bytes(16)))
    sealed[at] ^= 1 << bit
    with pytest.raises(Damaged):
        open_keys(ANSWER, bytes(sealed))


def test_no_two_requests_have_a_key_in_common() -> None:
    assert len({make_pair() for _ in range(20)}) == 20


def test_what_is_no_point_takes_no_secret() -> None:
    with pytest.raises(ValueError):
        load_public(PUBLIC[:-1] + bytes([PUBLIC[-1] ^ 1]))


def test_a_repr_shows_only_what_may_be_logged() -> None:
    for link in (REQUEST, ANSWER):
        assert repr(link) == f"{type(link).__name__}(base='{BASE}', id='{ID}')"


def test_a_links_word_says_what_it_is() -> None:
    assert kind_of(REQUEST.reveal()) == "request" and kind_of(ANSWER.reveal()) == "answer"
    others = (Link(BASE, ID, TOKEN, bytes(16)).reveal(), "", "#", "#request", f"{BASE}/#receipt.a")
    assert [kind_of(text) for text in others] == [None] * 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hunter2", "not a link to a request"),
        (Link(BASE, ID, TOKEN, bytes(16)).reveal(), "not a link to a request"),
        (ANSWER.reveal(), "not a link to a request"),
        (REQUEST.reveal()[:-2], "incomplete or mistyped"),
        (REQUEST.reveal().rpartition(".")[0], "incomplete or mistyped"),
        (REQUEST.reveal().replace("https", "http"), "https"),
    ],
)
def test_a_link_says_what_is_wrong_with_it(text: str, why: str) -> None:
    with pytest.raises(LinkError, match=why):
        RequestLink.parse(text)
