"""Building the zips: the same tree gives the same bytes, and only changes are built."""

import json
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.size import FULL
from tests.support.sources import copy_sources
from tools import manifest, package
from tools.checkout import ROOT


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def build(root: Path, packages: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in package.build(root, packages).items()}


@pytest.fixture(scope="module", autouse=True)
def weak_compression() -> Iterator[None]:
    """It took three quarters of the time: as strong as it is, it is tried in full size."""
    with pytest.MonkeyPatch.context() as patch:
        if not FULL:
            patch.setattr(package, "LEVEL", 1)
            patch.setattr(package, "STRONGEST", 0)
        yield


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    build(ROOT, folder)
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    copy_sources(tmp_path / "copy")
    return tmp_path / "copy"


def test_another_folder_and_another_day_give_the_same_bytes(
    packages: Path, copy: Path, tmp_path: Path
) -> None:
    for file in copy.rglob("*.py"):
        os.utime(file, (time.time() - 86_400 * 400,) * 2)
        file.chmod(0o600)
    write(copy / "services/create/chalicelib/__pycache__/stale.pyc", "")
    assert build(ROOT, packages) == build(copy, tmp_path / "there")


def test_another_zlib_gives_other_bytes_and_the_same_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashes(folder: Path) -> dict[str, str]:
        package.write_zip(folder / "a.zip", members)
        package.write_description(folder / "a.zip", members, {})
        found: dict[str, str] = json.loads((folder / "a.json").read_text())["hashes"]
        return found

    members = {"a.py": b"print()" * 100, "b.py": b""}
    here = hashes(tmp_path / "here")
    monkeypatch.setattr(package, "LEVEL", 0)
    there = hashes(tmp_path / "there")
    assert here.keys() != there.keys()
    assert [*here.values()] == [*there.values()]
    members["a.py"] += b"#"
    assert [*hashes(tmp_path / "there").values()] != [*there.values()]


def test_another_liblzma_gives_other_bytes_and_the_same_hash(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build_page(folder: Path) -> tuple[bytes, list[str]]:
        path = package.build(copy, folder)["page"]
        described = json.loads(path.with_suffix(".json").read_text())
        return path.read_bytes(), list(described["hashes"].values())

    monkeypatch.setattr(package, "NAMES", ("page",))
    bytes_here, hash_here = build_page(tmp_path / "here")
    monkeypatch.setattr(package, "STRONGEST", 3)
    bytes_there, hash_there = build_page(tmp_path / "there")
    assert bytes_here != bytes_there
    assert hash_here == hash_there
    text = (copy / "web" / "languages" / "de.json").read_bytes()
    (copy / "web" / "languages" / "de.json").write_bytes(text + b" ")
    (copy / "web" / "manifest.json").write_text(manifest.make_text(copy))
    assert build_page(tmp_path / "changed")[1] != hash_here


def test_packages_for_another_machine_are_wheels_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "NAMES", ("reveal",))
    zips = package.build(ROOT, tmp_path, "python3.13", "arm64")
    with zipfile.ZipFile(zips["reveal"]) as archive:
        extensions = [name for name in archive.namelist() if name.endswith(".so")]
        machines = {archive.read(name)[18:20] for name in extensions}
    assert machines == {b"\xb7\x00"}  # ELF's EM_AARCH64
    assert "_cffi_backend.cpython-313-aarch64-linux-gnu.so" in extensions
    described = json.loads((tmp_path / "reveal.json").read_text())
    assert (described["runtime"], described["architecture"]) == ("python3.13", "arm64")


def test_an_unchanged_tree_is_not_built_again(packages: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in packages.glob("*.zip")}
    build(ROOT, packages)
    assert before == {path.name: path.stat().st_mtime_ns for path in packages.glob("*.zip")}


@pytest.mark.parametrize(
    ("changed", "built"),
    [
        ("services/create/app.py", {"create"}),
        ("services/reveal/requirements.txt", {"reveal"}),
        ("services/reveal/page.py", {"page"}),
        ("web/languages/de.json", {"page"}),
        ("core/burnbag_core/settings.py", {"create", "reveal", "page", "reaper"}),
        ("core/burnbag_core/new.py", {"create", "reveal", "reaper"}),
        ("client/burnbag_format/new.py", {"create", "reveal", "reaper"}),
        ("requirements/dev.txt", {"create", "reveal", "page", "reaper"}),
    ],
)
def test_a_change_concerns_the_zips_that_it_goes_into(
    copy: Path, changed: str, built: set[str]
) -> None:
    def hash_all() -> dict[str, str]:
        return {n: package.hash_inputs(copy, n, "python3.11", "arm64") for n in package.NAMES}

    before = hash_all()
    with (copy / changed).open("a") as file:
        file.write("# changed\n")
    after = hash_all()
    assert {name for name in package.NAMES if before[name] != after[name]} == built


def test_a_zip_depends_on_nothing_but_its_members(tmp_path: Path) -> None:
    package.write_zip(tmp_path / "a.zip", {"b.py": b"2", "a.py": b"1"})
    package.write_zip(tmp_path / "b.zip", {"a.py": b"1", "b.py": b"2"})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.py": b"1",
            "b.py": b"2",
        }
