"""Problem documents (RFC 9457) as exceptions."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from burnbag.errors import (
    BurnbagError,
    Damaged,
    Gone,
    NotArrived,
    NotFound,
    PassphraseRequired,
    PassphraseWrong,
    Refused,
    TooLarge,
    Unavailable,
)

PREFIX: Final = "urn:burnbag:problem:"
LONGEST: Final = 200
Problem = Mapping[str, Any]


def raised(response: httpx.Response) -> BurnbagError:
    """The exception for an answer that is an error."""
    problem, status = document(response), response.status_code
    kind = str(problem.get("type", "")).removeprefix(PREFIX)
    if known := KNOWN.get(kind):
        return known(problem)
    if status >= 500 or status == 429:
        return Unavailable(said(problem, f"burnbag answers {status}; try again later"))
    if status < 400:
        return Unavailable(f"burnbag does not answer {status}; is the URL right?")
    refused, field = TooLarge if status == 413 else Refused, problem.get("field")
    message = said(problem, f"burnbag refuses this with {status}")
    return refused(message, status, printable(field) if field else None)


def document(response: httpx.Response) -> Problem:
    try:
        found = response.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def said(problem: Problem, otherwise: str) -> str:
    """The problem in its own words, as far as they can be shown."""
    words = printable(problem.get("detail") or problem.get("title") or otherwise)
    field = problem.get("field")
    return f"{printable(field)}: {words}" if field else words


def printable(text: object) -> str:
    """A server's words: short, and nothing that commands a terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))[:LONGEST]


def gone(problem: Problem) -> Gone:
    at = problem.get("ended_at")
    try:
        ended_at = datetime.fromtimestamp(at, UTC) if type(at) is int else None
    except (OverflowError, OSError, ValueError):
        ended_at = None
    return Gone(printable(problem.get("state", "gone")), ended_at)


def attempts_left(problem: Problem) -> int:
    left = problem.get("attempts_left")
    return left if type(left) is int else 0


KNOWN: Final[dict[str, Callable[[Problem], BurnbagError]]] = {
    "not-found": lambda problem: NotFound(),
    "gone": gone,
    "passphrase-required": lambda problem: PassphraseRequired(attempts_left(problem)),
    "passphrase-wrong": lambda problem: PassphraseWrong(attempts_left(problem)),
    "upload-incomplete": lambda problem: NotArrived(),
    "damaged": lambda problem: Damaged(said(problem, "the stored secret is damaged")),
}
