"""`burnbag list --remote` and `burnbag revoke --created-by`, by an operator at a terminal."""

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from burnbag_core.errors import Unavailable

from burnbag import Receipt, Revocation
from burnbag.cli.bar import Bar
from burnbag.refusals import POLICIES
from tests.support.cli import Machine, interrupt, wait_until
from tests.support.server import Served

ROLE = "arn:aws:iam::123456789012:role/orders"
MANY = ("revoke", "--created-by", "orders", "--since", "2h")


@pytest.fixture(autouse=True)
def empty(server: Served) -> Iterator[None]:
    """Each test begins without secrets: the server is the module's."""
    server.store.secrets.clear()
    server.store.receipts.clear()
    yield
    server.hooks.undo()


def send(machine: Machine, *args: str) -> str:
    found: dict[str, Any] = json.loads(machine.run("send", "--json", *args, stdin=b"x").out)
    return str(found["id"])


def states(server: Served) -> list[str]:
    return sorted(receipt.state for receipt in server.store.receipts.values())


def test_the_server_lists_what_was_sent_from_any_machine(machine: Machine) -> None:
    first = send(machine, "--label", "vpn")
    machine.history.unlink()
    second = send(machine)
    machine.run("revoke", second)
    ran = machine.run("list", "--remote")
    assert (ran.code, ran.err) == (0, "")
    heading, *lines = ran.text.splitlines()
    assert heading.split() == ["id", "state", "sent", "expires", "kind", "size", "label", "for"]
    shown = {line.split()[0]: line.split() for line in lines}
    assert shown[first][1] == "sealed" and shown[first][-1] == "vpn"
    assert shown[second][1] == "revoked"


def test_the_servers_list_can_be_narrowed(machine: Machine) -> None:
    vpn, other = send(machine, "--label", "vpn"), send(machine)
    machine.run("revoke", other)
    for args, expected in (
        (["--state", "sealed"], [vpn]),
        (["--state", "revoked"], [other]),
        (["--label", "v"], [vpn]),
        (["--until", "1h"], []),
        (["--since", "1h", "--created-by", "orders", "--state", "sealed"], [vpn]),
        (["--created-by", "ada@example.com"], []),
    ):
        ran = machine.run("list", "--remote", "--json", *args)
        assert (ran.code, [entry["id"] for entry in json.loads(ran.out)]) == (0, expected)


def test_the_servers_list_for_scripts_has_the_fields_of_a_receipt(machine: Machine) -> None:
    send(machine)
    (entry,) = json.loads(machine.run("list", "--remote", "--json").out)
    assert set(entry) == set(Receipt.__dataclass_fields__)


def test_an_empty_list_says_so_on_stderr(machine: Machine) -> None:
    ran = machine.run("list", "--remote")
    assert (ran.code, ran.out, ran.err) == (0, b"", "the server knows of none\n")
    assert json.loads(machine.run("list", "--remote", "--json").out) == []


def test_a_label_can_not_control_the_terminal(machine: Machine, server: Served) -> None:
    secret_id = send(machine, "--label", "x")
    server.store.write(secret_id, label="\x1b[2Jgone")
    assert "\x1b" not in machine.run("list", "--remote").text


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["list", "--state", "sealed"], "--state asks the server: use it with --remote"),
        (["list", "--created-by", "x"], "--created-by asks the server: use it with --remote"),
        (["list", "--remote", "--since", "soon"], "--since is a time"),
        (["list", "--remote", "--since", "1h", "--until", "2h"], "--since is after --until"),
        (["list", "--remote", "--created-by", "https://x/#s3cret"], "--created-by is a name"),
        (["revoke"], "which secret? Its ID is missing, or --created-by"),
        (["revoke", "--created-by", "orders"], "how far back? --created-by needs --since"),
        (["revoke", "abcd", "--created-by", "orders", "--since", "2h"], "use one of them"),
        (["revoke", "abcd", "--dry-run"], "go with --created-by"),
        (["revoke", "abcd", "--json"], "go with --created-by"),
        (["revoke", "abcd", "--since", "2h"], "go with --created-by"),
        ([*MANY[:-1], "2999-01-01"], "--since is to come"),
        ([*MANY], "there is no terminal to ask on: use --yes, after --dry-run"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_server_is_asked(
    machine: Machine, server: Served, args: list[str], error: str
) -> None:
    ran = machine.run(*args)
    assert (ran.code, ran.out) == (2, b"")
    assert error in ran.err and "s3cret" not in ran.err
    assert server.requests == []


def test_a_dry_run_counts_and_changes_nothing(machine: Machine, server: Served) -> None:
    for _ in range(3):
        send(machine)
    ran = machine.run(*MANY, "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in ran.text.splitlines() if "by" not in line)
    assert lines["open"] == "3" and f"created by  {ROLE}" in ran.text
    assert states(server) == ["sealed"] * 3


def test_with_yes_all_are_revoked_without_a_question(machine: Machine, server: Served) -> None:
    for _ in range(3):
        send(machine)
    send(machine, "--label", "keep")
    for receipt in list(server.store.receipts.values()):
        if receipt.label != "keep":
            server.store.write(receipt.id, label="staging 7")
    ran = machine.run(*MANY, "--label", "staging", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert "revoked        3\nalready ended  0\nfailed         0" in ran.text
    assert states(server) == ["revoked"] * 3 + ["sealed"]


def test_for_scripts_it_prints_the_counts(machine: Machine) -> None:
    send(machine)
    ran = machine.run(*MANY, "--yes", "--json")
    found = json.loads(ran.out)
    assert (ran.code, ran.err, set(found)) == (0, "", set(Revocation.__dataclass_fields__))
    assert (found["created_by"], found["revoked"]) == (ROLE, 1)
    assert json.loads(machine.run(*MANY, "--yes", "--json").out)["found"] == 0


def test_somebody_at_a_terminal_is_asked_first(machine: Machine, server: Served) -> None:
    send(machine)
    send(machine)
    question = f"Revoke 2 open secrets that {ROLE} created? [y/N] "
    ran = machine.type(*MANY, answers=[(question, "n\n")])
    assert ran.code == 1
    assert "burnbag: not revoked; nothing has changed" in ran.err
    assert states(server) == ["sealed"] * 2
    ran = machine.type(*MANY, answers=[(question, "y\n")])
    assert ran.code == 0
    assert "revoked        2" in ran.err
    assert states(server) == ["revoked"] * 2
    ran = machine.type(*MANY)
    assert ran.code == 0 and "revoked        0" in ran.err


def test_what_could_not_be_revoked_is_said_and_the_exit_code_tells(
    machine: Machine, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = send(machine)
    send(machine)

    def fail(real: Any, secret_id: str, *rest: Any) -> Any:
        if secret_id == bad:
            raise Unavailable("TransactWriteItems ThrottlingException")
        return real(secret_id, *rest)

    server.hooks.always("revoke", fail)
    ran = machine.run(*MANY, "--yes", "--until", "2999-01-01")
    assert ran.code == 1
    assert "revoked        1" in ran.text and "failed         1" in ran.text
    assert ran.err == "burnbag: 1 could not be revoked: run the same again\n"
    server.hooks.undo()
    assert machine.run(*MANY, "--yes").code == 0
    assert states(server) == ["revoked"] * 2


def test_an_interrupted_run_is_continued_by_the_same_command(
    machine: Machine, server: Served
) -> None:
    for _ in range(3):
        send(machine)
    held = iter([True])

    def hold(real: Any, *args: Any) -> Any:
        done = real(*args)
        if next(held, False):
            os.kill(process.pid, 0)
            wait_until(lambda: process.poll() is not None)
        return done

    server.hooks.always("revoke", hold)
    process = machine.start(*MANY, "--yes")
    wait_until(lambda: "revoked" in states(server))
    ran = interrupt(process, signal.SIGINT)
    assert (ran.code, ran.err) == (1, "burnbag: interrupted\n")
    server.hooks.undo()
    assert machine.run(*MANY, "--yes").code == 0
    assert states(server) == ["revoked"] * 3


def test_who_may_not_is_told_so(machine: Machine, server: Served) -> None:
    send(machine)
    words = b'{"type": "urn:burnbag:problem:access-denied", "title": "You may not do this"}'
    server.faults.foreign.append((403, {"Content-Type": "application/problem+json"}, words))
    ran = machine.run(*MANY, "--yes")
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: You may not do this: {POLICIES}\n")
    assert states(server) == ["sealed"]


def test_the_bar_counts_secrets_and_not_bytes() -> None:
    bar = Bar(" secrets", after="looking for what is left")
    bar(100, 250)
    assert bar.describe(bar.state.began + 1).endswith("]  40%  100 of 250 secrets")
    bar(250, 250)
    assert bar.describe(bar.state.full_at or 0).startswith("looking for what is left")
