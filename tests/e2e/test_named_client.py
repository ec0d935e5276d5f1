"""Named recipients with the command, the Python client and curl: real roles, with IAM enforced."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest
from botocore.credentials import Credentials

from burnbag import Burnbag, Link, NotTheRecipient, RecipientRequired
from tests.support import warm
from tests.support.curl import with_curl
from tests.support.deployment import PATIENCE, Deployment, until
from tests.support.documents import blocks
from tests.support.programs import needs, told_environment
from tests.support.services import ROOT

pytestmark = pytest.mark.embedded("it makes roles of its own")
GUIDE: Final = ROOT / "docs" / "named-recipients.md"
EXAMPLES: Final = {
    language: [block.text for block in blocks(GUIDE) if block.language == language]
    for language in ("hcl", "python", "sh")
}
SECRET: Final = "hunter2"
MIB: Final = 2**20


@dataclass(frozen=True)
class Role:
    """A role as a service has it: with one policy of burnbag's, or none."""

    arn: str
    assume: Callable[[str], Credentials]

    def environment(self, deployment: Deployment, home: Path, session: str) -> dict[str, str]:
        """A shell in a new home folder, with this role's credentials."""
        keys = self.assume(session)
        home.mkdir(exist_ok=True)
        return told_environment(deployment, home) | {
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_SESSION_TOKEN": keys.token or "",
        }

    def client(self, deployment: Deployment, session: str) -> Burnbag:
        keys, signer = self.assume(session), botocore.session.Session()
        signer.set_credentials(keys.access_key, keys.secret_key, keys.token)
        return Burnbag(deployment.stack.api_url, signer, region=deployment.stack.region)


@pytest.fixture(scope="module")
def make_role(deployment: Deployment) -> Iterator[Callable[..., Role]]:
    """Makes a role, under a path of its own, that the account may assume."""
    iam, made = deployment.client("iam"), []

    def make(name: str, output: str | None) -> Role:
        account = deployment.outputs["caller_policy_arn"].split(":")[4]
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName=name, Path="/ours/", AssumeRolePolicyDocument=document)
        policy = deployment.outputs[output] if output else None
        if policy:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        made.append((name, policy))
        arn = role["Role"]["Arn"]

        def assume(session: str) -> Credentials:
            answer = deployment.client("sts").assume_role(RoleArn=arn, RoleSessionName=session)
            keys = answer["Credentials"]
            return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

        return Role(arn, assume)

    yield make
    for name, policy in made:
        if policy:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy)
        iam.delete_role(RoleName=name)


@pytest.fixture(scope="module")
def orders(make_role: Callable[..., Role]) -> Role:
    return make_role("e2e-orders", "caller_policy_arn")


@pytest.fixture(scope="module")
def billing(make_role: Callable[..., Role]) -> Role:
    return make_role("e2e-billing", "recipient_policy_arn")


@pytest.fixture(scope="module")
def shipping(make_role: Callable[..., Role]) -> Role:
    """Another role with the same policy as the recipient."""
    return make_role("e2e-shipping", "recipient_policy_arn")


@pytest.fixture(scope="module")
def stranger(make_role: Callable[..., Role]) -> Role:
    """A role without any policy."""
    return make_role("e2e-stranger", None)


def run(
    arguments: list[str], environ: dict[str, str], stdin: str = "", code: int = 0
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        arguments,
        env=environ,
        cwd=environ["HOME"],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def burnbag(
    environ: dict[str, str], *arguments: str, stdin: str = "", code: int = 0
) -> "subprocess.CompletedProcess[str]":
    """The command, with all that `-v` tells."""
    assert warm.suits(environ)
    given, home = [*arguments, "-v"], Path(environ["HOME"])
    status, out, err = warm.run(given, environ, home, stdin.encode(), PATIENCE)
    assert status == code, out + err
    return subprocess.CompletedProcess(given, status, out.decode(), err.decode())


def assert_says_nothing_of(link: str, *said: str) -> None:
    """Neither the link nor what opens it is in any of these."""
    parsed = Link.parse(link)
    for text in said:
        assert parsed.token not in text and link.rpartition(".")[2] not in text, text
        assert SECRET not in text, text


def test_only_the_named_role_opens_and_the_receipt_says_who_else_tried(
    deployment: Deployment, tmp_path: Path, orders: Role, billing: Role, shipping: Role,
    stranger: Role,
) -> None:  # fmt: skip
    sender = orders.environment(deployment, tmp_path / "orders", "task-1")
    sent = burnbag(sender, "send", "--to", billing.arn, "--ttl", "15m", stdin=SECRET)
    link = sent.stdout.strip()
    nobody = told_environment(deployment, tmp_path) | {"AWS_EC2_METADATA_DISABLED": "true"}
    for name in [name for name in nobody if name.startswith("AWS_") and "KEY" in name]:
        del nobody[name]

    anonymous = burnbag(nobody, "open", stdin=link, code=10)
    assert "the secret is for named recipients" in anonymous.stderr
    other = burnbag(
        shipping.environment(deployment, tmp_path / "shipping", "thief"),
        "open",
        stdin=link,
        code=10,
    )
    assert "not for role e2e-shipping of account" in other.stderr
    assert "assumed-role/e2e-shipping/thief" in other.stderr
    denied = burnbag(
        stranger.environment(deployment, tmp_path / "stranger", "task-1"),
        "open",
        stdin=link,
        code=1,
    )
    assert "403" in denied.stderr
    receipt = json.loads(burnbag(sender, "receipt", "--json", Link.parse(link).id).stdout)
    assert (receipt["state"], receipt["views_left"], receipt["failed_attempts"]) == ("sealed", 1, 0)
    assert receipt["recipients"] == [billing.arn.replace("/ours/", "/")]
    assert receipt["refusals"] == 1 and "e2e-shipping/thief" in receipt["last_refusal"]["by"]

    recipient = billing.environment(deployment, tmp_path / "billing", "task-7")
    opened = burnbag(recipient, "open", "--json", stdin=link)
    found = json.loads(opened.stdout)
    assert found["secret"] == SECRET
    assert found["identified_as"].endswith(":assumed-role/e2e-billing/task-7")
    receipt = json.loads(burnbag(sender, "receipt", "--json", "--wait", Link.parse(link).id).stdout)
    assert [view["by"] for view in receipt["views"]] == [found["identified_as"]]
    said = (sent, anonymous, other, denied, opened)
    assert_says_nothing_of(link, *(each.stderr for each in said), anonymous.stdout, other.stdout)
    events = until(
        lambda: [event["event"] for event in deployment.events(Link.parse(link).id)],
        lambda names: "secret.revealed" in names,
    )
    assert events.count("secret.refused") == 1


def test_a_thief_with_the_passphrase_neither_reads_nor_locks(
    deployment: Deployment, orders: Role, billing: Role, shipping: Role
) -> None:
    with (
        orders.client(deployment, "task-1") as sender,
        shipping.client(deployment, "task-1") as thief,
    ):
        sent = sender.send(SECRET, passphrase="right", recipients=[billing.arn])
        for guess in ["right", *(f"wrong {n}" for n in range(6))]:
            with pytest.raises(NotTheRecipient) as refused:
                thief.open(sent.link, passphrase=guess)
            assert_says_nothing_of(sent.link, str(refused.value), repr(refused.value))
        with billing.client(deployment, "task-2") as recipient:
            assert recipient.peek(sent.link).views_left == 1
            assert recipient.open(sent.link, passphrase="right").text == SECRET
        receipt = sender.receipt(sent.id, sent.receipt_token)
        assert (receipt.failed_attempts, receipt.refusals) == (0, 7)


def test_a_large_file_comes_in_any_session_of_the_role_and_to_nobody_else(
    deployment: Deployment, tmp_path: Path, orders: Role, billing: Role, shipping: Role
) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(b"burnbag" * (3 * MIB))
    with orders.client(deployment, "task-1") as sender:
        sent = sender.send(large, recipients=[billing.arn], resume_file=tmp_path / "resume")
    assert sent.kind == "upload"
    with shipping.client(deployment, "task-1") as thief, pytest.raises(NotTheRecipient):
        thief.open(sent.link, tmp_path / "stolen.bin")
    with Burnbag(session=Nobody(), region=deployment.stack.region) as anybody:
        with pytest.raises(RecipientRequired) as required:
            anybody.open(sent.link, tmp_path / "stolen.bin")
        assert required.value.identify == ("iam",)
    with billing.client(deployment, "another") as recipient:
        opened = recipient.open(sent.link, tmp_path / "copy.bin")
    assert (tmp_path / "copy.bin").read_bytes() == large.read_bytes()
    assert opened.identified_as and opened.identified_as.endswith("e2e-billing/another")
    assert not (tmp_path / "stolen.bin").exists()


class Nobody:
    """A session without credentials."""

    def get_credentials(self) -> None:
        return None

    region_name = None


def test_the_guides_terraform_is_that_of_the_example() -> None:
    example = (ROOT / "terraform/examples/two-services/main.tf").read_text()
    (shown,) = EXAMPLES["hcl"]
    for resource in shown.split("\n\n"):
        assert resource.strip() in example


def test_the_guides_python_hands_a_credential_over(
    deployment: Deployment, tmp_path: Path, orders: Role, billing: Role
) -> None:
    send, receive = EXAMPLES["python"]
    sender = orders.environment(deployment, tmp_path / "orders", "task-1") | {
        "RECIPIENT": billing.arn
    }
    link = run([sys.executable, "-c", send], sender).stdout
    recipient = billing.environment(deployment, tmp_path / "billing", "task-1")
    opened = run([sys.executable, "-c", receive], recipient, stdin=link)
    assert opened.stdout == f"{SECRET}\n"
    assert opened.stderr.endswith(":assumed-role/e2e-billing/task-1\n")


@with_curl
@needs("jq")
def test_the_guides_curl_hands_a_credential_over(
    deployment: Deployment, tmp_path: Path, orders: Role, billing: Role
) -> None:
    send, receive = EXAMPLES["sh"]
    sender = orders.environment(deployment, tmp_path / "orders", "task-1") | {
        "RECIPIENT": billing.arn
    }
    run(["sh", "-eu", "-c", send], sender)
    recipient = billing.environment(deployment, tmp_path / "billing", "task-1")
    (tmp_path / "billing" / "link").write_text((tmp_path / "orders" / "link").read_text())
    opened: dict[str, Any] = json.loads(run(["sh", "-eu", "-c", receive], recipient).stdout)
    assert opened["secret"] == SECRET
    assert opened["identified_as"].endswith(":assumed-role/e2e-billing/task-1")
