"""Secrets that are asked for, against the deployed API: asked by a role, given by nobody known."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from burnbag_format import base64url

from burnbag import AnswerLink, Burnbag, Gone, NotFound, RequestGone, RequestLink
from tests.e2e.test_canary import forms, places
from tests.e2e.test_client import MIB, Person, fill, make_person, sha256
from tests.support.cli import wait_until
from tests.support.deployment import Deployment, until
from tests.support.size import FULL
from tests.support.slow_line import slow_line

SECRET = "canary-answer-2c9e"
LABEL = "canary request"


@pytest.fixture
def requester(deployment: Deployment, tmp_path: Path) -> Person:
    keys = deployment.caller
    return make_person(
        tmp_path / "requester",
        BURNBAG_URL=deployment.stack.api_url,
        AWS_REGION=deployment.stack.region,
        AWS_ACCESS_KEY_ID=keys.access_key,
        AWS_SECRET_ACCESS_KEY=keys.secret_key,
        AWS_SESSION_TOKEN=keys.token or "",
    )


@pytest.fixture
def submitter(tmp_path: Path) -> Person:
    """Without credentials, and without a way to any."""
    return make_person(tmp_path / "submitter")


@pytest.fixture
def burnbag(deployment: Deployment) -> Iterator[Burnbag]:
    session, keys = botocore.session.Session(), deployment.caller
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    with Burnbag(deployment.stack.api_url, session, region=deployment.stack.region) as client:
        yield client


class Watched:
    """Commands whose arguments are read while they run, as any user of the machine can do."""

    def __init__(self) -> None:
        self.seen = b""
        self.said = b""

    def run(self, person: Person, *arguments: str, stdin: bytes = b"") -> bytes:
        process = subprocess.Popen(
            person.command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=person.environ,
            cwd=person.home,
        )
        for what in ("cmdline", "environ"):
            # Both are empty for a moment after the process was made.
            self.seen += until(Path(f"/proc/{process.pid}/{what}").read_bytes, bool, 10)
        out, err = process.communicate(stdin, timeout=180)
        assert process.returncode == 0, err.decode()
        self.said += err
        return out


def test_a_text_is_asked_for_by_a_role_and_given_by_nobody_known(
    deployment: Deployment, requester: Person, submitter: Person
) -> None:
    link = requester.run("request", "--label", LABEL, "--ttl", "15m").decode().strip()
    asked = RequestLink.parse(link)
    submitter.run("submit", "-", "missing.pem", stdin=link.encode(), code=2)
    submitter.run("submit", link, stdin=b"hunter2\n")
    submitter.run("submit", link, stdin=b"hunter2\n", code=4)
    assert requester.run("request", "open", "--wait", asked.id) == b"hunter2\n"
    requester.run("request", "open", asked.id, code=3)
    receipt = json.loads(requester.run("receipt", "--wait", "--json", asked.id))
    assert (receipt["state"], receipt["label"]) == ("revealed", LABEL)
    assert receipt["submitted_at"] and receipt["sealed_key"] and receipt["created_by"]
    names = [event["event"] for event in until(lambda: events(deployment, asked.id), has_all)]
    assert names[:3] == ["secret.requested", "secret.submitted", "secret.revealed"]


def events(deployment: Deployment, secret_id: str) -> list[dict[str, Any]]:
    return deployment.events(secret_id)


def has_all(found: list[dict[str, Any]]) -> bool:
    return len(found) >= 3


def test_a_file_and_a_large_one_come_as_they_were(
    requester: Person, submitter: Person, burnbag: Burnbag
) -> None:
    (submitter.home / "key.pem").write_bytes(b"-----BEGIN")
    digest = fill(submitter.home / "disk.img", (40 if FULL else 20) * MIB)
    for name, kind in (("key.pem", "file"), ("disk.img", "upload")):
        asked = json.loads(requester.run("request", "--json", "--kind", "file"))
        done = json.loads(submitter.run("submit", "--json", asked["link"], name))
        assert (done["id"], done["kind"]) == (asked["id"], kind)
        assert burnbag.receipt(asked["id"], asked["receipt_token"]).kind == kind
        requester.run("request", "open", asked["id"], "-o", ".")
    assert (requester.home / "key.pem").read_bytes() == b"-----BEGIN"
    assert sha256(requester.home / "disk.img") == digest


@pytest.mark.embedded("the line leads to this machine")
def test_a_large_answer_that_broke_off_goes_on_in_another_process(
    deployment: Deployment, requester: Person, submitter: Person
) -> None:
    digest = fill(submitter.home / "disk.img", 60 * MIB)
    asked = json.loads(requester.run("request", "--json"))
    port = urlsplit(deployment.stack.api_url).port
    assert port
    with slow_line(port, 40 * MIB) as line:
        process = subprocess.Popen(
            line.command("submit", asked["link"], "disk.img"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=submitter.environ,
            cwd=submitter.home,
        )
        wait_until(lambda: line.sent > 30 * MIB or process.poll() is not None)
        process.kill()
        process.communicate()
    submitter.run("submit", "--resume")
    requester.run("request", "open", asked["id"], "-o", "copy.img")
    assert sha256(requester.home / "copy.img") == digest


def test_of_many_answers_at_once_one_is_taken(burnbag: Burnbag) -> None:
    asked = burnbag.request(LABEL)

    def submit(number: int) -> int | str:
        try:
            with Burnbag() as somebody:
                # A text, and a file that goes into the bucket.
                content = f"{number}" if number % 2 else f"{number}".ljust(300_000)
                somebody.submit(asked.link, content)
                return number
        except RequestGone as gone:
            return gone.state

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(submit, range(8)))
    (taken,) = [end for end in ends if isinstance(end, int)]
    assert ends.count("submitted") == 7
    assert burnbag.open_answer(asked.keep).text.strip() == str(taken)


def test_a_revoked_request_is_answered_by_nobody(burnbag: Burnbag) -> None:
    asked = burnbag.request(LABEL)
    burnbag.revoke(asked.id, asked.receipt_token)
    with pytest.raises(RequestGone, match="revoked"):
        burnbag.submit(asked.link, "hunter2")
    with pytest.raises(Gone, match="revoked"):
        burnbag.open_answer(asked.keep)
    link = RequestLink.parse(asked.link)
    wrong = RequestLink(link.base, link.id, base64url.encode(os.urandom(32)), link.public_key)
    with pytest.raises(NotFound):
        burnbag.submit(wrong, "hunter2")


def test_nothing_secret_of_a_request_is_left_anywhere(
    deployment: Deployment, requester: Person, submitter: Person
) -> None:
    watched = Watched()
    link = watched.run(requester, "request", "--label", LABEL).decode().strip()
    asked = RequestLink.parse(link)
    (file,) = requester.home.rglob("*.request")
    keep = AnswerLink.parse(json.loads(file.read_text())["keep"])
    (submitter.home / "answer").write_text(SECRET)
    watched.run(submitter, "submit", "-v", "-", "answer", stdin=link.encode())
    watched.run(requester, "request", "open", "-v", asked.id, "-o", "opened")
    assert (requester.home / "opened").read_text() == SECRET
    (requester.home / "opened").unlink()
    (submitter.home / "answer").unlink()
    deployment.erased({"id": asked.id, "receipt_token": keep.token})
    tokens = [asked.token, keep.token]
    keys = [keep.private_key, keep.public_key, keep.public_key[:32]]
    secrets = [form for text in (SECRET, *tokens) for form in forms(text)]
    secrets += [form for key in keys for form in (key.hex(), base64url.encode(key))]
    everywhere = dict(places(deployment)) | {"arguments": watched.seen.decode("latin-1")}
    everywhere |= {"stderr": watched.said.decode(), "requester's home": kept(requester)}
    everywhere["submitter's home"] = kept(submitter)
    assert LABEL in everywhere["receipts table"] and asked.id in everywhere["stderr"]
    assert "submit" in everywhere["arguments"] and asked.id in everywhere["arguments"]
    assert LABEL in everywhere["audit logs"]
    assert asked.id in everywhere["audit logs"]
    for place, content in everywhere.items():
        found = [secret[:16] for secret in secrets if secret in content]
        # The history has the receipt token, which opens nothing.
        if place == "requester's home":
            found = [each for each in found if not keep.token.startswith(each)]
        assert not found, f"{place} holds {found}"


def kept(person: Person) -> str:
    files = [path for path in person.home.rglob("*") if path.is_file()]
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def test_an_exception_tells_nothing_secret(deployment: Deployment, requester: Person) -> None:
    asked = json.loads(requester.run("request", "--json"))
    program = (
        "import sys; from burnbag import Burnbag; link = sys.stdin.read()\n"
        "Burnbag().submit(link, 'canary-answer'); Burnbag().submit(link, 'canary-answer')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=asked["link"].encode(),
        capture_output=True,
        env=requester.environ,
        cwd=requester.home,
    )
    said = done.stderr.decode()
    assert done.returncode == 1 and "RequestGone" in said and "canary" not in said
    for secret in (asked["link"], asked["keep"], asked["receipt_token"]):
        assert secret[-40:] not in said
