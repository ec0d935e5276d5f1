"""What is in a dead letter: told from its body, whoever set it aside."""

import json
from typing import Any

import pytest
from burnbag_core.items import key

from tests.support.services import load

envelopes = load("reaper", "envelopes")
ID = "A" * 22
ARN = "arn:aws:lambda:us-east-1:123456789012:function:burnbag-dev"


def open_letter(body: Any, sent: str = "1795971600999", **attributes: str) -> Any:
    message = {
        "MessageId": "m",
        "ReceiptHandle": "h",
        "Attributes": {"SentTimestamp": sent},
        "Body": json.dumps(body),
        "MessageAttributes": {name: {"StringValue": text} for name, text in attributes.items()},
    }
    return envelopes.open_letter(message)


def test_a_letter_is_known_by_its_message_and_dated_in_whole_seconds() -> None:
    letter = open_letter({})
    assert (letter.id, letter.handle, letter.since) == ("m", "h", 1795971600)


def test_of_a_letter_that_nobody_knows_nothing_is_believed() -> None:
    letter = open_letter({"detail": {"secret_id": "x"}, "record": "y"})
    assert (letter.kind, letter.of, letter.why) == ("unknown", "", "burnbag has not written this")
    assert (letter.secrets, letter.body, letter.until, letter.content) == ([], {}, None, None)


@pytest.mark.parametrize("function", ["reap", "audit", "stray"])
def test_a_record_is_for_whom_it_names(function: str) -> None:
    record = {"dynamodb": {"Keys": key(ID)}}
    letter = open_letter({"function": function, "error": "KeyError", "record": record})
    assert (letter.kind, letter.of, letter.why) == ("record", function, "KeyError")
    assert (letter.secrets, letter.content, letter.until) == ([ID], record, None)


@pytest.mark.parametrize(
    ("record", "secrets"),
    [
        ({"dynamodb": {"NewImage": key(ID)}}, [ID]),
        ({"dynamodb": {"Keys": key(ID), "NewImage": key("B")}}, [ID]),
        ({"dynamodb": {"Keys": {"id": {"S": 7}}}}, []),
        ({"dynamodb": {}}, []),
        ({"dynamodb": None}, []),
        ("not a record", []),
    ],
)
def test_a_secret_is_named_where_the_record_names_one(record: Any, secrets: list[str]) -> None:
    letter = open_letter({"function": "reap", "error": "KeyError", "record": record})
    assert (letter.kind, letter.secrets) == ("record", secrets)


@pytest.mark.parametrize("alias", ["", ":live"])
def test_a_position_is_for_the_function_whose_name_ends_so(alias: str) -> None:
    body = {
        "requestContext": {"functionArn": f"{ARN}-eu-reap{alias}", "condition": "Exhausted"},
        "DDBStreamBatchInfo": {"approximateArrivalOfFirstRecord": "2026-11-29T17:00:00.500Z"},
    }
    letter = open_letter(body)
    assert (letter.kind, letter.of, letter.why) == ("position", "reap", "Exhausted")
    assert (letter.secrets, letter.until) == ([], 1795971600 + 86400)


def test_an_upload_is_named_by_its_key_as_s3_writes_it() -> None:
    records = [{"s3": {"object": {"key": each}}} for each in (f"files/{ID}", "files/a+b%2Fc")]
    body = {
        "requestContext": {"functionArn": f"{ARN}-stray", "condition": "Exhausted"},
        "requestPayload": {"Records": records},
    }
    letter = open_letter(body)
    assert (letter.kind, letter.of, letter.secrets) == ("upload", "stray", [ID, "a b/c"])


RULE = "arn:aws:events:us-east-1:123456789012:rule/burnbag-dev/burnbag-dev-chat"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ERROR_CODE": "401", "ERROR_MESSAGE": "Unauthorized"}, "401: Unauthorized"),
        ({"ERROR_MESSAGE": "Unauthorized"}, "Unauthorized"),
        ({}, ""),
    ],
)
def test_an_event_is_of_the_rule_that_could_not_deliver_it(said: dict[str, str], why: str) -> None:
    letter = open_letter({"detail": {"secret_id": ID}}, RULE_ARN=RULE, **said)
    assert (letter.kind, letter.of, letter.why) == ("event", "burnbag-dev-chat", why)
    assert letter.secrets == [ID]


def test_what_is_told_of_a_letter_is_all_but_its_body_and_its_handle() -> None:
    record = {"dynamodb": {"NewImage": key(ID) | {"label": {"S": "for the board"}}}}
    letter = open_letter({"function": "audit", "error": "KeyError", "record": record})
    assert letter.describe() == {
        "id": "m",
        "since": 1795971600,
        "kind": "record",
        "of": "audit",
        "why": "KeyError",
        "secrets": [ID],
        "until": None,
    }
    assert "board" not in repr(letter)
    assert "'h'" not in repr(letter)
