"""Problem documents, as the errors of this package (RFC 9457)."""

from collections.abc import Callable
from typing import Final

import httpx

from burnbag.answers import ENDS, SUBMITTED, read_identity, strict
from burnbag.errors import (
    IAM,
    PEOPLE,
    AlreadyOpened,
    BurnbagError,
    Damaged,
    Frozen,
    Gone,
    NotArrived,
    NotFound,
    NotTheRecipient,
    PassphraseRequired,
    PassphraseWrong,
    RecipientRequired,
    Refused,
    TooLarge,
    Unavailable,
)
from burnbag.fields import (
    Answer,
    read_choice,
    read_count,
    read_optional,
    read_text_list,
    read_time,
)
from burnbag.printable import make_printable
from burnbag.refusals import explain_foreign, explain_refusal
from burnbag.tracing import REQUEST_ID, request_id_of

PREFIX: Final = "urn:burnbag:problem:"
LONGEST_WORDS: Final = 200


def parse_error(response: httpx.Response, base: str) -> BurnbagError:
    """The exception for an answer that is an error, or is not burnbag's, of the server at `base`.

    Raises Unavailable as `strict`.
    """
    problem = parse_problem(response)
    found = make_error(response, problem, base)
    found.request_id = read_request_id(problem) or request_id_of(response)
    return found


def make_error(response: httpx.Response, problem: Answer, base: str) -> BurnbagError:
    kind, status = text_of(problem, "type") or "", response.status_code
    if not kind.startswith(PREFIX) and (why := explain_foreign(response, problem, base)):
        return Unavailable(why)
    kind = kind.removeprefix(PREFIX)
    if make := KNOWN.get(kind):
        return strict(make)(problem)
    if status >= 500 or status == 429:
        return Unavailable(message_of(problem, f"burnbag answers {status}; try again later"))
    message = explain_refusal(kind, text_of(problem, "title") or "", response)
    message = message or message_of(problem, f"burnbag refuses this with {status}")
    refused = TooLarge if status == 413 else Refused
    return refused(message, status, text_of(problem, "field"), kind)


def read_request_id(problem: Answer) -> str | None:
    """The request's id, as the problem document has it."""
    found = problem.get("request_id")
    return found if isinstance(found, str) and REQUEST_ID.fullmatch(found) else None


def parse_problem(response: httpx.Response) -> Answer:
    """The problem document, or an empty one."""
    try:
        found = response.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def message_of(problem: Answer, default: str) -> str:
    """The problem in the server's own words, made safe to show."""
    words = text_of(problem, "detail") or text_of(problem, "title") or default
    field = text_of(problem, "field")
    return f"{field}: {words}" if field else words


def text_of(problem: Answer, name: str) -> str | None:
    """A server's words, shortened and made safe to show; of another type they count as missing."""
    words = problem.get(name)
    return make_printable(words[:LONGEST_WORDS]) if isinstance(words, str) else None


def make_gone(problem: Answer) -> Gone:
    state = read_choice(problem, "state", (*ENDS, SUBMITTED))
    return Gone(state, read_optional(read_time, problem, "ended_at"))


def read_ways(problem: Answer) -> tuple[str, ...]:
    """How the recipients identify themselves; a way that this version does not know is left out."""
    return tuple(way for way in read_text_list(problem, "identify") if way in (IAM, PEOPLE))


def make_not_the_recipient(problem: Answer) -> NotTheRecipient:
    whom = read_optional(read_identity, problem, "identified_as")
    return NotTheRecipient(read_ways(problem), whom or "")


KNOWN: Final[dict[str, Callable[[Answer], BurnbagError]]] = {
    "not-found": lambda problem: NotFound(),
    "gone": make_gone,
    "passphrase-required": lambda p: PassphraseRequired(read_count(p, "attempts_left")),
    "passphrase-wrong": lambda p: PassphraseWrong(read_count(p, "attempts_left")),
    "upload-incomplete": lambda problem: NotArrived(),
    "already-confirmed": lambda problem: AlreadyOpened(),
    "recipient-required": lambda problem: RecipientRequired(read_ways(problem)),
    "not-the-recipient": make_not_the_recipient,
    "frozen": lambda problem: Frozen(),
    "damaged": lambda problem: Damaged(message_of(problem, "the stored secret is damaged")),
}
