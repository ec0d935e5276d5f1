"""The JSON Schemas of the events in docs/events, held against what the code makes."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.documents import blocks
from tests.support.services import ROOT, load
from tests.unit import test_events as made
from tests.unit.test_bus import HOSTILE

events, bus, metrics = load("reaper", "events"), load("reaper", "bus"), load("reaper", "metrics")
FOLDER = ROOT / "docs" / "events"
SCHEMA = json.loads((FOLDER / f"{events.SCHEMA_VERSION}.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
NAMES = {each["properties"]["event"]["const"] for each in SCHEMA["oneOf"]}
MORE = {
    "label": HOSTILE,
    "kind": "upload",
    "size": 0,
    "created_ip": "2001:db8::7",
    "created_agent": "burnbag/1.0",
}


def changes() -> Iterator[tuple[Any, Any]]:
    """Every change that the tests of events know, also with all that a receipt may have."""
    (cases,) = [mark.args[1] for mark in made.test_a_change_is_told_as.pytestmark]
    for old, new, _ in cases:
        yield old, new
        yield old and old | MORE, new | MORE


def all_events() -> list[Any]:
    return [event for old, new in changes() for event in made.compare(old, new)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_event_is_as_its_schema_says() -> None:
    found = all_events()
    for event in found:
        VALIDATOR.validate(event.document("prod"))
        VALIDATOR.validate(json.loads(bus.announce(event, "prod").detail))
    assert {event.name for event in found} == NAMES


def test_what_is_unknown_or_missing_is_refused() -> None:
    for event in all_events():
        document = event.document("prod")
        assert not VALIDATOR.is_valid(document | {"surprise": 1})
        assert not VALIDATOR.is_valid(document | {"event": "secret.opened"})
        for name in SCHEMA["required"]:
            assert not VALIDATOR.is_valid({k: v for k, v in document.items() if k != name}), name


def test_metrics_are_no_part_of_an_event() -> None:
    (created,) = made.compare(None, made.SEALED)
    assert not VALIDATOR.is_valid(metrics.measure(created, "prod"))


def json_blocks() -> list[str]:
    return [each.text for each in blocks(FOLDER / "README.md") if each.language == "json"]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_document_has_an_example_of_each_event(name: str) -> None:
    examples = [json.loads(text) for text in json_blocks()]
    (example,) = [each for each in examples if each["event"] == name]
    VALIDATOR.validate(example)


def test_notifications_know_the_same_events() -> None:
    text = (ROOT / "terraform/modules/burnbag/telling.tf").read_text()
    (listed,) = re.findall(r"event_names = \[for name in \[(.*?)\]", text)
    assert {f"secret.{name}" for name in json.loads(f"[{listed}]")} == NAMES
