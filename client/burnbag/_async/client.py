"""The client: `send`, `open`, `peek`, `receipt`, `unfreeze`, `revoke`, lists, signed receipts, and

Made of `burnbag.client` by tools/asynchronous: change that, and run `make fmt`.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self, overload

import httpx

from burnbag import answers, verifying
from burnbag._async import asking, bulk, sending, submitting, uploads
from burnbag._async.doors import call_recipient
from burnbag._async.opening import Opening
from burnbag._async.transport import Api
from burnbag._async.waiting import in_thread, in_thread_context
from burnbag.bulk import make_filters
from burnbag.client import as_path, check_answer_link, check_id, check_link, check_request
from burnbag.destinations import Target, open_destination
from burnbag.links import Link
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
from burnbag.transport import find_url


class AsyncBurnbag:
    """An asynchronous client of burnbag; safe to share between the tasks of one event loop.

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
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        cut_queries()
        self.api = Api(find_url() if url is None else url, session, region, timeout, transport)
        self.secret = secrets.token_bytes(32)

    async def send(
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

        >>> sent = await AsyncBurnbag(url).send("hunter2", ttl="2h", views=2, label="staging")
        >>> sent.kind, sent.max_views
        ('text', 2)
        """
        named = check_recipients(recipients)
        order = Order(ttl, views, passphrase, label, on_lock, named)
        resume_file = as_path(resume_file)
        return await sending.send(
            self.api, content, order, filename, media_type, server_side, resume_file, progress
        )

    async def resume(
        self, resume_file: str | PathLike[str], *, progress: Progress = ignore_progress
    ) -> Sent:
        """Go on with an upload that `send` was interrupted in, at the parts that are missing.

        The file that is sent must be as it was. Otherwise, and if the upload has ended, there is
        nothing to resume any more. Parts may come for a day.

        Raises ConfigurationError, NotFound, Gone, Refused or Unavailable, and OSError from reading.

        >>> (await AsyncBurnbag(url).resume(resume_file)).kind
        'upload'
        """
        return await uploads.resume(self.api, Path(resume_file), progress)

    @overload
    async def open(
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
    async def open(
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

    async def open(
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

        >>> (await AsyncBurnbag().open(link)).text
        'hunter2'
        """
        link, key = check_link(link), idempotency_key
        if key is None:
            key = partial(link.idempotency_key, self.secret)
        async with in_thread_context(open_destination(to, overwrite)) as destination:
            opening = Opening(self.api, link, passphrase, key, progress)
            return await opening.open(destination, received)

    async def peek(self, link: str | Link) -> Peek:
        """Tell what a link leads to, without consuming a view.

        Raises LinkError, NotFound, Gone, RecipientRequired or NotTheRecipient.

        >>> (await AsyncBurnbag().peek(link)).views_left
        1
        """
        link = check_link(link)
        return answers.parse_peek(await call_recipient(self.api, link, "GET"))

    async def receipt(self, id: str, receipt_token: str) -> Receipt:
        """Tell what became of a secret. Raises NotFound or ConfigurationError.

        >>> (await AsyncBurnbag(url).receipt(sent.id, sent.receipt_token)).state
        'sealed'
        """
        check_id(id, receipt_token)
        answer = await self.api.call_signed("GET", f"/v1/receipts/{id}", token=receipt_token)
        return answers.parse_receipt(answer)

    async def signed_receipt(self, id: str, receipt_token: str) -> str:
        """The receipt for somebody else to check: signed by this burnbag's key, as a JWS.

        `verify_receipt` checks it. Raises NotFound, ConfigurationError or Unavailable.

        >>> (await AsyncBurnbag(url).signed_receipt(sent.id, sent.receipt_token)).count(".")
        2
        """
        check_id(id, receipt_token)
        url, headers = self.api.own_url(), {"Accept": "application/jwt"}
        path, signer = f"/v1/receipts/{id}", await in_thread(self.api.get_signer)
        answer = await self.api.fetch(
            "GET", url, path, auth=signer, token=receipt_token, headers=headers
        )
        return verifying.check_answer(answer)

    async def receipt_keys(self) -> dict[str, Any]:
        """The public keys that this burnbag signs receipts with, as a JWK set.

        Whoever is to check receipts later, or offline, keeps it. Raises ConfigurationError or
        Unavailable.

        >>> [key["kty"] for key in (await AsyncBurnbag(url).receipt_keys())["keys"]]
        ['EC']
        """
        return verifying.check_keys(await self.api.call("GET", self.api.own_url(), "/v1/keys"))

    async def revoke(self, id: str, receipt_token: str) -> None:
        """End a secret now. Raises NotFound, ConfigurationError, or Gone if it has ended already.

        It is no error to revoke twice.

        >>> await AsyncBurnbag(url).revoke(sent.id, sent.receipt_token)
        """
        check_id(id, receipt_token)
        await sending.revoke(self.api, id, receipt_token)

    async def unfreeze(self, id: str, receipt_token: str) -> bool:
        """Allow five more guesses at a secret that was sent with `on_lock="freeze"`.

        False, and nothing has changed, if it is not frozen. Raises NotFound, ConfigurationError or
        Gone.

        >>> await AsyncBurnbag(url).unfreeze(sent.id, sent.receipt_token)
        False
        """
        check_id(id, receipt_token)
        return await sending.unfreeze(self.api, id, receipt_token)

    def receipts(
        self,
        *,
        state: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        label: str | None = None,
        created_by: str | None = None,
    ) -> AsyncIterator[Receipt]:
        """The receipts of what these credentials sent, newest first; of a role, in any session.

        Only those of secrets that were created from `since` to `until`, have this `state` now, and
        whose label begins with `label`. With `created_by` (an ARN, an e-mail address, or the name
        of a role of this account) anybody's: that needs the operators' policy. Raises
        ConfigurationError, Refused or Unavailable, while they are gone through.

        >>> sent.id in [receipt.id async for receipt in AsyncBurnbag(url).receipts(state="sealed")]
        True
        """
        filters = make_filters(created_by, since, until, label, state)
        return bulk.list_receipts(self.api, filters)

    async def revoke_created_by(
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

        >>> (await AsyncBurnbag(url).revoke_created_by("orders", dry_run=True)).revoked
        0
        """
        filters = make_filters(created_by, since, until, label)
        return await bulk.revoke_all(self.api, filters, dry_run, progress)

    async def request(
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

        >>> asked = await AsyncBurnbag(url).request("API key for staging", ttl="3d")
        >>> asked.kinds
        ('text', 'file', 'upload')
        """
        return await asking.request(self.api, label, ttl, kinds, max_bytes)

    async def peek_request(self, link: str | RequestLink) -> RequestPeek:
        """Tell what a request asks for, and who asks.

        Raises LinkError, NotFound, or RequestGone if it takes no answer any more.

        >>> (await AsyncBurnbag().peek_request(asked.link)).label
        'API key for staging'
        """
        return await submitting.peek(self.api, check_request(link))

    async def submit(
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

        >>> (await AsyncBurnbag().submit(asked.link, "hunter2")).kind
        'text'
        """
        link, path = check_request(link), as_path(resume_file)
        return await submitting.submit(
            self.api, link, content, filename, media_type, path, progress
        )

    async def resume_submission(
        self, resume_file: str | PathLike[str], *, progress: Progress = ignore_progress
    ) -> Submitted:
        """Go on with an answer that `submit` was interrupted in, as `resume` does.

        Raises NotFound, Gone, Refused or Unavailable, and OSError from reading.

        >>> (await AsyncBurnbag().resume_submission(answer_file)).kind
        'upload'
        """
        return await uploads.resume_submission(self.api, Path(resume_file), progress)

    async def find_answer(self, keep: str | AnswerLink) -> Link:
        """The link that the answer to a request opens by, as any secret does.

        Raises LinkError, ConfigurationError, NotFound, NotAnswered, Gone, or Damaged if its keys
        were not made for this request.

        >>> (await AsyncBurnbag().peek(await AsyncBurnbag(url).find_answer(answered.keep))).kind
        'text'
        """
        return await asking.find_answer(self.api, check_answer_link(keep))

    @overload
    async def open_answer(
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
    async def open_answer(
        self,
        keep: str | AnswerLink,
        to: Target,
        *,
        idempotency_key: str | Callable[[int], str] | None = None,
        overwrite: bool = False,
        progress: Progress = ignore_progress,
        received: Callable[[Opened], object] = lambda opened: None,
    ) -> Opened: ...

    async def open_answer(
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

        >>> (await AsyncBurnbag(url).open_answer(answered.keep)).text
        'hunter2'
        """
        link, key = await self.find_answer(keep), idempotency_key
        if key is None:
            key = partial(link.idempotency_key, self.secret)
        async with in_thread_context(open_destination(to, overwrite)) as destination:
            opening = Opening(self.api, link, None, key, progress)
            return await opening.open(destination, received)

    async def close(self) -> None:
        """Close the connections. Calls that come after it raise Closed."""
        await self.api.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
