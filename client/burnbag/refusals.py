"""Why a call was refused, in words that say what to do: by API Gateway, which knows credentials and
nothing of burnbag, or by something that is not burnbag at all.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx

from burnbag.fields import Answer
from burnbag.printable import make_printable

# AWS accepts a signature for so long (SigV4).
LARGEST_SKEW: Final = 300
IS_IT_RIGHT: Final = "is the URL right?"
POLICIES: Final = (
    "the AWS credentials need a policy of burnbag's: caller_policy_arn to send, "
    "recipient_policy_arn to open what is for them, operator_policy_arn for what is somebody else's"
)
UNKNOWN: Final = (
    "AWS may not know the credentials (`burnbag config` shows which are used), or a firewall in "
    "front of burnbag does not let it through"
)
# API Gateway's own words for a call that no stage or method of its has.
NO_SUCH_CALL: Final = frozenset({"Forbidden", "Missing Authentication Token", "Not Found"})


def explain_refusal(kind: str, title: str, response: httpx.Response) -> str | None:
    """What is wrong with a signature, or with whoever signed; None for any other problem.

    The first is the clock: AWS calls a signature of another time expired, or not good yet.
    """
    if kind == "signature-refused":
        return explain_skew(response) or explain_signature(title)
    if kind == "request-refused" and response.status_code == 403:
        return explain_skew(response) or f"{title or 'The request was refused'}: {UNKNOWN}"
    if kind == "access-denied":
        return f"{title or 'This caller may not do this'}: {POLICIES}"
    if kind == "not-signed":
        return f"burnbag has no such call here; {IS_IT_RIGHT} It ends in the stage, as in …/live"
    return None


def explain_signature(title: str) -> str:
    if "expired" in title:
        return "the AWS credentials have expired: renew them, for example by `aws sso login`"
    return (
        "the AWS credentials are not accepted: the key is unknown or wrong, or the region is "
        "another; `burnbag config` shows which are used"
    )


def explain_skew(response: httpx.Response, now: datetime | None = None) -> str | None:
    """By how much this machine's clock is wrong, if signatures can't be right for that."""
    try:
        there = parsedate_to_datetime((response.headers.get_list("Date") or [""])[-1])
        behind = round((there - (now or datetime.now(UTC))).total_seconds())
    except (TypeError, ValueError):
        return None
    if abs(behind) < LARGEST_SKEW:
        return None
    way = "behind" if behind > 0 else "ahead"
    return (
        f"this machine's clock is {round(abs(behind) / 60)} minutes {way} (the server has "
        f"{there:%Y-%m-%d %H:%M:%S} UTC), so AWS takes no signature: set the clock"
    )


def explain_foreign(response: httpx.Response, problem: Answer, base: str) -> str | None:
    """How an answer shows that it is not burnbag's; None for one that may be.

    A redirect leads to a sign-in more often than not. It is never followed, and of where it leads
    only the host is told.
    """
    host, status = urlsplit(base).netloc, response.status_code
    if 300 <= status < 400:
        to = urlsplit(response.headers.get("Location", "")).netloc
        there = f" to {make_printable(to[:100])}" if to and to != host else ""
        return (
            f"burnbag does not answer {status}: {host} leads elsewhere{there}, perhaps to a "
            f"sign-in; {IS_IT_RIGHT}"
        )
    if is_web_page(response):
        return f"{host} answers {status} with a web page, and not as burnbag does; {IS_IT_RIGHT}"
    if problem.get("message") in NO_SUCH_CALL:
        return (
            f"{host} is an API, but answers {status} where burnbag would know the call; "
            f"{IS_IT_RIGHT} It ends in the stage, as in …/live"
        )
    if status in (404, 405) and not problem.get("type"):
        return f"{host} answers {status}, and not as burnbag does; {IS_IT_RIGHT}"
    return None


def is_web_page(response: httpx.Response) -> bool:
    kind: str = response.headers.get("Content-Type", "")
    return kind.lower().startswith("text/html")
