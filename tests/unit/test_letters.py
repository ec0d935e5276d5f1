"""The letters handler on moto's queues, with streams and functions of its own."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from burnbag_core.items import key
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from tests.support.services import ENVIRON, LambdaContext, load
from tests.support.world import client
from tests.unit.conftest import Reaper, removed

letters = load("reaper", "letters")
positions = load("reaper", "positions")
ARN = "arn:aws:lambda:us-east-1:123456789012:function:burnbag-test-"
STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/secrets/stream/1"


@dataclass
class Functions:
    """Lambda: answers by what each function does, or as a stream expects it."""

    handlers: dict[str, Any] = field(default_factory=dict)
    invoked: list[tuple[str, Any]] = field(default_factory=list)
    throttled: str = ""

    def invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:
        function = FunctionName.removeprefix("burnbag-test-")
        if function == self.throttled:
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
        event = json.loads(Payload)
        self.invoked.append((function, event))
        try:
            handler = self.handlers.get(function, lambda *_: {"batchItemFailures": []})
            result = handler(event, None)
        except Exception as error:
            failed = json.dumps({"errorType": type(error).__name__}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(failed)}
        return {"Payload": io.BytesIO(json.dumps(result).encode())}


@dataclass
class Streams:
    """A shard of records, of which the first are forgotten; two in a page."""

    records: list[dict[str, Any]] = field(default_factory=list)
    forgotten: int = 0

    def get_shard_iterator(self, **request: Any) -> dict[str, str]:
        number = int(request["SequenceNumber"])
        if number <= self.forgotten:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException"}}, "GetShardIterator")
        return {"ShardIterator": str(number)}

    def get_records(self, ShardIterator: str) -> dict[str, Any]:
        start = int(ShardIterator) - 1
        page = self.records[start : start + 2]
        return {"Records": page, "NextShardIterator": str(start + len(page) + 1)}


@dataclass
class Bus:
    """EventBridge."""

    put: list[dict[str, Any]] = field(default_factory=list)
    code: str = ""

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.put += Entries
        return {"Entries": [{"ErrorCode": self.code} if self.code else {"EventId": "e"}]}


@dataclass
class Office:
    """The function, its queues, and what it calls."""

    handler: Any
    urls: list[str]
    functions: Functions
    streams: Streams
    bus: Bus

    def send(self, body: Any, queue: int = 0, **attributes: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        told = {k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()}
        client("sqs").send_message(
            QueueUrl=self.urls[queue], MessageBody=text, MessageAttributes=told
        )

    def do(self, action: str, milliseconds: int = 600_000, **event: Any) -> list[dict[str, Any]]:
        answer = self.handler({"do": action, **event}, LambdaContext(milliseconds))
        json.dumps(answer)
        found: list[dict[str, Any]] = answer["letters"]
        return found

    def outcomes(self, action: str, **event: Any) -> list[str | None]:
        return [letter.get("outcome") for letter in self.do(action, **event)]


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(letters, "WAIT", 0)
    with mock_aws():
        urls = [client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("own", "bus")]
        functions, streams, bus = Functions(), Streams(), Bus()
        clients = {"lambda": functions, "dynamodbstreams": streams, "events": bus}
        environ = ENVIRON | {
            "DEAD_LETTERS_URL": urls[0],
            "NOTIFICATION_LETTERS_URL": urls[1],
            "EVENT_BUS": "burnbag-test",
        }
        handler = letters.build(environ, lambda name, **_: clients.get(name) or client(name))
        yield Office(handler, urls, functions, streams, bus)


def own(function: str = "reap", **record: Any) -> dict[str, Any]:
    return {"function": function, "error": "KeyError", "record": record or removed("A" * 22)}


def position(first: int, last: int, function: str = "reap") -> dict[str, Any]:
    return {
        "requestContext": {
            "functionArn": f"{ARN}{function}",
            "condition": "RetryAttemptsExhausted",
        },
        "DDBStreamBatchInfo": {
            "shardId": "shardId-0",
            "startSequenceNumber": str(first),
            "endSequenceNumber": str(last),
            "approximateArrivalOfFirstRecord": "2026-11-29T17:00:00Z",
            "batchSize": last - first + 1,
            "streamArn": STREAM,
        },
    }


def upload(secret_id: str) -> dict[str, Any]:
    return {
        "requestContext": {"functionArn": f"{ARN}stray:live", "condition": "RetriesExhausted"},
        "requestPayload": {"Records": [{"s3": {"object": {"key": f"files/{secret_id}"}}}]},
    }


NOTICE = {
    "source": "burnbag",
    "detail-type": "secret.revealed",
    "detail": {"event": "secret.revealed", "secret_id": "B" * 22, "event_id": "b:revealed:1"},
}
RULE = "arn:aws:events:us-east-1:1:rule/burnbag-test/burnbag-test-chat"


def in_stream(number: int, name: str = "REMOVE") -> dict[str, Any]:
    """A record as DynamoDB's own interface to streams gives it."""
    return {
        "eventName": name,
        "dynamodb": {
            "Keys": key(f"{number:022}"),
            "NewImage": key(f"{number:022}") | {"token_hash": {"B": b"\x00\xff"}},
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": datetime(2026, 11, 29, 17, tzinfo=UTC),
        },
    }


def test_every_kind_of_letter_is_told(office: Office) -> None:
    office.streams.records = [in_stream(number) for number in range(1, 4)]
    for body in (own(), own("audit", nothing="of use"), position(1, 2), upload("C" * 22)):
        office.send(body)
    office.send(NOTICE, queue=1, RULE_ARN=RULE, ERROR_CODE="401", ERROR_MESSAGE="Unauthorized")
    told = [(e["kind"], e["of"], e["why"], e["secrets"]) for e in office.do("list")]
    assert told == [
        ("record", "reap", "KeyError", ["A" * 22]),
        ("record", "audit", "KeyError", []),
        ("position", "reap", "RetryAttemptsExhausted", [f"{1:022}", f"{2:022}"]),
        ("upload", "stray", "RetriesExhausted", ["C" * 22]),
        ("event", "burnbag-test-chat", "401: Unauthorized", ["B" * 22]),
    ]


def test_a_position_says_until_when_the_stream_has_it(office: Office) -> None:
    office.send(position(1, 1))
    office.streams.records = [in_stream(1)]
    (letter,) = office.do("list")
    assert letter["until"] == datetime(2026, 11, 30, 17, tzinfo=UTC).timestamp()


def test_looking_changes_nothing_and_hides_nothing(office: Office) -> None:
    office.send(own())
    assert office.do("list") == office.do("list")
    assert office.functions.invoked == []


def test_nothing_of_a_receipt_is_told_but_its_id(office: Office) -> None:
    image = key("A" * 22) | {"label": {"S": "for the board"}}
    office.send(own("audit", dynamodb={"NewImage": image}))
    (letter,) = office.do("list")
    assert letter["secrets"] == ["A" * 22]
    assert "board" not in json.dumps(letter)


def test_a_record_is_given_again_to_whose_it_was(office: Office) -> None:
    office.send(own("audit", dynamodb={"NewImage": key("A" * 22)}))
    assert office.outcomes("replay") == ["replayed"]
    records = {"Records": [{"dynamodb": {"NewImage": key("A" * 22)}}]}
    assert office.functions.invoked == [("audit", records)]
    assert office.do("list") == []


def test_a_position_is_read_again_as_its_mapping_would_deliver_it(office: Office) -> None:
    names = ["INSERT", "MODIFY", "REMOVE", "MODIFY", "MODIFY"]
    office.streams.records = [in_stream(n, name) for n, name in enumerate(names, start=1)]
    office.send(position(2, 4, "audit"))
    assert office.outcomes("replay") == ["replayed"]
    ((function, event),) = office.functions.invoked
    assert function == "audit"
    changes = [record["dynamodb"] for record in event["Records"]]
    assert [change["SequenceNumber"] for change in changes] == ["2", "4"]
    assert changes[0]["NewImage"]["token_hash"] == {"B": "AP8="}
    assert changes[0]["ApproximateCreationDateTime"] == 1795971600


def test_a_position_that_the_stream_has_forgotten_is_told_and_kept(office: Office) -> None:
    office.streams.records = [in_stream(number) for number in range(1, 4)]
    office.streams.forgotten = 1
    office.send(position(1, 2))
    assert office.outcomes("list") == ["forgotten"]
    assert office.outcomes("replay") == ["forgotten"]
    assert office.functions.invoked == []
    assert len(office.do("list")) == 1


def test_an_upload_is_told_to_stray_again(office: Office) -> None:
    office.functions.handlers["stray"] = lambda event, _: None
    office.send(upload("C" * 22))
    assert office.outcomes("replay") == ["replayed"]
    assert office.functions.invoked == [("stray", upload("C" * 22)["requestPayload"])]


def test_an_event_is_put_on_the_bus_again_as_it_was(office: Office) -> None:
    office.send(NOTICE, queue=1, RULE_ARN=RULE)
    assert office.outcomes("replay") == ["replayed"]
    (entry,) = office.bus.put
    assert json.loads(entry.pop("Detail")) == NOTICE["detail"]
    assert entry == {
        "EventBusName": "burnbag-test",
        "Source": "burnbag",
        "DetailType": "secret.revealed",
    }


def test_an_event_that_the_bus_refuses_stays(office: Office) -> None:
    office.bus.code = "ThrottlingException"
    office.send(NOTICE, queue=1, RULE_ARN=RULE)
    (letter,) = office.do("replay")
    assert letter["because"] == "the event bus refused it: ThrottlingException"
    assert len(office.do("list")) == 1


def test_what_is_not_taken_stays_with_the_reason(office: Office) -> None:
    def fail(*_: Any) -> None:
        raise KeyError

    office.functions.handlers = {
        "reap": lambda *_: {"batchItemFailures": [{"itemIdentifier": "1"}]},
        "audit": fail,
    }
    office.send(own("reap"))
    office.send(own("audit"))
    told = [(letter["outcome"], letter["because"]) for letter in office.do("replay")]
    assert told == [
        ("refused", "reap could not do it now: its log says why"),
        ("refused", "audit failed: KeyError"),
    ]
    assert len(office.do("list")) == 2


def test_aws_that_refuses_is_named_and_the_others_are_processed(office: Office) -> None:
    office.functions.throttled = "reap"
    office.send(own("reap"))
    office.send(own("audit"))
    first, second = office.do("replay")
    assert (first["outcome"], first["because"]) == ("refused", "Invoke TooManyRequestsException")
    assert second["outcome"] == "replayed"


def test_a_letter_that_nobody_knows_is_told_and_only_dropped(office: Office) -> None:
    strange = ["not JSON", "[]", {"function": "sweep", "record": {}, "error": "x"}, {"a": 1}]
    for body in strange:
        office.send(body)
    assert [letter["kind"] for letter in office.do("list")] == ["unknown"] * 4
    assert office.outcomes("replay") == ["refused"] * 4
    assert office.outcomes("drop") == ["dropped"] * 4
    assert office.do("list") == []


NAMES = ["record", "function", "error", "requestPayload", "requestContext", "DDBStreamBatchInfo"]
BODIES = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
)


@given(BODIES)
def test_no_body_is_too_strange_to_be_told(body: Any) -> None:
    message = {"MessageId": "m", "ReceiptHandle": "h", "Attributes": {"SentTimestamp": "1000"}}
    letter = load("reaper", "envelopes").open_letter(message | {"Body": json.dumps(body)})
    assert json.dumps(letter.describe())


def test_only_the_letters_that_are_named_are_touched(office: Office) -> None:
    office.send(own("reap"))
    office.send(own("audit"))
    second = office.do("list")[1]["id"]
    assert len(office.do("replay", ids=[second])) == 1
    assert [function for function, _ in office.functions.invoked] == ["audit"]
    (left,) = office.do("list")
    assert left["of"] == "reap"
    assert office.do("drop", ids=[]) == []
    assert len(office.do("list")) == 1


def test_without_time_nothing_is_done_and_that_is_said(office: Office) -> None:
    office.send(own())
    answer = office.handler({"do": "replay"}, LambdaContext(79_999))
    assert answer == {"letters": [], "all": False}
    answer = office.handler({"do": "replay"}, LambdaContext(80_000))
    assert (len(answer["letters"]), answer["all"]) == (1, True)


def test_another_action_is_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="list, replay, drop"):
        office.do("erase")


def test_without_notifications_there_is_one_queue() -> None:
    made = letters.build(ENVIRON, lambda name, **_: name)
    assert [queue.url for queue in made.queues] == [ENVIRON["DEAD_LETTERS_URL"]]


def test_a_poisoned_record_comes_back_as_a_new_letter(office: Office, reaper: Reaper) -> None:
    """What no version can read is set aside again, and nothing of it is lost."""
    poison = {"dynamodb": {"SequenceNumber": "7"}}
    dead_letters = reaper.reap.dead_letters
    dead_letters.url = office.urls[0]
    office.functions.handlers["reap"] = reaper.reap
    office.send({"function": "reap", "error": "KeyError", "record": poison})
    (before,) = office.do("list")
    (letter,) = office.do("replay")
    assert (letter["outcome"], letter["because"]) == ("again", "KeyError")
    (after,) = office.do("list")
    assert after["id"] != before["id"]


def test_a_removal_that_was_set_aside_is_erased_once(office: Office, reaper: Reaper) -> None:
    world = reaper.world
    sealed = world.seal("x", "file")
    world.reveal(sealed)
    office.functions.handlers["reap"] = reaper.reap
    for _ in range(2):
        office.send(own("reap", **removed(sealed["id"])))
    assert office.outcomes("replay", ids=[office.do("list")[0]["id"]]) == ["replayed"]
    receipt = world.receipt(sealed["id"])
    assert receipt and receipt.erased_at
    assert world.files.ids() == set()
    world.wait(60)
    assert office.outcomes("replay") == ["replayed"]
    assert world.receipt(sealed["id"]) == receipt


def test_an_event_that_is_written_twice_has_one_id(office: Office, reaper: Reaper) -> None:
    sealed = reaper.world.seal()
    item = client("dynamodb").get_item(TableName="receipts", Key=key(sealed["id"]))["Item"]
    office.functions.handlers["audit"] = reaper.audit
    record = positions.as_delivered({"eventName": "INSERT", "dynamodb": {"NewImage": item}})
    for _ in range(2):
        office.send(own("audit", **record))
        assert office.outcomes("replay") == ["replayed"]
    assert {event["event_id"] for event in reaper.events()} == {f"{sealed['id']}:created:1"}


def test_large_records_go_in_several_calls_and_in_order(office: Office) -> None:
    large = [in_stream(number) for number in range(1, 5)]
    for record in large:
        record["dynamodb"]["NewImage"]["views"] = {"S": "x" * 2_000_000}
    office.streams.records = large
    office.send(position(1, 4))
    assert office.outcomes("replay") == ["replayed"]
    numbers = [
        [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        for _, event in office.functions.invoked
    ]
    assert numbers == [["1", "2"], ["3", "4"]]


def test_no_call_has_more_records_than_a_mapping_delivers() -> None:
    parts = list(positions.in_payloads([{"n": number} for number in range(601)]))
    assert [len(part) for part in parts] == [300, 300, 1]
    assert [record["n"] for part in parts for record in part] == list(range(601))


def test_a_replay_that_finds_nothing_looks_into_each_queue_once(office: Office) -> None:
    """What it has replayed may come back, so it looks again; but only then."""
    looks: list[str] = []

    def look(params: dict[str, Any], **_: Any) -> None:
        looks.append(params["url"])

    events = client("sqs").meta.events
    events.register("before-call.sqs.ReceiveMessage", look)
    try:
        assert office.do("replay") == []
        assert len(looks) == len(office.urls)
    finally:
        events.unregister("before-call.sqs.ReceiveMessage", look)
