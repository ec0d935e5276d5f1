"""`burnbag receipt`, `revoke` and `list`: what became of what was sent."""

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import burnbag
from burnbag import Receipt, Unavailable
from burnbag.cli.formatting import format_size
from burnbag.cli.pasted import NO_LINK
from burnbag.cli.receipts import SentSecret, wait_for_end
from burnbag.links import Link
from tests.support.cli import PATIENCE, WITHOUT_RIGHTS, Machine
from tests.support.server import Served

DURATIONS = "is in seconds, or like 90s, 15m, 1h30m, 7d, 2w"


@pytest.fixture
def elsewhere(tmp_path: Path, server: Served) -> Machine:
    """Another machine of the sender's, which knows nothing of what was sent."""
    (tmp_path / "elsewhere").mkdir()
    return Machine(tmp_path / "elsewhere", server.url)


def send(machine: Machine, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(machine.run("send", "--json", *args, stdin=b"x").out)
    return found


def test_a_receipt_is_lines_of_keys_and_values(machine: Machine) -> None:
    secret = send(machine, "--views", "2", "--label", "staging \N{GREEK SMALL LETTER PI}")
    machine.run("open", secret["link"])
    ran = machine.run("receipt", secret["id"])
    assert (ran.code, ran.err) == (0, "")
    day = time.strftime("%Y-%m-%d", time.gmtime())
    lines = ran.text.splitlines()
    assert lines[0] == f"id          {secret['id']}"
    assert lines[1:6] == [
        "state       sealed",
        "kind        text",
        "size        1 byte",
        "label       staging π",
        "passphrase  no",
    ]
    assert lines[6].startswith(f"created     {day} ")
    assert " UTC by arn:aws:sts::" in lines[6]
    assert lines[7].startswith("expires     ")
    assert lines[8] == "views left  1 of 2"
    assert lines[9].startswith(f"viewed      {day} ")
    assert lines[9].endswith(f" UTC from 192.0.2.7 with burnbag/{burnbag.__version__}")
    assert len(lines) == 10


def test_the_receipt_of_what_has_ended_says_when_and_what_was_guessed(
    machine: Machine, server: Served
) -> None:
    (machine.work / "phrase").write_text("right")
    (machine.work / "wrong").write_text("wrong")
    secret = send(machine, "--passphrase-file", "phrase")
    machine.run("open", secret["link"], "--passphrase-file", "wrong")
    machine.run("open", secret["link"], "--passphrase-file", "phrase")
    server.reap()
    lines = dict(
        line.split("  ", 1) for line in machine.run("receipt", secret["id"]).text.splitlines()
    )
    assert lines["state"].strip() == "revealed"
    assert lines["wrong guesses"].strip() == "1"
    assert {"ended", "erased"} <= {key.strip() for key in lines}


def test_a_receipt_for_scripts_has_the_library_fields(machine: Machine) -> None:
    secret = send(machine)
    ran = machine.run("receipt", "--json", secret["id"])
    found = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert set(found) == set(Receipt.__dataclass_fields__)
    assert (found["state"], found["views"], found["ended_at"]) == ("sealed", [], None)
    assert found["created_at"] == secret["created_at"]
    machine.run("open", secret["link"])
    (view,) = json.loads(machine.run("receipt", "--json", secret["id"]).out)["views"]
    assert abs(view["at"] - time.time()) < 60


def test_wait_ends_when_the_secret_does(machine: Machine, server: Served) -> None:
    secret = send(machine)
    waiting = machine.start("receipt", "--wait", "--json", secret["id"])
    while not any("GET /live/v1/receipts" in request for request in server.requests):
        assert waiting.poll() is None
        time.sleep(0.05)
    machine.run("open", secret["link"])
    out, err = waiting.communicate(timeout=PATIENCE)
    assert (waiting.returncode, err) == (0, b"")
    assert json.loads(out)["state"] == "revealed"


def test_a_wait_that_nobody_opened_ends_with_a_code_of_its_own(machine: Machine) -> None:
    secret = send(machine)
    machine.run("revoke", secret["id"])
    ran = machine.run("receipt", "--wait", secret["id"])
    assert (ran.code, ran.err) == (7, "")
    assert "state       revoked" in ran.text
    assert machine.run("receipt", secret["id"]).code == 0


def test_a_wait_whose_time_is_over_says_so_with_the_receipt(machine: Machine) -> None:
    secret = send(machine)
    ran = machine.run("receipt", "--wait", "--timeout", "1s", "--json", secret["id"])
    assert (ran.code, json.loads(ran.out)["state"]) == (8, "sealed")
    assert ran.err == "burnbag: the wait is over, and the secret has not ended yet\n"
    machine.run("open", secret["link"])
    assert machine.run("receipt", "--wait", "--timeout", "0", secret["id"]).code == 0


def test_a_signed_receipt_can_be_waited_for(machine: Machine) -> None:
    secret = send(machine)
    ran = machine.run("receipt", "--wait", "--timeout", "0", "--signed", secret["id"])
    assert (ran.code, ran.text.count(".")) == (8, 2)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--timeout", "10m"], "--timeout ends a wait: use it with --wait"),
        (["--wait", "--timeout", "soon"], f"--timeout {DURATIONS}"),
    ],
)
def test_a_timeout_is_a_time_to_wait(machine: Machine, args: list[str], error: str) -> None:
    ran = machine.run("receipt", send(machine)["id"], *args)
    assert (ran.code, ran.out, ran.err) == (2, b"", f"burnbag: {error}\n")


NOW = datetime(2026, 11, 21, tzinfo=UTC)
SEALED = Receipt(
    id="i", state="sealed", kind="text", size=1, label=None, passphrase=False, created_at=NOW,
    created_by=None, expires_at=NOW, max_views=1, views_left=1, views=(), failed_attempts=0,
    ended_at=None, ended_by=None, erased_at=None,
)  # fmt: skip


class Answers:
    """A client that answers as it was told to."""

    def __init__(self, *answers: Receipt | Exception) -> None:
        self.answers = list(answers)

    def receipt(self, id: str, token: str) -> Receipt:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_waiting_outlasts_bad_minutes_with_growing_pauses() -> None:
    end = replace(SEALED, state="expired")
    burnbag: Any = Answers(*[SEALED] * 5, Unavailable("busy"), *[SEALED] * 10, end)
    pauses: list[float] = []
    assert wait_for_end(burnbag, SentSecret("i", "t", None), pauses.append) == end
    assert 1.6 <= pauses[0] <= 2.4
    assert 12 <= pauses[-1] <= 18
    assert len(pauses) == 16


def test_waiting_asks_a_last_time_when_its_time_is_over() -> None:
    burnbag: Any = Answers(SEALED, Unavailable("busy"), *[SEALED] * 20)
    now, asked_at = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def clock() -> float:
        asked_at.append(now[0])
        return now[0]

    assert wait_for_end(burnbag, SentSecret("i", "t", None), sleep, 12.0, clock) == SEALED
    assert now == [12.0] and asked_at[-1] == 12.0
    assert len(burnbag.answers) == 22 - (len(asked_at) - 1)


def test_waiting_does_not_begin_where_the_first_answer_is_an_error() -> None:
    burnbag: Any = Answers(Unavailable("busy"), SEALED)
    with pytest.raises(Unavailable):
        wait_for_end(burnbag, SentSecret("i", "t", None), lambda seconds: None)


def test_the_beginning_of_an_id_is_enough(machine: Machine) -> None:
    secret = send(machine)
    ran = machine.run("receipt", "--json", "--", secret["id"][:4])
    assert json.loads(ran.out)["id"] == secret["id"]


def test_a_link_will_do_for_its_id(machine: Machine, elsewhere: Machine) -> None:
    secret = send(machine)
    assert machine.run("receipt", secret["link"]).code == 0
    ran = elsewhere.run("receipt", secret["link"], stdin=secret["receipt_token"].encode())
    assert (ran.code, ran.err) == (0, "")


def test_a_signed_call_does_not_go_where_somebodys_link_leads(
    server: Served, elsewhere: Machine, machine: Machine
) -> None:
    secret = send(machine)
    server.requests.clear()
    del elsewhere.env["BURNBAG_URL"]
    ran = elsewhere.run("revoke", secret["link"], stdin=secret["receipt_token"].encode())
    assert ran.code == 2 and "Its URL is missing" in ran.err
    assert not server.requests


@pytest.mark.parametrize(
    ("given", "code", "error"),
    [
        ("abc", 2, "an id's beginning has at least 4 characters"),
        ("aa_", 2, "an id's beginning has at least 4 characters"),
        ("aa__", 3, "no secret that was sent from here has an id that begins so"),
        ("aAaa", 3, "no secret that was sent from here has an id that begins so"),
        ("aaaa", 2, "2 ids begin so; give more of it"),
        ("https://x/#aaaa", 2, NO_LINK),
    ],
)
@pytest.mark.parametrize("command", ["receipt", "revoke"])
def test_what_names_no_secret_or_several_is_refused(
    machine: Machine, command: str, given: str, code: int, error: str
) -> None:
    send(machine)
    for last in "AQ":
        remember(machine, id="aaaa" + "A" * 17 + last)
    ran = machine.run(command, given)
    assert (ran.code, ran.out, ran.err) == (code, b"", f"burnbag: {error}\n")


def remember(machine: Machine, **changed: object) -> None:
    """Put an entry like the last one into the history."""
    with closing(sqlite3.connect(machine.history)) as history, history:
        history.row_factory = sqlite3.Row
        row = dict(history.execute("SELECT * FROM sent ORDER BY rowid DESC").fetchone()) | changed
        marks = ", ".join(f":{name}" for name in row)
        history.execute(f"INSERT INTO sent ({', '.join(row)}) VALUES ({marks})", row)


@pytest.mark.parametrize(
    ("beginning", "length"), [("-hAA", 4), ("-o--", 5), ("-hAA", 22), ("--AA", 22)]
)
def test_an_id_may_begin_with_a_hyphen(machine: Machine, beginning: str, length: int) -> None:
    send(machine)
    remember(machine, id=beginning + "A" * 18)
    ran = machine.run("receipt", "--json", (beginning + "A" * 18)[:length])
    # It is found in the history; the server has never heard of it.
    assert (ran.code, ran.err) == (3, "burnbag: no secret has this id and token\n")


def test_the_receipt_token_is_typed_or_piped_where_the_history_has_none(
    machine: Machine, elsewhere: Machine
) -> None:
    secret = send(machine)
    token = secret["receipt_token"]
    ran = elsewhere.run("receipt", secret["id"], stdin=f"{token}\n".encode())
    assert (ran.code, ran.err) == (0, "")
    ran = elsewhere.type(
        "receipt",
        secret["id"],
        answers=[("Receipt token (this id is not known here): ", f"{token}\n")],
    )
    assert (ran.code, token in ran.err) == (0, False)
    ran = elsewhere.run("receipt", secret["id"])
    assert (ran.code, ran.err) == (2, "burnbag: no receipt token was given\n")
    ran = elsewhere.run("receipt", secret["id"], stdin=b"A" * 43)
    assert (ran.code, ran.err) == (3, "burnbag: no secret has this id and token\n")


def test_what_was_sent_is_asked_for_where_it_was_sent(machine: Machine, server: Served) -> None:
    secret = send(machine)
    machine.env["BURNBAG_URL"] = "http://127.0.0.1:1"
    assert machine.run("receipt", secret["id"]).code == 0
    ran = machine.run("receipt", secret["id"], "--url", "http://127.0.0.1:1")
    assert (ran.code, ran.err) == (
        1,
        "burnbag: the connection to 127.0.0.1:1 could not be made: "
        "it is refused, nothing listens there\n",
    )


def test_what_was_revoked_can_not_be_opened(machine: Machine) -> None:
    secret = send(machine)
    ran = machine.run("revoke", secret["id"])
    assert (ran.code, ran.out, ran.err) == (0, b"", "revoked\n")
    assert machine.run("open", secret["link"]).code == 4
    assert json.loads(machine.run("receipt", "--json", secret["id"]).out)["state"] == "revoked"


def test_what_was_opened_can_not_be_revoked(machine: Machine) -> None:
    secret = send(machine)
    machine.run("open", secret["link"])
    ran = machine.run("revoke", secret["id"])
    assert (ran.code, ran.out) == (4, b"")
    assert ran.err.startswith("burnbag: the secret is gone: revealed since ")


def test_the_list_is_empty_before_anything_was_sent(machine: Machine) -> None:
    ran = machine.run("list")
    error = "nothing was sent from here in the last 90 days"
    assert (ran.code, ran.out, ran.err) == (0, b"", f"{error}\n")
    assert machine.run("list", "--json").out == b"[]\n"
    assert not machine.state.exists()


def test_the_list_is_newest_first_and_asks_no_server(machine: Machine, server: Served) -> None:
    (machine.work / "name-canary.txt").write_text("x")
    first = send(machine)
    second = send(machine, "name-canary.txt", "--label", "numbers")
    server.requests.clear()
    ran = machine.run("list")
    assert (ran.code, ran.err) == (0, "")
    heading, *lines = ran.text.splitlines()
    assert heading.split() == ["id", "sent", "expires", "kind", "size", "name", "label", "for"]
    assert [line.split()[0] for line in lines] == [second["id"], first["id"]]
    assert lines[0].endswith("numbers")
    assert server.requests == []


def test_the_list_for_scripts_has_no_capability(machine: Machine) -> None:
    secret = send(machine, "--label", "numbers")
    ran = machine.run("list", "--json")
    assert json.loads(ran.out) == [
        {
            "url": machine.env["BURNBAG_URL"],
            "id": secret["id"],
            "kind": "text",
            "size": 294,
            "label": "numbers",
            "created_at": secret["created_at"],
            "expires_at": secret["expires_at"],
            "filename": None,
            "content_size": 1,
            "recipients": [],
        }
    ]
    assert secret["receipt_token"] not in ran.text
    assert Link.parse(secret["link"]).token not in ran.text


def test_a_label_can_not_command_the_terminal(machine: Machine) -> None:
    send(machine)
    remember(machine, id="A" * 22, label="a\x1b[2Jb\nc")
    assert machine.run("list").text.splitlines()[1].endswith("a?[2Jb?c")


def test_what_ended_90_days_ago_is_forgotten_on_the_next_send(machine: Machine) -> None:
    first = send(machine)
    day = 24 * 60 * 60
    remember(machine, id="A" * 22, expires_at=int(time.time()) - 91 * day)
    remember(machine, id="B" * 21 + "A", expires_at=int(time.time()) - 89 * day)
    assert len(json.loads(machine.run("list", "--json").out)) == 3
    second = send(machine)
    left = {entry["id"] for entry in json.loads(machine.run("list", "--json").out)}
    assert left == {first["id"], second["id"], "B" * 21 + "A"}


def test_a_damaged_history_is_said_in_one_line(machine: Machine) -> None:
    send(machine)
    machine.history.write_bytes(b"no database " * 100)
    ran = machine.run("list")
    error = "the history can't be used: file is not a database"
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")


def test_a_history_that_can_not_be_read_is_said_in_one_line(machine: Machine) -> None:
    send(machine)
    machine.state.chmod(0)
    ran = machine.run("list", program=WITHOUT_RIGHTS)
    machine.state.chmod(0o700)
    error = "the history can't be used: Permission denied"
    assert (ran.code, ran.out, ran.err) == (1, b"", f"burnbag: {error}\n")


def test_a_label_is_spelled_out_where_it_can_not_be_shown(machine: Machine) -> None:
    send(machine, "--label", "\N{GREEK SMALL LETTER PI}")
    machine.env["PYTHONIOENCODING"] = "latin-1"
    ran = machine.run("list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.endswith(r"\u03c0")


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (9_999, "9999 bytes"),
        (10_000, "9.8 KiB"),
        (1_023_999, "1000.0 KiB"),
        (1_024_000, "1.0 MiB"),
        (5 * 1024**3, "5.0 GiB"),
    ],
)
def test_sizes_are_short(count: int, shown: str) -> None:
    assert format_size(count) == shown
