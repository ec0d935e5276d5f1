"""Whom a sender names as recipients, read strictly: roles, users, people and their domains."""

import re
from collections.abc import Mapping
from typing import Any, Final

from burnbag_core.errors import BadRequest, OutOfRange
from burnbag_core.people import DOMAIN, LONGEST_EMAIL, is_address
from burnbag_core.recipients import (
    MOST_RECIPIENTS,
    PRINCIPAL,
    SESSION,
    format_principal,
)

FIELD: Final = "recipients"
EVERYBODY_IN: Final = re.compile(f"@{DOMAIN}")


def read_recipients(fields: Mapping[str, Any], people_sign_in: bool) -> tuple[str, ...]:
    """Those who alone may open the secret, sorted and each once; nobody where the field is absent.

    A list that is sent and empty is a mistake: it would mean everybody. Raises BadRequest,
    OutOfRange.
    """
    if FIELD not in fields:
        return ()
    sent = fields[FIELD]
    if not isinstance(sent, list) or not all(isinstance(each, str) for each in sent):
        raise BadRequest(FIELD, "Must be a list of strings.")
    if not 1 <= len(sent) <= MOST_RECIPIENTS:
        raise OutOfRange(FIELD, f"Must have 1 to {MOST_RECIPIENTS} entries.")
    found = {
        read_recipient(text, number, people_sign_in) for number, text in enumerate(sent, start=1)
    }
    return tuple(sorted(found))


def read_recipient(text: str, number: int, people_sign_in: bool) -> str:
    """One of them, as it is compared: an ARN without its path, an address in lower case.

    `number` is its place in the list: an entry is named by that, and never repeated.
    """
    if text.startswith("arn:"):
        return read_principal(text, number)
    if not (is_address(text) or is_domain(text)):
        detail = "must be the ARN of a role or user, an e-mail address, or @ and a domain."
        raise BadRequest(FIELD, f"Entry {number} {detail}")
    if not people_sign_in:
        detail = "is for people, and nobody can sign in here."
        raise OutOfRange(FIELD, f"Entry {number} {detail}")
    return text.lower()


def read_principal(text: str, number: int) -> str:
    """A role or user. Raises BadRequest for what no caller could be compared with."""
    if found := PRINCIPAL.fullmatch(text):
        if "*" not in text and "?" not in text:
            return format_principal(found)
        raise BadRequest(FIELD, f"Entry {number} has a wildcard: name each recipient.")
    if found := SESSION.fullmatch(text):
        role = format_principal(found)
        raise BadRequest(FIELD, f"Entry {number} is a session: name the role itself, {role}.")
    detail = "is neither a role nor a user: no other principal can be told from others."
    raise BadRequest(FIELD, f"Entry {number} {detail}")


def is_domain(text: str) -> bool:
    """Whether it stands for all addresses in one domain. ASCII before all, as of an address."""
    is_short = text.isascii() and len(text) <= LONGEST_EMAIL
    return is_short and EVERYBODY_IN.fullmatch(text.lower()) is not None
