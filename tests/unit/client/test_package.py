"""The client as its users install it: a wheel by itself, away from this checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.services import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
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
        "burnbag-0.1.0.dist-info",
    }


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
    assert "0.1.0" in done.stdout
