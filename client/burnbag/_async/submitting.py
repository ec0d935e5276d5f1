"""Answering a request: encrypt as for a link, and seal that link's keys for who asks.

Made of `burnbag.submitting` by tools/asynchronous: change that, and run `make fmt`.
"""

import contextlib
import os
from os import PathLike
from pathlib import Path
from typing import Any

from burnbag_format.content import BYTES, TEXT, Description

from burnbag import answers
from burnbag._async import transfers
from burnbag._async.parts import send_parts
from burnbag._async.transport import Api
from burnbag._async.uploads import begin, keep_or_revoke
from burnbag._async.waiting import call_back, in_thread, in_thread_context
from burnbag.aes128gcm import SALT_BYTES, encrypted_size
from burnbag.content import describe
from burnbag.errors import Gone, RequestGone, TooLarge
from burnbag.padding import padded_size
from burnbag.parts import NOTHING, Pending
from burnbag.request_links import RequestLink
from burnbag.results import RequestPeek, Submitted
from burnbag.resuming import Origin
from burnbag.sending import LARGEST_FILE, LARGEST_TEXT, as_base64
from burnbag.sources import Content, Source, encrypt_source, is_regular, open_content, read_start
from burnbag.submitting import AnswerDraft, draft_answer, refuse_kind, too_large
from burnbag.transfers import ENCRYPTED_NAME, Attachment, Progress
from burnbag.transport import Answer
from burnbag.uploads import SMALLEST_IN_PARTS, Resumable, check_plan


async def peek(api: Api, link: RequestLink) -> RequestPeek:
    """What is asked for. Raises NotFound or RequestGone."""
    return answers.parse_request_peek(await call(api, link, "GET", f"/v1/requests/{link.id}"))


async def submit(
    api: Api,
    link: RequestLink,
    content: Content,
    filename: str | None,
    media_type: str | None,
    resume_file: Path | None,
    progress: Progress,
) -> Submitted:
    """Answer a request. Raises as `Burnbag.submit` says."""
    if filename is None and isinstance(content, PathLike):
        filename = Path(content).name
    default = TEXT if isinstance(content, str) else BYTES
    description = describe(filename or "", media_type, default)
    asked = await peek(api, link)
    refuse_kind(asked, description)
    async with in_thread_context(open_content(content)) as file:
        start = await in_thread(read_start, file, LARGEST_FILE + 1)
        if len(start) <= LARGEST_FILE and (
            done := await submit_small(api, link, asked, start, description)
        ):
            return done
        if "upload" not in asked.kinds:
            raise too_large(asked)
        draft, prefix = await in_thread(draft_answer, link), description.pack()
        key, resumable = draft.keys.content_key("upload"), None
        if resume_file is not None and isinstance(content, PathLike) and is_regular(file):
            resumable = Resumable(resume_file, Origin.of(content, file), prefix, key)
        opening = in_thread_context(encrypt_source(file, start, prefix, key))
        del start  # a file is read again, and this is memory
        async with opening as source:
            if source.size > asked.max_bytes:
                raise too_large(asked)
            return await submit_large(api, draft, source, resumable, progress)


async def submit_small(
    api: Api, link: RequestLink, asked: RequestPeek, data: bytes, description: Description
) -> Submitted | None:
    """Answer through the API; None if it is too large for that. Raises TooLarge."""
    content = description.pack() + data
    size = encrypted_size(padded_size(len(content)))
    if size > asked.max_bytes:
        raise too_large(asked)
    if "text" in asked.kinds and not description.filename and size <= LARGEST_TEXT:
        with contextlib.suppress(TooLarge):
            draft = await in_thread(draft_answer, link)
            body = as_base64(await in_thread(draft.encrypt, content, "text"))
            return await submit_draft(api, draft, json={**body, **draft.fields})
    if "file" in asked.kinds and size <= LARGEST_FILE:
        with contextlib.suppress(TooLarge):
            draft = await in_thread(draft_answer, link)
            files = {
                "file": (ENCRYPTED_NAME, await in_thread(draft.encrypt, content, "file"), BYTES)
            }
            return await submit_draft(api, draft, data=draft.fields, files=files)
    return None


async def submit_draft(api: Api, draft: AnswerDraft, **body: Any) -> Submitted:
    return answers.parse_submitted(await post(api, draft, **body), draft.link.id)


async def submit_large(
    api: Api, draft: AnswerDraft, source: Source, resumable: Resumable | None, progress: Progress
) -> Submitted:
    """Answer by an upload: by a form, or in parts."""
    if source.size > SMALLEST_IN_PARTS:
        return await submit_in_parts(api, draft, source, resumable, progress)
    answer = await post(api, draft, json={"size": source.size, **draft.fields})
    form = answers.parse_upload_form(answer)
    done = answers.parse_submitted(answer, draft.link.id)
    await transfers.post(api, form, Attachment(source, call_back(progress)), draft.link.base)
    return done


async def submit_in_parts(
    api: Api, draft: AnswerDraft, source: Source, resumable: Resumable | None, progress: Progress
) -> Submitted:
    link, salt = draft.link, os.urandom(SALT_BYTES)
    answer = await post(api, draft, json={"size": source.size, "parts": True, **draft.fields})
    plan, done = answers.parse_parts_plan(answer), answers.parse_submitted(answer, link.id)
    check_plan(plan, source.size)
    file = await begin(resumable, link.base, done, plan, salt, link.token)
    pending = Pending(link.id, link.token, source.size, plan.part_size, link.base)
    async with keep_or_revoke(api, done, file):
        pieces = source.pieces(salt)
        await send_parts(api, pending, pieces, file, NOTHING, progress)
    file.remove()
    return done


async def post(api: Api, draft: AnswerDraft, **body: Any) -> Answer:
    """Submit a draft; again after a lost answer, for the same draft is the same answer."""
    return await call(api, draft.link, "POST", f"/v1/requests/{draft.link.id}/submit", **body)


async def call(api: Api, link: RequestLink, method: str, path: str, **options: Any) -> Answer:
    """A call about a request; its end is told as that of a request."""
    try:
        return await api.call(method, link.base, path, token=link.token, **options)
    except Gone as gone:
        ended = RequestGone(gone.state, gone.ended_at)
    raise ended
