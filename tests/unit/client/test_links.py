"""Links: strict, and silent about what they hold."""

import pytest
from burnbag_format.base64url import encode
from hypothesis import given
from hypothesis import strategies as st

from burnbag import Burnbag, BurnbagError, Link, LinkError
from burnbag.links import normalize_base

ID, TOKEN, KEY = encode(bytes(16)), encode(bytes(range(32))), encode(bytes(range(16)))
BASE = "https://abc.execute-api.eu-central-1.amazonaws.com/live"


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32), st.booleans())
def test_a_link_reads_back_as_it_was_written(id_: bytes, token: bytes, encrypted: bool) -> None:
    link = Link(BASE, encode(id_), encode(token), id_[::-1] if encrypted else None)
    assert Link.parse(link.reveal()) == link


def test_spaces_around_a_pasted_link_do_no_harm() -> None:
    assert Link.parse(f"  {BASE}/#{ID}.{TOKEN}.{KEY}\n").key == bytes(range(16))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        BASE,
        f"{BASE}/#",
        f"{BASE}/#{ID}",
        f"{BASE}/#{ID}.{TOKEN}.{KEY}.{KEY}",
        f"{BASE}/#{ID}.{TOKEN}.",
        f"{BASE}/#{ID}.{TOKEN[:-1]}",
        f"{BASE}/#{ID}.{TOKEN}=",
        f"{BASE}/#{ID}.{TOKEN[:-1]}9",
        f"{BASE}/?x=1#{ID}.{TOKEN}",
        f"ftp://example.org/#{ID}.{TOKEN}",
        f"http://example.org/#{ID}.{TOKEN}",
        f"https://user:pw@example.org/#{ID}.{TOKEN}",
        f"https:///#{ID}.{TOKEN}",
        f"https://[/#{ID}.{TOKEN}",
        f"https://example.org:port/#{ID}.{TOKEN}",
        f"https://{'a' * 64}.example/#{ID}.{TOKEN}",
        f"https://a..b/#{ID}.{TOKEN}",
    ],
)
def test_anything_else_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(LinkError) as refused:
        Link.parse(text)
    assert isinstance(refused.value, BurnbagError) and isinstance(refused.value, ValueError)
    assert not text or text not in str(refused.value)


def test_tokens_travel_unencrypted_to_this_machine_only() -> None:
    assert normalize_base("http://127.0.0.1:4566/x/") == "http://127.0.0.1:4566/x"
    assert normalize_base("http://localhost") == "http://localhost"
    with pytest.raises(LinkError):
        normalize_base("http://127.0.0.1.example.org")


def test_a_links_repr_opens_nothing() -> None:
    shown = repr(Link.parse(f"{BASE}/#{ID}.{TOKEN}.{KEY}"))
    assert ID in shown and TOKEN not in shown and KEY not in shown and "\\x" not in shown


def test_a_link_put_together_by_hand_is_checked_before_anything_is_asked() -> None:
    with pytest.raises(LinkError):
        Burnbag().peek(Link(BASE, "../../health", TOKEN))
