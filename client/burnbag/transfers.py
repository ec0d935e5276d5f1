"""Large secrets, straight to and from S3, by the form or the URL that burnbag presigns."""

import logging
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, Final, Protocol

import httpx
from burnbag_format import base64url
from burnbag_format.content import BYTES
from burnbag_format.identity import Identity

from burnbag import answers
from burnbag.answers import UploadForm
from burnbag.errors import BurnbagError, Damaged, Gone, Refused, Unavailable
from burnbag.results import Sent
from burnbag.retries import ERRORS, FINAL, TEMPORARY, TRIES, explain, retry, retry_after, wait
from burnbag.sources import Source
from burnbag.storage import check_url
from burnbag.transport import Api
from burnbag.waiting import call_back, tidying

ENCRYPTED_NAME: Final = "encrypted"
DENIED: Final = frozenset({401, 403})
LONGEST_ERROR: Final = 4096
SIGNATURES: Final = frozenset({"X-Amz-Signature", "Signature", "signature"})


class Progress(Protocol):
    """Called with the bytes done so far and the bytes in all, both of the encrypted form.

    `done` goes back to 0 when a broken upload starts again.
    """

    def __call__(self, done: int, total: int) -> None: ...


def ignore_progress(done: int, total: int) -> None:
    """Do nothing."""


class Draft(Protocol):
    """As in `burnbag.sending`."""

    @property
    def fields(self) -> Mapping[str, int | str | Sequence[str]]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def identity(self) -> Identity: ...
    def parse(self, answer: Mapping[str, Any]) -> Sent: ...


def upload(api: Api, source: Source, draft: Draft, progress: Progress) -> Sent:
    """Declare an upload and carry it out; one that fails is revoked, so that nothing stays.

    Raises Gone if the secret expired meanwhile, Refused, Unavailable, or LinkError for a form that
    leads to plain HTTP or to this machine.
    """
    started = time.monotonic()
    answer = declare(api, source, draft)
    with revoke_on_failure(api, draft.identity):
        form, sent = answers.parse_upload_form(answer), draft.parse(answer)
        post(api, form, Attachment(source, call_back(progress)), api.own_url())
        if time.monotonic() - started >= (sent.expires_at - sent.created_at).total_seconds():
            raise Gone("expired", sent.expires_at)
    return sent


def declare(api: Api, source: Source, draft: Draft, **fields: Any) -> Mapping[str, Any]:
    """Declare an upload; one of which nobody knows whether it was done is revoked.

    Raises Refused or Unavailable.
    """
    body = {"size": source.size, **draft.fields, **fields}
    with revoke_on_failure(api, draft.identity, unless=Refused):
        return api.call_signed("POST", "/v1/uploads", json=body, headers=draft.headers)


@contextmanager
def revoke_on_failure(
    api: Api, identity: Identity, unless: tuple[type[Exception], ...] | type[Exception] = ()
) -> Iterator[None]:
    """Revoke what nobody will have the link to: a call that was interrupted or not answered may
    have sealed it, under an id that is known beforehand. `unless` are failures that seal nothing.
    """
    try:
        yield
    except BaseException as error:
        with tidying(api, error):
            if not isinstance(error, unless):
                try_to_revoke(api, identity)
        raise


def post(api: Api, form: UploadForm, attachment: "Attachment", base: str) -> None:
    """Post the form. It may be sent again after a broken connection: S3 keeps whole objects only.

    Raises LinkError, Refused or Unavailable.
    """
    url = check_url(form.url, base)

    def send() -> httpx.Response:
        files: Any = {"file": (ENCRYPTED_NAME, attachment, BYTES)}
        return api.ask(api.http.build_request("POST", url, data=form.fields, files=files))

    response = retry(send, is_temporary=lambda r: r.status_code == 500 or is_timeout(r))
    if not response.is_success:
        raise Refused(f"S3 refuses the upload with {response.status_code}", response.status_code)


def is_timeout(response: httpx.Response) -> bool:
    """Whether S3 waited too long for the next bytes."""
    return response.status_code == 400 and b"<Code>RequestTimeout</Code>" in response.content


def try_to_revoke(api: Api, identity: Identity) -> None:
    """As `give_up`, for what may have been sealed under an identity."""
    give_up(api, identity.id, base64url.encode(identity.receipt_token))


def give_up(api: Api, secret_id: str, receipt_token: str) -> None:
    """Revoke once, if the server can be reached; otherwise the secret expires by itself."""
    with suppress(BurnbagError):
        api.call_signed("DELETE", f"/v1/secrets/{secret_id}", token=receipt_token, tries=1)


class Attachment:
    """A source as the file that httpx wants for a form: it asks for the length, then reads."""

    def __init__(self, source: Source, progress: Callable[[int, int], None]) -> None:
        self.source = source
        self.progress = progress
        self.pieces: Iterator[bytes] = iter(())
        self.done = 0

    def tell(self) -> int:
        return 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Tell the length if asked for the end; otherwise start again."""
        if whence == os.SEEK_END:
            return self.source.size
        self.pieces, self.done = self.source.pieces(None), 0
        return 0

    def read(self, size: int = -1) -> bytes:
        """The next piece, whatever its size: httpx sends what it gets."""
        self.progress(self.done, self.source.size)
        piece = next(self.pieces, b"")
        self.done += len(piece)
        return piece


class UrlExpired(Exception):
    """The presigned URL is no longer valid."""


class Busy(Exception):
    """S3 asks to come again after at least `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def download(
    api: Api, presigned: Iterator[httpx.URL], size: int, progress: Progress
) -> Generator[bytes, None, None]:
    """Download `size` bytes. A broken connection goes on from where it broke.

    `presigned` gives a URL, and a new one each time the last has expired. Gives up after
    several failures in a row that brought no byte. Raises Unavailable, Refused, Damaged, or what
    `presigned` raises.
    """
    done, failures, url = 0, 0, next(presigned)
    while done < size:
        before, failure = done, None
        try:
            with closing(read_from(api, url, done, size)) as pieces:
                for piece in pieces:
                    done += len(piece)
                    if done > size:
                        raise Damaged
                    progress(done, size)
                    yield piece
        except (*ERRORS, Busy, UrlExpired) as error:
            failure = error
        if done == size:
            return
        failures = 1 if done > before else failures + 1
        if failures == TRIES or isinstance(failure, FINAL):
            raise explain_download(failure)
        if isinstance(failure, UrlExpired):
            url = next(presigned)
        else:
            wait(failures, failure.seconds if isinstance(failure, Busy) else 0)


def read_from(api: Api, url: httpx.URL, start: int, size: int) -> Generator[bytes, None, None]:
    """Read the bytes from `start` on (RFC 9110, section 14)."""
    with closing(ask_for_bytes(api, url, start)) as response:
        if response.headers.get("Content-Range", "") != f"bytes {start}-{size - 1}/{size}":
            raise Damaged
        yield from response.iter_raw()


def ask_for_bytes(api: Api, url: httpx.URL, start: int) -> httpx.Response:
    """An answer whose bytes are still to be read. They may take long, but not what precedes them.

    Raises as `download_error` says.
    """
    request = api.http.build_request("GET", url, headers={"Range": f"bytes={start}-"})
    with api.limit():
        response = api.send(request)
        if response.is_success:
            return response
        with closing(response):
            raise download_error(response)


def download_error(response: httpx.Response) -> Exception:
    """What S3's error means. An ended session of the role that presigned is a 400."""
    status = response.status_code
    if status in DENIED or (status == 400 and b"ExpiredToken" in start_of_error(response)):
        return UrlExpired()
    if status in TEMPORARY or status == 500:
        return Busy(retry_after(response))
    return Refused(f"S3 refuses the download with {status}", status)


def start_of_error(response: httpx.Response) -> bytes:
    return next(response.iter_raw(LONGEST_ERROR), b"")


def explain_download(failure: Exception | None) -> BurnbagError:
    """The error to raise for a download that was given up."""
    if isinstance(failure, ERRORS):
        return explain(failure)
    if isinstance(failure, UrlExpired):
        return Refused("S3 refuses the download", 403)
    return Unavailable("S3 does not answer; try again later")


class CutQueries(logging.Filter):
    """Cut the query from presigned URLs in log records; let every record pass.

    httpx logs every URL it asks for, whole, at INFO. That a download was made may be logged, but
    its query is the right to make it for fifteen minutes.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(cut_query, record.args))
        return True


def cut_query(argument: object) -> object:
    if isinstance(argument, httpx.URL) and SIGNATURES.intersection(argument.params):
        return argument.copy_with(query=None)
    return argument


CUT_QUERIES: Final = CutQueries()


def cut_queries() -> None:
    """Cut them from now on. Adding a filter twice does nothing."""
    logging.getLogger("httpx").addFilter(CUT_QUERIES)
