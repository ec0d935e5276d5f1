"""Sending: encrypt, then seal by whatever way the size needs.

Made of `burnbag.sending` by tools/asynchronous: change that, and run `make fmt`.
"""

import contextlib
from os import PathLike
from pathlib import Path
from typing import Any

from burnbag_format.content import BYTES, TEXT, Description

from burnbag import answers
from burnbag._async import uploads
from burnbag._async.transfers import revoke_on_failure
from burnbag._async.transport import Api
from burnbag._async.waiting import in_thread, in_thread_context
from burnbag.aes128gcm import encrypted_size
from burnbag.content import NAMELESS, describe
from burnbag.errors import Gone, Refused, TooLarge
from burnbag.padding import padded_size
from burnbag.results import Sent
from burnbag.resuming import Origin
from burnbag.sending import (
    LARGEST_FILE,
    LARGEST_TEXT,
    OLDER,
    UNKNOWN_FIELD,
    Draft,
    Order,
    as_base64,
    as_field,
    as_text,
    draft_encrypted,
    draft_plain,
)
from burnbag.sources import Content, encrypt_source, is_regular, open_content, read_start
from burnbag.transfers import ENCRYPTED_NAME, Progress
from burnbag.uploads import Resumable


async def send(
    api: Api,
    content: Content,
    order: Order,
    filename: str | None,
    media_type: str | None,
    server_side: bool,
    resume_file: PathLike[str] | None,
    progress: Progress,
) -> Sent:
    """Seal `content`. Raises as `Burnbag.send` says."""
    api.own_url()
    if filename is None and isinstance(content, PathLike):
        filename = Path(content).name
    default = TEXT if isinstance(content, str) else BYTES
    description = describe(filename or "", media_type, default)
    async with in_thread_context(open_content(content)) as file:
        start = await in_thread(read_start, file, LARGEST_FILE + 1)
        if server_side:
            return await send_plain(api, start, description, order)
        if len(start) <= LARGEST_FILE and (
            sent := await send_small(api, start, description, order)
        ):
            return sent
        draft, prefix = await in_thread(draft_encrypted, order), description.pack()
        key, resumable = draft.content_key("upload"), None
        if resume_file is not None and isinstance(content, PathLike) and is_regular(file):
            origin = Origin.of(content, file)
            resumable = Resumable(Path(resume_file), origin, prefix, key)
        opening = in_thread_context(encrypt_source(file, start, prefix, key))
        del start  # a file is read again, and this is memory
        async with opening as source:
            return await uploads.upload(api, source, draft, resumable, progress)


async def send_small(api: Api, data: bytes, description: Description, order: Order) -> Sent | None:
    """Send encrypted through the API; None if it is too large for that."""
    content = description.pack() + data
    size = encrypted_size(padded_size(len(content)))
    if not description.filename and size <= LARGEST_TEXT:
        with contextlib.suppress(TooLarge):
            draft = await in_thread(draft_encrypted, order)
            return await seal_text(
                api, as_base64(await in_thread(draft.encrypt, content, "text")), draft
            )
    if size <= LARGEST_FILE:
        with contextlib.suppress(TooLarge):
            draft = await in_thread(draft_encrypted, order)
            return await seal_file(
                api, await in_thread(draft.encrypt, content, "file"), ENCRYPTED_NAME, BYTES, draft
            )
    return None


async def send_plain(api: Api, data: bytes, description: Description, order: Order) -> Sent:
    """Send without encryption, so that any HTTP client can open it. Raises TooLarge."""
    draft = draft_plain(order)
    if not description.filename and len(data) <= LARGEST_TEXT:
        return await seal_text(api, as_text(data), draft)
    if len(data) > LARGEST_FILE:
        limit = f"{LARGEST_FILE // 1024 // 1024} MiB"
        raise TooLarge(f"without encryption on this machine a secret has at most {limit}", 413)
    return await seal_file(
        api, data, description.filename or NAMELESS, description.media_type, draft
    )


async def seal_text(api: Api, body: dict[str, Any], draft: Draft) -> Sent:
    """Sent again after a lost answer, because the same key makes the same secret."""
    json = body | draft.fields
    return await seal(api, draft, json=json)


async def seal_file(api: Api, data: bytes, name: str, media_type: str, draft: Draft) -> Sent:
    """Sent again after a lost answer as well."""
    form = {name: as_field(value) for name, value in draft.fields.items()}
    files = {"file": (name, data, media_type)}
    return await seal(api, draft, data=form, files=files)


async def seal(api: Api, draft: Draft, **body: Any) -> Sent:
    """Seal; if it is never known whether that was done, revoke. Raises Refused, Unavailable."""
    try:
        async with revoke_on_failure(api, draft.identity, unless=Refused):
            answer = await api.call_signed("POST", "/v1/secrets", headers=draft.headers, **body)
            return draft.parse(answer)
    except Refused as refused:
        if refused.field == "encrypted" or UNKNOWN_FIELD in str(refused):
            raise Refused(OLDER, refused.status, refused.field, refused.kind) from None
        raise


async def revoke(api: Api, secret_id: str, receipt_token: str) -> None:
    """End a secret. It is no error if it was revoked before, perhaps by a call without an answer.

    Raises Gone if it ended in another way.
    """
    try:
        await api.call_signed("DELETE", f"/v1/secrets/{secret_id}", token=receipt_token)
    except Gone as gone:
        if gone.state != "revoked":
            raise


async def unfreeze(api: Api, secret_id: str, receipt_token: str) -> bool:
    """Allow five more guesses; False if it is not frozen.

    The call names the freezing that it lifts, so it can be repeated after a lost answer.
    """
    path = f"/v1/receipts/{secret_id}"
    receipt = answers.parse_receipt(await api.call_signed("GET", path, token=receipt_token))
    if receipt.state != "sealed":
        raise Gone(receipt.state, receipt.ended_at)
    if receipt.frozen_at is None:
        return False
    body = {"frozen_at": int(receipt.frozen_at.timestamp())}
    try:
        await api.call_signed("POST", f"{path}/unfreeze", token=receipt_token, json=body)
    except Refused as refused:
        # Perhaps by this very call, whose first answer got lost.
        if refused.kind != "not-frozen":
            raise
    return True
