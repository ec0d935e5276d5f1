"""The command and the Python client against the deployed API, with IAM enforced."""

import asyncio
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from burnbag import AsyncBurnbag, Burnbag, Link
from tests.support import warm
from tests.support.cli import handles_signals, wait_until
from tests.support.deployment import PATIENCE, Deployment, largest_function, until
from tests.support.size import FULL, some
from tools.caller import ROLE

MIB = 2**20
# What a command may take is less than either.
LARGE = (1024 if FULL else 128) * MIB
BLOCK = hashlib.sha256(b"burnbag").digest() * 2048
# A command must not find somebody's real credentials by itself.
NOBODY = {"AWS_EC2_METADATA_DISABLED": "true"}
PEAK = (
    "import os, sys; _, status, usage = os.wait4(os.posix_spawn(sys.argv[2], sys.argv[2:],"
    " os.environ), 0); open(sys.argv[1], 'w').write(str(usage.ru_maxrss));"
    " sys.exit(os.waitstatus_to_exitcode(status))"
)


@dataclass
class Person:
    """Somebody at a terminal: a home folder, and credentials if they are a sender."""

    home: Path
    environ: dict[str, str]

    def run(self, *arguments: str, stdin: bytes = b"", code: int = 0) -> bytes:
        """Run a command to its end, expect that exit code, and return what it printed."""
        assert warm.suits(self.environ)
        status, out, err = warm.run(arguments, self.environ, self.home, stdin, PATIENCE)
        assert status == code, err.decode()
        return out

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environ,
            cwd=self.home,
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "burnbag", *arguments]

    def measure(self, *arguments: str, stdin: bytes = b"") -> tuple[bytes, int]:
        """What a command prints, and its peak memory in KiB.

        A small process starts it, because Linux counts the memory of the parent at the fork as
        well.
        """
        figure = self.home / "peak"
        measured = [sys.executable, "-c", PEAK, str(figure), *self.command(*arguments)]
        done = subprocess.run(
            measured,
            input=stdin,
            stdout=subprocess.PIPE,
            env=self.environ,
            cwd=self.home,
            check=True,
        )
        return done.stdout, int(figure.read_text())


@pytest.fixture
def sender(deployment: Deployment, tmp_path: Path) -> Person:
    keys = deployment.caller
    return make_person(
        tmp_path / "sender",
        BURNBAG_URL=deployment.stack.api_url,
        AWS_REGION=deployment.stack.region,
        AWS_ACCESS_KEY_ID=keys.access_key,
        AWS_SECRET_ACCESS_KEY=keys.secret_key,
        AWS_SESSION_TOKEN=keys.token or "",
    )


@pytest.fixture
def recipient(tmp_path: Path) -> Person:
    """Without credentials, and without a way to any."""
    return make_person(tmp_path / "recipient")


def make_person(home: Path, **environ: str) -> Person:
    home.mkdir()
    path = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return Person(home, path | NOBODY | {"HOME": str(home), "LANG": "C.UTF-8"} | environ)


@pytest.fixture
def burnbag(deployment: Deployment) -> Iterator[Burnbag]:
    session, keys = botocore.session.Session(), deployment.caller
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    with Burnbag(deployment.stack.api_url, session, region=deployment.stack.region) as client:
        yield client


def fill(path: Path, size: int) -> str:
    """Write a file of `size` bytes, and return their SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, len(BLOCK)):
            block = BLOCK[: min(len(BLOCK), size - start)]
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_a_text_from_stdin_reaches_a_recipient_without_credentials(
    deployment: Deployment, sender: Person, recipient: Person
) -> None:
    link = sender.run("send", "--ttl", "15m", stdin=b"hunter2\n").decode()
    assert recipient.run("open", stdin=link.encode()) == b"hunter2\n"
    recipient.run("open", stdin=link.encode(), code=4)
    secret_id = Link.parse(link).id
    receipt = json.loads(sender.run("receipt", "--wait", "--json", secret_id))
    assert receipt["state"] == "revealed" and len(receipt["views"]) == 1
    assert receipt["created_by"].endswith(f"assumed-role/{ROLE}/demo")
    listed = json.loads(sender.run("list", "--json"))
    assert [entry["id"] for entry in listed] == [secret_id]


def test_a_recipient_without_credentials_can_not_send(
    deployment: Deployment, recipient: Person
) -> None:
    recipient.run("send", "--url", deployment.stack.api_url, stdin=b"hunter2", code=2)


def test_another_role_can_not_send(deployment: Deployment, sender: Person) -> None:
    sender.environ |= {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SESSION_TOKEN": ""}
    sender.run("send", stdin=b"hunter2", code=1)


def test_revoking_ends_a_secret(sender: Person, recipient: Person) -> None:
    link = sender.run("send", stdin=b"hunter2")
    sender.run("revoke", Link.parse(link.decode()).id)
    recipient.run("open", stdin=link, code=4)


def test_a_file_of_1_mib_goes_through_the_api(
    deployment: Deployment, sender: Person, recipient: Person
) -> None:
    digest = fill(sender.home / "caf\u00e9.bin", MIB)
    link = sender.run("send", "caf\u00e9.bin")
    assert json.loads(recipient.run("peek", "--json", stdin=link))["kind"] == "file"
    recipient.run("open", "-o", ".", stdin=link)
    assert sha256(recipient.home / "caf\u00e9.bin") == digest
    assert Link.parse(link.decode()).id not in until(
        deployment.objects, lambda ids: Link.parse(link.decode()).id not in ids, 60
    )


# The embedded AWS answers nobody for seconds while it takes in a gigabyte: the sweep would fail.
@pytest.mark.disturbing
@pytest.mark.embedded("it measures the functions' processes, and a gigabyte costs")
def test_a_large_file_goes_straight_to_s3_in_under_100_mib_of_memory(
    sender: Person, recipient: Person
) -> None:
    digest = fill(sender.home / "large.bin", LARGE)
    link, sending = sender.measure("send", "large.bin")
    assert json.loads(recipient.run("peek", "--json", stdin=link))["kind"] == "upload"
    (sender.home / "large.bin").unlink()
    _, opening = recipient.measure("open", "-o", "copy.bin", stdin=link)
    assert sha256(recipient.home / "copy.bin") == digest
    assert max(sending, opening) < 100 * 1024, (sending, opening)
    assert largest_function() < 250 * 1024
    (recipient.home / "copy.bin").unlink()


def test_an_upload_can_be_interrupted_at_any_point(
    deployment: Deployment, sender: Person, recipient: Person
) -> None:
    digest = fill(sender.home / "large.bin", (128 if FULL else 48) * MIB)
    before, tries = set(deployment.objects()), range(5 if FULL else 3)
    links = [interrupt(sender.start("send", "large.bin"), signal.SIGINT, 0, 1.2) for _ in tries]
    # What had begun to arrive goes on; of what had not, nothing is left.
    while list((sender.home / ".local/state/burnbag").glob("*.resume")):
        links.append(sender.run("send", "--resume", "large.bin"))
    whole = {Link.parse(link.decode()).id for link in links if link}
    link = sender.run("send", "large.bin")
    recipient.run("open", "-o", "copy.bin", stdin=link)
    assert sha256(recipient.home / "copy.bin") == digest
    # The history knows what arrived, and was interrupted before its link was printed.
    history = {each["id"] for each in json.loads(sender.run("list", "--json"))}
    expected = history - {Link.parse(link.decode()).id}
    left = until(deployment.objects, lambda ids: ids - before <= expected, 60)
    assert whole <= left


@pytest.mark.parametrize("ending", some([signal.SIGTERM, signal.SIGINT, signal.SIGKILL], 2))
def test_a_download_can_be_interrupted_at_any_point_and_had_again(
    burnbag: Burnbag, sender: Person, recipient: Person, ending: signal.Signals
) -> None:
    digest = fill(sender.home / "large.bin", (64 if FULL else 24) * MIB)
    sent = burnbag.send(sender.home / "large.bin")
    (recipient.home / "link").write_text(sent.link)
    opening = ["open", sent.link, "-o", "copy.bin"]
    for _ in range(4):
        interrupt(recipient.start(*opening), ending, 0, 1.0)
        files = {path.name for path in recipient.home.iterdir()}
        if "copy.bin" in files:
            break
        if ending != signal.SIGKILL:
            assert not [name for name in files if name.startswith(".burnbag-")]
    else:
        recipient.run(*opening)
    assert sha256(recipient.home / "copy.bin") == digest
    assert len(burnbag.receipt(sent.id, sent.receipt_token).views) == 1


def interrupt(
    process: subprocess.Popen[bytes], ending: signal.Signals, least: float, most: float
) -> bytes:
    """End a command at a random moment, and return what it printed if it had finished before."""
    if ending != signal.SIGKILL:
        # Until then Python itself is starting, and ends by a signal in its own way.
        wait_until(lambda: handles_signals(process))
    time.sleep(random.uniform(least, most))
    process.send_signal(ending)
    printed, said = process.communicate(timeout=60)
    if process.returncode == 0:
        return printed
    if ending == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 1 and b"Traceback" not in said, said.decode()
    assert not printed
    return b""


def test_what_is_not_encrypted_here_can_be_had_with_curl(
    deployment: Deployment, sender: Person, recipient: Person
) -> None:
    curl = shutil.which("curl")
    assert curl, "curl is needed"
    (sender.home / "report.pdf").write_bytes(b"%PDF-1.7")
    link = Link.parse(sender.run("send", "--server-side", "report.pdf").decode())
    assert link.key is None
    header = recipient.home / "token-header"
    header.write_text(f"X-Burnbag-Token: {link.token}\n")
    url = f"{link.base}/v1/secrets/{link.id}/reveal"
    arguments = ["-sS", "-f", "-OJ", "-X", "POST", "-H", f"@{header}", url]
    subprocess.run([curl, *arguments], cwd=recipient.home, check=True, timeout=60)
    assert (recipient.home / "report.pdf").read_bytes() == b"%PDF-1.7"


def test_the_asynchronous_client_speaks_to_the_deployed_api(
    deployment: Deployment, tmp_path: Path
) -> None:
    session, keys = botocore.session.Session(), deployment.caller
    session.set_credentials(keys.access_key, keys.secret_key, keys.token)
    url, region = deployment.stack.api_url, deployment.stack.region
    digest = fill(tmp_path / "large.bin", 24 * MIB)

    async def send_and_open() -> None:
        async with AsyncBurnbag(url, session, region=region) as burnbag, AsyncBurnbag() as somebody:
            text, file = await asyncio.gather(
                burnbag.send("hunter2", passphrase="right"), burnbag.send(tmp_path / "large.bin")
            )
            opened = await somebody.open(text.link, passphrase="right")
            assert opened.text == "hunter2"
            await somebody.open(file.link, tmp_path / "copy.bin")
            receipt = await burnbag.receipt(file.id, file.receipt_token)
            assert receipt.state == "revealed"

    asyncio.run(send_and_open())
    assert sha256(tmp_path / "copy.bin") == digest


def test_the_python_client_speaks_to_the_deployed_api(
    deployment: Deployment, burnbag: Burnbag
) -> None:
    sent = burnbag.send("hunter2", views=2, passphrase="right", label="staging")
    assert burnbag.peek(sent.link).views_left == 2
    with Burnbag() as somebody:
        assert somebody.open(sent.link, passphrase="right").data == b"hunter2"
    burnbag.revoke(sent.id, sent.receipt_token)
    receipt: Any = until(
        lambda: burnbag.receipt(sent.id, sent.receipt_token), lambda r: r.erased_at is not None, 60
    )
    assert (receipt.state, len(receipt.views), receipt.label) == ("revoked", 1, "staging")
