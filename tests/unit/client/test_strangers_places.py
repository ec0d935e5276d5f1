"""What somebody puts where a secret is to be written, while it is on its way."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from burnbag import Burnbag
from burnbag.destinations import Place
from burnbag.transfers import Progress
from tests.support.server import Served, views_left

Swap = Callable[[Path, Path], object]


def move_away(path: Path, aside: Path) -> None:
    if os.path.lexists(path):
        path.rename(aside / "moved")


def put_folder(path: Path, aside: Path) -> None:
    move_away(path, aside)
    path.mkdir()


def put_folder_with_the_same_names(path: Path, aside: Path) -> None:
    """With a file of theirs under the name that the secret has until it is complete."""
    names = os.listdir(path) if path.is_dir() else []
    put_folder(path, aside)
    for name in names:
        (path / name).write_text("theirs")


def put_link_to_folder(path: Path, aside: Path) -> None:
    move_away(path, aside)
    path.symlink_to(aside / "elsewhere")


def put_link_to_file(path: Path, aside: Path) -> None:
    move_away(path, aside)
    path.symlink_to(aside / "elsewhere" / "theirs")


def put_file(path: Path, aside: Path) -> None:
    move_away(path, aside)
    path.write_text("theirs")


def put_nothing(path: Path, aside: Path) -> None:
    move_away(path, aside)


SWAPS = [put_folder, put_link_to_folder, put_link_to_file, put_file]


@pytest.fixture
def aside(tmp_path: Path) -> Path:
    """Where an attacker would like it to go: a folder with another one in it, and a file there."""
    folder = tmp_path / "aside"
    (folder / "elsewhere").mkdir(parents=True)
    (folder / "elsewhere" / "theirs").write_text("theirs")
    return folder


def once(swap: Swap, path: Path, aside: Path) -> Progress:
    """Swap when the first byte has arrived, so after the view is used."""
    swapped: list[bool] = []

    def progress(done: int, total: int) -> None:
        if not swapped:
            swapped.append(True)
            swap(path, aside)

    return progress


def contents(*folders: Path) -> set[bytes]:
    """The contents of all files there, of any name."""
    found = (path for folder in folders for path in folder.rglob("*"))
    return {path.read_bytes() for path in found if path.is_file()}


@pytest.mark.parametrize("swap", SWAPS)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_does_not_become_a_folder_on_the_way(
    server: Served,
    burnbag: Burnbag,
    large: Path,
    tmp_path: Path,
    aside: Path,
    swap: Swap,
    overwrite: bool,
) -> None:
    """A link in its place is replaced by the secret if it may be, and never followed."""
    link, path = burnbag.send(large).link, tmp_path / "out"
    progress = once(swap, path, aside)
    if overwrite and swap in (put_file, put_link_to_file):
        burnbag.open(link, path, progress=progress, overwrite=True)
        assert not path.is_symlink()
    else:
        with pytest.raises(OSError):
            burnbag.open(link, path, progress=progress, overwrite=overwrite)
        assert views_left(server, link) == 0
        burnbag.open(link, tmp_path / "again")
    assert contents(aside) == {b"theirs"}
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".burnbag-")]


@pytest.mark.posix("a folder can be moved while a file in it is open")
@pytest.mark.parametrize("swap", [*SWAPS, put_folder_with_the_same_names, put_nothing])
@pytest.mark.parametrize("into", ["folder", "file"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_does_not_become_another_one_on_the_way(
    burnbag: Burnbag,
    large: Path,
    tmp_path: Path,
    aside: Path,
    swap: Swap,
    into: str,
    overwrite: bool,
) -> None:
    """The folder that was meant may be moved away; then nothing of the secret is left in it."""
    link, folder = burnbag.send(large).link, tmp_path / "in"
    folder.mkdir()
    to = folder if into == "folder" else folder / "large.bin"
    with pytest.raises(OSError):
        burnbag.open(link, to, progress=once(swap, folder, aside), overwrite=overwrite)
    swapped_in = [folder] if folder.is_dir() and not folder.is_symlink() else []
    assert contents(aside, *swapped_in) <= {b"theirs", b""}
    burnbag.open(link, tmp_path / "again")


@pytest.mark.parametrize("swap", SWAPS)
@pytest.mark.parametrize("into", ["folder", "file"])
def test_a_place_that_was_decided_on_is_not_decided_again(
    server: Served, burnbag: Burnbag, tmp_path: Path, aside: Path, swap: Swap, into: str
) -> None:
    """As when the command has asked whether to use a view, and somebody took his time."""
    link, path = burnbag.send(b"hunter2", filename="authorized_keys").link, tmp_path / "out"
    if into == "folder":
        path.mkdir()
    place = Place.decide(path)
    assert place.is_folder is (into == "folder")
    swap(path, aside)
    with pytest.raises(OSError):
        burnbag.open(link, place)
    assert views_left(server, link) == 1
    assert contents(aside, tmp_path) == {b"theirs"}


def test_a_link_to_a_folder_is_a_folder(burnbag: Burnbag, tmp_path: Path, aside: Path) -> None:
    (tmp_path / "in").symlink_to(aside)
    opened = burnbag.open(burnbag.send(b"hunter2", filename="a").link, tmp_path / "in")
    assert opened.path == tmp_path / "in" / "a" and (aside / "a").read_bytes() == b"hunter2"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_with_the_senders_name_is_not_followed(
    burnbag: Burnbag, tmp_path: Path, aside: Path, overwrite: bool
) -> None:
    (tmp_path / "a").symlink_to(aside / "elsewhere" / "theirs")
    link = burnbag.send(b"hunter2", filename="a").link
    if overwrite:
        burnbag.open(link, tmp_path, overwrite=True)
        assert not (tmp_path / "a").is_symlink() and (tmp_path / "a").read_bytes() == b"hunter2"
    else:
        with pytest.raises(FileExistsError):
            burnbag.open(link, tmp_path)
    assert contents(aside) == {b"theirs"}
