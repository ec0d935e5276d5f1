"""Audit events on an EventBridge bus, for whoever subscribes to it.

The log proves, so it is written first; the bus tells. At least once: an event may come again, with
the same `event_id`. EventBridge promises no order among what it has taken, but it gets each event
of a secret only after it has taken the one before.
"""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from burnbag_core.aws import code_of, jitter

from batches import PERMANENT
from events import Event

logger = logging.getLogger("burnbag")
SOURCE: Final = "burnbag"
# The most entries that one PutEvents takes.
BATCH: Final = 10
TRIES: Final = 4
# EventBridge puts values into the templates of its rules as they are, so a quotation mark of a
# label would end a JSON string, and Slack makes a mention of <!channel>. These get the full-width
# characters that look like them.
UNSAFE: Final = {ord(each): ord(each) + 0xFEE0 for each in '"\\<>&'}


@dataclass(frozen=True)
class Entry:
    """An event as it is put on the bus; `detail` is JSON."""

    secret_id: str
    name: str
    detail: str


def announce(event: Event, environment: str) -> Entry:
    """The event's document, with a summary that is safe in every template."""
    document = event.document(environment)
    detail = json.dumps(document | {"summary": summarize(document)}, separators=(",", ":"))
    return Entry(event.receipt.id, event.name, detail)


def summarize(document: Mapping[str, Any]) -> str:
    """What happened, on one line, in characters that no template or chat takes for its own."""
    label = f" “{document['label']}”" if document["label"] else ""
    creator = f", created by {document['created_by']}" if document["created_by"] else ""
    text = (
        f"burnbag {document['environment']}: {document['event']}{label}"
        f" ({document['secret_id']}){creator}, at {document['time']}"
    )
    return "".join(each if each.isprintable() else " " for each in text.translate(UNSAFE))


class EventBus:
    """The bus of one environment; `events` is a client of EventBridge."""

    def __init__(self, events: Any, name: str, pause: Callable[[float], None] = time.sleep) -> None:
        self.events = events
        self.name = name
        self.pause = pause

    def put(self, entries: Sequence[Entry]) -> dict[int, str]:
        """Put events on the bus; returns AWS's codes by place for those that it did not take.

        Once AWS fails, nothing more is put: all of it is delivered again anyway.
        """
        failed: dict[int, str] = {}
        calls = plan_calls(entries)
        for number, places in enumerate(calls):
            failed |= self.put_patiently({place: entries[place] for place in places})
            if again := [code for code in failed.values() if code not in PERMANENT]:
                logger.error("audit: the event bus failed: %s", again[0])
                left = [place for later in calls[number + 1 :] for place in later]
                return failed | dict.fromkeys(left, again[0])
        return failed

    def put_patiently(self, entries: Mapping[int, Entry]) -> dict[int, str]:
        """As `put_once`, but what AWS failed at is tried again, after pauses with jitter."""
        failed = self.put_once(entries)
        for attempt in range(TRIES - 1):
            again = {p: entries[p] for p, code in failed.items() if code not in PERMANENT}
            if not again:
                break
            self.pause(jitter(attempt))
            lost = {place: code for place, code in failed.items() if place not in again}
            failed = lost | self.put_once(again)
        return failed

    def put_once(self, entries: Mapping[int, Entry]) -> dict[int, str]:
        """One call. Where one event makes all of it fail, each is put by itself to find out which.

        So is what is too much for one call together.
        """
        try:
            answer = self.events.put_events(Entries=[self.describe(e) for e in entries.values()])
        except (ClientError, BotoCoreError) as error:
            code = code_of(error)
            if code not in PERMANENT or len(entries) == 1:
                return dict.fromkeys(entries, code)
            single = [self.put_once({place: entry}) for place, entry in entries.items()]
            return {place: code for failed in single for place, code in failed.items()}
        results = zip(entries, answer["Entries"], strict=True)
        return {place: result["ErrorCode"] for place, result in results if "ErrorCode" in result}

    def describe(self, entry: Entry) -> dict[str, str]:
        """An event as PutEvents takes it."""
        return {
            "EventBusName": self.name,
            "Source": SOURCE,
            "DetailType": entry.name,
            "Detail": entry.detail,
        }


def plan_calls(entries: Sequence[Entry]) -> list[list[int]]:
    """The places that go into each call: no two events of one secret into the same.

    Else one could be taken while the one before it fails, and overtake it.
    """
    seen: defaultdict[str, int] = defaultdict(int)
    rounds: defaultdict[int, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        rounds[seen[entry.secret_id]].append(place)
        seen[entry.secret_id] += 1
    return [
        places[start : start + BATCH]
        for places in rounds.values()
        for start in range(0, len(places), BATCH)
    ]
