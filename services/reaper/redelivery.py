"""Has letters processed again by those whose they are, as their streams and queues once did."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import envelopes
from envelopes import Letter
from positions import Positions, in_payloads

# A function that is invoked has 60 seconds.
INVOKE_SECONDS: Final = 65


class Refused(Exception):
    """Nobody took the letter; says who did not, and why."""


@dataclass(frozen=True)
class Redelivery:
    """Has letters processed by those whose they are."""

    functions: Any
    prefix: str
    positions: Positions
    events: Any
    bus: str

    def process(self, letter: Letter) -> None:
        """Have a letter processed again. Raises Refused, Forgotten, ClientError or BotoCoreError.

        Then it is still needed.
        """
        match letter.kind:
            case envelopes.RECORD:
                self.deliver(letter.of, [letter.body["record"]])
            case envelopes.POSITION:
                self.deliver(letter.of, self.positions.read(letter.of, letter.body))
            case envelopes.UPLOAD:
                self.invoke(letter.of, letter.body["requestPayload"])
            case envelopes.EVENT:
                self.put_event(letter.body)
            case _:
                raise Refused(letter.why)

    def ids_behind(self, letter: Letter) -> set[str]:
        """The secrets that a position is about. Raises Forgotten, ClientError, BotoCoreError."""
        records = self.positions.read(letter.of, letter.body)
        return {each["dynamodb"]["Keys"]["id"]["S"] for each in records}

    def deliver(self, function: str, records: list[dict[str, Any]]) -> None:
        """Give a function records as its stream does, as many at a time as fit into one call."""
        for some in in_payloads(records):
            answer = self.invoke(function, {"Records": some})
            if answer["batchItemFailures"]:
                raise Refused(f"{function} could not do it now: its log says why")

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        answer = self.functions.invoke(
            FunctionName=f"{self.prefix}-{function}", Payload=json.dumps(event)
        )
        result = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise Refused(f"{function} failed: {result.get('errorType', answer['FunctionError'])}")
        return result

    def put_event(self, event: Mapping[str, Any]) -> None:
        """Put an event on the bus again, so every rule gets it again."""
        entry = {
            "EventBusName": self.bus,
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
        }
        (result,) = self.events.put_events(Entries=[entry])["Entries"]
        if "ErrorCode" in result:
            raise Refused(f"the event bus refused it: {result['ErrorCode']}")
