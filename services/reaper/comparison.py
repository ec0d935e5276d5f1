"""All records, receipts and objects compared with one another: what is wrong, and its mending."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from burnbag_core.items import Item

from findings import (
    FINDINGS,
    OBJECTLESS,
    ONLY_TOLD,
    OUTLIVED,
    UNREADABLE,
    UNRECEIPTED,
    Known,
    judge,
)
from heartbeat import HEARTBEAT
from mending import Mender
from survey import OBJECT_PARTS, RECEIPT_PARTS, Survey

# As long as a link to upload is good. Whatever ends later is erased within two minutes, or an alarm
# rings.
MARGIN: Final = 900
# A table gives 12,000 read units a second from its first day on, and the living need them too. Four
# threads take less than half.
THREADS: Final = 4
HOUR: Final = 3600
RECEIPTS: Final = [f"receipts/{number}" for number in range(RECEIPT_PARTS)]
OBJECTS: Final = [f"objects/{number}" for number in range(OBJECT_PARTS)]


@dataclass
class Comparison:
    """One run. `now` is when it began; what has changed since `before` is nobody's fault yet.

    `records` are all that there are, with the times at which they go. `unmet` are those of them
    whose receipts were not met yet, `files` the secrets whose objects were not.
    """

    survey: Survey
    mender: Mender
    now: int
    has_time: Callable[[], bool]
    records: dict[str, int] = field(default_factory=dict)
    unmet: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)

    @property
    def before(self) -> int:
        return self.now - MARGIN

    def compare(self, parts: list[str]) -> list[str]:
        """Look at these parts of the tables and the bucket; returns those for which time ran out.

        Records come first: who has none then, and should have one, has been without for a while.
        """
        self.records = self.survey.read_records()
        self.mender.tally.see("records", len(self.records))
        overdue = {each for each, erase_at in self.records.items() if erase_at <= self.before}
        self.done = self.mender.delete_overdue(overdue, self.before, self.has_time)
        self.unmet = self.records.keys() - overdue
        left = self.look_at([part for part in RECEIPTS if part in parts])
        left += self.look_at([part for part in OBJECTS if part in parts])
        if not left and len(parts) == len(RECEIPTS + OBJECTS):
            self.look_at_unmet()
        return left

    def look_at(self, parts: list[str]) -> list[str]:
        """Look at parts side by side. Each hour begins with another: none is always last."""
        first = self.now // HOUR % max(1, len(parts))
        parts = parts[first:] + parts[:first]
        with ThreadPoolExecutor(THREADS) as pool:
            finished = list(pool.map(self.look_at_part, parts))
        return [part for part, is_done in zip(parts, finished, strict=True) if not is_done]

    def look_at_part(self, part: str) -> bool:
        """Look at one part, page by page; whether it was looked at to its end."""
        what, _, number = part.partition("/")
        with self.mender.tally.enduring():
            return all(self.has_time() for _ in self.work_through(what, int(number)))
        return False

    def work_through(self, what: str, number: int) -> Iterator[None]:
        """Look at a part; stops before its first page, and after each."""
        yield
        if what == "receipts":
            for items in self.survey.read_receipts(number):
                self.look_at_receipts(items)
                self.mender.tally.see(what, len(items))
                yield
        else:
            for objects in self.survey.read_objects(number):
                self.look_at_objects(objects)
                self.mender.tally.see(what, len(objects))
                yield

    def look_at_receipts(self, items: Iterable[Item]) -> None:
        """Judge receipts that do not say `erased_at`, each by whether it has a record."""
        found: dict[str, list[str]] = {finding: [] for finding in FINDINGS}
        for item in items:
            secret_id = item["id"]["S"]
            self.unmet.discard(secret_id)
            if secret_id == HEARTBEAT or secret_id in self.done:
                continue
            if finding := self.judge_item(secret_id, item):
                found[finding].append(secret_id)
        self.mend(found)

    def judge_item(self, secret_id: str, item: Item) -> str | None:
        """What is wrong with the secret of a receipt, None if nothing is."""
        erase_at = self.records.get(secret_id)
        try:
            receipt = Known.read(item)
            finding = judge(receipt, erase_at is not None, self.now, self.before)
        except (TypeError, ValueError):
            return UNREADABLE
        # A file was put into the bucket if its record lives as long as the secret. An upload may
        # never come, and whether a text is there depends on its size and on the version.
        lives = erase_at == receipt.expires_at and not receipt.has_ended
        if lives and receipt.kind == "file" and receipt.sealed_at <= self.before:
            self.files.add(secret_id)
        return finding

    def mend(self, found: Mapping[str, list[str]]) -> None:
        for finding, ids in found.items():
            if finding == OUTLIVED:
                self.mender.delete_outlived({each: self.records[each] for each in ids})
            elif finding in ONLY_TOLD:
                self.mender.tell(finding, ids)
            else:
                self.mender.erase(finding, ids)

    def look_at_objects(self, objects: Iterable[tuple[str, int]]) -> None:
        """Delete objects that have no record, unless `reap` is about to.

        Then the receipt waits for that, and is judged by itself.
        """
        strays = []
        for secret_id, since in objects:
            self.files.discard(secret_id)
            if secret_id not in self.records and since <= self.before:
                receipt = self.survey.read_receipt(secret_id)
                if receipt is None or "erased_at" in receipt:
                    strays.append(secret_id)
        self.mender.delete_strays(strays)

    def look_at_unmet(self) -> None:
        """Judge the records whose receipts say `erased_at` or are missing, and the missing files.

        Nearly always these are secrets that have ended meanwhile.
        """
        with self.mender.tally.enduring():
            items = {each: self.survey.read_receipt(each) for each in sorted(self.unmet)}
            self.look_at_receipts(item for item in items.values() if item)
            self.tell_present(UNRECEIPTED, [each for each, item in items.items() if not item])
            self.tell_present(OBJECTLESS, sorted(self.files))

    def tell_present(self, finding: str, ids: list[str]) -> None:
        """Tell of those that still have a record."""
        for secret_id in ids:
            if not self.mender.records.find_absent([secret_id]):
                self.mender.tell(finding, [secret_id])
