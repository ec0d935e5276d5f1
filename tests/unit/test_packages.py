"""The built zips: small, complete, free of what is not theirs, importable by themselves."""

import json
import re
import subprocess
import sys
import zipfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import request
from tests.support.services import ENVIRON
from tools import manifest, package
from tools.checkout import PACKAGES, ROOT

# Bytes, with some room for new code, and none for a new library or in reveal's for the page.
CEILINGS = {"create": 5_000_000, "reveal": 5_000_000, "page": 265_000, "reaper": 76_000}
IMPORTS = {
    "create": "import app; assert callable(app.app)",
    "reveal": "import app; assert callable(app.app)",
    "page": "import page; assert callable(page.handler)",
    "reaper": "import reap, sweep, audit, stray, reconcile, letters\n"
    "for module in (reap, sweep, audit, stray, reconcile, letters):\n"
    "    assert callable(module.handler)",
}
RUNTIME = "import sys; sys.path[:0] = sys.argv[1:]\n"
# What the page's function answers to the events that it is given.
SERVE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import page
print(json.dumps([page.handler(event, None) for event in json.load(sys.stdin)]))
"""

# What may be at the top of a zip, and what its files may be called. `…` is any version or platform.
OURS = {"app.py", "chalicelib", "burnbag_core", "burnbag_format"}
CRYPTOGRAPHY = {"cryptography", "_cffi_backend….so", "cryptography-….dist-info"}
LIBRARIES = {"chalice", "cffi-….dist-info", *CRYPTOGRAPHY}
MULTIPART = {"multipart.py", "multipart-….dist-info"}
TOP = {"create": OURS | LIBRARIES | MULTIPART, "reveal": OURS | LIBRARIES}
KINDS = {".py", ".so", "LICENSE", "LICENSE.APACHE", "LICENSE.BSD"}


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    package.build()


def list_zip(name: str) -> list[str]:
    with zipfile.ZipFile(PACKAGES / f"{name}.zip") as archive:
        return archive.namelist()


def list_sources(folder: str) -> set[str]:
    """The Python files in a folder of the checkout, as they are called in a zip."""
    path = ROOT / folder
    return {str(file.relative_to(path.parent)) for file in path.glob("*.py")}


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
        timeout=300,
    )


@pytest.mark.parametrize("name", CEILINGS)
def test_a_zip_holds_nothing_that_is_not_needed(name: str) -> None:
    names = list_zip(name)
    for unwanted in ("boto3/", "botocore/", "__pycache__", ".pyc", "tests/", "requirements.txt"):
        assert not [path for path in names if unwanted in path], unwanted
    # The client is for those who call, and for no function.
    assert not [path for path in names if path.split("/")[0] == "burnbag"]


@pytest.mark.parametrize("name", TOP)
def test_a_zip_of_a_service_with_routes_holds_these_packages_and_no_other(name: str) -> None:
    names = list_zip(name)
    tops = {re.sub(r"(?<=backend).*(?=\.so)|(?<=-)\d[\d.]*(?=\.dist)", "…", n) for n in names}
    assert {top.split("/")[0] for top in tops} == TOP[name]
    assert {path for path in names if path.startswith("chalice/")} == {
        "chalice/__init__.py",
        "chalice/app.py",
    }
    # A licence is called what it is; anything else is Python or a compiled module.
    files = [Path(path) for path in names]
    assert {file.name if "licenses" in file.parts else file.suffix for file in files} == KINDS


def test_the_reaper_carries_its_own_source_and_no_library() -> None:
    own = {Path(path).name for path in list_sources("services/reaper")}
    shared = list_sources("core/burnbag_core") | list_sources("client/burnbag_format")
    assert {"reap.py", "sweep.py", "audit.py", "stray.py", "reconcile.py", "letters.py"} <= own
    assert set(list_zip("reaper")) == own | shared


def serve(code: Path, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers of the page's function, with nothing but its zip and Python's own library."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SERVE, str(code)],
        input=json.dumps(events),
        env=ENVIRON,
        capture_output=True,
        check=True,
        text=True,
        timeout=300,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_the_pages_zip_serves_the_html_and_every_asset_of_its_manifest(tmp_path: Path) -> None:
    with zipfile.ZipFile(PACKAGES / "page.zip") as archive:
        archive.extractall(tmp_path)
        known = json.loads(archive.read("web/manifest.json"))
    names = list(known["files"])
    paths = ["/" if it == manifest.INDEX else f"/assets/{known['version']}/{it}" for it in names]
    answers = serve(tmp_path, [request("GET", path, b"", {}) for path in paths])
    served = {name: b64decode(it["body"]) for name, it in zip(names, answers, strict=True)}
    assert {answer["statusCode"] for answer in answers} == {200}
    assert {name: [manifest.hash_of(data), len(data)] for name, data in served.items()} == {
        name: [facts["sha256"], facts["size"]] for name, facts in known["files"].items()
    }
    assert known == manifest.make_manifest(manifest.read_files())


def test_the_pages_zip_holds_its_modules_what_these_need_and_the_page() -> None:
    needed = {"/".join(path.parts[1:]) for path in package.PAGE_NEEDS}
    own = {"page.py", "gateway.py", "description.py"}
    served = {"web/files.xz", "web/manifest.json", "web/openapi.json"}
    assert set(list_zip("page")) == own | served | needed


def test_no_other_zip_holds_anything_of_the_page() -> None:
    for name in ("create", "reveal", "reaper"):
        own = ("page.py", "gateway.py", "description.py")
        found = {path for path in list_zip(name) if path in own or path.startswith("web/")}
        assert not found, name


def test_no_service_carries_another_ones_modules() -> None:
    for name in ("create", "reveal"):
        modules = {path for path in list_zip(name) if path.startswith("chalicelib/")}
        assert modules == list_sources(f"services/{name}/chalicelib")
