"""`terraform apply` with its progress in one line, "12 of 96 resources", and an end to waiting."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TextIO

from tools.console import Problem, say
from tools.terraform import find_program

REPORT_SECONDS: Final = 5.0
# The longest single step is a queue with 25 s; a very busy machine was seen to plan for 140 s.
STILL_SECONDS: Final = 240.0
INTERRUPT_SECONDS: Final = 15
READS: Final = ("read", "noop")
ALREADY_THERE: Final = re.compile(r"already exist|AlreadyExists|AlreadyOwnedByYou", re.IGNORECASE)


class Stuck(Problem):
    """An apply that stood still, or met resources that the state does not know.

    Applying again would not help; an empty account would.
    """


class Progress:
    """What the lines of Terraform's machine-readable output amount to.

    https://developer.hashicorp.com/terraform/internals/machine-readable-ui
    """

    def __init__(self) -> None:
        self.planned = 0
        self.done = 0
        self.steps = 0
        self.problems: list[str] = []

    def read(self, line: str) -> None:
        try:
            message: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        # "Still creating" is news, but no step forward.
        self.steps += message.get("type") != "apply_progress"
        match message.get("type"):
            case "planned_change" if message["change"]["action"] not in READS:
                self.planned += 1
            case "apply_complete" if message["hook"]["action"] not in READS:
                self.done += 1
            case "diagnostic" if message["diagnostic"].get("severity") == "error":
                self.problems.append(describe(message["diagnostic"]))

    def __str__(self) -> str:
        return f"{self.done} of {self.planned} resources" if self.planned else "planning"


def describe(diagnostic: Mapping[str, Any]) -> str:
    where = diagnostic.get("address") or diagnostic.get("range", {}).get("filename", "")
    parts = [diagnostic.get("summary", ""), where, diagnostic.get("detail", "")]
    return "\n    ".join(part for part in parts if part)


def apply(
    folder: Path,
    options: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    still_seconds: float = STILL_SECONDS,
) -> Progress:
    """Apply the configuration in `folder`.

    Raises Problem with Terraform's own words, and Stuck if nothing happens for `still_seconds`
    or if a resource exists that the state does not know.
    """
    command = [find_program(), "apply", "-json", "-auto-approve", "-input=false", *options]
    with log.open("ab") as output, log.open(encoding="utf-8") as lines:
        lines.seek(0, os.SEEK_END)
        # A group of its own: a Ctrl-C reaches it through `end`, and only once.
        streams: Any = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
        child = subprocess.Popen(
            command, cwd=folder, env=dict(environment), process_group=0, **streams
        )
        try:
            progress = follow(child, lines, still_seconds)
        finally:
            end(child)
    if child.returncode:
        problems = "\n  ".join(progress.problems or ["no reason was given"])
        kind = Stuck if ALREADY_THERE.search(problems) else Problem
        raise kind(f"terraform apply failed:\n  {problems}\n  the log: {log}")
    return progress


def follow(child: "subprocess.Popen[bytes]", lines: TextIO, still_seconds: float) -> Progress:
    """Read what Terraform writes until it ends, and report on it every few seconds."""
    progress, unread = Progress(), ""
    started = reported = moved = time.monotonic()
    ended = False
    while not ended:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=0.5)
        ended, steps = child.returncode is not None, progress.steps
        *complete, unread = (unread + lines.read()).split("\n")
        for line in complete:
            progress.read(line)
        now = time.monotonic()
        if progress.steps > steps:
            moved = now
        if not ended and now - moved > still_seconds:
            raise Stuck(f"terraform apply stood still for {now - moved:.0f} s at {progress}")
        if now - reported > REPORT_SECONDS:
            reported = now
            say(f"  {progress}, {now - started:.0f} s")
    return progress


def end(child: "subprocess.Popen[bytes]") -> None:
    """Let Terraform finish what it has begun and write its state; kill what then remains.

    It is asked once: a second signal would make it drop its state.
    """
    try:
        child.send_signal(signal.SIGINT)
        child.wait(timeout=INTERRUPT_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        # Its provider too, or that would go on creating things.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
