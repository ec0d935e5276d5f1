"""Lists of receipts by who created them, newest first, in pages."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from burnbag_core.records import Receipt

from chalicelib.asked import LONGEST_PAGE, Asked, Place, write_cursor
from chalicelib.sender import describe_receipt

# How often, and for how many seconds, one call looks for more of what fits: a list of which nothing
# fits has to end as well, and a function has 20 seconds.
READS: Final = 10
LOOK_FOR: Final = 4.0
# Views that a page's receipts have together. An answer of a function has at most 6 MB, and a view
# takes less than a KB.
MOST_VIEWS: Final = 4000


class Index(Protocol):
    def find(self, asked: Asked, after: Place | None, limit: int) -> list[Place]: ...
    def fetch(self, ids: Sequence[str]) -> Mapping[str, Receipt]: ...


@dataclass(frozen=True)
class Page:
    """Some receipts, and the place after which to go on, None at the end."""

    receipts: list[Receipt]
    after: Place | None

    @property
    def cursor(self) -> str | None:
        """What the next page is asked for with."""
        return write_cursor(self.after) if self.after else None


@dataclass(frozen=True)
class Listing:
    """The lists of one environment; `clock` gives epoch seconds."""

    index: Index
    clock: Callable[[], int]
    elapsed: Callable[[], float] = time.monotonic

    def show(self, asked: Asked) -> dict[str, Any]:
        """A page of receipts, as their holder sees them. Raises Unavailable."""
        now = self.clock()
        page = self.find(asked, now)
        receipts = [describe_receipt(receipt, now) for receipt in page.receipts]
        return {"receipts": receipts, "cursor": page.cursor}

    def find(self, asked: Asked, now: int) -> Page:
        """A page: at most what is asked for, and less, even nothing, where little fits.

        What is created meanwhile comes before the first page, so no receipt is in two pages or in
        none. Raises Unavailable.
        """
        found: list[Receipt] = []
        after, views, until = asked.after, 0, self.elapsed() + LOOK_FOR
        step = LONGEST_PAGE if asked.chooses else asked.limit
        for _ in range(READS):
            places = self.index.find(asked, after, step)
            receipts = self.index.fetch([place.id for place in places])
            for after in places:
                receipt = receipts.get(after.id)
                if receipt is None or not fits(receipt, asked, now):
                    continue
                found.append(receipt)
                views += len(receipt.views)
                if len(found) == asked.limit or views >= MOST_VIEWS:
                    return Page(found, after)
            if len(places) < step:
                return Page(found, None)
            if self.elapsed() >= until:
                break
        return Page(found, after)


def fits(receipt: Receipt, asked: Asked, now: int) -> bool:
    """Whether its state and its label are asked for."""
    state, _ = receipt.end(now) or (receipt.state, None)
    label = receipt.label or ""
    return (asked.states is None or state in asked.states) and label.startswith(asked.label or "")
