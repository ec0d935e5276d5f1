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


def raised(response: httpx.Response) -> BurnbagError:
    """The exception for an answer that is an error."""
    problem = document(response)
    kind = str(problem.get("type", "")).removeprefix(PREFIX)
    if known := KNOWN.get(kind):
        return known(problem)
    if response.status_code >= 500 or response.status_code == 429:
        answer = f"burnbag answers {response.status_code}; try again later"
        return Unavailable(said(problem, answer))
    refused = TooLarge if response.status_code == 413 else Refused
    message = said(problem, f"burnbag refuses this with {response.status_code}")
    return refused(message, response.status_code, problem.get("field"))


def document(response: httpx.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def said(problem: Mapping[str, Any], otherwise: str) -> str:
    """The problem in its own words, which repeat nothing that was sent."""
    words = str(problem.get("detail") or problem.get("title") or otherwise)
    field = problem.get("field")
    return f"{field}: {words}" if field else words


def gone(problem: Mapping[str, Any]) -> Gone:
    at = problem.get("ended_at")
    ended_at = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None
    return Gone(str(problem.get("state", "gone")), ended_at)


def attempts_left(problem: Mapping[str, Any]) -> int:
    return int(problem.get("attempts_left", 0))


KNOWN: Final[dict[str, Callable[[Mapping[str, Any]], BurnbagError]]] = {
    "not-found": lambda problem: NotFound(),
    "gone": gone,
    "passphrase-required": lambda problem: PassphraseRequired(attempts_left(problem)),
    "passphrase-wrong": lambda problem: PassphraseWrong(attempts_left(problem)),
    "upload-incomplete": lambda problem: NotArrived(),
    "damaged": lambda problem: Damaged(said(problem, "the stored secret is damaged")),
}
