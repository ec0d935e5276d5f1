"""Large uploads, from their declaration to their arrival: by a form, in parts, or resumed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from burnbag import answers, transfers
from burnbag.aes128gcm import SALT_BYTES
from burnbag.answers import PartsPlan
from burnbag.errors import ConfigurationError, Gone, LinkError, NotFound, Refused, Unavailable
from burnbag.parts import NOTHING, Pending, find_arrived, send_parts
from burnbag.results import Sent, Submitted
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
        check_plan(plan, source.size)
        file = begin(resumable, api.own_url(), sent, plan, salt)
    pending = Pending(sent.id, sent.receipt_token, source.size, plan.part_size)
    with keep_or_revoke(api, sent, file):
        pieces = source.pieces(salt)
        send_parts(api, pending, pieces, file, NOTHING, progress)
    file.remove()
    return sent


def check_plan(plan: PartsPlan, size: int) -> None:
    """Raise Unavailable if the parts don't come to the size."""
    if plan.count != -(-size // plan.part_size):
        raise Unavailable(answers.NOT_OURS)


def begin(
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
    return ResumeFile.create(resumable.path, begun)


def resume(api: Api, path: Path, progress: Progress) -> Sent:
    """Go on with an upload where it was. Raises as `Burnbag.resume` says."""
    url = api.own_url()
    begun, file = ResumeFile.read(path)
    if url != begun.url or not isinstance(begun.sent, Sent):
        file.close()
        raise ConfigurationError("this upload was begun at another URL")
    go_on(api, begun, file, progress)
    return begun.sent


def resume_submission(api: Api, path: Path, progress: Progress) -> Submitted:
    """Go on with an answer where it was. Raises as `Burnbag.resume_submission` says."""
    api.refuse_closed()
    begun, file = ResumeFile.read(path)
    if not isinstance(begun.sent, Submitted):
        file.close()
        raise Refused("this upload answers no request: `resume` goes on with it")
    go_on(api, begun, file, progress)
    return begun.sent


def go_on(api: Api, begun: Begun, file: ResumeFile, progress: Progress) -> None:
    """Send the parts that have not arrived."""
    with keep_or_revoke(api, begun.sent, file), open(begun.origin.path, "rb") as content:
        begun.origin.refuse_change(content)
        source = encrypt_file(content, 0, begun.prefix, begun.content_key)
        arrived = find_arrived(api, begun.pending)
        pieces = source.pieces(begun.salt)
        send_parts(api, begun.pending, pieces, file, arrived, progress)
    file.remove()


@contextmanager
def keep_or_revoke(api: Api, sent: Sent | Submitted, file: ResumeFile) -> Iterator[None]:
    """Revoke what fails for good, and what nobody could resume. Everything else is kept.

    Whoever answers a request can't revoke it.
    """
    try:
        yield
    except BaseException as error:
        if file.path is not None and not is_final(error):
            file.close()
            raise
        with tidying(api, error):
            if isinstance(sent, Sent) and not isinstance(error, Gone | NotFound):
                give_up(api, sent.id, sent.receipt_token)
        file.remove()
        raise


def is_final(error: BaseException) -> bool:
    """Whether the upload can't go on, whoever tries."""
    if isinstance(error, Refused):
        return error.status not in NOT_FINAL
    return isinstance(error, Gone | NotFound | LinkError)
