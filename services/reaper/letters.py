"""letters: list the dead letters, process them again, or drop them.

An operator runs this, and may do nothing else with a letter: whoever could invoke `reap` or `audit`
with a record of his own could make a living secret's receipt say that it was erased, or write what
he likes into the audit log. Here the record comes from the queue, or from the stream.

What is processed twice changes nothing: a receipt is settled once, and an event that is written
again has the same id.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from burnbag_core import aws, settings

from envelopes import POSITION, RECORD, Letter, open_letter
from positions import Forgotten, Positions
from redelivery import INVOKE_SECONDS, Redelivery, Refused

# Seconds for which a letter is hidden from others, unless it is given back before: as long as the
# function may run. SQS refuses to take back a letter that is not hidden any more.
HIDDEN: Final = 600
# Seconds to wait for letters: if it waits at all, SQS asks all of its servers for them.
WAIT: Final = 1
# As many letters as one run holds.
MOST: Final = 500
RESERVE_MILLISECONDS: Final = 80_000
ACTIONS: Final = ("list", "replay", "drop")
# The outcomes after which a letter is gone. Where a record was set aside again, there is a new one.
DELETED: Final = {"dropped", "replayed", "again"}
Told = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    dead_letters_url: str
    notification_letters_url: str
    event_bus: str
    function_prefix: str


@dataclass(frozen=True)
class Queue:
    """Letters of one queue."""

    sqs: Any
    url: str

    def receive(self) -> Iterator[Letter]:
        """The letters that are there and not hidden. Each is hidden from others from now on."""
        while messages := self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN,
            WaitTimeSeconds=WAIT,
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        ).get("Messages"):
            yield from map(open_letter, messages)

    def delete(self, letter: Letter) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.handle)

    def give_back(self, letter: Letter) -> None:
        """Let others see a letter again, and the alarm ring for it."""
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=letter.handle, VisibilityTimeout=0
        )


@dataclass(frozen=True)
class Desk:
    """Works through the letters of one queue."""

    queue: Queue
    redelivery: Redelivery
    has_time: Callable[[], bool]

    def work(self, action: str, ids: list[str] | None) -> tuple[list[Told], bool]:
        """Do `action` with letters, the oldest first; each with its outcome, and whether all were.

        Whatever is not deleted is given back.
        """
        found = sorted(islice(self.queue.receive(), MOST), key=lambda letter: letter.since)
        meant = [letter for letter in found if ids is None or letter.id in ids]
        outcomes: dict[str, Told] = {}
        for letter in meant:
            if not self.has_time():
                break
            outcomes[letter.id] = self.act(action, letter)
        if action == "replay" and outcomes:
            self.notice_returned([each for each in meant if each.id in outcomes], outcomes)
        for letter in found:
            if outcomes.get(letter.id, {}).get("outcome") not in DELETED:
                self.queue.give_back(letter)
        told = [each.describe() | outcomes[each.id] for each in meant if each.id in outcomes]
        return told, len(outcomes) == len(meant) and len(found) < MOST

    def act(self, action: str, letter: Letter) -> Told:
        match action:
            case "replay":
                return self.replay(letter)
            case "drop":
                self.queue.delete(letter)
                return {"outcome": "dropped"}
        return self.look_into(letter)

    def look_into(self, letter: Letter) -> Told:
        """Which secrets a position is about, as long as the stream has its records."""
        if letter.kind != POSITION:
            return {}
        try:
            return {"secrets": sorted(self.redelivery.ids_behind(letter))}
        except Forgotten:
            return {"outcome": "forgotten"}
        except (ClientError, BotoCoreError) as error:
            return {"because": aws.describe(error)}

    def replay(self, letter: Letter) -> Told:
        """Process a letter again, and delete it once that is done."""
        try:
            self.redelivery.process(letter)
        except Forgotten:
            return {"outcome": "forgotten"}
        except Refused as error:
            return {"outcome": "refused", "because": str(error)}
        except (ClientError, BotoCoreError) as error:
            return {"outcome": "refused", "because": aws.describe(error)}
        self.queue.delete(letter)
        return {"outcome": "replayed"}

    def notice_returned(self, replayed: list[Letter], outcomes: dict[str, Told]) -> None:
        """Say so of a letter whose record was set aside again: as another letter with the same."""
        for returned in list(self.queue.receive()):
            self.queue.give_back(returned)
            for letter in replayed:
                if (returned.kind, returned.content) == (RECORD, letter.content):
                    outcomes[letter.id] = {"outcome": "again", "because": returned.why}


@dataclass(frozen=True)
class Letters:
    """The function."""

    queues: list[Queue]
    redelivery: Redelivery

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The Lambda entry point: the letters, each with what became of it.

        `event["do"]` is list, replay or drop, `event["ids"]` the letters that it is about: all of
        them if there is none. `all` says whether it came to all. Raises ValueError for another do.
        """
        if event["do"] not in ACTIONS:
            raise ValueError(f"do is one of {', '.join(ACTIONS)}")

        def has_time() -> bool:
            return bool(context.get_remaining_time_in_millis() >= RESERVE_MILLISECONDS)

        desks = [Desk(queue, self.redelivery, has_time) for queue in self.queues]
        worked = [desk.work(event["do"], event.get("ids")) for desk in desks]
        return {
            "letters": [letter for letters, _ in worked for letter in letters],
            "all": all(came_to_all for _, came_to_all in worked),
        }


def build(environ: Mapping[str, str], client: Callable[..., Any]) -> Letters:
    """The function of one environment; `client` makes AWS clients. Raises BadSettings."""
    config = settings.read(Settings, environ)
    # It waits for letters.
    sqs = client("sqs", read_timeout=10 * WAIT)
    urls = [config.dead_letters_url, config.notification_letters_url]
    redelivery = Redelivery(
        # Not twice: a function that takes its time is at it still.
        client("lambda", read_timeout=INVOKE_SECONDS, retries={"total_max_attempts": 1}),
        config.function_prefix,
        Positions(client("dynamodbstreams", read_timeout=10 * WAIT)),
        client("events"),
        config.event_bus,
    )
    return Letters([Queue(sqs, url) for url in urls if url], redelivery)


handler = build(os.environ, aws.client)
