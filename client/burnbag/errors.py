"""What can go wrong, in one family.

BurnbagError
├── ConfigurationError    no URL, no credentials or no region
├── Closed                this client was closed; make another one (also a RuntimeError)
├── LinkError             this is not a link to a secret (also a ValueError)
├── NotFound              unknown id or wrong token: they look the same
├── Gone                  the secret has ended: `state` says how, `ended_at` when
│   └── RequestGone           a request was answered, revoked, or has expired
├── NotAnswered           nobody has answered the request yet
├── PassphraseError
│   ├── PassphraseRequired    a passphrase is set, none was given
│   └── PassphraseWrong       one of five guesses was used
├── RecipientRequired     the secret is for named recipients, and nobody has identified themselves
├── NotTheRecipient       who identified themselves is not one of them; nothing was consumed
├── Frozen                too many wrong passphrases; its sender can unfreeze it
├── AlreadyOpened         the view of this idempotency key was had and confirmed
├── NotArrived            the sender has not finished uploading; nothing was consumed
├── Refused               burnbag does not accept this; `field` says which part
│   └── TooLarge          more bytes than the limit
├── Damaged               it does not decrypt: another key, changed, or cut short
├── NotText               `text` was asked for, and the bytes are no UTF-8 (also a ValueError)
├── NotVerified           a signed receipt proves nothing: no receipt, another key, changed
│   └── PageDiffers           a page is not the one of this package: `differences` says where
└── Unavailable           no answer, or a temporary error; try again later
"""

from datetime import datetime
from typing import Final

from burnbag.recipients import describe

IAM: Final = "iam"
PEOPLE: Final = "people"
REQUEST_ENDS: Final = {
    "submitted": "was answered already",
    "revoked": "was revoked by who made it",
    "expired": "expired",
}


class BurnbagError(Exception):
    """Base of all errors of this package. No message holds anything secret.

    `request_id` finds the request in the server's logs, if it was an answer that told.
    """

    request_id: str | None = None


class ConfigurationError(BurnbagError):
    """No URL, no credentials or no region could be found."""


class Closed(BurnbagError, RuntimeError):
    """This client was closed."""

    def __init__(self) -> None:
        super().__init__("this Burnbag was closed; make another one")


class LinkError(BurnbagError, ValueError):
    """This is not a link to a secret."""

    def __init__(self, why: str = "this is not a link to a secret") -> None:
        super().__init__(why)


class NotFound(BurnbagError):
    """Unknown id or wrong token."""

    def __init__(self) -> None:
        super().__init__("no secret has this id and token")


class Gone(BurnbagError):
    """The secret has ended; `state` is `revealed`, `revoked`, `locked` or `expired`."""

    def __init__(self, state: str, ended_at: datetime | None) -> None:
        when = f" since {ended_at:%Y-%m-%d %H:%M:%S} UTC" if ended_at else ""
        super().__init__(f"the secret is gone: {state}{when}")
        self.state = state
        self.ended_at = ended_at


class RequestGone(Gone):
    """A request takes no answer any more; `state` is `submitted`, `revoked` or `expired`."""

    def __init__(self, state: str, ended_at: datetime | None) -> None:
        super().__init__(state, ended_at)
        when = f" on {ended_at:%Y-%m-%d} at {ended_at:%H:%M:%S} UTC" if ended_at else ""
        self.args = (f"the request {REQUEST_ENDS.get(state, state)}{when}",)


class NotAnswered(BurnbagError):
    """Nobody has answered the request yet."""

    def __init__(self) -> None:
        super().__init__("nobody has answered the request yet")


class PassphraseError(BurnbagError):
    """The passphrase is missing or wrong; `attempts_left` guesses remain."""

    def __init__(self, message: str, attempts_left: int) -> None:
        super().__init__(message)
        self.attempts_left = attempts_left


class PassphraseRequired(PassphraseError):
    """A passphrase is set, none was given."""

    def __init__(self, attempts_left: int) -> None:
        super().__init__("the secret needs a passphrase", attempts_left)


class PassphraseWrong(PassphraseError):
    """The passphrase is wrong; one of five guesses was used."""

    def __init__(self, attempts_left: int) -> None:
        left = f"{attempts_left} left" if attempts_left else "that was the last guess"
        super().__init__(f"the passphrase is wrong ({left})", attempts_left)


class Frozen(BurnbagError):
    """Too many passphrases were wrong; its sender can allow five more."""

    def __init__(self) -> None:
        super().__init__(
            "the secret is frozen: too many passphrases were wrong; its sender can unfreeze it"
        )


class RecipientRequired(BurnbagError):
    """The secret is for named recipients, and nobody has identified themselves.

    `identify` says how they may: `iam` (AWS credentials), `people` (signing in, in a browser).
    """

    def __init__(self, identify: tuple[str, ...], why: str = "") -> None:
        super().__init__(f"{describe_ways(identify)}{why and '; '}{why}")
        self.identify = identify


class NotTheRecipient(BurnbagError):
    """Who is `identified_as` may not open the secret; nothing was consumed.

    `identify` says how its recipients identify themselves.
    """

    def __init__(self, identify: tuple[str, ...], identified_as: str) -> None:
        whom = describe(identified_as) if identified_as else "you"
        browser = ", open the link in a browser and sign in" if PEOPLE in identify else ""
        super().__init__(
            f"the secret is for somebody else, and not for {whom}; no view was used: use other "
            f"credentials (--profile, AWS_PROFILE){browser}, or ask its sender for whom it is"
        )
        self.identify = identify
        self.identified_as = identified_as


class AlreadyOpened(BurnbagError):
    """The view of this idempotency key was had and confirmed; nothing was consumed."""

    def __init__(self) -> None:
        super().__init__("this view was had already; another one needs another idempotency key")


class NotArrived(BurnbagError):
    """The sender has not finished uploading; nothing was consumed."""

    def __init__(self) -> None:
        super().__init__("the sender has not finished uploading; nothing was consumed")


class Refused(BurnbagError):
    """Not accepted.

    `status` is the HTTP status, `field` the offending field and `kind` burnbag's name for the
    problem, if known.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        field: str | None = None,
        kind: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.field = field
        self.kind = kind


class TooLarge(Refused):
    """More bytes than the limit."""


class Damaged(BurnbagError):
    """It does not decrypt: another key, changed, or cut short."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why or "what came does not decrypt: it was changed or cut short")


class NotText(BurnbagError, ValueError):
    """`text` was asked for, and the bytes are no UTF-8."""

    def __init__(self) -> None:
        super().__init__("the secret is not a text in UTF-8; its bytes are in `data`")


class NotVerified(BurnbagError):
    """It proves nothing: a receipt that is none, was changed, or is signed by another key."""


class PageDiffers(NotVerified):
    """A page is not the one of this package; `differences` says in which files, and how."""

    def __init__(self, differences: dict[str, str]) -> None:
        count = len(differences)
        where = f"{count} file{'s' * (count != 1)} of it {'differ' if count != 1 else 'differs'}"
        super().__init__(f"this is not the page that this version knows: {where}")
        self.differences = differences


class Unavailable(BurnbagError):
    """No answer, or a temporary error."""


def describe_ways(identify: tuple[str, ...]) -> str:
    """For whom a secret is, and how they open it."""
    if IAM not in identify:
        return "the secret is for named people: open the link in a browser and sign in"
    people = ", or in a browser, by signing in" if PEOPLE in identify else ""
    return f"the secret is for named recipients: it opens with AWS credentials of theirs{people}"
