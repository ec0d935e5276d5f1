"""`burnbag audit`: an auditor's questions, asked of something that speaks CloudWatch Logs."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from burnbag.cli.pasted import NO_LINK
from burnbag.signing import NO_CREDENTIALS
from tests.support.cli import Machine, Ran, handles_signals, interrupt, wait_until
from tests.support.logs import GROUP, FakeLogs, ServedLogs, event, run_logs

ROLE = "arn:aws:iam::123456789012:role/orders"
ALICE = "arn:aws:iam::123456789012:user/alice"
FIRST, SECOND = "A" * 22, "-hAA" + "A" * 18
LINK = f"https://burnbag.example/#{FIRST}.{'A' * 43}"
ALL = ("--since", "2026-11-21", "--until", "2026-11-21")


@pytest.fixture
def served() -> Iterator[ServedLogs]:
    with run_logs() as served:
        yield served


@pytest.fixture
def logs(served: ServedLogs) -> FakeLogs:
    served.logs.put(
        event(0, secret_id=FIRST, created_by=ALICE, actor=ALICE, label="staging db", size=1000),
        event(1, secret_id=SECOND, kind="file", size=5000),
        event(2, "passphrase_failed", secret_id=SECOND, actor=None, source_ip="198.51.100.1"),
        event(3, "revealed", secret_id=FIRST, actor=None, created_by=ALICE, views_left=0,
              label="staging db", reveal_delay_seconds=3),
        event(4, "erased", secret_id=FIRST, actor=None, source_ip=None, created_by=ALICE,
              erase_lag_seconds=150, views_left=0, label="staging db"),
        event(1, secret_id=SECOND, kind="file", size=5000),
        event(5, "revealed", secret_id="B" * 22, actor=None, source_ip=None),
    )  # fmt: skip
    return served.logs


@pytest.fixture
def machine(tmp_path: Path, served: ServedLogs) -> Machine:
    machine = Machine(tmp_path)
    machine.env |= {"AWS_ENDPOINT_URL": served.url, "BURNBAG_AUDIT_LOG_GROUP": GROUP}
    return machine


def ask(machine: Machine, *args: str) -> list[dict[str, Any]]:
    ran = machine.run("audit", *ALL, "--json", *args)
    assert (ran.code, ran.err) == (0, "")
    return [json.loads(line) for line in ran.text.splitlines()]


def names(found: list[dict[str, Any]]) -> list[str]:
    return [event["event"].removeprefix("secret.") for event in found]


@pytest.mark.usefixtures("logs")
@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([], ["created", "created", "passphrase_failed", "revealed", "erased", "revealed"]),
        (["--secret", FIRST], ["created", "revealed", "erased"]),
        (["--secret", LINK], ["created", "revealed", "erased"]),
        (["--secret", "-hAA"], ["created", "passphrase_failed"]),
        (["--event", "created"], ["created", "created"]),
        (["--event", "secret.erased", "--event", "revealed"], ["revealed", "erased", "revealed"]),
        (["--by", ALICE], ["created"]),
        (["--by", ROLE], ["created"]),
        (["--created-by", ALICE], ["created", "revealed", "erased"]),
        (["--label", "staging db", "--event", "revealed"], ["revealed"]),
        (["--label", "*db", "--event", "created"], ["created"]),
        (["--kind", "file"], ["created"]),
        (["--slower-than", "120s"], ["erased"]),
        (["--slower-than", "150"], []),
        (["--since", "2026-11-21T00:00:04Z"], ["erased", "revealed"]),
        (["--until", "2026-11-21T01:00:01+01:00"], ["created", "created"]),
    ],
)
def test_events_are_asked_for_by_what_they_say(
    machine: Machine, args: list[str], expected: list[str]
) -> None:
    assert names(ask(machine, *args)) == expected


def test_json_has_the_events_as_they_are(machine: Machine, served: ServedLogs) -> None:
    document = event(0, label="\x1b[2J\u202e", new_field=[1])
    served.logs.put(document)
    ran = machine.run("audit", *ALL, "--json")
    assert json.loads(ran.text) == document
    assert ran.text.isprintable() and ran.text.isascii()


def test_events_are_lines_that_command_no_terminal(machine: Machine, served: ServedLogs) -> None:
    served.logs.put(event(0, label="\x1b[2J\nb"), event(1, user_agent="=x", label="=1+1"))
    lines = machine.run("audit", *ALL).text.splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("label ?[2J?b")
    ran = machine.run("audit", *ALL, "--csv")
    rows = list(csv.DictReader(io.StringIO(ran.out.decode())))
    assert [row["label"] for row in rows] == ["?[2J?b", "'=1+1"]
    assert rows[1]["user_agent"] == "'=x"


@pytest.mark.usefixtures("logs")
def test_a_terminal_sees_what_it_comes_to(machine: Machine) -> None:
    ran = machine.type("audit", *ALL, piped=True)
    assert len(ran.out.splitlines()) == 6
    assert ran.err == (
        f"{GROUP} since 2026-11-21 00:00:00 UTC until 2026-11-21 23:59:59 UTC: "
        "6 events: 2 created, 2 revealed, 1 passphrase failed, 1 erased\n"
    )


@pytest.mark.usefixtures("logs")
def test_who_was_outside_is_told_with_what_nobody_knows(machine: Machine) -> None:
    ran = machine.run("audit", *ALL, "--json", "--outside", "192.0.2.0/24")
    (found,) = [json.loads(line) for line in ran.text.splitlines()]
    assert found["source_ip"] == "198.51.100.1"
    assert ran.err == "burnbag: left out because no address was recorded: 1 event\n"


@pytest.mark.usefixtures("logs")
def test_a_table_counts_events_and_bytes(machine: Machine) -> None:
    ran = machine.run("audit", *ALL, "--event", "created", "--top", "creator")
    assert ran.text.splitlines() == [
        "creator                                          events  bytes",
        "arn:aws:sts::123456789012:assumed-role/orders/1  1       5000 bytes",
        "arn:aws:iam::123456789012:user/alice             1       1000 bytes",
    ]
    assert ask(machine, "--event", "created", "--top", "kind") == [
        {"kind": "file", "events": 1, "bytes": 5000},
        {"kind": "text", "events": 1, "bytes": 1000},
    ]
    ran = machine.run("audit", *ALL, "--event", "created", "--top", "label", "--csv")
    assert ran.text == "label,events,bytes\n'-,1,5000\nstaging db,1,1000"


@pytest.mark.usefixtures("logs")
def test_secrets_are_listed_with_what_became_of_them(machine: Machine) -> None:
    found = ask(machine, "--secrets")
    assert [(secret["id"], secret["state"]) for secret in found] == [
        (FIRST, "revealed"),
        (SECOND, "expired"),
    ]
    assert found[0] == {
        "id": FIRST,
        "created_at": "2026-11-21T00:00:00Z",
        "created_by": ALICE,
        "kind": "text",
        "size": 1000,
        "label": "staging db",
        "expires_at": "2026-11-21T01:00:00Z",
        "state": "revealed",
    }
    early = ("--until", "2026-11-21T00:30:00Z")
    assert [secret["id"] for secret in ask(machine, "--open", *early)] == [SECOND]
    assert ask(machine, "--open", "--created-by", ALICE, *early) == []
    ran = machine.run("audit", *ALL, "--secrets")
    assert ran.text.splitlines()[0].split() == [
        "id", "created", "created", "by", "kind", "size", "label", "expires", "state",
    ]  # fmt: skip


def test_a_day_is_asked_for_unless_a_secret_is(machine: Machine, logs: FakeLogs) -> None:
    machine.run("audit")
    machine.run("audit", "--secret", FIRST)
    day, life = logs.asked[0], logs.asked[-1]
    ago = datetime.now(UTC) - timedelta(milliseconds=day["startTime"])
    assert timedelta(hours=24) <= ago - datetime.fromtimestamp(0, UTC) < timedelta(hours=25)
    assert "startTime" not in life
    assert life["filterPattern"] == f'{{ ($.secret_id = "{FIRST}") }}'


def test_the_log_group_comes_from_the_nearest_place(machine: Machine, logs: FakeLogs) -> None:
    def asked(*args: str) -> str:
        machine.run("audit", *args)
        return str(logs.asked[-1]["logGroupName"])

    assert asked() == GROUP
    assert asked("--environment", "prod") == "/burnbag/prod/audit"
    assert asked("--log-group", "/x") == "/x"
    del machine.env["BURNBAG_AUDIT_LOG_GROUP"]
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text('audit_log_group = "/y"\n')
    assert asked() == "/y"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--json", "--csv"], "--json and --csv are two forms of the same: use one of them"),
        (["--top", "kind", "--open"], "--top counts events, --secrets and --open list secrets"),
        (["--follow", "--until", "1h"], "--follow has no end"),
        (["--open", "--event", "created"], "--secrets and --open look at every event of a secret"),
        (["--since", "1h", "--until", "2h"], "--since is after --until"),
        (["--since", "2999-01-01"], "--since is to come"),
        (["--since", "2026-11-21T00:00:00"], "--since is a time, as in 24h or 7d ago"),
        (["--until", "hunter2"], "--until is a time, as in"),
        (["--event", "hunter2"], "--event is one of created, requested"),
        (["--by", "hunter2"], "--by is an ARN, as in"),
        (["--created-by", "ada@"], "--created-by is an ARN, as in"),
        (["--created-by", "192.0.2.7"], "--created-by is an ARN, as in"),
        (["--outside", "192.0.2.7/24"], "--outside is a network, as in"),
        (["--slower-than", "fast"], "--slower-than is in seconds, or like"),
        (["--secret", "abc"], "--secret is an id, at least its first 4 characters, or a link"),
        (["--secret", "https://x/#abc"], NO_LINK),
        (["--kind", "hunter2"], "the value of --kind can't be used; see burnbag audit --help"),
        (["--top", "hunter2"], "the value of --top can't be used; see burnbag audit --help"),
        (["--log-group", "a b"], "--log-group is a name, as in /burnbag/prod/audit"),
        (["--environment", "a/b"], "--environment is the name that Terraform has for it"),
        (["--log-group", "a", "--environment", "b"], "--log-group and --environment are two names"),
    ],
)
def test_what_can_not_be_asked_is_refused_before_aws_is(
    machine: Machine, logs: FakeLogs, args: list[str], error: str
) -> None:
    ran = machine.run("audit", *args)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith(f"burnbag: {error}") and ran.err.count("\n") == 1
    assert "hunter2" not in ran.err and not logs.asked


def test_which_log_is_asked_for_if_nothing_says_so(machine: Machine) -> None:
    del machine.env["BURNBAG_AUDIT_LOG_GROUP"]
    ran = machine.run("audit")
    assert (ran.code, ran.err) == (
        2,
        "burnbag: which audit log? Its name is missing: --log-group, --environment, "
        "BURNBAG_AUDIT_LOG_GROUP or audit_log_group in the config file\n",
    )


@pytest.mark.parametrize(
    ("code", "exit_code", "error"),
    [
        ("ResourceNotFoundException", 2, f"there is no log group {GROUP} in this account"),
        ("AccessDeniedException", 2, f"your AWS credentials may not read {GROUP}: they need logs:"),
        ("UnrecognizedClientException", 2, "AWS does not accept your credentials"),
        ("InvalidParameterException", 1, "CloudWatch Logs refuses this with InvalidParameter"),
    ],
)
def test_an_error_of_aws_is_one_line(
    machine: Machine, logs: FakeLogs, code: str, exit_code: int, error: str
) -> None:
    logs.failures.append(code)
    ran = machine.run("audit")
    assert (ran.code, ran.out) == (exit_code, b"")
    assert ran.err.startswith(f"burnbag: {error}") and ran.err.count("\n") == 1


def test_throttling_is_waited_out(machine: Machine, logs: FakeLogs) -> None:
    logs.failures.extend(["ThrottlingException", None, "ThrottlingException"])
    assert len(ask(machine)) == 6


def test_who_has_no_credentials_is_told_so(machine: Machine, logs: FakeLogs) -> None:
    del machine.env["AWS_ACCESS_KEY_ID"], machine.env["AWS_SECRET_ACCESS_KEY"]
    machine.env["AWS_EC2_METADATA_DISABLED"] = "true"
    ran = machine.run("audit")
    assert (ran.code, ran.err) == (2, f"burnbag: {NO_CREDENTIALS}\n")
    ran = machine.run("audit", "--profile", "none")
    assert (ran.code, ran.err) == (2, "burnbag: AWS's configuration has no profile none\n")
    assert not logs.asked


def test_a_log_that_can_not_be_reached_is_said(machine: Machine) -> None:
    machine.env |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    ran = machine.run("audit")
    assert (ran.code, ran.err) == (
        1,
        "burnbag: CloudWatch Logs can't be reached; try again later\n",
    )


def test_lines_that_can_not_be_read_are_counted(machine: Machine, served: ServedLogs) -> None:
    served.logs.put(event(0), event(1, schema_version=9))
    ran = machine.run("audit", *ALL)
    assert (ran.code, len(ran.text.splitlines())) == (0, 1)
    assert ran.err == "burnbag: 1 line of the log can't be read: a newer burnbag's?\n"


def test_following_goes_on_until_it_is_interrupted(machine: Machine, logs: FakeLogs) -> None:
    process = machine.start("audit", "--follow", "--since", "2026-11-21", "--json")
    wait_until(lambda: handles_signals(process))
    assert process.stdout
    found = [json.loads(process.stdout.readline()) for _ in range(6)]
    logs.put(event(6), at=int(datetime.now(UTC).timestamp() * 1000))
    found.append(json.loads(process.stdout.readline()))
    assert names(found)[-2:] == ["revealed", "created"]
    ran: Ran = interrupt(process)
    assert (ran.code, ran.out, ran.err) == (1, b"", "burnbag: interrupted\n")
