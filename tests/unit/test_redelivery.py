"""Letters processed again: who is called with what, and when a letter counts as taken."""

import io
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.services import ENVIRON, load

redelivery, letters = load("reaper", "redelivery"), load("reaper", "letters")


@dataclass
class Functions:
    """Lambda, where every function answers the same."""

    answer: dict[str, Any]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return self.answer


def answer(payload: bytes, **more: str) -> dict[str, Any]:
    return {"Payload": io.BytesIO(payload), **more}


def make(functions: Functions) -> Any:
    return redelivery.Redelivery(functions, "burnbag-test", None, None, "bus")


def test_a_function_is_called_by_its_environments_name() -> None:
    functions = Functions(answer(b'{"a": 1}'))
    assert make(functions).invoke("reap", {"Records": []}) == {"a": 1}
    (request,) = functions.asked
    assert request == {"FunctionName": "burnbag-test-reap", "Payload": '{"Records": []}'}


def test_a_function_that_answers_nothing_has_taken_it() -> None:
    assert make(Functions(answer(b""))).invoke("stray", {}) is None


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b'{"errorType": "KeyError"}', "stray failed: KeyError"),
        (b'{"errorMessage": "Task timed out"}', "stray failed: Unhandled"),
    ],
)
def test_a_function_that_failed_is_named_by_its_errors_type(payload: bytes, why: str) -> None:
    """Never by its message, which may quote what is in the letter."""
    functions = Functions(answer(payload, FunctionError="Unhandled"))
    with pytest.raises(redelivery.Refused) as refused:
        make(functions).invoke("stray", {})
    assert str(refused.value) == why


def test_a_letter_of_an_unknown_kind_is_refused_for_what_it_is() -> None:
    letter = load("reaper", "envelopes").open_letter(
        {
            "MessageId": "m",
            "ReceiptHandle": "h",
            "Attributes": {"SentTimestamp": "1000"},
            "Body": "{}",
        }
    )
    with pytest.raises(redelivery.Refused, match="burnbag has not written this"):
        make(Functions({})).process(letter)


def test_a_function_is_waited_for_and_never_called_twice() -> None:
    """A second call while the first is at it still would process the letter beside it."""
    asked: dict[str, dict[str, Any]] = {}

    def client(name: str, **options: Any) -> str:
        asked[name] = options
        return name

    made = letters.build(ENVIRON | {"EVENT_BUS": "bus"}, client)
    assert asked == {
        "sqs": {"read_timeout": 10},
        "lambda": {"read_timeout": 65, "retries": {"total_max_attempts": 1}},
        "dynamodbstreams": {"read_timeout": 10},
        "events": {},
    }
    assert made.redelivery.functions == "lambda"
    assert made.redelivery.positions.streams == "dynamodbstreams"
    assert (made.redelivery.prefix, made.redelivery.bus) == ("burnbag-test", "bus")
