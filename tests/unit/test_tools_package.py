"""The zips: the same tree gives the same bytes; only what is imported goes in."""

import os
import shutil
import time
import zipfile
from pathlib import Path

import pytest

from tools import package, zips
from tools.contents import wanted
from tools.imports import imported_names, reachable
from tools.paths import ROOT
from tools.wheels import platform_tags


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def quiet(text: str) -> None:
    pass


def build(root: Path, packages: Path) -> dict[str, bytes]:
    built = package.build(root, packages, report=quiet)
    return {name: path.read_bytes() for name, path in built.items()}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    build(ROOT, folder)
    return folder


def test_another_folder_and_another_day_give_the_same_bytes(packages: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    for name in ("core", "services", "requirements", "tools"):
        shutil.copytree(ROOT / name, other / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in other.rglob("*.py"):
        os.utime(file, (time.time() - 86_400 * 400,) * 2)
        file.chmod(0o600)
    write(other / "services/create/chalicelib/__pycache__/stale.pyc", "")
    assert build(ROOT, packages) == build(other, tmp_path / "there")


def test_an_unchanged_tree_is_not_built_again(packages: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in packages.glob("*.zip")}
    build(ROOT, packages)
    assert before == {path.name: path.stat().st_mtime_ns for path in packages.glob("*.zip")}


def test_the_reaper_is_plain_source_without_the_sealing(packages: Path) -> None:
    names = zipfile.ZipFile(packages / "reaper.zip").namelist()
    assert {Path(name).suffix for name in names} == {".py"}
    assert "burnbag_core/sealing.py" not in names


@pytest.mark.parametrize("name", package.NAMES)
def test_no_zip_has_the_runtime_s_own_packages_or_leftovers(packages: Path, name: str) -> None:
    names = zipfile.ZipFile(packages / f"{name}.zip").namelist()
    assert all(wanted(each) for each in names)
    assert "requirements.txt" not in names


@pytest.mark.parametrize(
    "member",
    [
        "boto3/__init__.py",
        "pkg/__pycache__/a.cpython-311.pyc",
        "pkg/tests/test_a.py",
        "pycparser/c_parser.py",
        "cryptography-50.0.2.dist-info/RECORD",
        "bin/tool",
        "pkg/a.pyi",
    ],
)
def test_leaves_out_what_no_function_needs(member: str) -> None:
    assert not wanted(member)


def test_keeps_code_and_licences() -> None:
    assert wanted("app.py")
    assert wanted("cryptography/hazmat/bindings/_rust.abi3.so")
    assert wanted("cryptography-50.0.2.dist-info/licenses/LICENSE")


def test_follows_imports_through_the_package(tmp_path: Path) -> None:
    core = tmp_path / "core"
    for name, text in {
        "__init__": "",
        "a": "from core import b\n",
        "b": "from core.c import Thing\n",
        "c": "def late():\n    import core.d\n",
        "d": "",
        "unused": "import core.a\n",
    }.items():
        write(core / f"{name}.py", text)
    source = write(tmp_path / "app.py", "import json\nfrom core.a import something\n")
    found = [file.stem for file in reachable([source], core)]
    assert found == ["__init__", "a", "b", "c", "d"]


def test_reads_relative_imports_as_the_package_s_own(tmp_path: Path) -> None:
    source = write(tmp_path / "module.py", "from . import a\nfrom .b import c\nimport other\n")
    assert list(imported_names(source, "core")) == ["core", "core.a", "core.b", "core.b.c"]


def test_a_zip_depends_on_nothing_but_its_members(tmp_path: Path) -> None:
    zips.write(tmp_path / "a.zip", {"b.py": b"2", "a.py": b"1"})
    zips.write(tmp_path / "b.zip", {"a.py": b"1", "b.py": b"2"})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert zips.read(tmp_path / "a.zip") == {"a.py": b"1", "b.py": b"2"}


def test_wheels_are_no_newer_than_the_runtime_s_glibc() -> None:
    tags = platform_tags("python3.11", "arm64")
    assert tags[0] == "manylinux_2_26_aarch64"
    assert tags[-2:] == ["manylinux_2_17_aarch64", "manylinux2014_aarch64"]
    assert platform_tags("python3.13", "x86_64")[0] == "manylinux_2_34_x86_64"
