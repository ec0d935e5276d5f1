"""The one family of errors, each a problem type of RFC 9457.

BurnbagError
├── BadRequest              400  what was sent can't be read; names the field
│   ├── TooLarge            413  more bytes than the limit
│   ├── UnsupportedMedia    415  another media type than the call takes
│   ├── OutOfRange          422  well formed, but outside the limits of this environment
│   └── KeyReused           422  the idempotency key stands for another order
├── NotFound                404  unknown id or wrong token: they look the same
├── NoSuchFile              404  the page has no file of this name and version
├── NoSuchCall              404  the API has nothing at this path
├── MethodNotAllowed        405  it has, but under other methods
├── Gone                    410  a right token after the end: says which end, and when
│   └── RequestOver         410  the same of a request: it was answered, revoked, or has expired
├── Incomplete              409  the upload has not arrived yet
├── NotInParts              409  this secret's bytes do not come in parts
├── AlreadyArrived          409  the upload is over: nobody can put a part any more
├── PartsMissing            409  the upload can't end yet: says which parts are to come
├── ChecksumDiffers         409  the parts that arrived are not those that the sender means
├── Unclaimed               409  there is no claim to confirm
├── AlreadyConfirmed        409  the idempotency key's view was had and confirmed
├── Frozen                  423  too many wrong passphrases: its sender can allow more
├── NotFrozen               409  there is nothing to unfreeze
├── CrossSite               403  a call for people, made by a page of another site
├── NotSignedIn             401  a call for people, without an id token of this page's sign-in
├── EmailUnverified         403  who signed in has no e-mail address that was verified
├── Nameless                403  a list of one's own, where nobody has a name
├── RecipientRequired       403  a secret that names its recipients, and a caller without identity
├── NotTheRecipient         403  a verified caller whom the secret does not name
├── PassphraseRequired      403  a passphrase is set, none was sent
├── PassphraseWrong         403  one guess spent
├── BeingAnswered           429  somebody else's answer to the request is just being stored
├── Busy                    429  every remaining guess is being evaluated by somebody else
├── TooMany                 429  a person has sent as much as one may in this hour
├── Damaged                 500  the record does not open: it was changed after it was sealed
├── InternalError           500  a defect of burnbag's own
└── Unavailable             503  AWS failed; the secret is still whole
    └── Interrupted         503  AWS failed in the middle of a write, which may have been done
        └── Unanswered      503  AWS did not answer: what it was asked to do may still happen
"""

from typing import Any, ClassVar, Final


class BurnbagError(Exception):
    """Base of all errors that a caller is told about."""

    status: ClassVar[int]
    type: ClassVar[str]
    title: ClassVar[str]
    retry_after: int | None = None

    def __init__(self, detail: str = "", **extensions: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extensions = extensions

    def problem(self) -> dict[str, Any]:
        """The problem document (RFC 9457, section 3.1)."""
        document: dict[str, Any] = {
            "type": f"urn:burnbag:problem:{self.type}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            document["detail"] = self.detail
        return document | self.extensions


class BadRequest(BurnbagError, ValueError):
    status = 400
    type = "bad-request"
    title = "The request can't be read"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field=field)


class TooLarge(BadRequest):
    status = 413
    type = "too-large"
    title = "This is too large"


class UnsupportedMedia(BadRequest):
    status = 415
    type = "unsupported-media-type"
    title = "This media type is not taken here"


class OutOfRange(BadRequest):
    status = 422
    type = "out-of-range"
    title = "A value is outside the limits"


class KeyReused(BadRequest):
    status = 422
    type = "idempotency-key-reused"
    title = "The idempotency key stands for another order"

    def __init__(self) -> None:
        super().__init__("Idempotency-Key", "Another order was sent under this key.")


class NotFound(BurnbagError):
    status = 404
    type = "not-found"
    title = "There is no such secret"

    def __init__(self) -> None:
        super().__init__(
            "No secret has this id and token. The token goes into the header X-Burnbag-Token."
        )


class NoSuchFile(BurnbagError):
    status = 404
    type = "no-such-file"
    title = "The page has no such file"


class NoSuchCall(BurnbagError):
    status = 404
    type = "no-such-call"
    title = "There is no such call"


class MethodNotAllowed(BurnbagError):
    """`allowed` are the methods of the calls at this path (RFC 9110, section 15.5.6)."""

    status = 405
    type = "method-not-allowed"
    title = "This call has another method"

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"Use {', '.join(allowed)}.")
        self.allowed = allowed


class Gone(BurnbagError):
    status = 410
    type = "gone"
    title = "The secret is gone"
    what: ClassVar = "secret"

    def __init__(self, state: str, ended_at: int | None) -> None:
        super().__init__(f"The {self.what} is {state}.", state=state, ended_at=ended_at)


class RequestOver(Gone):
    """`state` is "submitted" after an answer, whatever has become of that since."""

    title = "The request is over"
    what: ClassVar = "request"


class Incomplete(BurnbagError):
    status = 409
    type = "upload-incomplete"
    title = "The upload is not complete"

    def __init__(self) -> None:
        super().__init__("Nothing was consumed. Try again when the sender has finished.")


class NotInParts(BurnbagError):
    status = 409
    type = "not-in-parts"
    title = "This secret is not uploaded in parts"

    def __init__(self) -> None:
        super().__init__("Only an upload that was declared with parts has parts.")


class AlreadyArrived(BurnbagError):
    status = 409
    type = "already-arrived"
    title = "The upload is complete"

    def __init__(self) -> None:
        super().__init__("What has arrived can't be changed any more.")


class PartsMissing(BurnbagError):
    """`missing` are the numbers of the first parts that have not arrived as they must."""

    status = 409
    type = "parts-missing"
    title = "Parts of the upload are missing"

    def __init__(self, missing: list[int]) -> None:
        super().__init__("Upload them, then complete it again.", missing=missing)


class ChecksumDiffers(BurnbagError):
    status = 409
    type = "checksum-differs"
    title = "The checksum differs"

    def __init__(self) -> None:
        super().__init__("It is not that of the parts that have arrived. Nothing was completed.")


class Unclaimed(BurnbagError):
    status = 409
    type = "unclaimed"
    title = "There is nothing to confirm"

    def __init__(self) -> None:
        super().__init__("No claim with this idempotency key is open.")


class AlreadyConfirmed(BurnbagError):
    status = 409
    type = "already-confirmed"
    title = "This view was confirmed"

    def __init__(self) -> None:
        super().__init__("Nothing was consumed. For another view, use another idempotency key.")


class Frozen(BurnbagError):
    status = 423
    type = "frozen"
    title = "The secret is frozen"

    def __init__(self) -> None:
        super().__init__("Too many passphrases were wrong. The sender can allow more guesses.")


class NotFrozen(BurnbagError):
    status = 409
    type = "not-frozen"
    title = "The secret is not frozen"


class RecipientRequired(BurnbagError):
    """`identify` are the ways to show who one is that are of use here: "iam", "people"."""

    status = 403
    type = "recipient-required"
    title = "This secret opens for its recipients only"

    def __init__(self, identify: list[str]) -> None:
        detail = "Sign the call to /signed, or sign in and call /people, as `identify` says."
        super().__init__(detail, identify=identify)


class NotTheRecipient(BurnbagError):
    """`identified_as` is the caller's own ARN or e-mail address, as it was verified."""

    status = 403
    type = "not-the-recipient"
    title = "This secret is for somebody else"

    def __init__(self, identify: list[str], identified_as: str) -> None:
        detail = "Nothing was consumed. Its sender is told who tried."
        super().__init__(detail, identify=identify, identified_as=identified_as)


class PassphraseRequired(BurnbagError):
    status = 403
    type = "passphrase-required"
    title = "A passphrase is needed"

    def __init__(self, attempts_left: int) -> None:
        super().__init__("Send the passphrase in the body.", attempts_left=attempts_left)


class PassphraseWrong(BurnbagError):
    status = 403
    type = "passphrase-wrong"
    title = "The passphrase is wrong"

    def __init__(self, attempts_left: int) -> None:
        detail = "At zero attempts left the secret is locked, or frozen if its sender chose that."
        super().__init__(detail, attempts_left=attempts_left)


class Busy(BurnbagError):
    status = 429
    type = "busy"
    title = "Other passphrase attempts are being checked"
    retry_after = 1


class BeingAnswered(BurnbagError):
    status = 429
    type = "being-answered"
    title = "Another answer to this request is being stored"
    retry_after = 2

    def __init__(self) -> None:
        super().__init__("If that fails, yours can still be taken. Try again.")


class CrossSite(BurnbagError):
    status = 403
    type = "cross-site"
    title = "Another site may not do this"

    def __init__(self) -> None:
        super().__init__("The header Sec-Fetch-Site says that a page of another origin calls.")


class NotSignedIn(BurnbagError):
    status = 401
    type = "not-signed-in"
    title = "Sign in first"

    def __init__(self) -> None:
        super().__init__("The header Authorization takes the id token of a person who signed in.")


class EmailUnverified(BurnbagError):
    status = 403
    type = "email-unverified"
    title = "Your e-mail address is not verified"

    def __init__(self) -> None:
        super().__init__("Whoever runs the sign-in can verify it.")


class Nameless(BurnbagError):
    status = 403
    type = "nameless"
    title = "Nobody knows who you are"

    def __init__(self) -> None:
        super().__init__("Calls are not signed here, so nobody has a list of their own.")


class TooMany(BurnbagError):
    status = 429
    type = "too-many"
    title = "You have sent as many secrets as one may in an hour"

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(f"At most {limit} an hour. Nothing was sealed.", limit=limit)
        self.retry_after = retry_after


class Damaged(BurnbagError):
    status = 500
    type = "damaged"
    title = "The secret can't be opened"

    def __init__(self) -> None:
        super().__init__("Its record was changed after it was sealed. Nothing was consumed.")


class InternalError(BurnbagError):
    status = 500
    type = "internal"
    title = "burnbag made a mistake"


# AWS's codes that stay until somebody does something: a key that is disabled or going, a right that
# is missing, a table or bucket that is not there.
LASTING: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "DisabledException",
        "KMSInvalidStateException",
        "NoSuchBucket",
        "NotFoundException",
        "ResourceNotFoundException",
    }
)
WILL_LAST: Final = (
    "Nothing was lost, but another try won't help. Whoever runs this burnbag has to look at it:"
)


class Unavailable(BurnbagError):
    """`cause` says which AWS operation failed, and with which code.

    The log has it. Whoever called is told too where another try would only meet it again: it is
    what to tell whoever runs this burnbag. No code says anything of a secret or of who asked.
    """

    status = 503
    type = "unavailable"
    title = "burnbag can't do this now"
    retry_after: int | None = 1

    detail = "Nothing was lost. Try again."

    def __init__(self, cause: str = "") -> None:
        lasts = type(self) is Unavailable and cause.rpartition(" ")[2] in LASTING
        super().__init__(f"{WILL_LAST} {cause}." if lasts else self.detail)
        self.cause = cause
        if lasts:
            self.retry_after = None


class Interrupted(Unavailable):
    """Not `unavailable`, which says that nothing has happened. The gateway's 5xx have this type."""

    type = "interrupted"
    title = "burnbag broke off before it answered"
    detail = (
        "It may have been done all the same: the receipt tells."
        " The same Idempotency-Key gets the same answer."
    )


class Unanswered(Interrupted):
    """What was asked for may be done at any later time, too."""


def describe(error: BaseException) -> str:
    """An exception's type, and the line that raised it: for a log, which no message may reach."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "nowhere"
    return f"{type(error).__name__} at {place}"
