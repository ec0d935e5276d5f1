"""Answering a request: encrypt as for a link, and seal that link's keys for who asks.

Nothing is signed. Each way to submit has a draft of its own, with other keys: what a server refuses
was not taken, and the next way is tried. The same draft can be sent again after a lost answer.
"""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Final

from burnbag_format import base64url
from burnbag_format.content import BYTES, TEXT, Description

from burnbag import answers, transfers
from burnbag.aes128gcm import SALT_BYTES, encrypted_size
from burnbag.content import describe
from burnbag.errors import Gone, Refused, RequestGone, TooLarge
from burnbag.keys import Keys, make_keys
from burnbag.links import KEY_BYTES, TOKEN_BYTES
from burnbag.padding import padded_size
from burnbag.parts import NOTHING, Pending, send_parts
from burnbag.request_links import RequestLink
from burnbag.results import RequestPeek, Submitted
from burnbag.resuming import Origin
from burnbag.sealed_keys import seal_keys
from burnbag.sending import LARGEST_FILE, LARGEST_TEXT, as_base64
from burnbag.sources import Content, Source, encrypt_source, is_regular, open_content, read_start
from burnbag.transfers import ENCRYPTED_NAME, Attachment, Progress
from burnbag.transport import Answer, Api
from burnbag.uploads import SMALLEST_IN_PARTS, Resumable, begin, check_plan, keep_or_revoke
from burnbag.waiting import call_back

NO_FILE: Final = "the request takes a text, and no file"
NO_TEXT: Final = "the request takes a file: it needs a name"
WRONG_KIND: Final = "wrong-kind"


@dataclass(frozen=True)
class AnswerDraft:
    """One way to answer: the keys that are made for it, and what is sent of them."""

    link: RequestLink
    fields: Mapping[str, str] = field(repr=False)
    keys: Keys

    def encrypt(self, data: bytes, kind: str) -> bytes:
        """`data`, padded and encrypted."""
        return self.keys.encrypt(data, kind)


def draft_answer(link: RequestLink) -> AnswerDraft:
    """A draft, with keys that only who asks can read."""
    token, link_key = base64url.encode(secrets.token_bytes(TOKEN_BYTES)), os.urandom(KEY_BYTES)
    sealed = seal_keys(link.public_key, link.id, token, link_key)
    fields = {"token": token, "sealed_key": base64url.encode(sealed)}
    return AnswerDraft(link, fields, make_keys(link.id, link_key, None))


def peek(api: Api, link: RequestLink) -> RequestPeek:
    """What is asked for. Raises NotFound or RequestGone."""
    return answers.parse_request_peek(call(api, link, "GET", f"/v1/requests/{link.id}"))


def submit(
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
    asked = peek(api, link)
    refuse_kind(asked, description)
    with open_content(content) as file:
        start = read_start(file, LARGEST_FILE + 1)
        if len(start) <= LARGEST_FILE and (
            done := submit_small(api, link, asked, start, description)
        ):
            return done
        if "upload" not in asked.kinds:
            raise too_large(asked)
        draft, prefix = draft_answer(link), description.pack()
        key, resumable = draft.keys.content_key("upload"), None
        if resume_file is not None and isinstance(content, PathLike) and is_regular(file):
            resumable = Resumable(resume_file, Origin.of(content, file), prefix, key)
        opening = encrypt_source(file, start, prefix, key)
        del start  # a file is read again, and this is memory
        with opening as source:
            if source.size > asked.max_bytes:
                raise too_large(asked)
            return submit_large(api, draft, source, resumable, progress)


def refuse_kind(asked: RequestPeek, description: Description) -> None:
    """Raise Refused for a file where a text is asked for, and for a text where a file is."""
    if description.filename and asked.kinds == ("text",):
        raise Refused(NO_FILE, kind=WRONG_KIND)
    if not description.filename and "text" not in asked.kinds:
        raise Refused(NO_TEXT, kind=WRONG_KIND)


def too_large(asked: RequestPeek) -> TooLarge:
    most = asked.max_bytes if "upload" in asked.kinds else min(asked.max_bytes, LARGEST_FILE)
    return TooLarge(f"the request takes at most {most:,} bytes, encrypted and padded", 413)


def submit_small(
    api: Api, link: RequestLink, asked: RequestPeek, data: bytes, description: Description
) -> Submitted | None:
    """Answer through the API; None if it is too large for that. Raises TooLarge."""
    content = description.pack() + data
    size = encrypted_size(padded_size(len(content)))
    if size > asked.max_bytes:
        raise too_large(asked)
    if "text" in asked.kinds and not description.filename and size <= LARGEST_TEXT:
        with contextlib.suppress(TooLarge):
            draft = draft_answer(link)
            body = as_base64(draft.encrypt(content, "text"))
            return submit_draft(api, draft, json={**body, **draft.fields})
    if "file" in asked.kinds and size <= LARGEST_FILE:
        with contextlib.suppress(TooLarge):
            draft = draft_answer(link)
            files = {"file": (ENCRYPTED_NAME, draft.encrypt(content, "file"), BYTES)}
            return submit_draft(api, draft, data=draft.fields, files=files)
    return None


def submit_draft(api: Api, draft: AnswerDraft, **body: Any) -> Submitted:
    return answers.parse_submitted(post(api, draft, **body), draft.link.id)


def submit_large(
    api: Api, draft: AnswerDraft, source: Source, resumable: Resumable | None, progress: Progress
) -> Submitted:
    """Answer by an upload: by a form, or in parts."""
    if source.size > SMALLEST_IN_PARTS:
        return submit_in_parts(api, draft, source, resumable, progress)
    answer = post(api, draft, json={"size": source.size, **draft.fields})
    form = answers.parse_upload_form(answer)
    done = answers.parse_submitted(answer, draft.link.id)
    transfers.post(api, form, Attachment(source, call_back(progress)), draft.link.base)
    return done


def submit_in_parts(
    api: Api, draft: AnswerDraft, source: Source, resumable: Resumable | None, progress: Progress
) -> Submitted:
    link, salt = draft.link, os.urandom(SALT_BYTES)
    answer = post(api, draft, json={"size": source.size, "parts": True, **draft.fields})
    plan, done = answers.parse_parts_plan(answer), answers.parse_submitted(answer, link.id)
    check_plan(plan, source.size)
    file = begin(resumable, link.base, done, plan, salt, link.token)
    pending = Pending(link.id, link.token, source.size, plan.part_size, link.base)
    with keep_or_revoke(api, done, file):
        pieces = source.pieces(salt)
        send_parts(api, pending, pieces, file, NOTHING, progress)
    file.remove()
    return done


def post(api: Api, draft: AnswerDraft, **body: Any) -> Answer:
    """Submit a draft; again after a lost answer, for the same draft is the same answer."""
    return call(api, draft.link, "POST", f"/v1/requests/{draft.link.id}/submit", **body)


def call(api: Api, link: RequestLink, method: str, path: str, **options: Any) -> Answer:
    """A call about a request; its end is told as that of a request."""
    try:
        return api.call(method, link.base, path, token=link.token, **options)
    except Gone as gone:
        ended = RequestGone(gone.state, gone.ended_at)
    raise ended
