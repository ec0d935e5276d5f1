"""`burnbag send --to`, and opening what is for named recipients."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from burnbag.links import Link
from tests.support.api import RECIPIENT
from tests.support.cli import SECRET, Machine, Ran
from tests.support.server import Served, views_left

ROLE = "arn:aws:iam::123456789012:role/billing"
THIEF = "arn:aws:sts::123456789012:assumed-role/shipping/thief"
NO_CREDENTIALS = (
    "no AWS credentials were found: choose a profile (--profile, AWS_PROFILE), or sign in, for "
    "example by `aws sso login`"
)


@pytest.fixture
def billing(tmp_path: Path) -> Machine:
    """A recipient's machine: it has credentials, and knows no burnbag."""
    (tmp_path / "billing").mkdir()
    return Machine(tmp_path / "billing")


@pytest.fixture
def thief(tmp_path: Path, server: Served) -> Machine:
    """A machine with the credentials of another role."""
    (tmp_path / "thief").mkdir()
    machine = Machine(tmp_path / "thief")
    machine.env["AWS_ACCESS_KEY_ID"] = "THIEF"
    server.signers["THIEF"] = THIEF
    return machine


@pytest.fixture
def named(sender: Machine) -> str:
    return sender.run("send", "--to", ROLE, stdin=SECRET.encode()).text


def assert_hides(ran: Ran, link: str) -> None:
    """Nothing that opens the secret is shown."""
    for canary in (Link.parse(link).token, link.rpartition(".")[2], SECRET):
        assert canary not in ran.err and canary.encode() not in ran.out


def test_the_named_role_opens_it_and_is_told_as_whom(
    billing: Machine, server: Served, named: str
) -> None:
    server.requests.clear()
    ran = billing.type("open", named, answers=[("[y/N] ", "y\n")])
    host = named.split("/")[2]
    assert ran.code == 0
    assert ran.err.startswith(f"identified as {RECIPIENT} to {host}\nOpen it?")
    assert SECRET in ran.err
    doors = [request.split("/")[2] for request in server.requests]
    assert doors == ["v1", "signed", "signed", "signed"]


def test_for_scripts_the_identity_is_in_the_json_and_nothing_on_stderr(
    billing: Machine, named: str
) -> None:
    peeked = billing.run("peek", "--json", named)
    opened = billing.run("open", "--json", named)
    assert (peeked.code, peeked.err, opened.code, opened.err) == (0, "", 0, "")
    assert json.loads(peeked.out)["identified_as"] == RECIPIENT
    found = json.loads(opened.out)
    assert (found["secret"], found["identified_as"]) == (SECRET, RECIPIENT)


def test_peek_says_as_whom_it_was_told(billing: Machine, named: str) -> None:
    ran = billing.run("peek", named)
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.splitlines()[-1] == f"identified as  {RECIPIENT}"


@pytest.mark.parametrize("command", ["open", "peek"])
def test_somebody_else_is_told_which_role_is_wrong_and_uses_nothing(
    thief: Machine, sender: Machine, server: Served, named: str, command: str
) -> None:
    ran = thief.run(command, named, "-v")
    assert (ran.code, ran.out) == (10, b"")
    assert ran.err.splitlines()[-1] == (
        f"burnbag: the secret is for somebody else, and not for role shipping of account "
        f"123456789012 ({THIEF}); no view was used: use other credentials (--profile, "
        f"AWS_PROFILE), or ask its sender for whom it is"
    )
    assert_hides(ran, named)
    assert views_left(server, named) == 1
    lines = sender.run("receipt", named).text.splitlines()
    assert f"for         {ROLE}" in lines
    (refused,) = [line for line in lines if line.startswith("refused ")]
    assert refused.startswith("refused     once, at last 20")
    assert f" UTC by {THIEF} from 192.0.2.7 with burnbag/" in refused


@pytest.mark.parametrize("command", ["open", "peek"])
def test_who_has_no_credentials_is_told_what_the_secret_asks_for(
    recipient: Machine, server: Served, named: str, command: str
) -> None:
    recipient.env["AWS_EC2_METADATA_DISABLED"] = "true"
    recipient.env["AWS_REGION"] = "us-east-1"
    ran = recipient.run(command, named)
    told = "the secret is for named recipients: it opens with AWS credentials of theirs"
    assert (ran.code, ran.out, ran.err) == (10, b"", f"burnbag: {told}; {NO_CREDENTIALS}\n")
    assert views_left(server, named) == 1


def test_what_is_for_people_is_opened_in_a_browser(
    billing: Machine, sender: Machine, server: Served
) -> None:
    link = sender.run("send", "--to", "Ada@Example.com", stdin=b"x").text
    ran = billing.run("open", link)
    told = "the secret is for named people: open the link in a browser and sign in"
    assert (ran.code, ran.out, ran.err) == (10, b"", f"burnbag: {told}\n")
    assert views_left(server, link) == 1


def test_a_profile_signs_and_one_that_is_missing_is_named(billing: Machine, named: str) -> None:
    ran = billing.run("open", named, "--profile", "nobody")
    error = "AWS's configuration has no profile nobody"
    assert (ran.code, ran.err) == (2, f"burnbag: {error}\n")
    for name in [name for name in billing.env if name.startswith("AWS_")]:
        del billing.env[name]
    folder = billing.home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        "[billing]\naws_access_key_id = KEY\naws_secret_access_key = test\n"
    )
    ran = billing.run("peek", named, "--profile", "billing")
    assert (ran.code, ran.err) == (10, ran.err) and "no AWS region is set" in ran.err
    ran = billing.run("open", named, "--profile", "billing", "--region", "us-east-1")
    assert (ran.code, ran.out) == (0, SECRET.encode())


def test_a_link_for_anybody_depends_on_no_configuration(recipient: Machine, link: str) -> None:
    recipient.config.parent.mkdir(parents=True)
    recipient.config.write_text("this is no TOML")
    assert recipient.run("open", link, "--profile", "nobody").out == SECRET.encode()


def test_the_configured_profile_signs_for_a_named_one(billing: Machine, named: str) -> None:
    billing.config.parent.mkdir(parents=True)
    billing.config.write_text("this is no TOML")
    ran = billing.run("open", named)
    assert ran.code == 2 and "is not valid TOML" in ran.err
    billing.config.write_text('profile = "nobody"')
    # Credentials in the environment are nearer.
    assert billing.run("open", named).out == SECRET.encode()


REFUSED = {
    "arn:aws:sts::123456789012:assumed-role/orders/1": (
        "this is a session, which ends: name the role itself: arn:aws:iam::123456789012:role/orders"
    ),
    "role/orders": "name it with its account, as in arn:aws:iam::123456789012:role/NAME",
    "arn:aws:iam::123456789012:root": (
        "only a role or a user can be a recipient: no account, group, root or federated user"
    ),
    "ada@example.com,grace@example.com": (
        "a recipient is a role or a user, as in arn:aws:iam::123456789012:role/orders, an e-mail "
        "address, or with @example.com everybody there; each has a --to of its own"
    ),
}


@pytest.mark.parametrize(("who", "why"), REFUSED.items())
def test_a_recipient_that_is_none_is_refused_before_anything_is_asked(
    sender: Machine, server: Served, who: str, why: str
) -> None:
    server.requests.clear()
    # On a terminal the secret would be asked for.
    ran = sender.type("send", "--to", ROLE, "--to", who)
    assert (ran.code, ran.err) == (2, f"burnbag: --to: {why}\n")
    assert not server.requests and not sender.history.exists()


def test_what_was_sent_says_for_whom_it_is(sender: Machine, billing: Machine) -> None:
    people = ["ada@example.com", "grace@example.com"]
    options = [word for who in (ROLE, *people) for word in ("--to", who)]
    ran = sender.type("send", "report.pdf", *options)
    assert f"sealed report.pdf, 9 bytes; for ada@example.com, {ROLE} and 1 more; expires" in ran.err
    found = json.loads(sender.run("send", "--json", *options, stdin=b"x").out)
    assert found["recipients"] == sorted([ROLE, *people])
    listed = json.loads(sender.run("list", "--json").out)
    assert [entry["recipients"] for entry in listed] == [sorted([ROLE, *people])] * 2
    for line in sender.run("list").text.splitlines()[1:]:
        assert line.endswith("ada@example.com, arn:aws:iam::123456789012:role/billing and 1 more")
    billing.run("open", found["link"])
    remote = [line for line in sender.run("list", "--remote").text.splitlines() if ROLE in line]
    assert found["id"] in " ".join(remote)


def test_the_list_says_how_often_somebody_else_came(
    sender: Machine, thief: Machine, named: str
) -> None:
    thief.run("open", named)
    thief.run("peek", named)
    secret_id = Link.parse(named).id
    (line,) = [x for x in sender.run("list", "--remote").text.splitlines() if secret_id in x]
    assert line.endswith(f"{ROLE} (2 refused)")
    receipt = json.loads(sender.run("receipt", "--json", named).out)
    assert (receipt["refusals"], receipt["last_refusal"]["by"]) == (2, THIEF)


def test_a_history_of_an_earlier_version_is_brought_up_to_date(sender: Machine) -> None:
    sender.run("send", stdin=b"x")
    with closing(sqlite3.connect(sender.history)) as connection:
        connection.execute("ALTER TABLE sent DROP COLUMN recipients")
        connection.commit()
    assert json.loads(sender.run("list", "--json").out)[0]["recipients"] == []
    sender.run("send", "--to", ROLE, stdin=b"x")
    found = [entry["recipients"] for entry in json.loads(sender.run("list", "--json").out)]
    assert found == [[ROLE], []]


def test_resume_takes_no_other_recipients(sender: Machine) -> None:
    ran = sender.run("send", "--resume", "--to", ROLE)
    assert (ran.code, ran.out) == (2, b"") and "it takes no other order" in ran.err
