"""Find and mend what streams have forgotten: `python -m tools.reconcile ENVIRONMENT`

It invokes the function `reconcile`, which runs every day by itself, and says what that has found.
Whoever runs this needs the policy `operator_policy_arn`. The exit status is 1 if something is left.
"""

import sys
from collections import Counter
from typing import Any, Final

from tools import target
from tools.console import Problem, run, say
from tools.invoking import invoke
from tools.target import Target

SEEN: Final = ("records", "receipts", "objects")


def reconcile(asked: Target) -> None:
    """Run it until it has looked at everything. Raises Problem if something could not be mended."""
    wrong: list[str] = []
    event: dict[str, Any] = {}
    seen: Counter[str] = Counter()
    while True:
        answer = invoke(asked, "reconcile", event)
        # The records are read again by each run.
        seen.update({**answer["seen"], "records": 0})
        seen["records"] = answer["seen"]["records"]
        wrong += say_findings(answer)
        if not answer["left"] or answer["left"] == event.get("parts"):
            break
        event = {"parts": answer["left"]}
    say("Seen: " + ", ".join(f"{what} {seen[what]}" for what in SEEN))
    if answer["left"]:
        wrong.append(f"not looked at: {', '.join(answer['left'])}")
    if wrong:
        raise Problem("\n  ".join(["not all is mended (docs/operations.md#unreconciled):", *wrong]))
    say("Everything is as it should be.")


def say_findings(answer: dict[str, Any]) -> list[str]:
    """Say what a run has found and mended; what it could not mend."""
    wrong = [f"{code}: {number} times" for code, number in answer["failed"].items()]
    for finding, number in answer["found"].items():
        what = f"{number} {answer['words'][finding]}: {' '.join(answer['examples'][finding])}"
        mended = answer["mended"].get(finding, 0)
        say(f"- {what}{' …' if number > len(answer['examples'][finding]) else ''}")
        say(f"  {mended} mended")
        if mended < number:
            wrong.append(what)
    return wrong


def main() -> None:
    if len(sys.argv) != 2:
        raise Problem("python -m tools.reconcile ENVIRONMENT")
    reconcile(target.find(sys.argv[1]))


if __name__ == "__main__":
    run(main)
