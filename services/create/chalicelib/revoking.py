"""The end of many secrets at once, by an operator: after a role has leaked, say."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from burnbag_core.errors import Unavailable
from burnbag_core.records import OPEN_STATES, Caller, Receipt

from chalicelib.asked import Asked
from chalicelib.listing import Listing

logger = logging.getLogger("burnbag")
REVOKED: Final = "revoked"
ENDED: Final = "already_ended"
FAILED: Final = "failed"
# A function has 20 seconds. A revocation that AWS throttles all the time gives up after some six.
BEGIN_WITHIN: Final = 10.0


class Store(Protocol):
    def revoke(self, secret_id: str, now: int, by: Caller) -> bool: ...


@dataclass(frozen=True)
class Revoker:
    """Ends what is still open, as a sender's own revocation does; `clock` gives epoch seconds.

    Each thread waits for one transaction. More of them would only be throttled.
    """

    listing: Listing
    store: Store
    clock: Callable[[], int]
    threads: int = 8
    elapsed: Callable[[], float] = time.monotonic

    def revoke(self, asked: Asked, by: Caller, dry_run: bool) -> dict[str, Any]:
        """End a page of secrets, or only count them, and tell what became of them.

        Repeated, it finds what is left: what it could not end, and what it did not come to. Raises
        Unavailable where even the list can't be read.
        """
        until = self.elapsed() + BEGIN_WITHIN
        page = self.listing.find(replace(asked, states=OPEN_STATES), self.clock())
        became = Counter[str]() if dry_run else self.end_all(page.receipts, by, until)
        counts = {outcome: became[outcome] for outcome in (REVOKED, ENDED, FAILED)}
        found = {"created_by": asked.creator, "found": len(page.receipts)}
        return found | counts | {"cursor": page.cursor}

    def end_all(self, receipts: list[Receipt], by: Caller, until: float) -> Counter[str]:
        """What became of each. Those whose turn does not come in time count as failed."""
        from concurrent.futures import ThreadPoolExecutor  # of all calls, only this one needs it

        with ThreadPoolExecutor(self.threads) as pool:
            return Counter(pool.map(lambda each: self.end(each.id, by, until), receipts))

    def end(self, secret_id: str, by: Caller, until: float) -> str:
        if self.elapsed() >= until:
            return FAILED
        try:
            return REVOKED if self.store.revoke(secret_id, self.clock(), by) else ENDED
        except Unavailable as error:
            logger.error("AWS failed: %s", error.cause)
            return FAILED
