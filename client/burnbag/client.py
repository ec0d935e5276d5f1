"""The client: `send`, `open`, `peek`, `receipt`, `unfreeze`, `revoke`, lists, signed receipts, and
requests with `request`, `submit`, `open_answer`.
"""

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self, overload

import httpx
from burnbag_format.base64url import is_canonical

from burnbag import answers, asking, bulk, sending, submitting, uploads, verifying
from burnbag.bulk import make_filters
from burnbag.destinations import Target, open_destination
from burnbag.doors import call_recipient
from burnbag.errors import NotFound
from burnbag.links import ID_BYTES, TOKEN_BYTES, Link
from burnbag.opening import Opening
from burnbag.request_links import AnswerLink, RequestLink
from burnbag.results import (
    Opened,
    OpenedInMemory,
    Peek,
    Receipt,
    Request,
    RequestPeek,
    Revocation,
    Sent,
    Submitted,
)
from burnbag.sending import Order, check_recipients
from burnbag.sources import Content
from burnbag.transfers import Progress, cut_queries, ignore_progress
from burnbag.transport import Api, find_url


class Burnbag:
    """A client of burnbag; safe to share between threads.

    `url` is the base URL (Terraform's output `api_url`), by default what BURNBAG_URL says; to open
    links you need none. `session` is a botocore or boto3 session whose credentials sign the
    sender's calls, and those of a recipient of a secret that is for named ones. By default it is
    botocore's own, so that profiles, SSO, roles and the environment work as usual. `timeout` is in
    seconds, for connecting and for each wait on an answer.

    Raises LinkError for a URL that is not safe, ConfigurationError for a URL, a proxy or
    certificates in the environment that can't be used.
    """

    def __init__(
        self,
        url: str | None = None,
        session: Any = None,
        *,
        region: str | None = None,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        cut_queries()
        self.api = Api(find_url() if url is None else url, session, region, timeout, transport)
        self.secret = secrets.token_bytes(32)

    def send(
        self,
        content: Content,
        *,
        ttl: int | str | timedelta | None = None,
        views: int | None = None,
        passphrase: str | None = None,
        label: str | None = None,
        on_lock: str | None = None,
        recipients: Sequence[str] | None = None,
        filename: str | None = None,
        media_type: str | None = None,
        server_side: bool = False,
        resume_file: str | PathLike[str] | None = None,
        progress: Progress = ignore_progress,
    ) -> Sent:
        """Seal a secret: a text, bytes, a file by its path, or a binary file object.

        It is encrypted here (RFC 8188) and only the link has the key, unless `server_side` asks
        for a link that any HTTP client can open. `ttl` is in seconds or like `"2h"`. `filename`
        is by default a path's own name; without one the secret is a text. The label is not
        encrypted, and stands in the audit log and in notifications: it is not secret. A
        passphrase never leaves this machine, unless `server_side`. Five wrong ones destroy the
        secret, or with `on_lock="freeze"` close it until you call `unfreeze`. With `recipients` the
        link alone opens nothing: only they can, who identify themselves. Each is an IAM role or
        user by its ARN, somebody's e-mail address, or `@example.com` for everybody there.

        What is large goes in parts, each of which is tried again by itself. A large file, sent by
        its path, can be continued by another process: `resume_file` is where to note what `resume`
        needs for that. It is secret as long as it is there, and gone in the end. Without it, what
        fails is revoked.

        Raises ConfigurationError, Refused (TooLarge) or Unavailable, and OSError from reading.

        >>> sent = Burnbag(url).send("hunter2", ttl="2h", views=2, label="staging")
        >>> sent.kind, sent.max_views
        ('text', 2)
        """
        named = check_recipients(recipients)
        order = Order(ttl, views, passphrase, label, on_lock, named)
        resume_file = as_path(resume_file)
        return sending.send(
            self.api, content, order, filename, media_type, server_side, resume_file, progress
        )

    def resume(
        self, resume_file: str | PathLike[str], *, progress: Progress = ignore_progress
    ) -> Sent:
        """Go on with an upload that `send` was interrupted in, at the parts that are missing.

        The file that is sent must be as it was. Otherwise, and if the upload has ended, there is
        nothing to resume any more. Parts may come for a day.

        Raises ConfigurationError, NotFound, Gone, Refused or Unavailable, and OSError from reading.

        >>> Burnbag(url).resume(resume_file).kind
        'upload'
        """
        return uploads.resume(self.api, Path(resume_file), progress)

    @overload
    def open(
        self,
        link: str | Link,
        to: None = None,
        *,
        passphrase: str | None = None,
        idempotency_key: str | Callable[[int], str] | None = None,
        overwrite: bool = False,
        progress: Progress = ignore_progress,
        received: Callable[[OpenedInMemory], object] = lambda opened: None,
    ) -> OpenedInMemory: ...

    @overload
    def open(
        self,
        link: str | Link,
        to: Target,
        *,
        passphrase: str | None = None,
        idempotency_key: str | Callable[[int], str] | None = None,
        overwrite: bool = False,
        progress: Progress = ignore_progress,
        received: Callable[[Opened], object] = lambda opened: None,
    ) -> Opened: ...

    def open(
        self,
        link: str | Link,
        to: Target = None,
        *,
        passphrase: str | None = None,
        idempotency_key: str | Callable[[int], str] | None = None,
        overwrite: bool = False,
        progress: Progress = ignore_progress,
        received: Callable[[Any], object] = lambda opened: None,
    ) -> Opened:
        """Consume one view of the secret behind `link`, on whatever server the link names.

        The bytes are returned, in `data` and as a `text`, or written to `to`: a path (in a folder,
        the file gets the sender's name for it) or a binary file object. Nothing is written before
        everything has arrived and decrypted. A lost answer is asked for again with the same
        `idempotency_key`.
        By default this `Burnbag` always makes the same key for the same link, so a second call
        after a failure gets the same view; pass your own key to be able to call again after this
        process has died. A key is good for one view: once that was had, the same key is
        AlreadyOpened. So the key may be a function of a number, and the numbers are tried from 0.
        `received` is called with the result before the view is given up, so nothing is lost if it
        raises. A secret for named recipients is opened with this session's AWS credentials.

        Raises LinkError, NotFound, Gone, RecipientRequired, NotTheRecipient, Frozen,
        PassphraseRequired, PassphraseWrong, NotArrived, AlreadyOpened, Damaged, Refused (TooLarge,
        also for memory), Unavailable, and OSError (FileExistsError) from writing.

        >>> Burnbag().open(link).text
        'hunter2'
        """
        link, key = check_link(link), idempotency_key
        if key is None:
            key = partial(link.idempotency_key, self.secret)
        with open_destination(to, overwrite) as destination:
            opening = Opening(self.api, link, passphrase, key, progress)
            return opening.open(destination, received)

    def peek(self, link: str | Link) -> Peek:
        """Tell what a link leads to, without consuming a view.

        Raises LinkError, NotFound, Gone, RecipientRequired or NotTheRecipient.

        >>> Burnbag().peek(link).views_left
        1
        """
        link = check_link(link)
        return answers.parse_peek(call_recipient(self.api, link, "GET"))

    def receipt(self, id: str, receipt_token: str) -> Receipt:
        """Tell what became of a secret. Raises NotFound or ConfigurationError.

        >>> Burnbag(url).receipt(sent.id, sent.receipt_token).state
        'sealed'
        """
        check_id(id, receipt_token)
        answer = self.api.call_signed("GET", f"/v1/receipts/{id}", token=receipt_token)
        return answers.parse_receipt(answer)

    def signed_receipt(self, id: str, receipt_token: str) -> str:
        """The receipt for somebody else to check: signed by this burnbag's key, as a JWS.

        `verify_receipt` checks it. Raises NotFound, ConfigurationError or Unavailable.

        >>> Burnbag(url).signed_receipt(sent.id, sent.receipt_token).count(".")
        2
        """
        check_id(id, receipt_token)
        url, headers = self.api.own_url(), {"Accept": "application/jwt"}
        path, signer = f"/v1/receipts/{id}", self.api.get_signer()
        answer = self.api.fetch("GET", url, path, auth=signer, token=receipt_token, headers=headers)
        return verifying.check_answer(answer)

    def receipt_keys(self) -> dict[str, Any]:
        """The public keys that this burnbag signs receipts with, as a JWK set.

        Whoever is to check receipts later, or offline, keeps it. Raises ConfigurationError or
        Unavailable.

        >>> [key["kty"] for key in Burnbag(url).receipt_keys()["keys"]]
        ['EC']
        """
        return verifying.check_keys(self.api.call("GET", self.api.own_url(), "/v1/keys"))

    def revoke(self, id: str, receipt_token: str) -> None:
        """End a secret now. Raises NotFound, ConfigurationError, or Gone if it has ended already.

        It is no error to revoke twice.

        >>> Burnbag(url).revoke(sent.id, sent.receipt_token)
        """
        check_id(id, receipt_token)
        sending.revoke(self.api, id, receipt_token)

    def unfreeze(self, id: str, receipt_token: str) -> bool:
        """Allow five more guesses at a secret that was sent with `on_lock="freeze"`.

        False, and nothing has changed, if it is not frozen. Raises NotFound, ConfigurationError or
        Gone.

        >>> Burnbag(url).unfreeze(sent.id, sent.receipt_token)
        False
        """
        check_id(id, receipt_token)
        return sending.unfreeze(self.api, id, receipt_token)

    def receipts(
        self,
        *,
        state: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        label: str | None = None,
        created_by: str | None = None,
    ) -> Iterator[Receipt]:
        """The receipts of what these credentials sent, newest first; of a role, in any session.

        Only those of secrets that were created from `since` to `until`, have this `state` now, and
        whose label begins with `label`. With `created_by` (an ARN, an e-mail address, or the name
        of a role of this account) anybody's: that needs the operators' policy. Raises
        ConfigurationError, Refused or Unavailable, while they are gone through.

        >>> sent.id in [receipt.id for receipt in Burnbag(url).receipts(state="sealed")]
        True
        """
        filters = make_filters(created_by, since, until, label, state)
        return bulk.list_receipts(self.api, filters)

    def revoke_created_by(
        self,
        created_by: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        label: str | None = None,
        dry_run: bool = False,
        progress: Callable[[Revocation], object] = lambda so_far: None,
    ) -> Revocation:
        """End every open secret that somebody created: it needs the operators' policy.

        The filters are those of `receipts`. It goes through all of them until none is left, so what
        AWS could not do at first is tried again. What is still open then is in `failed`: call it
        again. A `dry_run` only counts. `progress` is called with what was done so far.

        Raises ConfigurationError, Refused or Unavailable. What was revoked by then is revoked.

        >>> Burnbag(url).revoke_created_by("orders", dry_run=True).revoked
        0
        """
        filters = make_filters(created_by, since, until, label)
        return bulk.revoke_all(self.api, filters, dry_run, progress)

    def request(
        self,
        label: str | None = None,
        *,
        ttl: int | str | timedelta | None = None,
        kinds: Collection[str] | None = None,
        max_bytes: int | None = None,
    ) -> Request:
        """Ask for a secret: `link` of the result is for whoever has it, who needs no account.

        The answer is encrypted for a key pair that is made here. `keep` has the private key: it is
        as secret as the answer, and without it nobody can open that. `kinds` are those of `text`,
        `file` and `upload` (a large file) that it takes, `max_bytes` the most, encrypted and
        padded. It can be answered once, within `ttl`; the answer then lives for as long. The label
        says what is asked for. It is not encrypted, and stands in the audit log. `revoke` ends a
        request, or its answer; `receipt` tells what became of it.

        Raises ConfigurationError, Refused or Unavailable.

        >>> asked = Burnbag(url).request("API key for staging", ttl="3d")
        >>> asked.kinds
        ('text', 'file', 'upload')
        """
        return asking.request(self.api, label, ttl, kinds, max_bytes)

    def peek_request(self, link: str | RequestLink) -> RequestPeek:
        """Tell what a request asks for, and who asks.

        Raises LinkError, NotFound, or RequestGone if it takes no answer any more.

        >>> Burnbag().peek_request(asked.link).label
        'API key for staging'
        """
        return submitting.peek(self.api, check_request(link))

    def submit(
        self,
        link: str | RequestLink,
        content: Content,
        *,
        filename: str | None = None,
        media_type: str | None = None,
        resume_file: str | PathLike[str] | None = None,
        progress: Progress = ignore_progress,
    ) -> Submitted:
        """Answer a request, on whatever server its link names. Nothing is signed.

        The content is what it is for `send`, and so is `resume_file`, for `resume_submission`. It
        is encrypted here, for who asks alone. A request is answered once. One whose large file
        breaks off, and can't be resumed, has been used up.

        Raises LinkError, NotFound, RequestGone, Refused (TooLarge, also more than was asked for)
        or Unavailable, and OSError from reading.

        >>> Burnbag().submit(asked.link, "hunter2").kind
        'text'
        """
        link, path = check_request(link), as_path(resume_file)
        return submitting.submit(self.api, link, content, filename, media_type, path, progress)

    def resume_submission(
        self, resume_file: str | PathLike[str], *, progress: Progress = ignore_progress
    ) -> Submitted:
        """Go on with an answer that `submit` was interrupted in, as `resume` does.

        Raises NotFound, Gone, Refused or Unavailable, and OSError from reading.

        >>> Burnbag().resume_submission(answer_file).kind
        'upload'
        """
        return uploads.resume_submission(self.api, Path(resume_file), progress)

    def find_answer(self, keep: str | AnswerLink) -> Link:
        """The link that the answer to a request opens by, as any secret does.

        Raises LinkError, ConfigurationError, NotFound, NotAnswered, Gone, or Damaged if its keys
        were not made for this request.

        >>> Burnbag().peek(Burnbag(url).find_answer(answered.keep)).kind
        'text'
        """
        return asking.find_answer(self.api, check_answer_link(keep))

    @overload
    def open_answer(
        self,
        keep: str | AnswerLink,
        to: None = None,
        *,
        idempotency_key: str | Callable[[int], str] | None = None,
        overwrite: bool = False,
        progress: Progress = ignore_progress,
        received: Callable[[OpenedInMemory], object] = lambda opened: None,
    ) -> OpenedInMemory: ...

    @overload
    def open_answer(
        self,
        keep: str | AnswerLink,
        to: Target,
        *,
        idempotency_key: str | Callable[[int], str] | None = None,
        overwrite: bool = False,
        progress: Progress = ignore_progress,
        received: Callable[[Opened], object] = lambda opened: None,
    ) -> Opened: ...

    def open_answer(
        self,
        keep: str | AnswerLink,
        to: Target = None,
        *,
        idempotency_key: str | Callable[[int], str] | None = None,
        overwrite: bool = False,
        progress: Progress = ignore_progress,
        received: Callable[[Any], object] = lambda opened: None,
    ) -> Opened:
        """Open the answer to a request. It has one view, and all else is as for `open`.

        Anybody with the request's link may have written it: the receipt tells from which address.

        Raises as `find_answer` and `open`.

        >>> Burnbag(url).open_answer(answered.keep).text
        'hunter2'
        """
        link, key = self.find_answer(keep), idempotency_key
        if key is None:
            key = partial(link.idempotency_key, self.secret)
        with open_destination(to, overwrite) as destination:
            opening = Opening(self.api, link, None, key, progress)
            return opening.open(destination, received)

    def close(self) -> None:
        """Close the connections. Calls that come after it raise Closed."""
        self.api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def as_path(path: str | PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path)


def check_link(link: str | Link) -> Link:
    """Parse a link, and check also one that was put together by hand. Raises LinkError."""
    return Link.parse(link.reveal() if isinstance(link, Link) else link)


def check_request(link: str | RequestLink) -> RequestLink:
    return RequestLink.parse(link.reveal() if isinstance(link, RequestLink) else link)


def check_answer_link(link: str | AnswerLink) -> AnswerLink:
    return AnswerLink.parse(link.reveal() if isinstance(link, AnswerLink) else link)


def check_id(id: str, token: str) -> None:
    """Raise NotFound, without asking the server, for what can't be an id and a token."""
    if not is_canonical(id, ID_BYTES) or not is_canonical(token, TOKEN_BYTES):
        raise NotFound
