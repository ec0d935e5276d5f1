"""Settings: read once, checked at once."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from burnbag_core.settings import BadSettings, read

from tests.support.services import ROOT, load


@dataclass(frozen=True)
class Settings:
    name: str
    size: int
    strict: bool
    keys: tuple[str, ...]
    page: dict[str, Any]


GOOD = {"NAME": "n", "SIZE": "7", "STRICT": "true", "KEYS": "a,b", "PAGE": '{"a": [1]}'}


def test_reads_each_field_by_its_type() -> None:
    assert read(Settings, GOOD | {"UNRELATED": "x"}) == Settings(
        name="n", size=7, strict=True, keys=("a", "b"), page={"a": [1]}
    )
    assert read(Settings, GOOD | {"STRICT": "false"}).strict is False


@pytest.mark.parametrize("name", ["NAME", "SIZE", "STRICT", "KEYS", "PAGE"])
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(BadSettings, match=name):
        read(Settings, {key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIZE", "hunter2"),
        ("STRICT", "hunter2"),
        ("KEYS", "hunter2,"),
        ("KEYS", ",hunter2"),
        ("KEYS", ",,"),
        ("PAGE", "hunter2"),
        ("PAGE", '["hunter2"]'),
    ],
)
def test_a_bad_value_is_named_but_not_shown(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name) as caught:
        read(Settings, GOOD | {name: value})
    assert value not in str(caught.value)


def time_limit(function: str) -> int:
    """The seconds that Terraform gives a function."""
    text = (ROOT / "terraform/modules/burnbag/functions.tf").read_text()
    found = re.search(rf'package += "{function}", handler = "app.app", timeout = (\d+)', text)
    assert found
    return int(found[1])


def test_what_waits_for_a_lost_call_waits_longer_than_a_call_can_take() -> None:
    """Twice as long: clocks differ, and what a call sent at its limit takes its time."""
    assert 2 * time_limit("reveal") <= load("reveal", "chalicelib.attempts").LOST_AFTER
    assert 2 * time_limit("create") <= load("create", "chalicelib.sender").UNFINISHED_FOR
