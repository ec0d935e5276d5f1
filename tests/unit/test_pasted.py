"""A link is found in what people paste, and nothing that is none is taken for one."""

import base64
import re
from contextlib import suppress
from urllib.parse import quote

import pytest
from burnbag_format import base64url
from hypothesis import given
from hypothesis import strategies as st

from burnbag.cli.pasted import LONGEST, NO_LINK, find_link
from burnbag.errors import LinkError
from burnbag.links import MISTYPED, Link, write_key

BASE = "https://burnbag.example/live"
ids = st.binary(min_size=16, max_size=16).map(base64url.encode)
tokens = st.binary(min_size=32, max_size=32).map(base64url.encode)
keys = st.binary(min_size=16, max_size=16)
links = st.builds(Link, st.just(BASE), ids, tokens, keys)

ID, TOKEN = base64url.encode(bytes(range(16))), base64url.encode(bytes(range(32)))
KEY = bytes(range(48, 64))
LINK = Link(BASE, ID, TOKEN, KEY)
TEXT = LINK.reveal()
WITHOUT_KEY = Link(BASE, ID, TOKEN)
FRAGMENT = TEXT.split("#")[1]
OTHER = Link(BASE, base64url.encode(bytes(16)), TOKEN, KEY).reveal()


def proofpoint_2(url: str) -> str:
    written = quote(url, safe="/").replace("-", "%2D").replace("_", "%5F").replace("/", "_")
    return f"https://urldefense.proofpoint.com/v2/url?u={written.replace('%', '-')}&d=DwMFaQ&c=x"


def proofpoint_3(url: str) -> str:
    taken = base64.urlsafe_b64encode(b"#").decode().rstrip("=")
    return f"https://urldefense.com/v3/__{url.replace('#', '*')}__;{taken}!!abc$"


def safelink(url: str) -> str:
    host = "https://eur01.safelinks.protection.outlook.com"
    return f"{host}/?url={quote(url, safe='')}&data=05%7C01%7Cada%40example.com&reserved=0"


PASTED = {
    "alone": TEXT,
    "with spaces": f"  {TEXT}\t\n",
    "at the end of a sentence": f"It is at {TEXT}.",
    "before a comma": f"{TEXT}, as you asked",
    "in brackets": f"(see {TEXT})",
    "in angle brackets": f"<{TEXT}>",
    "quoted": f'"{TEXT}"',
    "as Markdown": f"[the password]({TEXT})",
    "as a chat's link": f"<{TEXT}|burnbag.example>",
    "as HTML": f'<a href="{TEXT}">open</a>',
    "with a campaign before the fragment": TEXT.replace("/#", "/?utm_source=mail&utm_medium=x#"),
    "with a campaign after the fragment": f"{TEXT}?utm_source=mail",
    "with another parameter after it": f"{TEXT}&utm_source=mail",
    "with an escaped hash": TEXT.replace("#", "%23"),
    "with an escaped escape": TEXT.replace("#", "%2523"),
    "with an upper-case scheme": TEXT.replace("https://burnbag", "HTTPS://Burnbag"),
    "twice": f"{TEXT}\n<{TEXT}>",
    "with a word joiner in it": TEXT[:80] + "\u2060" + TEXT[80:],
    "after a no-break space": f"link:\u00a0{TEXT}\u00a0",
    "as quoted-printable": TEXT[:60] + "=\r\n" + TEXT[60:],
    "in a quoted reply": f"> {TEXT[:70]}\n> {TEXT[70:]}\n> Regards",
    "by Safelinks": safelink(TEXT),
    "by Safelinks, with the text beside it": f"{TEXT}<{safelink(TEXT)}>",
    "by Proofpoint, version 2": proofpoint_2(TEXT),
    "by Proofpoint, version 3": proofpoint_3(TEXT),
    "by Proofpoint around Safelinks": proofpoint_3(safelink(TEXT)),
    "by a search engine": f"https://www.google.com/url?q={quote(TEXT, safe='')}&sa=D&source=docs",
    "by a gateway that leaves the fragment outside": (
        f"https://gateway.example/?u={quote(TEXT.split('#')[0], safe='')}&t=1#{FRAGMENT}"
    ),
}


@pytest.mark.parametrize("form", PASTED)
def test_a_link_is_found_however_it_was_pasted(form: str) -> None:
    found = find_link(PASTED[form])
    assert (found.base, found.reveal()) == (BASE, TEXT)


@given(links, st.integers(0, 200), st.sampled_from(["\n", "\r\n", "\n> ", "=\n", " \n\t"]))
def test_a_link_may_be_wrapped_anywhere(link: Link, at: int, wrap: str) -> None:
    text = link.reveal()
    at = len("https:") + at % (len(text) - len("https:"))
    assert find_link(f"Hello,\n{text[:at]}{wrap}{text[at:]}\n").reveal() == text


@given(links, st.integers(1, 200))
def test_a_link_that_was_cut_is_never_taken_for_a_whole_one(link: Link, cut: int) -> None:
    text = link.reveal()[:-cut]
    without_key = f"{BASE}/#{link.id}.{link.token}"
    # `burnbag.opening` refuses these, once the server has said that the sender encrypted.
    if text in (without_key, f"{without_key}.") or len(text) == len(without_key) + 23:
        with suppress(LinkError):
            assert find_link(text).key is None or find_link(text).version == 0
    else:
        with pytest.raises(LinkError):
            find_link(text)


@given(links, st.integers(0, 200), st.sampled_from("aZ0_-"))
def test_a_typo_is_found(link: Link, at: int, typed: str) -> None:
    text = link.reveal()
    at = len(BASE) + 2 + at % (len(text) - len(BASE) - 2)
    if text[at] != typed:
        with pytest.raises(LinkError):
            find_link(text[:at] + typed + text[at + 1 :])


@given(st.text(max_size=300))
def test_nothing_but_a_link_is_taken_for_one(text: str) -> None:
    with pytest.raises(LinkError):
        find_link(text)


@pytest.mark.parametrize(
    "piece",
    [" ", "\n", "# ", "#\n", "https://", "https://urldefense.com/v3/__x", "%2525", f"{ID}."],
)
def test_a_long_text_of_anything_is_refused(piece: str) -> None:
    with pytest.raises(LinkError):
        find_link(piece * (LONGEST // len(piece)))


def test_a_link_without_an_address_gets_the_configured_one() -> None:
    for text in (FRAGMENT, f"#{FRAGMENT}", f"the rest is #{FRAGMENT}."):
        assert find_link(text, lambda: BASE) == LINK
        with pytest.raises(LinkError, match="lacks its address: set BURNBAG_URL"):
            find_link(text)


def test_the_configured_address_is_never_put_before_another_links_fragment() -> None:
    with pytest.raises(LinkError):
        find_link(f"http://burnbag.example/#{FRAGMENT}", lambda: BASE)


@pytest.mark.parametrize(
    "text",
    [
        f"{TEXT}\n{OTHER}",
        f"{TEXT} {TEXT.replace('burnbag.example', 'other.example')}",
        f"{TEXT} {safelink(TEXT.replace('burnbag.example', 'other.example'))}",
    ],
)
def test_two_links_are_refused(text: str) -> None:
    with pytest.raises(LinkError, match="more than one link in it; give one of them"):
        find_link(text)


def test_a_gateway_never_gets_the_token() -> None:
    with pytest.raises(LinkError):
        find_link(f"https://gateway.example/?u=http%3A%2F%2Fplain.example%2F#{FRAGMENT}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no link was given"),
        (" \n", "no link was given"),
        ("hunter2", NO_LINK),
        (f"{BASE}/", "lacks what follows its #: ask its sender for all of it"),
        (TEXT[:70], MISTYPED),
        (TEXT[:-1], MISTYPED),
        (f"{TEXT}x", MISTYPED),
        (f"{WITHOUT_KEY.reveal()}.{write_key(ID, TOKEN, bytes(16), 1)}"[:-2], MISTYPED),
        (TEXT.replace("https", "http"), "the URL must begin with https://"),
        ("x" * (LONGEST + 1), "too long for a link"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(text: str, why: str) -> None:
    with pytest.raises(LinkError, match=re.escape(why)) as refused:
        find_link(text)
    assert TOKEN not in str(refused.value)


def test_a_link_without_a_key_at_the_end_of_a_sentence_is_whole() -> None:
    assert find_link(f"It is {WITHOUT_KEY.reveal()}.") == WITHOUT_KEY
