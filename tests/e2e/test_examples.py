"""Every example of docs/api.md runs as it stands, with what `make up` prints, and as a service."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.curl import FORM, with_curl
from tests.support.deployment import Deployment
from tests.support.documents import Block, blocks
from tests.support.programs import callers_environment, needs, told_environment
from tests.support.services import ROOT
from tools.checkout import BUILD

pytestmark = pytest.mark.embedded("its users are those that `make up` has")
EXAMPLES: Final = [block for block in blocks(ROOT / "docs" / "api.md") if block.language != "json"]
ENVIRONMENTS: Final = {"told": told_environment, "service": callers_environment}
# How each language's example is run, and what that needs.
COMMANDS: Final = {
    "sh": ("sh", "-eu", "example.sh"),
    "python": (sys.executable, "example.python"),
    "js": ("node", "--input-type=module"),
    "go": ("go", "run", "example.go"),
}
MARKS: Final = {
    "sh": [with_curl, needs("jq")],
    "python": [],
    "js": [needs("node")],
    "go": [pytest.mark.skipif(shutil.which("go") is None, reason="needs go")],
}


def each_example() -> list[Any]:
    return [
        pytest.param(block, id=f"{block.language}-{number}", marks=MARKS[block.language])
        for number, block in enumerate(EXAMPLES, 1)
    ]


def test_there_is_an_example_in_every_language() -> None:
    assert {block.language for block in EXAMPLES} == COMMANDS.keys()


@pytest.mark.parametrize("whose", ENVIRONMENTS)
@pytest.mark.parametrize("example", each_example())
def test_an_example_runs_as_it_stands(
    deployment: Deployment, example: Block, whose: str, tmp_path: Path
) -> None:
    (tmp_path / "report.pdf").write_bytes(FORM)
    (tmp_path / f"example.{example.language}").write_text(example.text)
    # What Go has compiled is kept, and its home is the test's own.
    environ = ENVIRONMENTS[whose](deployment, tmp_path) | {"GOCACHE": str(BUILD / "go")}
    done = subprocess.run(
        COMMANDS[example.language],
        cwd=tmp_path,
        env=environ,
        input=example.text,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    if "report.pdf" in example.text:
        sealed = json.loads(done.stdout)
        assert deployment.reveal(sealed).content == FORM
    else:
        assert "hunter2" in done.stdout.splitlines()[-1], done.stdout + done.stderr
