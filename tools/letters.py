"""Dead letters, in words: `python -m tools.letters ENVIRONMENT [list|replay|drop]`

It invokes the function `letters`, which reads the queues, has their letters processed again, and
deletes them. Whoever runs this needs the policy `operator_policy_arn` and no right to any store.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any, Final

from tools import target
from tools.console import Problem, run, say
from tools.invoking import invoke
from tools.target import Target

Letter = Mapping[str, Any]
ACTIONS: Final = ("list", "replay", "drop")
# How much of a letter's id is shown, and enough to name it.
SHOWN: Final = 8
WIDTH: Final = 100
# How many secrets of a letter are named.
NAMED: Final = 5
WHAT: Final = {
    ("record", "reap"): "reap could not take a removal",
    ("record", "audit"): "audit could not take a receipt's change",
    ("position", "reap"): "reap failed at removals until Lambda gave up",
    ("position", "audit"): "audit failed at receipts' changes until Lambda gave up",
    ("upload", "stray"): "stray failed at an object until Lambda gave up",
}
# What is missing because of a letter, and what to do.
THEN: Final = {
    ("record", "reap"): (
        "What is left of the secret may not be erased. Replay it; else reconcile erases that within"
        " a day, and the letter can be dropped."
    ),
    ("record", "audit"): (
        "The audit log lacks this change; the receipt has it. Find out why it can't be read, deploy"
        " what can read it, and replay it."
    ),
    ("position", "reap"): (
        "What is left of these secrets is not erased. Replay it once the cause is gone, which the"
        " log of reap names."
    ),
    ("position", "audit"): (
        "The audit log lacks these changes. Replay it once the cause is gone, which the log of"
        " audit names."
    ),
    ("upload", "stray"): (
        "An object may lie in the bucket that has no record. Replay it; else reconcile deletes that"
        " within a day, and the letter can be dropped."
    ),
}
FORGOTTEN: Final = {
    "reap": (
        "The stream has forgotten it, so it can't be replayed. make reconcile erases what is left"
        " of these secrets; then drop the letter."
    ),
    "audit": (
        "The stream has forgotten it, so it can't be replayed: the audit log lacks these changes"
        " for good. The receipts tell what became of the secrets. Note the time, then drop it."
    ),
}
NOTIFICATION: Final = (
    "The audit log has the event. Mend the receiver, then replay it: the event is put on the bus"
    " again, with the same event_id, and every rule gets it."
)
STRANGE: Final = "Look at it in the queue, find out who wrote it, and drop it."


def list_letters(asked: Target, prefix: str | None) -> list[Letter]:
    """Say which letters there are, those whose id begins with `prefix`."""
    answer = invoke(asked, "letters", {"do": "list"})
    letters = [each for each in answer["letters"] if each["id"].startswith(prefix or "")]
    say(count(letters, "dead letter") + ("" if not letters else ", the oldest first:"))
    for letter in letters:
        say()
        for line in describe(letter):
            say(line)
    if not answer["all"]:
        say("\nThere are more.")
    return letters


def replay(asked: Target, prefix: str | None) -> None:
    """Have letters processed again. Raises Problem if some are left."""
    letters = list(work(asked, "replay", prefix))
    done = [letter for letter in letters if letter["outcome"] == "replayed"]
    say(f"{count(done, 'letter')} processed again")
    left = [letter for letter in letters if letter["outcome"] != "replayed"]
    if left:
        lines = [f"{head(letter)}: {reason(letter)}" for letter in left]
        raise Problem("\n  ".join([f"{count(left, 'letter')} could not be:", *lines]))


def drop(asked: Target, prefix: str | None, auto: bool) -> None:
    """Delete the letters that are shown, if that is confirmed. Raises Problem if it is not."""
    letters = list_letters(asked, prefix)
    if not letters:
        return
    if not auto:
        say("\nThis deletes them: nobody can process them afterwards.")
        confirm("drop")
    dropped = list(work(asked, "drop", None, [letter["id"] for letter in letters]))
    say(f"\n{count(dropped, 'letter')} dropped")


def work(
    asked: Target, action: str, prefix: str | None, ids: list[str] | None = None
) -> Iterator[Letter]:
    """The letters that the function has come to, by as many runs as it takes."""
    if prefix:
        found = invoke(asked, "letters", {"do": "list"})["letters"]
        ids = [each["id"] for each in found if each["id"].startswith(prefix)]
    met: set[str] = set()
    while True:
        event = {"do": action} if ids is None else {"do": action, "ids": ids}
        answer = invoke(asked, "letters", event)
        news = [letter for letter in answer["letters"] if letter["id"] not in met]
        yield from news
        met |= {letter["id"] for letter in news}
        if answer["all"] or not news:
            return


def describe(letter: Letter) -> Iterator[str]:
    """A letter in words, a line each."""
    yield f"{head(letter)}: {letter['why']}"
    indent = " " * (SHOWN + 2)
    until = letter["until"] if letter.get("outcome") != "forgotten" else None
    yield f"{indent}since {when(letter['since'])}" + (
        f", in the stream until {when(until)}" if until else ""
    )
    if letter["secrets"]:
        named, more = letter["secrets"][:NAMED], len(letter["secrets"]) - NAMED
        rest = f" and {more} more" if more > 0 else ""
        yield f"{indent}secret {', '.join(named)}{rest}"
    yield from wrap(advice(letter), WIDTH, initial_indent=indent, subsequent_indent=indent)


def head(letter: Letter) -> str:
    what = WHAT.get((letter["kind"], letter["of"]))
    if letter["kind"] == "event":
        what = f"the notification {letter['of']} could not be delivered"
    return f"{letter['id'][:SHOWN]}  {what or 'a letter that burnbag does not know'}"


def advice(letter: Letter) -> str:
    """What is missing because of a letter, and what to do."""
    if letter["kind"] == "event":
        return NOTIFICATION
    if letter.get("outcome") == "forgotten":
        return FORGOTTEN[letter["of"]]
    return THEN.get((letter["kind"], letter["of"]), STRANGE)


def reason(letter: Letter) -> str:
    match letter["outcome"]:
        case "forgotten":
            return FORGOTTEN[letter["of"]]
        case "again":
            return f"it was set aside again ({letter['because']}), and is a new letter"
    return str(letter["because"])


def count(letters: list[Letter], what: str) -> str:
    number = str(len(letters)) if letters else "no"
    return f"{number} {what}" + ("" if len(letters) == 1 else "s")


def when(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def confirm(word: str, ask: Callable[[str], str] = lambda prompt: input(prompt)) -> None:
    """Raise Problem unless the word is typed."""
    try:
        typed = ask(f"Type {word} to go on: ")
    except EOFError:
        typed = ""
    if typed.strip() != word:
        raise Problem("nothing was dropped")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.letters", description=__doc__)
    parser.add_argument("environment", help="such as dev; local is the stack of make up")
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="list")
    parser.add_argument("--id", help="only the letters whose id begins so")
    parser.add_argument("--auto", action="store_true", help="ask no question, for a pipeline")
    given = parser.parse_args()
    asked = target.find(given.environment)
    match given.action:
        case "replay":
            replay(asked, given.id)
        case "drop":
            drop(asked, given.id, given.auto)
        case _:
            list_letters(asked, given.id)


if __name__ == "__main__":
    run(main)
