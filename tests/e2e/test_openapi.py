"""What docs/openapi.yaml says is so on the stack, whatever is sent: schemathesis tries it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from tests.support.deployment import Deployment
from tests.support.described import operations
from tests.support.services import ROOT
from tests.support.sign_in import sign_in
from tests.support.size import FULL
from tools.person import add_person

pytestmark = pytest.mark.embedded("it makes hundreds of odd calls")
CONFIGURATION = ROOT / "tests" / "e2e" / "schemathesis.toml"
# Its phases: the description's examples; then every border of every schema by itself, which is most
# of it and always the same; then calls made up at random, and chains of calls.
PHASES = "examples,coverage,fuzzing,stateful" if FULL else "examples,fuzzing,stateful"
EXAMPLES = 25 if FULL else 2
PARTS: tuple[tuple[str, ...], ...] = (
    ("sender", "recipient", "submitter"),
    ("people",),
    ("operator", "public"),
)
if not FULL:  # each program takes as long to start as its few calls take
    PARTS = (sum(PARTS, ()),)
# Their calls lead to none of the others.
UNLINKED = ("operator", "public")


def environment(deployment: Deployment) -> dict[str, str]:
    """What tests/support/odd_calls.py signs with, and what its programs need."""
    person = add_person(deployment.stack, f"odd-{os.getpid()}@example.com")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": "tests.support.odd_calls",
        "SIGN_REGION": deployment.stack.region,
        "ID_TOKEN": sign_in(deployment.outputs["sign_in"], person)["id_token"],
        **variables("SENDER", deployment.caller),
        **variables("OPERATOR", deployment.root),
        **variables("RECIPIENT", deployment.root),
    }


def variables(prefix: str, credentials: Credentials) -> dict[str, str]:
    return {
        f"{prefix}_KEY": credentials.access_key,
        f"{prefix}_SECRET": credentials.secret_key,
        f"{prefix}_TOKEN": credentials.token or "",
    }


@pytest.fixture(scope="module")
def described(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The description as the stack serves it, but for forms.

    In a form all is text, and what schemathesis takes for a mistake (a number for a text) is none.
    tests/unit/test_form.py and tests/integration/test_fuzz.py send odd ones.
    """
    document = deployment.recipient.call("GET", "/v1/openapi.json").json()
    for name in ("Order", "Answer"):
        del document["components"]["requestBodies"][name]["content"]["multipart/form-data"]
    file = tmp_path_factory.mktemp("described") / "openapi.json"
    file.write_text(json.dumps(document))
    return file


def start(described: Path, tags: tuple[str, ...], environ: dict[str, str]) -> subprocess.Popen[str]:
    """schemathesis on the calls with these tags."""
    server = json.loads(described.read_text())["servers"][0]["url"]
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={CONFIGURATION}",
    ]
    command += ["run", str(described), f"--url={server}", "--no-color"]
    phases = PHASES.replace(",stateful", "") if tags == UNLINKED else PHASES
    command += [f"--phases={phases}", f"--max-examples={EXAMPLES}", "--generation-deterministic"]
    command += ["--continue-on-failure", *(f"--include-tag={tag}" for tag in tags)]
    return subprocess.Popen(
        command,
        cwd=described.parent,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_schemathesis_finds_no_answer_that_is_not_as_described(
    deployment: Deployment, described: Path
) -> None:
    """In three programs at once in full size: with threads of its own it is not deterministic."""
    environ = environment(deployment)
    running = [start(described, tags, environ) for tags in PARTS]
    for each, tags in zip(running, PARTS, strict=True):
        told, _ = each.communicate()
        assert each.returncode == 0, told
        tagged = [call for call, found in operations() if found["tags"][0] in tags]
        assert f"Tested: {len(tagged)}\n" in told, told
    assert {tag for tags in PARTS for tag in tags} == {
        found["tags"][0] for _, found in operations()
    }
