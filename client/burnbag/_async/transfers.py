"""Large secrets, straight to and from S3, by the form or the URL that burnbag presigns.

Made of `burnbag.transfers` by tools/asynchronous: change that, and run `make fmt`.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import httpx
from burnbag_format import base64url
from burnbag_format.content import BYTES
from burnbag_format.identity import Identity

from burnbag import answers
from burnbag._async.retries import retry, wait
from burnbag._async.transport import Api
from burnbag._async.waiting import call_back, tidying
from burnbag.answers import UploadForm
from burnbag.errors import BurnbagError, Damaged, Gone, Refused
from burnbag.results import Sent
from burnbag.retries import ERRORS, FINAL, TEMPORARY, TRIES, retry_after
from burnbag.sources import Source
from burnbag.storage import check_url
from burnbag.transfers import (
    DENIED,
    ENCRYPTED_NAME,
    LONGEST_ERROR,
    Attachment,
    Busy,
    Draft,
    Progress,
    UrlExpired,
    explain_download,
    is_timeout,
)


async def upload(api: Api, source: Source, draft: Draft, progress: Progress) -> Sent:
    """Declare an upload and carry it out; one that fails is revoked, so that nothing stays.

    Raises Gone if the secret expired meanwhile, Refused, Unavailable, or LinkError for a form that
    leads to plain HTTP or to this machine.
    """
    started = time.monotonic()
    answer = await declare(api, source, draft)
    async with revoke_on_failure(api, draft.identity):
        form, sent = answers.parse_upload_form(answer), draft.parse(answer)
        await post(api, form, Attachment(source, call_back(progress)), api.own_url())
        if time.monotonic() - started >= (sent.expires_at - sent.created_at).total_seconds():
            raise Gone("expired", sent.expires_at)
    return sent


async def declare(api: Api, source: Source, draft: Draft, **fields: Any) -> Mapping[str, Any]:
    """Declare an upload; one of which nobody knows whether it was done is revoked.

    Raises Refused or Unavailable.
    """
    body = {"size": source.size, **draft.fields, **fields}
    async with revoke_on_failure(api, draft.identity, unless=Refused):
        return await api.call_signed("POST", "/v1/uploads", json=body, headers=draft.headers)


@asynccontextmanager
async def revoke_on_failure(
    api: Api, identity: Identity, unless: tuple[type[Exception], ...] | type[Exception] = ()
) -> AsyncIterator[None]:
    """Revoke what nobody will have the link to: a call that was interrupted or not answered may
    have sealed it, under an id that is known beforehand. `unless` are failures that seal nothing.
    """
    try:
        yield
    except BaseException as error:
        async with tidying(api, error):
            if not isinstance(error, unless):
                await try_to_revoke(api, identity)
        raise


async def post(api: Api, form: UploadForm, attachment: "Attachment", base: str) -> None:
    """Post the form. It may be sent again after a broken connection: S3 keeps whole objects only.

    Raises LinkError, Refused or Unavailable.
    """
    url = check_url(form.url, base)

    async def send() -> httpx.Response:
        files: Any = {"file": (ENCRYPTED_NAME, attachment, BYTES)}
        return await api.ask(api.http.build_request("POST", url, data=form.fields, files=files))

    response = await retry(send, is_temporary=lambda r: r.status_code == 500 or is_timeout(r))
    if not response.is_success:
        raise Refused(f"S3 refuses the upload with {response.status_code}", response.status_code)


async def try_to_revoke(api: Api, identity: Identity) -> None:
    """As `give_up`, for what may have been sealed under an identity."""
    await give_up(api, identity.id, base64url.encode(identity.receipt_token))


async def give_up(api: Api, secret_id: str, receipt_token: str) -> None:
    """Revoke once, if the server can be reached; otherwise the secret expires by itself."""
    with suppress(BurnbagError):
        await api.call_signed("DELETE", f"/v1/secrets/{secret_id}", token=receipt_token, tries=1)


async def download(
    api: Api, presigned: AsyncIterator[httpx.URL], size: int, progress: Progress
) -> AsyncGenerator[bytes, None]:
    """Download `size` bytes. A broken connection goes on from where it broke.

    `presigned` gives a URL, and a new one each time the last has expired. Gives up after
    several failures in a row that brought no byte. Raises Unavailable, Refused, Damaged, or what
    `presigned` raises.
    """
    done, failures, url = 0, 0, await anext(presigned)
    while done < size:
        before, failure = done, None
        try:
            async with aclosing(read_from(api, url, done, size)) as pieces:
                async for piece in pieces:
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
            url = await anext(presigned)
        else:
            await wait(failures, failure.seconds if isinstance(failure, Busy) else 0)


async def read_from(api: Api, url: httpx.URL, start: int, size: int) -> AsyncGenerator[bytes, None]:
    """Read the bytes from `start` on (RFC 9110, section 14)."""
    async with aclosing(await ask_for_bytes(api, url, start)) as response:
        if response.headers.get("Content-Range", "") != f"bytes {start}-{size - 1}/{size}":
            raise Damaged
        async for each in response.aiter_raw():
            yield each


async def ask_for_bytes(api: Api, url: httpx.URL, start: int) -> httpx.Response:
    """An answer whose bytes are still to be read. They may take long, but not what precedes them.

    Raises as `download_error` says.
    """
    request = api.http.build_request("GET", url, headers={"Range": f"bytes={start}-"})
    with api.limit():
        response = await api.send(request)
        if response.is_success:
            return response
        async with aclosing(response):
            raise await download_error(response)


async def download_error(response: httpx.Response) -> Exception:
    """What S3's error means. An ended session of the role that presigned is a 400."""
    status = response.status_code
    if status in DENIED or (status == 400 and b"ExpiredToken" in await start_of_error(response)):
        return UrlExpired()
    if status in TEMPORARY or status == 500:
        return Busy(retry_after(response))
    return Refused(f"S3 refuses the download with {status}", status)


async def start_of_error(response: httpx.Response) -> bytes:
    return await anext(response.aiter_raw(LONGEST_ERROR), b"")
