"""People who have signed in: whose calls are theirs, and what is believed of who they are.

Their calls have paths of their own. What API Gateway has checked of their tokens counts there, and
nowhere else.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from burnbag_core.errors import CrossSite, EmailUnverified, NotSignedIn

BASE: Final = "/people"
# What goes into receipts and events. Never an ARN, which has a colon, nor a network address.
DOMAIN: Final = r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+"
EMAIL: Final = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{DOMAIN}")
LONGEST_EMAIL: Final = 254


def is_persons(path: str) -> bool:
    """Whether a path, as API Gateway's routes have it, is one for people."""
    return path.startswith(f"{BASE}/")


def refuse_other_sites(site: str | None) -> None:
    """Raise CrossSite for what a page of another origin has a browser send, such as a form.

    `site` is the header Sec-Fetch-Site, which no page can set. Where nobody signs in, a visitor of
    such a page would send in their own network's name. Programs have no such header.
    """
    if site not in (None, "same-origin", "none"):
        raise CrossSite


def read_email(claims: Mapping[str, Any], client_id: str) -> str:
    """The verified e-mail address, in lower case. Raises NotSignedIn, EmailUnverified.

    API Gateway checks the token's signature, issuer and time, but neither for which client it was
    made nor what for: an access token says nothing of a person. It passes on claims as texts.
    https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
    """
    if not client_id or claims.get("token_use") != "id" or claims.get("aud") != client_id:
        raise NotSignedIn
    email = str(claims.get("email") or "")
    if claims.get("email_verified") != "true" or not is_address(email):
        raise EmailUnverified
    return email.lower()


def is_address(text: str) -> bool:
    """Whether it is one that receipts take. ASCII before all: the Kelvin sign, which is none, is a
    `k` in lower case, and would make somebody else of its bearer.
    """
    if not text.isascii() or len(text) > LONGEST_EMAIL:
        return False
    return EMAIL.fullmatch(text.lower()) is not None
