"""Several files or a folder as one zip."""

import io
import os
import socket
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnbag.cli import gathering
from burnbag.cli.archive import Archive, Entry, central_header, ending, local_header
from burnbag.cli.errors import CommandError, UsageError
from burnbag.errors import Refused

STEP = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
STEPS = STEP.filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)
FILES = st.dictionaries(STEPS, st.binary(max_size=3000), min_size=1, max_size=5)


def archive(*paths: Path) -> Archive:
    return gathering.make_archive(gathering.gather(paths), lambda done, total: None)


def unpack(made: Archive) -> dict[str, bytes]:
    made.seek(0)
    with zipfile.ZipFile(io.BytesIO(made.read())) as zipped:
        assert zipped.testzip() is None
        return {info.filename: zipped.read(info) for info in zipped.infolist()}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "2026" / "empty").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"a" * 700_000)
    (folder / "2026" / "ß.jpg").write_bytes(b"")
    (folder / ".hidden").write_text("h")
    return folder


def test_a_folder_keeps_its_files_and_its_empty_folders(photos: Path) -> None:
    made = archive(photos)
    assert unpack(made) == {
        "photos/": b"",
        "photos/.hidden": b"h",
        "photos/2026/": b"",
        "photos/2026/empty/": b"",
        "photos/2026/ß.jpg": b"",
        "photos/a.jpg": b"a" * 700_000,
    }
    assert gathering.name_archive([photos]) == "photos.zip"


def test_unzip_takes_it(photos: Path, tmp_path: Path) -> None:
    (photos / "run").write_text("#!/bin/sh")
    (photos / "run").chmod(0o755)
    (tmp_path / "made.zip").write_bytes(archive(photos).read())
    subprocess.run(["unzip", "-q", "made.zip", "-d", "out"], cwd=tmp_path, check=True)
    unpacked = tmp_path / "out" / "photos"
    assert (unpacked / "a.jpg").read_bytes() == b"a" * 700_000
    assert (unpacked / "2026" / "empty").is_dir()
    assert os.access(unpacked / "run", os.X_OK) and not os.access(unpacked / "a.jpg", os.X_OK)


@given(FILES)
def test_whatever_it_holds_its_size_is_known_before_and_it_reads_the_same_again(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("made") / "x"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    made = archive(folder)
    first = made.read()
    assert made.seek(0, os.SEEK_END) == len(first) == made.size == made.tell()
    made.seek(0)
    assert made.read() == first
    assert sorted(unpack(made).values()) == sorted([b"", *files.values()])


def test_files_of_the_same_name_stand_side_by_side(tmp_path: Path) -> None:
    for folder in "abc":
        (tmp_path / folder).mkdir()
    (tmp_path / "a" / "key.pem").write_text("1")
    (tmp_path / "b" / "key.pem").write_text("2")
    (tmp_path / "c" / "KEY.pem").write_text("3")
    paths = [tmp_path / "a" / "key.pem", tmp_path / "b" / "key.pem", tmp_path / "c" / "KEY.pem"]
    assert unpack(archive(*paths)) == {
        "key.pem": b"1",
        "key (2).pem": b"2",
        "KEY (3).pem": b"3",
    }
    assert gathering.name_archive(paths) == "files.zip"


def test_no_path_and_no_owner_is_told(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photos / "2026")
    for path in (photos, Path(), Path("../2026/.."), Path("../a.jpg")):
        made = archive(path).read()
        assert str(photos.parent).encode() not in made and b".." not in made
    assert gathering.name_archive([Path()]) == "2026.zip"


def test_links_and_what_is_no_file_are_left_out_and_it_is_said(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "out").symlink_to("/etc")
    (photos / "link").symlink_to("a.jpg")
    os.mkfifo(photos / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(photos / "s"))
        names = set(unpack(archive(photos)))
    assert not names & {"photos/out", "photos/link", "photos/pipe", "photos/s"}
    said = "left out, because an archive keeps only files: 1 pipe and 1 socket and 2 symbolic links"
    assert capsys.readouterr().err == f"burnbag: {said}\n"


def test_a_link_that_was_named_is_followed_under_its_own_name(photos: Path) -> None:
    (photos.parent / "album").symlink_to(photos)
    assert "album/a.jpg" in unpack(archive(photos.parent / "album"))


def test_a_file_that_goes_meanwhile_stops_it_all(photos: Path) -> None:
    gathered = gathering.gather([photos])
    (photos / "a.jpg").unlink()
    with pytest.raises(CommandError, match=r"^photos/a.jpg: No such file .*; nothing was sent$"):
        gathering.make_archive(gathered, lambda done, total: None)


@pytest.mark.parametrize("now", [b"b" * 700_000, b"a" * 700_001, b"a" * 699_999])
def test_a_file_that_changes_meanwhile_is_noticed(photos: Path, now: bytes) -> None:
    made = archive(photos)
    (photos / "a.jpg").write_bytes(now)
    with pytest.raises(Refused, match="changed while it was being sent"):
        made.read()


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(UsageError, match="there is no file in it"):
        gathering.gather([tmp_path / "a"])


def test_more_than_4_gib_is_written_as_zip64() -> None:
    """The headers of a file that nobody has to make: read back by Python's own reader."""
    large = Entry("large.bin", Path("large.bin"), 5 * 1024**3, 7, 1.7e9)
    second = Entry("second", Path("second"), 3, 8, 1.7e9)
    offset = len(local_header(large)) + large.size
    directory = central_header(large, 0) + central_header(second, offset)
    start = offset + len(local_header(second)) + second.size

    class Sparse(io.BytesIO):
        """The directory and the ending alone, at the place where they would be."""

        def seek(self, to: int, whence: int = os.SEEK_SET) -> int:
            return super().seek(to - start if whence == os.SEEK_SET else to, whence) + start

        def tell(self) -> int:
            return super().tell() + start

    tail = Sparse(directory + ending(2, len(directory), start))
    with zipfile.ZipFile(tail) as zipped:
        found = [(info.filename, info.file_size, info.header_offset) for info in zipped.infolist()]
    assert found == [("large.bin", large.size, 0), ("second", 3, offset)]
