"""The built zips: small, complete, free of what is not theirs, importable by themselves."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.services import ENVIRON
from tools import package
from tools.paths import PACKAGES

# Bytes, with some room for new code and none for a new library.
CEILINGS = {"create": 5_500_000, "reveal": 5_500_000, "reaper": 30_000}
IMPORTS = {
    "create": "import app; assert callable(app.app)",
    "reveal": "import app; assert callable(app.app)",
    "reaper": "import reap, sweep, audit, stray\n"
    "for module in (reap, sweep, audit, stray): assert callable(module.handler)",
}

REAPERS_CORE = ("__init__", "aws", "items", "objects", "settings")
RUNTIME = "import sys; sys.path[:0] = sys.argv[1:]\n"


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    package.build()


@pytest.mark.parametrize("name", CEILINGS)
def test_a_zip_is_below_its_ceiling(name: str) -> None:
    assert (PACKAGES / f"{name}.zip").stat().st_size <= CEILINGS[name]


@pytest.mark.parametrize("name", CEILINGS)
def test_a_zip_imports_in_an_isolated_interpreter(name: str, tmp_path: Path) -> None:
    """With nothing but the zip and what the runtime brings: boto3 and what that needs."""
    code, runtime = tmp_path / "code", tmp_path / "runtime"
    with zipfile.ZipFile(PACKAGES / f"{name}.zip") as archive:
        archive.extractall(code)
    runtime.mkdir()
    site = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages")
    for brought in ("boto3", "botocore", "jmespath", "s3transfer", "urllib3", "dateutil", "six.py"):
        (runtime / brought).symlink_to(site / brought)
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUNTIME + IMPORTS[name], str(code), str(runtime)],
        env=ENVIRON,
        check=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", CEILINGS)
def test_a_zip_holds_nothing_that_is_not_needed(name: str) -> None:
    with zipfile.ZipFile(PACKAGES / f"{name}.zip") as archive:
        names = archive.namelist()
    for unwanted in ("boto3/", "botocore/", "__pycache__", ".pyc", "tests/", "requirements.txt"):
        assert not [path for path in names if unwanted in path], unwanted
    # The client is for those who call, and for no function.
    assert not [path for path in names if path.split("/")[0] == "burnbag"]


def test_the_reaper_carries_no_cryptography_and_only_what_it_imports() -> None:
    with zipfile.ZipFile(PACKAGES / "reaper.zip") as archive:
        assert set(archive.namelist()) == {
            "audit.py",
            "batches.py",
            "events.py",
            "metrics.py",
            "objects.py",
            "reap.py",
            "stray.py",
            "sweep.py",
            *(f"burnbag_core/{name}.py" for name in REAPERS_CORE),
        }


def test_no_service_carries_another_ones_modules() -> None:
    for name in ("create", "reveal"):
        with zipfile.ZipFile(PACKAGES / f"{name}.zip") as archive:
            modules = {path for path in archive.namelist() if path.startswith("chalicelib/")}
        own = Path("services", name, "chalicelib").glob("*.py")
        assert modules == {f"chalicelib/{path.name}" for path in own}
