"""What each partition of a table or an index may still take in this second.

A partition takes 1,000 write and 3,000 read units a second, and a new on-demand table or index has
four. AWS also lets a partition use what it has not used in the last five minutes, when it has that
to spare, and splits one that stays hot. Neither is promised, and neither is modelled.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
"""

import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["Read", "Write"]

PARTITIONS: Final = 4
PER_SECOND: Final[dict[Kind, float]] = {"Write": 1000.0, "Read": 3000.0}


@dataclass(frozen=True)
class Place:
    """A partition of a table, or of an index if one is named."""

    table: str
    index: str
    number: int
    kind: Kind


@dataclass(frozen=True)
class Use:
    """Units that a request takes at a place."""

    place: Place
    units: float


def make_use(table: str, index: str, key: str, kind: Kind, units: float) -> Use:
    """A use of the partition in which DynamoDB keeps what has this partition key."""
    return Use(Place(table, index, zlib.crc32(key.encode()) % PARTITIONS, kind), units)


class Partitions:
    """The units that are left at every place. They come back steadily, up to a second's worth."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[Place, tuple[float, float]] = {}

    def take(self, uses: Iterable[Use]) -> set[Place]:
        """Take all the units, or none: then the places at which they are too many."""
        sums: defaultdict[Place, float] = defaultdict(float)
        for use in uses:
            sums[use.place] += use.units
        full = {place for place, units in sums.items() if units > self.left(place)}
        if not full:
            for place, units in sums.items():
                self._put(place, -units)
        return full

    def settle(self, taken: Iterable[Use], used: Iterable[Use]) -> None:
        """Give back what was taken, and take what was used. That may be more than is left."""
        for use in taken:
            self._put(use.place, use.units)
        for use in used:
            self._put(use.place, -use.units)

    def left(self, place: Place) -> float:
        now, limit = self._clock(), PER_SECOND[place.kind]
        left, then = self._left.get(place, (limit, now))
        return min(limit, left + (now - then) * limit)

    def _put(self, place: Place, units: float) -> None:
        limit = PER_SECOND[place.kind]
        self._left[place] = (min(limit, self.left(place) + units), self._clock())
