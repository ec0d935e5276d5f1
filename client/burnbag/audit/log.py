"""The audit log group, read page by page with the caller's own AWS credentials.

The only call is `logs:FilterLogEvents`. The log gets an event at least once, so what was read
already is dropped by its id.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from burnbag.audit.events import Event, NotAnEvent, parse_event
from burnbag.errors import ConfigurationError, Refused, Unavailable
from burnbag.signing import (
    NO_CREDENTIALS,
    ask_botocore,
    freeze_credentials,
    make_session,
    session_region,
)

# An event is delivered again soon after the first time, so the last of them are enough.
REMEMBERED: Final = 100_000
POLL_SECONDS: Final = 5.0
LONGEST_PAUSE: Final = 60.0
# What is written may be found only a moment later.
SETTLING_MS: Final = 60_000
# This machine's clock may be wrong by as much before AWS refuses its signatures.
SKEW_MS: Final = 15 * 60_000
WRONG_CREDENTIALS: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "UnrecognizedClientException",
    }
)
BUSY: Final = frozenset({"ServiceUnavailableException", "ThrottlingException", "Throttling"})


class TokenRejected(Exception):
    """The token of the next page is not good any more: tokens end after a day."""


class Seen:
    """The ids of the last events, in constant memory."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self.limit = limit
        self.newest: set[str] = set()
        self.older: set[str] = set()

    def add(self, id: str) -> bool:
        """Whether this id is new among at least the last `limit`; from now on it is not."""
        if id in self.newest or id in self.older:
            return False
        self.newest.add(id)
        if len(self.newest) >= self.limit:
            self.newest, self.older = set(), self.newest
        return True


@dataclass
class AuditLog:
    """The events of a log group. `unreadable` counts the lines that are none.

    `option` is what names the group on a command line.
    """

    client: Any
    group: str
    sleep: Callable[[float], None] = time.sleep
    milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    unreadable: int = 0
    newest: int = 0
    seen: Seen = field(default_factory=Seen)
    option: str = "--log-group"

    def read(self, pattern: str, start: int | None, end: int | None) -> Iterator[list[Event]]:
        """The events that the log got between two times (epoch milliseconds), page by page.

        Raises ConfigurationError, Refused or Unavailable.
        """
        for lines in self.read_lines(pattern, start, end):
            yield self.parse(lines)

    def read_lines(
        self, pattern: str, start: int | None, end: int | None
    ) -> Iterator[list[dict[str, Any]]]:
        """The same as lines, whatever they are. Raises what `read` raises."""
        position, token = start, None
        while True:
            try:
                page = self.ask(pattern, start, end, token)
            except TokenRejected:
                if position == start:
                    raise Unavailable("CloudWatch Logs loses the thread; try again later") from None
                # Go on at the last event. What comes twice is dropped by its id.
                start, token = position, None
                continue
            lines, token = page.get("events", []), page.get("nextToken")
            if lines:
                position = max(line["timestamp"] for line in lines)
                self.newest = max(self.newest, position)
            yield lines
            if not token:
                return

    def follow(self, pattern: str, start: int | None) -> Iterator[list[Event]]:
        """The same without an end. Only the first round may fail: a bad minute is waited out."""
        has_begun, pause = False, POLL_SECONDS
        while True:
            asked_at = self.milliseconds()
            try:
                yield from self.read(pattern, start, None)
            except Unavailable:
                if not has_begun:
                    raise
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                has_begun, pause = True, POLL_SECONDS
                newest = max(self.newest - SETTLING_MS, asked_at - SKEW_MS - SETTLING_MS)
                start = max(start or 0, newest)
            self.sleep(pause * random.uniform(0.8, 1.2))

    def ask(
        self, pattern: str, start: int | None, end: int | None, token: str | None
    ) -> dict[str, Any]:
        asked = {
            "logGroupName": self.group,
            "filterPattern": pattern or None,
            "startTime": start,
            "endTime": end,
            "nextToken": token,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        with explain_errors(self.group, token is not None, self.option):
            page: dict[str, Any] = self.client.filter_log_events(**given)
            return page

    def parse(self, lines: list[dict[str, Any]]) -> list[Event]:
        """The events of a page that are new."""
        found = []
        for line in lines:
            try:
                event = parse_event(line["message"])
            except NotAnEvent:
                self.unreadable += 1
                continue
            if self.seen.add(event.event_id):
                found.append(event)
        return found


def open_log(session: Any, region: str | None, group: str) -> AuditLog:
    """The log group in the account of the session's credentials. Raises ConfigurationError."""
    return AuditLog(open_client(session, region, "logs"), group)


def open_client(session: Any, region: str | None, service: str) -> Any:
    """A client of a service, with the session's credentials. Raises ConfigurationError."""
    session = session or make_session()
    region = region or ask_botocore(lambda: session_region(session), "region")
    if not region:
        raise ConfigurationError("no AWS region is set: use AWS_REGION, or a profile's region")
    if ask_botocore(lambda: freeze_credentials(session), "credentials") is None:
        raise ConfigurationError(NO_CREDENTIALS)
    return ask_botocore(lambda: session.create_client(service, region_name=region), "client")


@contextmanager
def explain_errors(group: str, with_token: bool, option: str) -> Iterator[None]:
    """Turn botocore's errors into this package's, and one about a page's token."""
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "an error"))
        if with_token and code == "InvalidParameterException":
            raise TokenRejected from None
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise explain_code(code, status, group, option) from None
    except (ConnectionError, HTTPClientError):
        raise Unavailable("CloudWatch Logs can't be reached; try again later") from None
    except BotoCoreError as error:
        raise ConfigurationError(f"AWS can't be asked: {error}") from None


def explain_code(code: str, status: int, group: str, option: str) -> Exception:
    """What an error of CloudWatch Logs means for an auditor."""
    if code == "ResourceNotFoundException":
        return ConfigurationError(
            f"there is no log group {group} in this account and region; see {option}"
        )
    if code == "AccessDeniedException":
        return ConfigurationError(
            f"your AWS credentials may not read {group}: they need logs:FilterLogEvents on it"
        )
    if code in WRONG_CREDENTIALS:
        return ConfigurationError(f"AWS does not accept your credentials: {code}")
    if code in BUSY or status >= 500 or status == 429:
        return Unavailable("CloudWatch Logs is busy; try again later")
    return Refused(f"CloudWatch Logs refuses this with {code}", status)
