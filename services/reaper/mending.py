"""What was found is mended as `sweep` and `reap` do, if DynamoDB says that it is still so."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from burnbag_core import aws

import presence
from bulk import in_batches
from erasing import Receipts, Removal, erase
from findings import FINDINGS, OUTLIVED, OVERDUE, STRAY
from objects import Objects
from overdue import Overdue
from presence import Presence

T = TypeVar("T")
# How many ids of each finding are named: enough to look at one.
EXAMPLES: Final = 10


@dataclass
class Tally:
    """What a run has found and mended, by the words of `findings`, and AWS's codes for the rest.

    `seen` is what it looked at. The threads of a run share it.
    """

    seen: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    examples: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def see(self, what: str, number: int) -> None:
        with self.lock:
            self.seen[what] += number

    def find(self, finding: str, ids: Iterable[str], failed: Mapping[str, str] | None) -> None:
        """Count what is wrong. `failed` has AWS's codes by id for what is so still; None is all."""
        ids, codes = list(ids), failed or {}
        with self.lock:
            if ids:
                self.found[finding] += len(ids)
            if ids and failed is not None:
                self.mended[finding] += sum(each not in codes for each in ids)
            self.failed.update(codes.values())
            named = self.examples[finding]
            named += ids[: EXAMPLES - len(named)]

    def fail(self, code: str) -> None:
        with self.lock:
            self.failed[code] += 1

    @contextmanager
    def enduring(self) -> Iterator[None]:
        """Count what AWS fails at, instead of giving up everything else."""
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            self.fail(aws.code_of(error))


@dataclass(frozen=True)
class Mender:
    """Mends, and counts what it finds to be so. Nothing here believes what was read before."""

    overdue: Overdue
    records: Presence
    objects: Objects
    receipts: Receipts
    clock: Callable[[], int]
    tally: Tally

    def erase(self, finding: str, ids: Iterable[str]) -> None:
        """Erase what is left of those secrets that have no record."""
        for some in in_parts(ids, presence.BATCH):
            with self.tally.enduring():
                absent = sorted(self.records.find_absent(some))
                now = self.clock()
                gone = [Removal(each, now) for each in absent]
                self.tally.find(finding, absent, erase(gone, self.objects, self.receipts, now))

    def delete_overdue(
        self, ids: Iterable[str], before: int, has_time: Callable[[], bool]
    ) -> set[str]:
        """Delete records that should have gone, as the sweep does, and erase the rest of them.

        Returns those that it came to: the sweep goes on where time runs out.
        """
        done: set[str] = set()
        for some in in_batches(ids):
            if not has_time():
                break
            failed = self.overdue.delete(some, before)
            self.tally.find(OVERDUE, failed, failed)
            self.erase(OVERDUE, [each for each in some if each not in failed])
            done.update(some)
        return done

    def delete_outlived(self, records: Mapping[str, int]) -> None:
        """Delete records whose secrets have ended, if they still go when they should have gone."""
        for some in in_batches(records.items()):
            failed = self.overdue.delete_unchanged(dict(some))
            self.tally.find(OUTLIVED, failed, failed)
            self.erase(OUTLIVED, [each for each, _ in some if each not in failed])

    def delete_strays(self, ids: Iterable[str]) -> None:
        """Delete objects that have no record. No receipt changes, so only the log tells of it."""
        for some in in_parts(ids, presence.BATCH):
            with self.tally.enduring():
                absent = sorted(self.records.find_absent(some))
                self.tally.find(STRAY, absent, self.objects.delete(absent))

    def tell(self, finding: str, ids: Iterable[str]) -> None:
        """Count what nothing can be done for."""
        assert finding in FINDINGS
        self.tally.find(finding, ids, None)


def in_parts(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
