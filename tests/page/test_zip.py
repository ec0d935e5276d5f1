"""Zips of the page, read by a program that is not ours (Python's zipfile)."""

import base64
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

GIB = 1024**3
ZIP = """async (files) => {
  const { zipFiles, zippedSize } = await import("/scripts/send/zip.js");
  const { encodeBase64, decodeBase64 } = await import("/scripts/format/base64url.js");
  const lastModified = new Date(2026, 10, 29, 12, 30, 2);
  const made = files.map(([path, data]) => (
    { path, file: new File([decodeBase64(data)], "x", { lastModified }) }
  ));
  let read = 0;
  const zip = await zipFiles(made, { progress: (done) => { read = done; } });
  const bytes = new Uint8Array(await zip.arrayBuffer());
  return [encodeBase64(bytes), zippedSize(made), read, zip.type];
}"""
# The zip of files that are not there: each part is bytes, or says only how long it is. As one text:
# of many values, each by itself takes Playwright minutes.
LAY_OUT = """async (text) => {
  const sizes = JSON.parse(text);
  const { layOut, zippedSize } = await import("/scripts/send/zip.js");
  const modified = new Date(2026, 10, 29);
  const entries = sizes.map((size, index) => (
    { name: `${index}.bin`, size, crc: 7 + index, modified, content: { size } }
  ));
  const parts = layOut(entries).map((part) => (
    part.length === undefined ? part.size : String.fromCharCode(...part)
  ));
  const items = entries.map(({ name, size }) => ({ path: name, file: { size } }));
  return JSON.stringify([parts, zippedSize(items)]);
}"""


def zip_files(page: Page, files: list[tuple[str, bytes]]) -> zipfile.ZipFile:
    encoded = [(name, base64.b64encode(data).decode()) for name, data in files]
    text, size, read, media_type = page.evaluate(ZIP, encoded)
    data = base64.b64decode(text)
    assert size == len(data)
    assert read == sum(len(content) for _, content in files)
    assert media_type == "application/zip"
    return zipfile.ZipFile(io.BytesIO(data))


def test_files_come_out_as_they_went_in(blank: Page) -> None:
    files = [("a.txt", b"one"), ("b.bin", os.urandom(300_000)), ("empty", b""), ("7", b"1234567")]
    zipped = zip_files(blank, files)
    assert zipped.testzip() is None
    assert [(name, zipped.read(name)) for name in zipped.namelist()] == files


def test_a_zip_says_when_files_changed_and_who_may_read_them(blank: Page) -> None:
    (info,) = zip_files(blank, [("a.txt", b"one")]).infolist()
    assert info.date_time == (2026, 11, 29, 12, 30, 2)
    assert info.external_attr >> 16 == 0o100644
    assert info.compress_type == zipfile.ZIP_STORED


def test_names_of_any_language_stay(blank: Page) -> None:
    names = ["Grüße.txt", "秘密.pdf", "שלום.doc", "🔑.pem"]
    assert zip_files(blank, [(name, b"") for name in names]).namelist() == names


def test_files_of_one_name_get_numbers(blank: Page) -> None:
    names = ["a.txt", "A.txt", "a.txt", "a (2).txt", ".env", ".env", "v1.2/x", "v1.2/x"]
    assert zip_files(blank, [(name, b"") for name in names]).namelist() == [
        *("a.txt", "A (2).txt", "a (3).txt", "a (2) (2).txt"),
        *(".env", ".env (2)", "v1.2/x", "v1.2/x (2)"),
    ]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a\\..\\b", "a/b"),
        ("./a//b", "a/b"),
        ("..", "file"),
    ],
)
def test_no_name_leads_out_of_the_folder(name: str, safe: str, blank: Page) -> None:
    assert zip_files(blank, [(name, b"")]).namelist() == [safe]


@pytest.mark.parametrize(
    "sizes",
    [
        [5 * GIB, 1],  # one file above 4 GiB, the other begins there
        [3 * GIB, 3 * GIB, 3],
        [4 * GIB - 1],  # the first size that no longer fits
        [4 * GIB - 2],  # the last that does
        [1] * 65_535,
    ],
)
def test_sizes_above_4_gib_and_many_files_are_readable(
    sizes: list[int], blank: Page, tmp_path: Path
) -> None:
    parts, size = json.loads(blank.evaluate(LAY_OUT, json.dumps(sizes)))
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        for part in parts:  # What is skipped takes no room on disk.
            if isinstance(part, int):
                file.seek(part, os.SEEK_CUR)
            else:
                file.write(part.encode("latin-1"))
    assert path.stat().st_size == size
    with zipfile.ZipFile(path) as zipped:
        infos = zipped.infolist()
        assert [info.file_size for info in infos] == sizes
        assert [info.CRC for info in infos] == [7 + index for index in range(len(sizes))]
        for info in (infos[0], infos[-1]):
            zipped.open(info).close()  # It reads and compares the file's own header.


def test_packing_can_be_cancelled(blank: Page) -> None:
    said = blank.evaluate("""async () => {
      const { zipFiles } = await import("/scripts/send/zip.js");
      const stop = new AbortController();
      const files = [new File([new Uint8Array(1e6)], "a"), new File(["b"], "b")];
      const items = files.map((file) => ({ path: file.name, file }));
      const progress = () => stop.abort(new Error("enough"));
      try {
        await zipFiles(items, { progress, signal: stop.signal });
      } catch (error) {
        return error.message;
      }
    }""")
    assert said == "enough"
