"""Links in the browser: as strict as the command's, and each reads what the other writes."""

import random
from typing import Any

import pytest
from burnbag_format import base64url
from hypothesis import given
from hypothesis import strategies as st

from burnbag import Link, LinkError
from tests.page.formats import BASE, TEXTS, Formats, from_base64, make_links, to_base64


def as_found(link: Link) -> dict[str, Any]:
    return vars(link) | {"key": link.key and to_base64(link.key)}


def test_a_link_of_either_version_reads_as_in_python(formats: Formats) -> None:
    written = [link.reveal() for link in make_links()]
    assert formats.run("parseLinks", written) == [as_found(link) for link in make_links()]
    pasted = [f" \n{text}\t" for text in written]
    assert formats.run("parseLinks", pasted) == [as_found(link) for link in make_links()]
    newest = [{"link": link.reveal()} for link in make_links() if link.version == 1]
    assert formats.run("writeLinks", newest) == [each["link"] for each in newest]


def test_no_character_of_a_link_can_be_changed_left_out_or_doubled(formats: Formats) -> None:
    whole = make_links()[0].reveal()
    place = whole.index("#") + 1
    changed = []
    for at in range(place, len(whole)):
        before, after = whole[:at], whole[at + 1 :]
        others = {"A", "z", "-", "_", "0", ".", "=", " ", "+", "/", "\u00e4", whole[at].swapcase()}
        changed += [before + other + after for other in sorted(others - {whole[at]})]
        changed += [before + after, before + 2 * whole[at] + after]
    # Two equal neighbours look the same whichever is left out; a space at the end is none of it.
    changed = [text for text in changed if text.strip() != whole]
    assert len(changed) > 1000
    results = formats.run("parseLinks", changed)
    assert {str(result).split(":")[0] for result in results} == {"LinkError"}


# The two languages strip different control characters.
SEEN = st.text(st.characters(exclude_categories=["C"]), max_size=40)


@given(st.lists(SEEN | st.sampled_from([link.reveal() for link in make_links()]), max_size=6))
def test_what_python_takes_for_a_link_is_one(formats: Formats, parts: list[str]) -> None:
    text = "".join(parts)
    found = formats.run("parseLinks", [text])[0]
    try:
        assert found == as_found(Link.parse(text))
    except LinkError:
        assert str(found).startswith("LinkError")


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ("http://example.org", "base"),
        ("http://127.0.0.1.example.org", "base"),
        ("ftp://example.org", "base"),
        ("https://user:pw@example.org", "base"),
        ("https://example.org/?x=1", "base"),
        ("https://example.org:port", "base"),
        ("https://example.org:99999", "base"),
        (f"https://{'a' * 64}.example", "base"),
        (f"https://example.org/{'a' * 2048}", "base"),
        ("https://a..b", "base"),
        ("https://[", "base"),
        ("javascript:alert(1)//", "base"),
        ("", "base"),
    ],
)
def test_tokens_go_nowhere_unsafe(formats: Formats, base: str, reason: str) -> None:
    fragment = make_links()[0].reveal().partition("#")[2]
    assert formats.run("parseLinks", [f"{base}/#{fragment}"]) == [f"LinkError: {reason}"]
    with pytest.raises(LinkError):
        Link.parse(f"{base}/#{fragment}")


def test_a_link_says_what_is_wrong_with_it(formats: Formats) -> None:
    head, _, fragment = make_links()[0].reveal().partition("#")
    texts = ["hunter2", head, f"{head}#", f"{head}#a.b.c.d", f"{head}#{fragment[:-2]}"]
    assert formats.run("parseLinks", texts) == [
        *["LinkError: not-a-link"] * 4,
        "LinkError: incomplete",
    ]


def test_a_receipts_fragment_is_as_strict(formats: Formats) -> None:
    link = make_links()[0]
    good = f"receipt.{link.id}.{link.token}"
    found = {"id": link.id, "receiptToken": link.token}
    assert formats.run("parseReceipts", [good, f"#{good}"]) == [found, found]
    bad = [good[:-1], f"{good}A", good.replace("receipt.", ""), f"{good}.", "receipt", "receipt.."]
    results = formats.run("parseReceipts", bad)
    assert {str(result).split(":")[0] for result in results} == {"LinkError"}


def test_a_receipts_page_has_an_address(formats: Formats) -> None:
    link = make_links()[0]
    receipt = {"base": f"{BASE}/", "id": link.id, "receiptToken": link.token}
    unsafe = receipt | {"base": "http://example.org"}
    assert formats.run("writeReceipts", [receipt, unsafe]) == [
        f"{BASE}/#receipt.{link.id}.{link.token}",
        "LinkError: base",
    ]


@pytest.mark.parametrize("kind", ["text", "file", "upload"])
@pytest.mark.parametrize("encrypted", [True, False])
def test_a_link_without_its_whole_key_is_found_out_before_a_view_is_used(
    formats: Formats, kind: str, encrypted: bool
) -> None:
    """An older client encrypted uploads without saying so; its links have the older key."""
    peeked = {"kind": kind, "encrypted": encrypted}
    links = [{"key": None, "version": 1}, {"key": "k", "version": 0}, {"key": "k", "version": 1}]
    lacks = formats.run("lackKeys", [peeked | {"link": link} for link in links])
    assert lacks == [encrypted or kind == "upload", encrypted, False]


def test_an_idempotency_key_for_a_view_is_the_commands(formats: Formats) -> None:
    secret = random.Random(12).randbytes(32)
    cases = [(link, number) for link in make_links() for number in (0, 1, 999)]
    asked = [
        {"link": link.reveal(), "secret": to_base64(secret), "number": number}
        for link, number in cases
    ]
    expected = [link.idempotency_key(secret, number) for link, number in cases]
    assert formats.run("makeIdempotencyKeys", asked) == expected


@given(st.lists(TEXTS | st.binary(max_size=40).map(base64url.encode), max_size=20))
def test_base64url_is_as_strict_as_pythons(formats: Formats, texts: list[str]) -> None:
    lengths = [len(text) * 3 // 4 for text in texts]
    asked = [{"text": t, "length": length} for t, length in zip(texts, lengths, strict=True)]
    results = formats.run("decodeAll", asked)
    for text, length, result in zip(texts, lengths, results, strict=True):
        if base64url.is_canonical(text, length):
            assert from_base64(result) == base64url.decode(text, length)
        else:
            assert result == "RangeError"


def test_base64_is_strict_and_knows_large_texts(formats: Formats) -> None:
    large = random.Random(12).randbytes(300_000)
    good = [to_base64(large), to_base64(b"a"), ""]
    bad = ["YQ", "YR==", "YQ==\n", " YQ==", "YQ=", "Y-_=", "Y===", "\u00fc"]
    found = formats.run("decodeAllBase64", good + bad)
    assert found == [*map(base64url.encode, [large, b"a", b""]), *["RangeError"] * len(bad)]
    assert formats.run("encodeAll", good) == found[:3]
