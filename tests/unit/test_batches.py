"""Stream batches: what is written, what is delivered again, and what is set aside."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from tests.support.races import cancelled
from tests.support.services import load

batches = load("reaper", "batches")

BUSY = "ThrottlingError"
ALL_DONE: dict[str, Any] = {"batchItemFailures": []}


def failed(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "PutLogEvents")


@dataclass
class Batch:
    """A batch of records, and a function that can't read or write some of them."""

    size: int = 5
    chunk: int = 2
    unreadable: set[int] = field(default_factory=set)
    poison: dict[int, Exception] = field(default_factory=dict)
    failing: dict[int, str] = field(default_factory=dict)
    written: list[list[int]] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)

    def process(self) -> Any:
        records = [record(number) for number in range(self.size)]
        letters = batches.DeadLetters(self, "https://sqs.example/dead-letters", "audit")
        return batches.process(records, self.read, self.write, letters, self.chunk)

    def read(self, record: dict[str, Any]) -> int:
        number: int = record["number"]
        if number in self.unreadable:
            raise ValueError("hunter2")
        return number

    def write(self, numbers: list[int]) -> dict[int, str]:
        for number in numbers:
            if number in self.poison:
                raise self.poison[number]
        self.written.append(numbers)
        return {
            place: self.failing[number]
            for place, number in enumerate(numbers)
            if number in self.failing
        }

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:
        assert QueueUrl == "https://sqs.example/dead-letters"
        self.letters.append(json.loads(MessageBody))

    def set_aside(self) -> list[int]:
        return [letter["record"]["number"] for letter in self.letters]


def record(number: int) -> dict[str, Any]:
    return {"number": number, "dynamodb": {"SequenceNumber": f"s{number}"}}


def test_a_batch_is_written_in_order_a_chunk_at_a_time() -> None:
    batch = Batch()
    assert batch.process() == ALL_DONE
    assert batch.written == [[0, 1], [2, 3], [4]]
    assert batch.letters == []


@pytest.mark.parametrize(
    "error",
    [
        failed("InternalServerError"),
        failed("ThrottlingException"),
        cancelled("None", "ThrottlingError"),
        EndpointConnectionError(endpoint_url="https://aws.example"),
    ],
)
def test_when_aws_fails_lambda_is_told_the_chunks_first_record_and_no_other(
    error: ClientError | BotoCoreError,
) -> None:
    batch = Batch(poison={3: error})
    assert batch.process() == {"batchItemFailures": [{"itemIdentifier": "s2"}]}
    assert batch.written == [[0, 1]]
    assert batch.letters == []


def test_lambda_is_told_each_record_that_failed_by_itself_and_the_rest_waits() -> None:
    batch = Batch(size=8, chunk=4, failing={1: BUSY, 3: BUSY})
    failures = [{"itemIdentifier": "s1"}, {"itemIdentifier": "s3"}]
    assert batch.process() == {"batchItemFailures": failures}
    assert batch.written == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    "error",
    [
        failed("ValidationException"),
        failed("InvalidParameterException"),
        cancelled("None", "ValidationError"),
        ValueError("hunter2"),
    ],
)
def test_a_record_that_can_never_be_written_is_set_aside_and_the_rest_goes_on(
    error: Exception,
) -> None:
    batch = Batch(poison={2: error})
    assert batch.process() == ALL_DONE
    assert batch.written == [[0, 1], [3], [4]]
    assert batch.set_aside() == [2]


def test_a_record_that_fails_by_itself_beside_a_poisoned_one_is_delivered_again() -> None:
    batch = Batch(size=3, chunk=3, poison={0: ValueError()}, failing={1: BUSY})
    assert batch.process() == {"batchItemFailures": [{"itemIdentifier": "s1"}]}
    assert batch.set_aside() == [0]


def test_a_record_that_fails_for_good_by_itself_is_set_aside_and_the_rest_goes_on() -> None:
    batch = Batch(failing={1: "ValidationError"})
    assert batch.process() == ALL_DONE
    assert batch.written == [[0, 1], [2, 3], [4]]
    assert batch.set_aside() == [1]
    assert batch.letters[0]["error"] == "ValidationError"


def test_a_record_that_cant_be_read_is_set_aside_and_the_rest_goes_on() -> None:
    batch = Batch(unreadable={0, 4})
    assert batch.process() == ALL_DONE
    assert [number for numbers in batch.written for number in numbers] == [1, 2, 3]
    assert batch.set_aside() == [0, 4]


def test_a_dead_letter_is_the_whole_record_without_the_errors_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    batch = Batch(size=1, unreadable={0})
    batch.process()
    assert batch.letters == [{"function": "audit", "error": "ValueError", "record": record(0)}]
    assert "audit: dead letter: ValueError" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_failure_of_aws_is_logged_by_operation_and_code(caplog: pytest.LogCaptureFixture) -> None:
    Batch(poison={0: failed("InternalServerError")}).process()
    assert "audit: will retry: PutLogEvents InternalServerError" in caplog.text


def test_a_dead_letter_may_hold_what_json_has_no_form_for() -> None:
    batch = Batch()
    letters = batches.DeadLetters(batch, "https://sqs.example/dead-letters", "reap")
    letters.send({"value": b"x"}, "KeyError")
    assert batch.letters == [{"function": "reap", "error": "KeyError", "record": {"value": "b'x'"}}]


@pytest.mark.parametrize("unnumbered", [{}, {"dynamodb": {}}])
def test_without_a_sequence_number_lambda_is_told_to_retry_the_whole_batch(
    unnumbered: dict[str, Any],
) -> None:
    assert batches.sequence_number(unnumbered) == ""


def test_a_record_that_comes_again_leaves_its_letter_once() -> None:
    """Lambda delivers all records from the first failed one on again."""
    batch = Batch(failing={0: BUSY, 1: "ValidationError"})
    assert batch.process() == {"batchItemFailures": [{"itemIdentifier": "s0"}]}
    assert batch.letters == []
    del batch.failing[0]
    assert batch.process() == ALL_DONE
    assert [letter["record"]["number"] for letter in batch.letters] == [1]
