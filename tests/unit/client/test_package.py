"""The client as its users install it: a wheel by itself, away from this checkout."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from burnbag.cli.manual import make_manual
from tests.support.services import ROOT

COMMIT = re.compile(r"[0-9a-f]{7,40}(-dirty)?|unknown")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def build_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    options = ["--no-build-isolation", "--wheel-dir", str(folder), str(ROOT / "client")]
    subprocess.run([*command, *options], check=True, cwd=folder)
    return next(folder.glob("burnbag-*.whl"))


def test_the_wheel_holds_the_package_its_types_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "burnbag/py.typed" in names and "burnbag/cli/__init__.py" in names
    assert {name.split("/")[0] for name in names} == {
        "burnbag",
        "burnbag_format",
        "burnbag-0.1.0.data",
        "burnbag-0.1.0.dist-info",
    }
    assert not [name for name in names if "hatch_build" in name or "__pycache__" in name]


def test_the_wheel_brings_its_manual_its_completions_and_its_commit(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    share = "burnbag-0.1.0.data/data/share"
    assert archive.read(f"{share}/man/man1/burnbag.1").decode() == make_manual()
    starts = {
        "bash-completion/completions/burnbag": "_burnbag_completion() {",
        "zsh/site-functions/_burnbag": "#compdef burnbag\n",
        "fish/vendor_completions.d/burnbag.fish": "function _burnbag_completion;",
    }
    for name, start in starts.items():
        assert archive.read(f"{share}/{name}").decode().startswith(start)
    assert COMMIT.fullmatch(archive.read("burnbag/commit.txt").decode().strip())


def test_the_same_source_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    assert build_wheel(tmp_path).read_bytes() == wheel.read_bytes()


def test_the_wheel_runs_without_the_checkout_or_any_service_code(
    wheel: Path, tmp_path: Path
) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import burnbag; from burnbag import Burnbag\n"
        f"assert burnbag.__file__.startswith({str(tmp_path)!r}), burnbag.__file__\n"
        "assert not [m for m in sys.modules if m.startswith(('burnbag_core', 'chalice'))]\n"
        "sys.argv = ['burnbag', '--version']; from burnbag.cli import run; run()\n"
    )
    command = [sys.executable, "-I", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(rf"burnbag 0\.1\.0 \(commit ({COMMIT.pattern})\)\n", done.stdout)
