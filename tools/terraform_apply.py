"""`terraform apply` with its progress in one line: "12 of 85 resources"."""

import json
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tools.console import Problem, say
from tools.terraform import program

REPORT_SECONDS: Final = 5.0
INTERRUPT_SECONDS: Final = 15
READS: Final = ("read", "noop")


class Progress:
    """What the lines of Terraform's machine-readable output amount to.

    https://developer.hashicorp.com/terraform/internals/machine-readable-ui
    """

    def __init__(self) -> None:
        self.planned = 0
        self.done = 0
        self.problems: list[str] = []

    def read(self, line: str) -> None:
        try:
            message: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        match message.get("type"):
            case "planned_change" if message["change"]["action"] not in READS:
                self.planned += 1
            case "apply_complete" if message["hook"]["action"] not in READS:
                self.done += 1
            case "diagnostic" if message["diagnostic"].get("severity") == "error":
                self.problems.append(diagnosis(message["diagnostic"]))

    def __str__(self) -> str:
        return f"{self.done} of {self.planned} resources" if self.planned else "planning"


def diagnosis(diagnostic: Mapping[str, Any]) -> str:
    where = diagnostic.get("address") or diagnostic.get("range", {}).get("filename", "")
    parts = [diagnostic.get("summary", ""), where, diagnostic.get("detail", "")]
    return "\n    ".join(part for part in parts if part)


def apply(
    folder: Path, options: Sequence[str], environment: Mapping[str, str], log: Path
) -> Progress:
    """Apply the configuration in `folder`. Raises Problem with Terraform's own words."""
    command = [program(), "apply", "-json", "-auto-approve", "-input=false", *options]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        try:
            progress = follow(child.stdout or (), log)
        except BaseException:
            end(child)
            raise
    if child.returncode:
        problems = progress.problems or ["no reason was given"]
        raise Problem("terraform apply failed:\n  " + "\n  ".join(problems) + f"\n  the log: {log}")
    return progress


def follow(lines: Iterable[str], log: Path) -> Progress:
    progress, started, reported = Progress(), time.monotonic(), time.monotonic()
    with log.open("a", encoding="utf-8") as output:
        for line in lines:
            output.write(line)
            progress.read(line)
            if time.monotonic() - reported > REPORT_SECONDS:
                reported = time.monotonic()
                say(f"  {progress}, {reported - started:.0f} s")
    return progress


def end(child: "subprocess.Popen[str]") -> None:
    """Let Terraform finish what it has begun and write its state, if it does so in time.

    A Ctrl-C in the terminal has reached it too, and a second signal would make it drop its
    state: so it is asked only if it does not end by itself. Its output is read on, lest it
    wait for a reader.
    """
    for insist in (child.terminate, child.kill):
        try:
            child.communicate(timeout=INTERRUPT_SECONDS)
            return
        except subprocess.TimeoutExpired:
            insist()
