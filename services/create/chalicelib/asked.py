"""What a list of receipts, or a revocation of many, is asked for: read strictly.

A list is asked for in a query string, a revocation in a JSON object, with the same names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core.errors import BadRequest, Nameless, OutOfRange
from burnbag_core.fields import read_flag, read_text, read_time
from burnbag_core.header import ID_BYTES
from burnbag_core.people import is_address
from burnbag_core.records import STATES, creator_of
from burnbag_format import base64url

from chalicelib.order import LONGEST_LABEL

WINDOW: Final = frozenset({"since", "until", "label", "limit", "cursor"})
OWN: Final = WINDOW | {"state"}
ANYBODYS: Final = OWN | {"created_by"}
REVOCATION: Final = WINDOW | {"created_by", "dry_run"}
NUMBERS: Final = ("since", "until", "limit")
NUMBER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
# What one read of many receipts gets at most (BatchGetItem).
LONGEST_PAGE: Final = 100
# The last second that every reader of times knows: of the year 9999.
LATEST: Final = 253_402_300_799
LONGEST_CREATOR: Final = 2048
TIME_BYTES: Final = 8
# Whose account an operator is of: only those of this account may be one.
ACCOUNT: Final = re.compile(r"arn:([\w-]+):(?:iam|sts)::(\d{12}):.+", re.ASCII)
PRINCIPAL: Final = re.compile(r"arn:[\w-]+:(iam|sts)::\d{12}:[\w+=,.@/-]+", re.ASCII)
NAME: Final = re.compile(r"((?:role|user)/)?([\w+=,.@-]{1,64})", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where a receipt stands in its creator's list, which is sorted by these times."""

    created_at: int
    id: str


@dataclass(frozen=True)
class Asked:
    """Whose receipts, newest first: those created in this time, both ends included, in one of these
    states, whose label begins so; at most `limit`, `after` a place. What is None asks for nothing.
    """

    creator: str
    since: int = 0
    until: int = LATEST
    states: tuple[str, ...] | None = None
    label: str | None = None
    limit: int = LONGEST_PAGE
    after: Place | None = None

    @property
    def chooses(self) -> bool:
        """Whether it leaves out some receipts of its time."""
        return self.states is not None or self.label is not None


def read_own(parameters: Mapping[str, str], caller: str | None) -> Asked:
    """The caller's own receipts. Raises Nameless, BadRequest, OutOfRange."""
    creator = creator_of(caller)
    if creator is None:
        raise Nameless
    return read_asked(read_numbers(parameters), creator)


def read_anybodys(parameters: Mapping[str, str], operator: str | None) -> Asked:
    """Anybody's receipts, as an operator asks for them. Raises as `read_own`."""
    return read_asked(read_numbers(parameters), read_creator(parameters, operator))


def read_revocation(fields: Mapping[str, Any], operator: str | None) -> tuple[Asked, bool]:
    """Which secrets are to end, and whether they are only to be counted. Raises as `read_own`."""
    return read_asked(fields, read_creator(fields, operator)), read_flag(fields, "dry_run")


def read_numbers(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of a query string, with those that are numbers as such."""
    return {
        name: int(text) if name in NUMBERS and NUMBER.fullmatch(text) else text
        for name, text in parameters.items()
    }


def read_asked(fields: Mapping[str, Any], creator: str) -> Asked:
    since, until = read_moment(fields, "since", 0), read_moment(fields, "until", LATEST)
    if since > until:
        raise OutOfRange("since", "Must not be after until.")
    return Asked(
        creator=creator,
        since=since,
        until=until,
        states=read_states(fields),
        label=read_text(fields, "label", LONGEST_LABEL),
        limit=read_limit(fields.get("limit", LONGEST_PAGE)),
        after=read_cursor(fields.get("cursor"), since, until),
    )


def read_moment(fields: Mapping[str, Any], name: str, default: int) -> int:
    found = read_time(fields, name)
    if found is not None and not 0 <= found <= LATEST:
        raise OutOfRange(name, f"Must be from 0 to {LATEST}.")
    return default if found is None else found


def read_states(fields: Mapping[str, Any]) -> tuple[str, ...] | None:
    state = fields.get("state")
    if state is not None and state not in STATES:
        raise BadRequest("state", f"Must be one of: {', '.join(STATES)}.")
    return None if state is None else (state,)


def read_limit(value: Any) -> int:
    if type(value) is not int:
        raise BadRequest("limit", "Must be a whole number.")
    if not 1 <= value <= LONGEST_PAGE:
        raise OutOfRange("limit", f"Must be from 1 to {LONGEST_PAGE}.")
    return value


def write_cursor(place: Place) -> str:
    """A place, for the caller to come back with."""
    stamp = place.created_at.to_bytes(TIME_BYTES, "big")
    return base64url.encode(stamp + base64url.decode(place.id, ID_BYTES))


def read_cursor(text: Any, since: int, until: int) -> Place | None:
    """A place that `write_cursor` has written, None without one. Raises BadRequest.

    It needs no seal: whose list it is in, the caller says each time, so one that was made up leads
    to another place in the same list, and tells nothing of what is there.
    """
    if text is None:
        return None
    try:
        raw = base64url.decode(text, TIME_BYTES + ID_BYTES) if isinstance(text, str) else b""
    except ValueError:
        raw = b""
    created_at = int.from_bytes(raw[:TIME_BYTES], "big")
    if not raw or not since <= created_at <= until:
        raise BadRequest("cursor", "Must be the cursor of an answer to the same question.")
    return Place(created_at, base64url.encode(raw[TIME_BYTES:]))


def read_creator(fields: Mapping[str, Any], operator: str | None) -> str:
    """Whose secrets: an ARN, an e-mail address, or the name of a role of the operator's account.

    `role/NAME` and `user/NAME` are names too. A role stands for all of its sessions. Raises
    BadRequest, and Nameless for an operator who did not sign.
    """
    signed = ACCOUNT.fullmatch(operator or "")
    if signed is None:
        raise Nameless
    text = read_text(fields, "created_by", LONGEST_CREATOR) or ""
    if is_address(text):
        return text.lower()
    if PRINCIPAL.fullmatch(text):
        return creator_of(text) or text
    if (name := NAME.fullmatch(text)) is None:
        detail = "Must be an ARN, an e-mail address, or the name of a role of this account."
        raise BadRequest("created_by", detail)
    return f"arn:{signed[1]}:iam::{signed[2]}:{name[1] or 'role/'}{name[2]}"
