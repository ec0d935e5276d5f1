"""What `make dist` builds, in an empty environment: it installs, it runs, it sends and opens."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Served, run_server
from tools.dependencies import lambda_architecture
from tools.dist import ZIPAPP, build_packages, build_zipapp, find_pins

PATIENCE = 300


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build_packages(folder)
    build_zipapp(next(folder.glob("*.whl")), folder / ZIPAPP, lambda_architecture())
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with run_server() as served:
        yield served


@pytest.fixture
def environ(tmp_path: Path, server: Served) -> dict[str, str]:
    """Of somebody whose machine has no trace of this checkout."""
    return {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "BURNBAG_URL": server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }


def install(package: Path, folder: Path) -> Path:
    """Install a package into an empty environment, by what there is; gives its `burnbag`."""
    pins = folder / "pins.txt"
    pins.write_text("\n".join(pin.split()[0] for pin in find_pins()))
    home = folder / "environment"
    if uv := shutil.which("uv"):
        run([uv, "venv", "--quiet", "--python", sys.executable, str(home)])
        command = [uv, "pip", "install", "--quiet", "--python", str(home / "bin/python")]
    else:
        venv.create(home, with_pip=False)
        # This environment's pip: to put one into the other takes as long as all the rest.
        command = [sys.executable, "-m", "pip", "--python", str(home / "bin/python")]
        command += ["install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    run([*command, "--constraint", str(pins), str(package)])
    return home / "bin" / "burnbag"


def run(command: list[str], environ: dict[str, str] | None = None, text: str = "") -> str:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        env=environ,
        cwd=(environ or {}).get("HOME"),
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def send_and_open(burnbag: list[str], environ: dict[str, str]) -> None:
    assert run([*burnbag, "--version"], environ).startswith("burnbag 0.1.0 (commit ")
    link = run([*burnbag, "send", "--ttl", "15m"], environ, text="hunter2").strip()
    assert run([*burnbag, "open", "-y"], environ, text=link) == "hunter2"


def test_the_wheel_works_and_its_manual_is_found(
    built: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    burnbag = install(next(built.glob("*.whl")), tmp_path)
    send_and_open([str(burnbag)], environ)
    share = burnbag.parents[1] / "share"
    assert (share / "bash-completion/completions/burnbag").is_file()
    assert (share / "zsh/site-functions/_burnbag").is_file()
    assert (share / "fish/vendor_completions.d/burnbag.fish").is_file()
    assert (share / "man/man1/burnbag.1").is_file()
    if man := shutil.which("man"):
        manpath = {"MANPATH": str(share / "man"), "MANWIDTH": "80", "MANPAGER": "cat"}
        assert "burnbag send [OPTIONS] [FILE]" in run([man, "burnbag"], environ | manpath)


def test_the_source_archive_makes_the_same_wheel(built: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(next(built.glob("*.tar.gz")), tmp_path, filter="data")
    build_packages(tmp_path / "dist", next(tmp_path.glob("burnbag-*")))
    wheel = next(built.glob("*.whl"))
    assert read(tmp_path / "dist" / wheel.name) == read(wheel)


def read(wheel: Path) -> dict[str, bytes]:
    """What is in a wheel; the list of that is in the order of the files that it was made of."""
    archive = zipfile.ZipFile(wheel)
    return {n: archive.read(n) for n in archive.namelist() if not n.endswith("/RECORD")}


def test_the_one_file_works_by_itself(built: Path, environ: dict[str, str]) -> None:
    # Without -I Python would find the client of this checkout, if PYTHONPATH named it.
    burnbag = [sys.executable, "-I", str(built / ZIPAPP)]
    send_and_open(burnbag, environ)
    assert run([str(built / ZIPAPP), "--version"], environ).startswith("burnbag ")


def test_the_one_file_says_where_it_runs(built: Path, environ: dict[str, str]) -> None:
    pretend = (
        "import platform, runpy, sys; platform.machine = lambda: 'riscv64'\n"
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [sys.executable, "-I", "-c", pretend, str(built / ZIPAPP), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 1 and "with Python 3.11 to 3.13" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_of_this_machine_is_in_it(built: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(built / ZIPAPP, tmp_path, format="zip")
    here = str(Path(__file__).resolve().parents[2]).encode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 1000
    assert not [path for path in files if here in path.read_bytes()]
