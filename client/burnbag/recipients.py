"""For whom a secret is: IAM roles and users, and people, each in the one form that is compared.

Of an IAM principal that is partition, account, kind and name. A role's session has lost the path of
its role, so nobody's path is compared, and a session itself ends: it can't be named.
"""

import re
from collections.abc import Iterable
from typing import Final

MOST: Final = 20
LONGEST: Final = 1024
# As IAM has them: letters, digits and these, of at most 64 characters.
NAME: Final = r"[\w+=,.@-]{1,64}"
PRINCIPAL: Final = re.compile(
    rf"(arn:aws[a-z-]*:iam::\d{{12}}:(?:role|user)/)(?:[!-~]+/)*({NAME})", re.ASCII
)
SESSION: Final = re.compile(
    rf"arn:(aws[a-z-]*):sts::(\d{{12}}):assumed-role/({NAME})(?:/[!-~]*)?", re.ASCII
)
SHORT: Final = re.compile(rf"(role|user)/(?:[!-~]+/)*{NAME}", re.ASCII)
OTHER_PRINCIPAL: Final = re.compile(
    r"arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root$|(?!role/|user/)[a-z-]+/)", re.ASCII
)
DOMAIN: Final = r"@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+"
PERSON: Final = re.compile(rf"(?:[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}})?{DOMAIN}", re.ASCII)
LONGEST_PERSON: Final = 254
FORMS: Final = (
    "a recipient is a role or a user, as in arn:aws:iam::123456789012:role/orders, an e-mail "
    "address, or with @example.com everybody there"
)


def normalize_recipients(texts: Iterable[str]) -> list[str]:
    """The recipients, each once and sorted. Raises ValueError, which says what to do instead."""
    if isinstance(texts, str):
        raise ValueError("give a list, also of one")
    found = sorted({normalize_recipient(text) for text in texts})
    if not found:
        raise ValueError("the list is empty: nobody could open the secret")
    if len(found) > MOST:
        raise ValueError(f"a secret has at most {MOST} recipients")
    return found


def normalize_recipient(text: str) -> str:
    """One recipient as burnbag keeps it. Raises ValueError, which does not repeat it."""
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError(FORMS)
    text = text.strip()
    if text.startswith("arn:") and ("*" in text or "?" in text):
        raise ValueError("a recipient is named whole, without * and ?")
    if principal := PRINCIPAL.fullmatch(text):
        return principal[1] + principal[2]
    # ASCII before all: the Kelvin sign, which is none, is a `k` in lower case.
    if text.isascii() and len(text) <= LONGEST_PERSON and PERSON.fullmatch(text.lower()):
        return text.lower()
    raise ValueError(explain(text))


def explain(text: str) -> str:
    """Why this is no recipient, and what it should be."""
    if session := SESSION.fullmatch(text):
        partition, account, role = session.groups()
        named = f"arn:{partition}:iam::{account}:role/{role}"
        return f"this is a session, which ends: name the role itself: {named}"
    if short := SHORT.fullmatch(text):
        return f"name it with its account, as in arn:aws:iam::123456789012:{short[1]}/NAME"
    if OTHER_PRINCIPAL.match(text):
        return "only a role or a user can be a recipient: no account, group, root or federated user"
    return FORMS


def describe(identity: str) -> str:
    """Somebody as people speak of them; of a session its role and account, and then all of it."""
    session, principal = SESSION.fullmatch(identity), PRINCIPAL.fullmatch(identity)
    if session:
        return f"role {session[3]} of account {session[2]} ({identity})"
    if principal:
        _, _, _, _, account, kind = identity.split("/")[0].split(":")
        return f"{kind} {principal[2]} of account {account} ({identity})"
    return identity
