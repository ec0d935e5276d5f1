"""Large uploads, from their declaration to their arrival: by a form, in parts, or resumed.

Made of `burnbag.uploads` by tools/asynchronous: change that, and run `make fmt`.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from burnbag import answers
from burnbag._async import transfers
from burnbag._async.parts import find_arrived, send_parts
from burnbag._async.transfers import give_up, revoke_on_failure
from burnbag._async.transport import Api
from burnbag._async.waiting import in_thread, in_thread_context, tidying
from burnbag.aes128gcm import SALT_BYTES
from burnbag.answers import PartsPlan
from burnbag.errors import ConfigurationError, Gone, NotFound, Refused
from burnbag.parts import NOTHING, Pending
from burnbag.results import Sent, Submitted
from burnbag.resuming import Begun, ResumeFile
from burnbag.sources import LARGEST_FORM, Source, encrypt_file
from burnbag.transfers import Draft, Progress
from burnbag.uploads import SMALLEST_IN_PARTS, Resumable, check_plan, is_final


async def upload(
    api: Api, source: Source, draft: Draft, resumable: Resumable | None, progress: Progress
) -> Sent:
    """Upload in the way that the size needs, and that the server knows.

    Raises as `transfers.upload` and `parts.send_parts` do, and OSError if nothing can be noted.
    """
    if source.size > SMALLEST_IN_PARTS:
        try:
            return await upload_in_parts(api, source, draft, resumable, progress)
        except Refused as refused:
            # An older server knows no parts.
            if refused.field != "parts" or source.size > LARGEST_FORM:
                raise
    return await transfers.upload(api, source, draft, progress)


async def upload_in_parts(
    api: Api, source: Source, draft: Draft, resumable: Resumable | None, progress: Progress
) -> Sent:
    """Declare an upload in parts, and carry it out."""
    answer, salt = await transfers.declare(api, source, draft, parts=True), os.urandom(SALT_BYTES)
    async with revoke_on_failure(api, draft.identity):
        plan, sent = answers.parse_parts_plan(answer), draft.parse(answer)
        check_plan(plan, source.size)
        file = await begin(resumable, api.own_url(), sent, plan, salt)
    pending = Pending(sent.id, sent.receipt_token, source.size, plan.part_size)
    async with keep_or_revoke(api, sent, file):
        pieces = source.pieces(salt)
        await send_parts(api, pending, pieces, file, NOTHING, progress)
    file.remove()
    return sent


async def begin(
    resumable: Resumable | None,
    url: str,
    sent: Sent | Submitted,
    plan: PartsPlan,
    salt: bytes,
    submit_token: str | None = None,
) -> ResumeFile:
    """The file to note the parts in; one that keeps nothing if there is to be none."""
    if resumable is None:
        return ResumeFile()
    begun = Begun(
        url=url,
        sent=sent,
        origin=resumable.origin,
        part_size=plan.part_size,
        until=plan.until,
        prefix=resumable.prefix,
        content_key=resumable.content_key,
        salt=salt,
        submit_token=submit_token,
    )
    return await in_thread(ResumeFile.create, resumable.path, begun)


async def resume(api: Api, path: Path, progress: Progress) -> Sent:
    """Go on with an upload where it was. Raises as `Burnbag.resume` says."""
    url = api.own_url()
    begun, file = await in_thread(ResumeFile.read, path)
    if url != begun.url or not isinstance(begun.sent, Sent):
        file.close()
        raise ConfigurationError("this upload was begun at another URL")
    await go_on(api, begun, file, progress)
    return begun.sent


async def resume_submission(api: Api, path: Path, progress: Progress) -> Submitted:
    """Go on with an answer where it was. Raises as `Burnbag.resume_submission` says."""
    api.refuse_closed()
    begun, file = await in_thread(ResumeFile.read, path)
    if not isinstance(begun.sent, Submitted):
        file.close()
        raise Refused("this upload answers no request: `resume` goes on with it")
    await go_on(api, begun, file, progress)
    return begun.sent


async def go_on(api: Api, begun: Begun, file: ResumeFile, progress: Progress) -> None:
    """Send the parts that have not arrived."""
    async with (
        keep_or_revoke(api, begun.sent, file),
        in_thread_context(open(begun.origin.path, "rb")) as content,
    ):
        begun.origin.refuse_change(content)
        source = encrypt_file(content, 0, begun.prefix, begun.content_key)
        arrived = await find_arrived(api, begun.pending)
        pieces = source.pieces(begun.salt)
        await send_parts(api, begun.pending, pieces, file, arrived, progress)
    file.remove()


@asynccontextmanager
async def keep_or_revoke(api: Api, sent: Sent | Submitted, file: ResumeFile) -> AsyncIterator[None]:
    """Revoke what fails for good, and what nobody could resume. Everything else is kept.

    Whoever answers a request can't revoke it.
    """
    try:
        yield
    except BaseException as error:
        if file.path is not None and not is_final(error):
            file.close()
            raise
        async with tidying(api, error):
            if isinstance(sent, Sent) and not isinstance(error, Gone | NotFound):
                await give_up(api, sent.id, sent.receipt_token)
        file.remove()
        raise
