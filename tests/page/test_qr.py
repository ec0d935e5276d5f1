"""QR codes of the page, read by a scanner that is not ours (ZXing)."""

import io
import secrets
from typing import Any

import numpy
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

ENCODE = """async (texts) => {
  const { encodeQr } = await import("/scripts/send/qr.js");
  return texts.map((text) => {
    const { version, size, dark } = encodeQr(text);
    return { version, size, dark: [...dark].join("") };
  });
}"""
DRAW = """async (text) => {
  const { drawQr, encodeQr } = await import("/scripts/send/qr.js");
  const picture = drawQr(encodeQr(text), "a code");
  picture.style.width = "320px";
  document.body.append(picture);
}"""
# The most bytes of each version at level M, from the standard's table 7.
CAPACITIES = [
    *(14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624),
    *(666, 711, 779, 857, 911, 997, 1059, 1125, 1190, 1264, 1370, 1452, 1538, 1628, 1722, 1809),
    *(1911, 1989, 2099, 2213, 2331),
]


def encode(blank: Page, texts: list[str]) -> list[dict[str, Any]]:
    """The codes of texts, each with a byte for each module: 1 where it is dark."""
    codes: list[dict[str, Any]] = blank.evaluate(ENCODE, texts)
    return [{**code, "dark": bytearray(map(int, code["dark"]))} for code in codes]


def scan(picture: Any) -> str:
    """What a scanner reads from a picture."""
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.content_type == zxingcpp.ContentType.Text
    text: str = found.text
    return text


def paint(code: dict[str, Any]) -> Any:
    """The picture of a code, four pixels a module, with the border that it needs."""
    modules = numpy.frombuffer(code["dark"], dtype=numpy.uint8).reshape(code["size"], code["size"])
    pixels = numpy.kron(255 * (1 - modules), numpy.ones((4, 4), dtype=numpy.uint8))
    return numpy.pad(pixels.astype(numpy.uint8), 16, constant_values=255)


def test_a_scanner_reads_codes_of_every_version(blank: Page) -> None:
    texts = ["x" * (size - 8) + secrets.token_hex(4) for size in CAPACITIES]
    codes = encode(blank, texts)
    assert [code["version"] for code in codes] == list(range(1, 41))
    assert [scan(paint(code)) for code in codes] == texts


def test_one_byte_more_needs_the_next_version(blank: Page) -> None:
    codes = encode(blank, ["x" * (size + 1) for size in CAPACITIES[:-1]])
    assert [code["version"] for code in codes] == list(range(2, 41))


def test_a_scanner_reads_texts_of_any_language(blank: Page) -> None:
    texts = ["Grüße", "秘密", "שלום", "🔑 key", "https://example.org/é"]
    assert [scan(paint(code)) for code in encode(blank, texts)] == texts


def test_a_scanner_reads_a_link_from_the_screen(blank: Page) -> None:
    link = (
        f"https://secrets.example.org/live/#{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}"
    )
    blank.evaluate(DRAW, link)
    code = blank.get_by_role("img", name="a code")
    assert scan(Image.open(io.BytesIO(code.screenshot()))) == link


def test_a_code_that_lost_a_tenth_of_its_modules_is_still_read(blank: Page) -> None:
    text = "https://secrets.example.org/live/#" + "x" * 100
    (code,) = encode(blank, [text])
    middle = code["size"] // 2
    for y in range(middle - 5, middle + 5):
        for x in range(middle - 5, middle + 5):
            code["dark"][y * code["size"] + x] = 1
    assert scan(paint(code)) == text


def test_what_no_code_holds_is_refused(blank: Page) -> None:
    longest = CAPACITIES[-1]
    assert (
        blank.evaluate(
            """async (text) => {
          const { encodeQr } = await import("/scripts/send/qr.js");
          try { encodeQr(text); } catch (error) { return error.name; }
        }""",
            "x" * (longest + 1),
        )
        == "RangeError"
    )
