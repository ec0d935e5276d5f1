"""What can be wrong with a secret, told by its receipt, its record and its object. Pure.

A secret that has ended has none of them but a receipt that says `erased_at`. Whatever else is left
of one some time after its end was forgotten by a stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from burnbag_core.items import deserialize
from burnbag_core.records import OPEN_STATES, PARTS_WINDOW

# By the word for each, what it is.
OVERDUE: Final = "overdue"
OUTLIVED: Final = "outlived"
UNSETTLED: Final = "unsettled"
UNENDED: Final = "unended"
STRAY: Final = "stray"
UNRECEIPTED: Final = "unreceipted"
OBJECTLESS: Final = "objectless"
UNREADABLE: Final = "unreadable"
FINDINGS: Final = {
    OVERDUE: "records that should have gone",
    OUTLIVED: "records of secrets that have ended",
    UNSETTLED: "secrets that ended, and were not erased",
    UNENDED: "secrets without a record, and without an end",
    STRAY: "objects without a record",
    UNRECEIPTED: "records without a receipt",
    OBJECTLESS: "files that are not in the bucket",
    UNREADABLE: "receipts that burnbag has not written",
}
# Nothing can be done for these: a record without a receipt opens for nobody, and the sweep takes
# it in its time, unless the receipts that are missing come back before.
ONLY_TOLD: Final = {UNRECEIPTED, OBJECTLESS, UNREADABLE}
# All that is read of a receipt: no label, nobody's name or address, no token's hash.
ATTRIBUTES: Final = (
    *("id", "state", "kind", "created_at", "expires_at", "ended_at", "erase_due", "erased_at"),
    "submitted_at",
)


@dataclass(frozen=True)
class Known:
    """What is read of a receipt. Times are epoch seconds."""

    id: str
    state: str
    kind: str
    created_at: int
    expires_at: int
    ended_at: int | None = None
    erase_due: int | None = None
    erased_at: int | None = None
    submitted_at: int | None = None

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> "Known":
        """The receipt in an item. Raises TypeError or ValueError for none of burnbag's own."""
        found = cls(**deserialize(item))
        if (found.ended_at is None) != (found.state in OPEN_STATES):
            raise ValueError("the receipt contradicts itself")
        return found

    @property
    def has_ended(self) -> bool:
        return self.state not in OPEN_STATES

    @property
    def sealed_at(self) -> int:
        """Since when it can lack something: an answer is younger than its request."""
        return self.created_at if self.submitted_at is None else self.submitted_at

    def should_be_gone(self, now: int) -> int:
        """Since when there should be no record, if there is none.

        Before its expiry, only what was never finished loses its record without an end: a file a
        minute after it was made, an upload in parts a day after it.
        """
        if self.ended_at is not None:
            return max(self.ended_at, self.erase_due or 0)
        if self.expires_at <= now:
            return self.expires_at
        return self.sealed_at + (PARTS_WINDOW if self.kind == "upload" else 0)


def judge(receipt: Known, has_record: bool, now: int, before: int) -> str | None:
    """What is wrong with a secret that has a receipt; None if nothing is.

    What should be gone since later than `before` is left to those who do so.
    """
    if receipt.should_be_gone(now) > before:
        return None
    if has_record:
        return OUTLIVED if receipt.has_ended else None
    if receipt.erased_at is not None:
        return None
    return UNSETTLED if receipt.has_ended else UNENDED
