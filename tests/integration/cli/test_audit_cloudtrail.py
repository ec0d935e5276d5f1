"""`burnbag audit --cloudtrail`: the audit log and CloudTrail, held against one another."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Machine, Ran
from tests.support.logs import GROUP, ServedLogs, event, run_logs
from tests.support.trail import KEY, MALLORY, REVEAL, by, denied, record

FIRST, SECOND, THIRD = "A" * 22, "B" * 22, "C" * 22
DAY = ("--since", "2026-11-21", "--until", "2026-11-21")
ASK = ("audit", "--cloudtrail", "--sealing-key", KEY)


@pytest.fixture
def served() -> Iterator[ServedLogs]:
    with run_logs() as served:
        yield served


@pytest.fixture
def machine(tmp_path: Path, served: ServedLogs) -> Machine:
    machine = Machine(tmp_path)
    machine.env |= {"AWS_ENDPOINT_URL": served.url, "BURNBAG_AUDIT_LOG_GROUP": GROUP}
    return machine


@pytest.fixture
def found(served: ServedLogs) -> ServedLogs:
    """A reveal and a wrong passphrase as they should be, and one finding of each kind."""
    served.logs.put(
        event(10, "revealed", secret_id=FIRST),
        event(20, "passphrase_failed", secret_id=SECOND),
        event(40, "revealed", secret_id=THIRD, actor=None),
    )
    served.history.records += [
        record(10, FIRST), record(20, SECOND), record(100, FIRST), record(200, FIRST),
        record(30, SECOND, **by(MALLORY)),
    ]  # fmt: skip
    return served


def ask(machine: Machine, *args: str) -> tuple[int, list[dict[str, Any]]]:
    ran = machine.run(*ASK, *DAY, "--json", *args)
    assert ran.err == ""
    return ran.code, [json.loads(line) for line in ran.text.splitlines()]


@pytest.mark.usefixtures("found")
def test_what_nothing_explains_is_listed_in_order_and_the_exit_code_says_so(
    machine: Machine,
) -> None:
    code, rows = ask(machine)
    assert code == 9
    assert rows == [
        {
            "finding": "foreign",
            "time": "2026-11-21T00:00:30Z",
            "secret_id": SECOND,
            "principal": MALLORY,
            "source_ip": "192.0.2.9",
            "call": "Decrypt",
            "error": None,
            "event_id": "trail-30",
        },
        {
            "finding": "without decrypt",
            "time": "2026-11-21T00:00:40Z",
            "secret_id": THIRD,
            "principal": None,
            "source_ip": "192.0.2.7",
            "call": None,
            "error": None,
            "event_id": f"{THIRD}:revealed:1",
        },
        {
            "finding": "unexplained",
            "time": "2026-11-21T00:03:20Z",
            "secret_id": FIRST,
            "principal": REVEAL,
            "source_ip": "192.0.2.9",
            "call": "Decrypt",
            "error": None,
            "event_id": "trail-200",
        },
    ]


@pytest.mark.usefixtures("found")
def test_people_see_a_table_and_what_it_comes_to(machine: Machine) -> None:
    ran: Ran = machine.type(*ASK, *DAY, piped=True)
    lines = ran.text.splitlines()
    assert ran.code == 9 and len(lines) == 4
    assert lines[0].split() == [
        "finding", "time", "secret", "id", "principal", "source", "ip", "call", "error", "event",
        "id",
    ]  # fmt: skip
    assert lines[1].split()[:4] == ["foreign", "2026-11-21", "00:00:30", "UTC"]
    assert ran.err.endswith(": 5 decrypts, 2 reveals, 3 not explained\n")


@pytest.mark.usefixtures("found")
def test_a_spreadsheet_gets_the_same(machine: Machine) -> None:
    ran = machine.run(*ASK, *DAY, "--csv")
    rows = list(csv.DictReader(io.StringIO(ran.out.decode())))
    assert [row["finding"] for row in rows] == ["foreign", "without decrypt", "unexplained"]


def test_nothing_is_printed_and_the_exit_code_is_0_if_everything_is_explained(
    machine: Machine, served: ServedLogs
) -> None:
    served.logs.put(event(10, "revealed", secret_id=FIRST))
    served.history.records.append(record(9, FIRST))
    ran = machine.run(*ASK, *DAY)
    assert (ran.code, ran.out, ran.err) == (0, b"", "")


def test_an_empty_trail_explains_no_reveal(machine: Machine, served: ServedLogs) -> None:
    served.logs.put(event(10, "revealed", secret_id=FIRST))
    code, (row,) = ask(machine)
    assert (code, row["finding"]) == (9, "without decrypt")


def test_what_came_a_moment_ago_is_not_told_yet(machine: Machine, served: ServedLogs) -> None:
    now = datetime.now(UTC) - timedelta(minutes=2)
    time = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    at = int(now.timestamp()) * 1000
    served.logs.put(event(0, "revealed", secret_id=FIRST, time=time), at=at)
    ran = machine.type(*ASK, "--since", "1h", piped=True)
    assert (ran.code, ran.err.splitlines()[-1].split(": ")[-1]) == (
        0,
        "0 decrypts, 1 reveal, 0 not explained; 1 of the last 15 minutes may yet be",
    )


def test_a_trails_log_group_is_read_in_place_of_the_history(
    machine: Machine, served: ServedLogs
) -> None:
    """The fake has one group, so the audit log's lines stand among the trail's."""
    served.logs.put(event(10, "revealed", secret_id=FIRST), record(10, FIRST), denied(50))
    code, (row,) = ask(machine, "--trail-log-group", GROUP)
    assert (code, row["finding"], row["error"]) == (9, "foreign", "AccessDenied")
    assert not served.history.asked


@pytest.mark.usefixtures("found")
def test_the_history_is_read_page_by_page_and_throttling_waited_out(
    machine: Machine, served: ServedLogs
) -> None:
    served.history.page_size = 2
    served.history.failures = [None, "ThrottlingException"]
    code, rows = ask(machine)
    assert (code, len(rows)) == (9, 3)
    assert len(served.history.asked) == 4


def test_a_record_that_can_not_be_read_is_no_all_clear(
    machine: Machine, served: ServedLogs
) -> None:
    served.history.records.append(record(1, eventID=7))
    ran = machine.run(*ASK, *DAY)
    assert ran.code == 9
    assert ran.err == "burnbag: 1 record of CloudTrail can't be read\n"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--sealing-key", KEY], "--sealing-key and --trail-log-group go with --cloudtrail"),
        (["--cloudtrail"], "--cloudtrail needs --sealing-key, the ARN in Terraform's output"),
        (["--cloudtrail", "--sealing-key", "hunter2"], "--cloudtrail needs --sealing-key, the ARN"),
        ([*ASK[1:], "--secret", FIRST], "--cloudtrail looks at every secret"),
        ([*ASK[1:], "--top", "kind"], "--cloudtrail looks at every secret"),
        ([*ASK[1:], "--follow"], "--cloudtrail looks at every secret"),
        ([*ASK[1:], "--open"], "--cloudtrail looks at every secret"),
        ([*ASK[1:], "--log-group", "/x"], "--cloudtrail has to know the environment"),
        ([*ASK[1:], "--since", "91d"], "CloudTrail's history goes back 90 days"),
        ([*ASK[1:], "--trail-log-group", "a b"], "--trail-log-group is a name"),
    ],
)
def test_what_can_not_be_asked_is_refused_before_aws_is(
    machine: Machine, served: ServedLogs, args: list[str], error: str
) -> None:
    ran = machine.run("audit", *args)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith(f"burnbag: {error}") and ran.err.count("\n") == 1
    assert "hunter2" not in ran.err and not served.logs.asked and not served.history.asked


def test_who_may_not_look_is_told_what_is_missing(machine: Machine, served: ServedLogs) -> None:
    served.history.failures.append("AccessDeniedException")
    ran = machine.run(*ASK)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err == (
        "burnbag: your AWS credentials may not read CloudTrail's history: they need "
        "cloudtrail:LookupEvents\n"
    )
    ran = machine.run(*ASK, "--trail-log-group", "/none")
    assert ran.err.endswith("there is no log group /none in this account and region; "
                            "see --trail-log-group\n")  # fmt: skip
