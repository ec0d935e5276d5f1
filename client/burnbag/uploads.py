"""Large uploads, from their declaration to their arrival: by a form, in parts, or resumed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from burnbag import answers, transfers
from burnbag.aes128gcm import SALT_BYTES
from burnbag.errors import ConfigurationError, Gone, LinkError, NotFound, Refused, Unavailable
from burnbag.parts import NOTHING, Pending, find_arrived, send_parts
from burnbag.results import Sent
from burnbag.resuming import Begun, Origin, ResumeFile
from burnbag.sources import LARGEST_FORM, Source, encrypt_file
from burnbag.transfers import Draft, Progress, give_up, revoke_on_failure
from burnbag.transport import Api
from burnbag.waiting import tidying

# What is smaller is as quickly sent again as a whole.
SMALLEST_IN_PARTS: Final = 16 * 1024**2
# New credentials, or some patience, may change these.
NOT_FINAL: Final = frozenset({401, 403, 429})


@dataclass(frozen=True)
class Resumable:
    """Where to note how far an upload is, and what its ciphertext is made of."""

    path: Path
    origin: Origin
    prefix: bytes = field(repr=False)
    content_key: bytes = field(repr=False)


def upload(
    api: Api, source: Source, draft: Draft, resumable: Resumable | None, progress: Progress
) -> Sent:
    """Upload in the way that the size needs, and that the server knows.

    Raises as `transfers.upload` and `parts.send_parts` do, and OSError if nothing can be noted.
    """
    if source.size > SMALLEST_IN_PARTS:
        try:
            return upload_in_parts(api, source, draft, resumable, progress)
        except Refused as refused:
            # An older server knows no parts.
            if refused.field != "parts" or source.size > LARGEST_FORM:
                raise
    return transfers.upload(api, source, draft, progress)


def upload_in_parts(
    api: Api, source: Source, draft: Draft, resumable: Resumable | None, progress: Progress
) -> Sent:
    """Declare an upload in parts, and carry it out."""
    answer, salt = transfers.declare(api, source, draft, parts=True), os.urandom(SALT_BYTES)
    with revoke_on_failure(api, draft.identity):
        plan, sent = answers.parse_parts_plan(answer), draft.parse(answer)
        if plan.count != -(-source.size // plan.part_size):
            raise Unavailable(answers.NOT_OURS)
        file = ResumeFile()
        if resumable is not None:
            begun = Begun(
                url=api.own_url(),
                sent=sent,
                origin=resumable.origin,
                part_size=plan.part_size,
                until=plan.until,
                prefix=resumable.prefix,
                content_key=resumable.content_key,
                salt=salt,
            )
            file = ResumeFile.create(resumable.path, begun)
    pending = Pending(sent.id, sent.receipt_token, source.size, plan.part_size)
    with keep_or_revoke(api, sent, file):
        pieces = source.pieces(salt)
        send_parts(api, pending, pieces, file, NOTHING, progress)
    file.remove()
    return sent


def resume(api: Api, path: Path, progress: Progress) -> Sent:
    """Go on with an upload where it was. Raises as `Burnbag.resume` says."""
    url = api.own_url()
    begun, file = ResumeFile.read(path)
    if url != begun.url:
        file.close()
        raise ConfigurationError("this upload was begun at another URL")
    with keep_or_revoke(api, begun.sent, file), open(begun.origin.path, "rb") as content:
        begun.origin.refuse_change(content)
        source = encrypt_file(content, 0, begun.prefix, begun.content_key)
        arrived = find_arrived(api, begun.pending)
        pieces = source.pieces(begun.salt)
        send_parts(api, begun.pending, pieces, file, arrived, progress)
    file.remove()
    return begun.sent


@contextmanager
def keep_or_revoke(api: Api, sent: Sent, file: ResumeFile) -> Iterator[None]:
    """Revoke what fails for good, and what nobody could resume. Everything else is kept."""
    try:
        yield
    except BaseException as error:
        if file.path is not None and not is_final(error):
            file.close()
            raise
        with tidying(api, error):
            if not isinstance(error, Gone | NotFound):
                give_up(api, sent.id, sent.receipt_token)
        file.remove()
        raise


def is_final(error: BaseException) -> bool:
    """Whether the upload can't go on, whoever tries."""
    if isinstance(error, Refused):
        return error.status not in NOT_FINAL
    return isinstance(error, Gone | NotFound | LinkError)
