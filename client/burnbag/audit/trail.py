"""CloudTrail's records of the sealing key, from its history or from a trail's log group.

The history has the last 90 days and takes two calls a second from an account
(`cloudtrail:LookupEvents`). A trail's log group has no such limits (`logs:FilterLogEvents`), and
only it finds the calls that were denied: they name the key in their error alone.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from burnbag.audit import key_uses
from burnbag.audit.key_uses import KeyUse, NotARecord, parse_use
from burnbag.audit.log import BUSY, WRONG_CREDENTIALS, AuditLog, Seen
from burnbag.audit.questions import LATE, to_milliseconds
from burnbag.errors import ConfigurationError, Refused, Unavailable

HISTORY: Final = timedelta(days=90)
# Two calls a second, and somebody else may look too.
PACE_SECONDS: Final = 0.5
LONGEST_PAUSE: Final = 30.0
MOST_TRIES: Final = 8


class Trail(Protocol):
    """Where the records are. `unreadable` counts what is no record."""

    unreadable: int

    def read(self, key: str, since: datetime, until: datetime) -> Iterator[KeyUse]:
        """The uses of a key between two times, each once, in any order.

        Raises ConfigurationError, Refused or Unavailable.
        """


@dataclass
class History:
    """CloudTrail's event history, which every account has."""

    client: Any
    sleep: Callable[[float], None] = time.sleep
    unreadable: int = 0
    seen: Seen = field(default_factory=Seen)

    def read(self, key: str, since: datetime, until: datetime) -> Iterator[KeyUse]:
        asked = {
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": key}],
            "StartTime": since,
            "EndTime": until,
            "MaxResults": 50,
        }
        while True:
            page = self.ask(asked)
            messages = [str(event.get("CloudTrailEvent")) for event in page.get("Events", [])]
            yield from take_new(self, messages, key)
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]
            self.sleep(PACE_SECONDS)

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A page, as soon as CloudTrail has time for it."""
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

        pause = 2 * PACE_SECONDS
        for _ in range(MOST_TRIES):
            try:
                page: dict[str, Any] = self.client.lookup_events(**asked)
                return page
            except ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", "an error"))
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
                if code not in BUSY and status < 500 and status != 429:
                    raise explain_code(code, status) from None
            except (ConnectionError, HTTPClientError):
                raise Unavailable("CloudTrail can't be reached; try again later") from None
            except BotoCoreError as error:
                raise ConfigurationError(f"AWS can't be asked: {error}") from None
            self.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        raise Unavailable("CloudTrail is busy; try again later, or use --trail-log-group")


@dataclass
class TrailLog:
    """The log group that a trail writes to."""

    log: AuditLog
    unreadable: int = 0
    seen: Seen = field(default_factory=Seen)

    def read(self, key: str, since: datetime, until: datetime) -> Iterator[KeyUse]:
        window = to_milliseconds(since, timedelta(0)), to_milliseconds(until, LATE)
        for lines in self.log.read_lines(key_uses.pattern(key), *window):
            for use in take_new(self, [line["message"] for line in lines], key):
                if since <= use.time <= until:
                    yield use


def take_new(trail: History | TrailLog, messages: list[str], key: str) -> Iterator[KeyUse]:
    """The uses of this key in some messages that did not come before."""
    for message in messages:
        try:
            use = parse_use(message, key)
        except NotARecord:
            trail.unreadable += 1
            continue
        if use is not None and trail.seen.add(use.event_id):
            yield use


def explain_code(code: str, status: int) -> Exception:
    """What an error of CloudTrail means for an auditor."""
    if code == "AccessDeniedException":
        return ConfigurationError(
            "your AWS credentials may not read CloudTrail's history: they need "
            "cloudtrail:LookupEvents"
        )
    if code in WRONG_CREDENTIALS:
        return ConfigurationError(f"AWS does not accept your credentials: {code}")
    return Refused(f"CloudTrail refuses this with {code}", status)
