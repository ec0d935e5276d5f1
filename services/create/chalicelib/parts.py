"""Uploads in parts: which may be put where, which have arrived, and the end of it.

    declared   the record has a day to live, in which the parts may come
    begun      the receipt has S3's id of the upload, once and for ever, so there is only one
    arrived    S3 has made the object, the record lives until it expires, and that id is gone

Once it has arrived the sender can't change a byte: no form was ever given, a part's URL leads to an
upload that is over, and another one can't be begun. Whatever ends the secret before that has
`reap` abort the upload.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from burnbag_core.capability import Capability
from burnbag_core.errors import (
    AlreadyArrived,
    BadRequest,
    ChecksumDiffers,
    Gone,
    NotInParts,
    OutOfRange,
    PartsMissing,
    Unavailable,
)
from burnbag_core.records import Receipt

from chalicelib.part_files import Arrived, Part
from chalicelib.sender import parts_end

PARTS_FIELDS: Final = frozenset({"parts"})
PART_FIELDS: Final = frozenset({"number", "sha256"})
COMPLETE_FIELDS: Final = frozenset({"sha256"})
LIST_PARAMETERS: Final = frozenset({"after"})
# What one call presigns at most: an answer of some 200 KB.
MOST_PARTS: Final = 100
# How long a part's URL is good, in seconds; less where the role's own session ends sooner.
URL_SECONDS: Final = 900
# How many missing parts are named.
EXAMPLES: Final = 10
CHECKSUM_HEADER: Final = "x-amz-checksum-sha256"
NUMBER: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
COMPOSITE: Final = re.compile(r"([A-Za-z0-9+/]{43}=)-[1-9][0-9]{0,4}", re.ASCII)


class Store(Protocol):
    def begin_upload(self, secret_id: str, upload_id: str, now: int) -> bool: ...
    def finish_upload(self, receipt: Receipt, erase_at: int, now: int) -> bool: ...


class Files(Protocol):
    def begin(self, secret_id: str) -> str: ...
    def presign(self, secret_id: str, upload_id: str, part: Part, seconds: int) -> str: ...
    def find_parts(self, secret_id: str, upload_id: str, after: int) -> list[Arrived] | None: ...
    def complete(self, secret_id: str, upload_id: str, parts: list[Arrived], size: int) -> bool: ...


@dataclass(frozen=True)
class Plan:
    """Which parts an upload has: all of one size, but for the last."""

    size: int
    part_size: int

    @property
    def count(self) -> int:
        return -(-self.size // self.part_size)

    def size_of(self, number: int) -> int:
        return min(self.part_size, self.size - (number - 1) * self.part_size)

    def missing(self, arrived: Mapping[int, Part]) -> Iterator[int]:
        """The numbers of parts that have not come, or not whole."""
        for number in range(1, self.count + 1):
            part = arrived.get(number)
            if part is None or part.size != self.size_of(number):
                yield number


class Uploader(Protocol):
    """Whose uploads they are: a sender's, or those of who answers a request."""

    @property
    def clock(self) -> Callable[[], int]: ...
    def find_receipt(self, capability: Capability) -> Receipt: ...


@dataclass(frozen=True)
class Parts:
    """The uploader's side of uploads that come in parts."""

    uploader: Uploader
    store: Store
    files: Files

    def presign(self, capability: Capability, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Where to put each of these parts. The first call begins the upload.

        Raises NotFound, Gone, NotInParts, AlreadyArrived, BadRequest, OutOfRange or Unavailable.
        """
        receipt = self.find(capability)
        plan = plan_of(receipt)
        parts = read_parts(fields, plan)
        if receipt.upload_id is None:
            receipt = self.begin(capability, receipt)
        if receipt.upload_id is None:
            raise AlreadyArrived if receipt.arrived_at else Unavailable
        now = self.uploader.clock()
        until = min(now + URL_SECONDS, parts_end(receipt))
        upload_id, seconds = receipt.upload_id, max(1, until - now)
        presigned = [
            {
                "number": part.number,
                "size": part.size,
                "url": self.files.presign(receipt.id, upload_id, part, seconds),
                "headers": {CHECKSUM_HEADER: part.sha256},
            }
            for part in parts
        ]
        return {"parts": presigned, "expires_at": until}

    def begin(self, capability: Capability, receipt: Receipt) -> Receipt:
        """Begin the upload, unless it was begun, and read which it is.

        Of two calls at once the second one's upload stays empty. Nobody ever learns its id, and the
        bucket's lifecycle rule aborts it.
        """
        if receipt.arrived_at is None:
            upload_id = self.files.begin(receipt.id)
            self.store.begin_upload(receipt.id, upload_id, self.uploader.clock())
        return self.find(capability)

    def show(self, capability: Capability, after: int) -> dict[str, Any]:
        """Up to 1,000 parts that have arrived, of numbers above `after`. Raises as `presign`."""
        receipt = self.find(capability)
        plan_of(receipt)
        upload_id = receipt.upload_id
        found = self.files.find_parts(receipt.id, upload_id, after) if upload_id else []
        parts = [{"number": each.number, "sha256": each.sha256} for each in found or []]
        return {"parts": parts, "complete": receipt.arrived_at is not None or found is None}

    def complete(self, capability: Capability, checksum: str) -> None:
        """End the upload: its parts become the object, which nobody can change any more.

        It can be asked for again. Raises NotFound, Gone, NotInParts, PartsMissing, ChecksumDiffers
        or Unavailable.
        """
        receipt = self.find(capability)
        plan = plan_of(receipt)
        if receipt.arrived_at is not None:
            return
        if receipt.upload_id is None:
            raise PartsMissing(name_some(plan.missing({})))
        arrived = self.find_arrived(receipt.id, receipt.upload_id)
        # An upload is over if it was completed, or aborted. But `reap` aborts only after the end of
        # the secret, and the lifecycle rule after a day, when no part may come any more.
        if arrived is not None:
            check_arrived(arrived, plan, checksum)
            parts = [arrived[number] for number in sorted(arrived)]
            self.files.complete(receipt.id, receipt.upload_id, parts, receipt.size)
        finished = self.store.finish_upload(receipt, parts_end(receipt), self.uploader.clock())
        # Otherwise another call has finished it at the same time, or the secret has ended.
        if not finished and self.find(capability).arrived_at is None:
            raise Unavailable

    def find_arrived(self, secret_id: str, upload_id: str) -> dict[int, Arrived] | None:
        """All parts that have arrived, by their numbers; None if the upload is over."""
        arrived: dict[int, Arrived] = {}
        page: list[Arrived] | None = None
        while page is None or page:
            page = self.files.find_parts(secret_id, upload_id, max(arrived, default=0))
            if page is None:
                return None
            arrived |= {part.number: part for part in page}
        return arrived

    def find(self, capability: Capability) -> Receipt:
        """The receipt of a secret that lives, or may still arrive. Raises NotFound or Gone."""
        receipt, now = self.uploader.find_receipt(capability), self.uploader.clock()
        end = receipt.end(now)
        if end is None and receipt.part_size and not receipt.arrived_at:
            end = ("expired", parts_end(receipt)) if now >= parts_end(receipt) else None
        if end:
            raise Gone(*end)
        return receipt


def plan_of(receipt: Receipt) -> Plan:
    """Raises NotInParts."""
    if receipt.part_size is None:
        raise NotInParts
    return Plan(receipt.size, receipt.part_size)


def check_arrived(arrived: Mapping[int, Arrived], plan: Plan, checksum: str) -> None:
    """Raise PartsMissing or ChecksumDiffers unless these are the parts that the sender means."""
    if missing := name_some(plan.missing(arrived)):
        raise PartsMissing(missing)
    if len(arrived) != plan.count or combine(arrived) != checksum:
        raise ChecksumDiffers


def combine(parts: Mapping[int, Part]) -> str:
    """The checksum of an object of these parts, as S3 has it: that of theirs, and their number."""
    digests = b"".join(base64.b64decode(parts[number].sha256) for number in sorted(parts))
    return f"{base64.b64encode(hashlib.sha256(digests).digest()).decode()}-{len(parts)}"


def name_some(numbers: Iterator[int]) -> list[int]:
    return [number for number, _ in zip(numbers, range(EXAMPLES), strict=False)]


def read_parts(fields: Mapping[str, Any], plan: Plan) -> list[Part]:
    """The parts that are asked for. Raises BadRequest or OutOfRange."""
    asked = fields.get("parts")
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise BadRequest("parts", 'Must be a list of {"number", "sha256"}.')
    if not 1 <= len(asked) <= MOST_PARTS:
        raise OutOfRange("parts", f"Must be from 1 to {MOST_PARTS} parts.")
    return [read_part(each, plan) for each in asked]


def read_part(asked: Mapping[str, Any], plan: Plan) -> Part:
    number, sha256 = asked.get("number"), asked.get("sha256")
    if (
        asked.keys() != PART_FIELDS
        or type(number) is not int
        or not isinstance(sha256, str)
        or not is_digest(sha256)
    ):
        raise BadRequest("parts", "Each has a number, and a SHA-256 in base64.")
    if not 1 <= number <= plan.count:
        raise OutOfRange("parts", f"The numbers are from 1 to {plan.count}.")
    return Part(number, plan.size_of(number), sha256)


def is_digest(text: str) -> bool:
    """Whether this is a SHA-256 in its one form of base64."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == hashlib.sha256().digest_size and base64.b64encode(raw).decode() == text


def read_after(parameters: Mapping[str, str]) -> int:
    """The number of the part after which a list goes on. Raises BadRequest."""
    after = parameters.get("after", "0")
    if not NUMBER.fullmatch(after):
        raise BadRequest("after", "Must be the number of a part.")
    return int(after)


def read_composite(fields: Mapping[str, Any]) -> str:
    """The checksum that the sender expects, as `combine` makes it. Raises BadRequest."""
    checksum = fields.get("sha256")
    match = COMPOSITE.fullmatch(checksum) if isinstance(checksum, str) else None
    if match is None or not is_digest(match[1]):
        detail = "Must be the SHA-256 of all parts' SHA-256s in base64, a hyphen and their number."
        raise BadRequest("sha256", detail)
    return match[0]
