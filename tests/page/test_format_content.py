"""What a secret is, packed and unpacked in the browser as by the command; names made safe alike."""

from burnbag_format.content import BYTES, MEDIA_TYPE, Description
from hypothesis import given, settings
from hypothesis import strategies as st

from burnbag.content import clean, safe_name
from tests.page.formats import CHARACTERS, TEXTS, Formats, from_base64, to_base64

NAMES = (
    st.text(CHARACTERS, max_size=300)
    | st.text('a.\u00fc\u6f22\U0001f642 -/\\:?*"<>|\u202e\u200b\x00\n', max_size=300)
    | st.from_regex(r"[ .-]*(con|PRN|aux|nul|com\d|LPT\d|comx)[ .]*(txt)?", fullmatch=True)
)


@given(st.lists(NAMES, max_size=30))
def test_a_safe_name_is_pythons(formats: Formats, names: list[str]) -> None:
    assert formats.run("nameSafely", names) == [safe_name(name) for name in names]


def test_characters_that_nobody_may_use_are_in_no_name(formats: Formats) -> None:
    names = ["a\ufdd0b\ufffe.txt", "\ue000.pdf", "\U000e0041x", "e\u034fx\u0301e.txt", "a\u3000b"]
    assert formats.run("nameSafely", names) == [safe_name(name) for name in names]


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(NAMES.map(lambda name: name[:255]), st.binary(max_size=99), st.integers(1, 9)),
        max_size=20,
    )
)
def test_a_description_arrives_whatever_the_pieces(
    formats: Formats, cases: list[tuple[str, bytes, int]]
) -> None:
    described = [Description("text/plain; charset=utf-8", name) for name, _, _ in cases]
    packed = formats.run(
        "packAll", [{"mediaType": d.media_type, "filename": d.filename} for d in described]
    )
    assert [from_base64(each) for each in packed] == [d.pack() for d in described]
    asked = [
        {"content": to_base64(d.pack() + data), "sizes": [size]}
        for d, (_, data, size) in zip(described, cases, strict=True)
    ]
    assert formats.run("unpackAll", asked) == [
        {
            "mediaType": d.media_type,
            "filename": clean(d).filename,
            "data": to_base64(data),
        }
        for d, (_, data, _) in zip(described, cases, strict=True)
    ]


def test_a_description_that_was_cut_or_is_no_text_is_damaged(formats: Formats) -> None:
    whole = Description("text/plain", "\u00fc.txt").pack()
    contents = [whole[:length] for length in range(len(whole))]
    contents += [whole.replace("\u00fc".encode(), b"\xff\xff"), b"\xff\xff\xff\xff" + bytes(70_000)]
    asked = [{"content": to_base64(content), "sizes": [5000]} for content in contents]
    assert formats.run("unpackAll", asked) == ["Damaged"] * len(contents)


def test_nothing_more_is_fetched_of_what_is_damaged(formats: Formats) -> None:
    assert formats.run("unpackDamaged") == {"error": "Damaged", "cancelled": True}


def test_a_byte_order_mark_is_part_of_the_text(formats: Formats) -> None:
    content = Description("text/plain", "\ufeffa").pack()
    found = formats.run("unpackAll", [{"content": to_base64(content), "sizes": []}])
    assert found[0]["filename"] == "a"
    marked = Description("\ufefftext/plain", "").pack()
    found = formats.run("unpackAll", [{"content": to_base64(marked), "sizes": []}])
    assert found[0]["mediaType"] == "\ufefftext/plain"


@settings(max_examples=20)
@given(st.lists(TEXTS | st.from_regex(MEDIA_TYPE, fullmatch=True).map(str), max_size=20))
def test_what_is_no_media_type_is_sent_as_bytes(formats: Formats, types: list[str]) -> None:
    packed = formats.run("packAll", [{"mediaType": each, "filename": ""} for each in types])
    for each, found in zip(types, packed, strict=True):
        known = MEDIA_TYPE.fullmatch(each) and len(each) <= 255
        assert from_base64(found) == Description(each if known else BYTES).pack()


def test_a_name_that_python_would_not_send_is_not_sent(formats: Formats) -> None:
    names = ["a" * 256, "\U0001f642" * 256, "\ud800", "a\udfff"]
    asked = [{"mediaType": BYTES, "filename": name} for name in names]
    assert formats.run("packAll", asked) == ["RangeError"] * 4
    longest = {"mediaType": BYTES, "filename": "\U0001f642" * 255}
    assert from_base64(formats.run("packAll", [longest])[0])
