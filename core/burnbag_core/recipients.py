"""Named recipients: what a list has of each, and whether a caller is on it.

role, user   arn:aws:iam::123456789012:role/NAME, without the path: a name is unique in its account
person       ada@example.com, as the sign-in has verified it, in lower case
domain       @example.com: whoever has an address in exactly this domain

Nothing of one kind is ever taken for another: only an ARN has a colon, and only a domain begins
with an @. What can't be compared is nobody on any list.
"""

import re
from collections.abc import Sequence
from typing import Final

from burnbag_core.people import is_address

MOST_RECIPIENTS: Final = 20
# What a caller has to do to be known: sign the call with IAM, or sign in as a person.
IAM: Final = "iam"
PEOPLE: Final = "people"

NAME: Final = r"[\w+=,.@-]{1,64}"
# How a sender may name one, and how API Gateway names who has signed. A session has its role's
# name and not its path; of root and of federated users there is no name. IAM allows a path with a
# colon; a sender's is taken for several ARNs that have become one.
PRINCIPAL: Final = re.compile(
    rf"arn:(aws[a-z-]*):iam::(\d{{12}}):(role|user)/(?:[!-9;-~]{{1,511}}/)?({NAME})", re.ASCII
)
USER: Final = re.compile(
    rf"arn:(aws[a-z-]*):iam::(\d{{12}}):(user)/(?:[!-~]{{1,511}}/)?({NAME})", re.ASCII
)
SESSION: Final = re.compile(
    rf"arn:(aws[a-z-]*):sts::(\d{{12}}):assumed-(role)/({NAME})/[\w+=,.@-]+", re.ASCII
)


def format_principal(found: re.Match[str]) -> str:
    """A role or a user as lists have it."""
    return "arn:{}:iam::{}:{}/{}".format(*found.groups())


def principal_of(identity: str | None) -> str | None:
    """Who a verified caller is, as lists have it: a role's session is its role, a person an
    address. None for who has no name that could be on a list.
    """
    if identity is None:
        return None
    if is_address(identity):
        return identity
    found = SESSION.fullmatch(identity) or USER.fullmatch(identity)
    return format_principal(found) if found else None


def is_named(recipients: Sequence[str], identity: str | None) -> bool:
    """Whether a verified caller is on a list: an IAM ARN that signed, or a person's address."""
    principal = principal_of(identity)
    if principal is None:
        return False
    is_person = not principal.startswith("arn:")
    domain = f"@{principal.rpartition('@')[2]}"
    return principal in recipients or (is_person and domain in recipients)


def ways_to_identify(recipients: Sequence[str]) -> list[str]:
    """How those on a list can show who they are. That is all that anybody else is told of it."""
    arns = sum(each.startswith("arn:") for each in recipients)
    return [way for way, count in ((IAM, arns), (PEOPLE, len(recipients) - arns)) if count]
